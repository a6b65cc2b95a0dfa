"""The dialogs of a ticket: what each asks, and what it shows before somebody says yes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from apps.approvals import selectors as approvals
from apps.common.admin import DialogForm
from apps.tickets import selectors, services
from apps.tickets.admin.lines import DamageField, LineField, note_field
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.settlement import Settlement
from apps.tickets.states import LineStatus, Visibility

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


class CommentForm(TicketDialog):
    """Asks what to say, and to whom."""

    body = text_field(_("Comment"))
    visibility = forms.ChoiceField(
        label=_("Visible to"), choices=Visibility.choices, widget=UnfoldAdminSelectWidget
    )


class LinesForm(TicketDialog):
    """A dialog with one field for each line that it can be about."""

    status: ClassVar[LineStatus]

    def __init__(self, *args: Any, **options: Any) -> None:
        """Draw a card for each line."""
        super().__init__(*args, **options)
        lines = self.ticket.lines.filter(status=self.status)
        related = lines.select_related("asset__category__tariff", "asset__tariff")
        self.lines = list(related.prefetch_related("asset__category__checklist"))
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
        """Ask for damage and note; the page shows the evidence above it."""
        return LineField(
            line,
            {
                "damage": DamageField(self.ticket.currency),
                "note": note_field(_("What is damaged")),
            },
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
RELEASE = dialog(
    _("Not collected"),
    ReleaseForm,
    _("Let go"),
    _("Tick what nobody will collect. It is free again, and its money is released."),
)
COMMENT = dialog(_("Comment"), CommentForm, _("Add the comment"))
