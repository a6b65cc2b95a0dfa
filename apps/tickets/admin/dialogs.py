"""The dialogs of a ticket: what each asks, and what it shows before somebody says yes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.approvals import selectors as approvals
from apps.assets import availability
from apps.common.admin import DialogForm
from apps.common.money import format_amount
from apps.tickets import selectors, services
from apps.tickets.admin.lines import TICKED, DamageField, LineField, condition_field, note_field
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.services import quoting
from apps.tickets.settlement import Settlement
from apps.tickets.states import LineStatus

if TYPE_CHECKING:
    from django.http import HttpRequest
    from unfold.dataclasses import ActionDialog


def text_field(label: Any, *, required: bool = True, help_text: Any = "") -> forms.CharField:
    """Ask for a reason or a comment."""
    return forms.CharField(
        label=label,
        required=required,
        max_length=2000,
        help_text=help_text,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class TicketDialog(DialogForm):
    """A dialog about one ticket, which remembers the version that it was drawn from."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(
        self, request: "HttpRequest", object_id: int | str | None = None, **options: Any
    ) -> None:
        """Read the ticket as it is now."""
        super().__init__(request, object_id, **options)
        if not str(object_id).isdecimal():
            raise Http404
        self.ticket = get_object_or_404(Ticket.objects.select_related("borrower"), pk=object_id)
        self.initial["seen_version"] = self.ticket.version

    def get_before_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show the ticket and its money."""
        wallet = selectors.wallet_of(self.ticket)
        return {
            "ticket": self.ticket,
            "lines": self.ticket.lines.select_related("asset"),
            "wallet": wallet,
            "available": selectors.spendable_of(wallet),
            "missing": max(self.ticket.price - selectors.spendable_of(wallet), 0),
        }


class SubmitForm(TicketDialog):
    """Shows the quote that submission fixes."""

    form_before_template = "tickets/dialog_quote.html"


class DecisionForm(TicketDialog):
    """Remembers the request that is open, so that nobody decides on one that they have not seen."""

    request_id = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Find the open request."""
        super().__init__(*args, **options)
        waiting = approvals.open_request_of(self.ticket)
        self.initial["request_id"] = waiting.pk if waiting else None


class ApproveForm(DecisionForm):
    """Shows what approval holds."""

    form_before_template = "tickets/dialog_quote.html"
    reason = text_field(_("Comment"), required=False, help_text=_("The borrower reads it."))


class RefuseForm(DecisionForm):
    """Asks why."""

    reason = text_field(_("Reason"), help_text=_("The borrower reads it."))


class CancelForm(TicketDialog):
    """Asks why."""

    reason = text_field(_("Reason"))


class LinesForm(TicketDialog):
    """A dialog with one field for each line that it can be about."""

    status: ClassVar[LineStatus]

    def __init__(self, *args: Any, **options: Any) -> None:
        """Draw a card for each line."""
        super().__init__(*args, **options)
        lines = self.ticket.lines.filter(status=self.status)
        self.lines = list(lines.select_related("asset__category__tariff", "asset__tariff"))
        for line in self.lines:
            self.fields[f"line_{line.pk}"] = self.card(line)

    def card(self, line: TicketLine) -> LineField:
        """Return the field of one line."""
        raise NotImplementedError

    def ticked(self) -> Iterator[tuple[TicketLine, dict[str, Any]]]:
        """Yield the lines that were ticked, with what was typed for each."""
        for line in self.lines:
            if (values := self.cleaned_data.get(f"line_{line.pk}")) is not None:
                yield line, values


class HandOverForm(LinesForm):
    """Which lines go out, and in which condition."""

    status = LineStatus.RESERVED

    def card(self, line: TicketLine) -> LineField:
        """Ask for condition and note; what cannot go out says why, and is not ticked."""
        now = timezone.now()
        why = availability.why_not(
            line.asset,
            now,
            line.due_at,
            now=now,
            except_reservation=line.reservation_id,
        )
        remark = _("Fee {fee} and deposit {deposit} go into escrow.").format(
            fee=format_amount(line.fee, self.ticket.currency),
            deposit=format_amount(line.deposit, self.ticket.currency),
        )
        return LineField(
            line,
            {"condition": condition_field(), "note": note_field(_("Note"))},
            remarks=why or [remark],
            initial={"condition": line.asset.condition, TICKED: not why},
        )

    def outs(self) -> list[services.LineOut]:
        """Return what was ticked."""
        return [services.LineOut(line.pk, **values) for line, values in self.ticked()]


class TakeBackForm(LinesForm):
    """Which lines are back, and in which condition; shows what lateness costs."""

    status = LineStatus.ON_LOAN

    def card(self, line: TicketLine) -> LineField:
        """Ask for condition and note."""
        late_fee, arithmetic = quoting.late_fee(line, returned_at=timezone.now())
        remarks = [
            _("Went out {condition}. {note}").format(
                condition=line.get_condition_out_display(), note=line.note_out
            ),
            _("Late fee: {arithmetic}").format(arithmetic=arithmetic) if late_fee else arithmetic,
        ]
        return LineField(
            line,
            {"condition": condition_field(), "note": note_field(_("Note"))},
            remarks=remarks,
            initial={"condition": line.condition_out},
        )

    def ins(self) -> list[services.LineIn]:
        """Return what was ticked."""
        return [services.LineIn(line.pk, **values) for line, values in self.ticked()]


class ReleaseForm(LinesForm):
    """Which lines nobody will collect any more, and why."""

    status = LineStatus.RESERVED
    reason = text_field(_("Reason"))

    def card(self, line: TicketLine) -> LineField:
        """Ask only for the tick."""
        return LineField(line, {})


class InspectForm(LinesForm):
    """What was found on each line; shows the settlement that follows, as it is typed."""

    status = LineStatus.RETURNED
    form_after_template = "tickets/dialog_settlement.html"

    def card(self, line: TicketLine) -> LineField:
        """Ask for damage and note, beside the conditions out and in."""
        remarks = [
            _("Out: {condition}. {note}").format(
                condition=line.get_condition_out_display(), note=line.note_out
            ),
            _("In: {condition}. {note}").format(
                condition=line.get_condition_in_display(), note=line.note_in
            ),
        ]
        return LineField(
            line,
            {
                "damage": DamageField(self.ticket.currency),
                "note": note_field(_("What is damaged")),
            },
            remarks=remarks,
        )

    def findings(self) -> list[services.Finding]:
        """Return what was ticked."""
        return [services.Finding(line.pk, **values) for line, values in self.ticked()]

    def get_after_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show the settlement for what is typed so far; without damage when nothing is."""
        if any(name.startswith("line_") for name in self.errors):
            return {"ticket": self.ticket, "is_unclear": True}
        damages = {line.pk: 0 for line in self.lines}
        if self.is_bound:
            damages = {line.pk: values["damage"] for line, values in self.ticked()}
        settlement = selectors.settlement_of(self.ticket, damages)
        return {
            "ticket": self.ticket,
            "closes": settlement is not None,
            "rows": list(settlement_rows(self.ticket, settlement)) if settlement else [],
            "owed": settlement.owed if settlement else 0,
        }


def settlement_rows(ticket: Ticket, settlement: Settlement) -> Iterator[tuple[str, int]]:
    """Yield each wallet of the settlement with what it gets, or, negative, gives."""
    lines = ticket.lines.select_related("lender")
    lenders = {line.lender_id: line.lender for line in lines}
    rows = [
        (str(_("Escrow")), -settlement.escrow),
        *((str(lenders[pk]), amount) for pk, amount in settlement.lenders.items()),
        (str(_("Commission")), settlement.commission),
        (str(_("Late fees")), settlement.late_fee),
        (str(ticket.borrower), settlement.refund - settlement.drawn),
        (str(_("Receivables")), -settlement.owed),
    ]
    for name, amount in rows:
        if amount:
            yield name, amount


def dialog(title: Any, form: type[DialogForm], button: Any, text: Any = "") -> "ActionDialog":
    """Return the declaration of a dialog."""
    return {"title": title, "description": text, "form_class": form, "form_submit_text": button}


SUBMIT = dialog(
    _("Submit for approval"),
    SubmitForm,
    _("Submit"),
    _("The quote is fixed, and whoever decides is told. Nothing is held yet."),
)
APPROVE = dialog(
    _("Approve"),
    ApproveForm,
    _("Approve"),
    _("On the last approval all assets are reserved, and this money is held."),
)
REJECT = dialog(
    _("Reject"), RefuseForm, _("Reject"), _("The ticket ends. The reason is kept and sent.")
)
REQUEST_CHANGES = dialog(
    _("Request changes"),
    RefuseForm,
    _("Send back"),
    _("The ticket goes back to be changed and submitted again."),
)
CANCEL = dialog(
    _("Cancel the ticket"),
    CancelForm,
    _("Cancel the ticket"),
    _("Nothing stays reserved or held. This cannot be undone."),
)
HAND_OVER = dialog(
    _("Hand over"),
    HandOverForm,
    _("Hand over"),
    _("Tick what goes out now. Fee and deposit of these lines move into escrow."),
)
TAKE_BACK = dialog(
    _("Take back"),
    TakeBackForm,
    _("Take back"),
    _("Tick what is back. What is missing stays on loan."),
)
RELEASE = dialog(
    _("Not collected"),
    ReleaseForm,
    _("Let go"),
    _("Tick what nobody will collect. It is free again, and its money is released."),
)
INSPECT = dialog(
    _("Inspect"),
    InspectForm,
    _("Inspect"),
    _("Tick what you have looked at. The last line closes the ticket and settles it."),
)
