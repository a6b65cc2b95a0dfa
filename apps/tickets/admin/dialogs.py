"""The dialogs of a ticket: what each asks, and what it shows before somebody says yes."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.approvals import selectors as approvals
from apps.approvals.admin.reasons import reason_field
from apps.approvals.states import Verdict
from apps.common.admin import (
    DialogForm,
    dangerous,
)
from apps.tickets import selectors
from apps.tickets.admin.lines import LineField
from apps.tickets.models import KITS_FIRST, Ticket, TicketLine
from apps.tickets.services.drafting import SCOPE
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
        quoted = self.ticket.quote["lines"]
        lines = self.ticket.lines.select_related("asset")
        return {
            "ticket": self.ticket,
            "priced": [
                (line, quoted.get(str(line.asset_id), {}).get("arithmetic", []))
                for line in lines.order_by(*KITS_FIRST)
            ],
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
        self.waiting = approvals.open_request_of(self.ticket)
        self.initial["request_id"] = self.waiting.pk if self.waiting else None


class RejectForm(DecisionForm):
    """Asks why it ends."""

    reason = reason_field(
        Verdict.REJECT,
        label=_("Reason"),
        help_text=_("The borrower reads it."),
        required=True,
        scope=SCOPE,
    )


class ReturnForm(DecisionForm):
    """Asks what to change."""

    reason = reason_field(
        Verdict.RETURN,
        label=_("Reason"),
        help_text=_("The borrower reads it."),
        required=True,
        scope=SCOPE,
    )


class CancelForm(TicketDialog):
    """Asks why."""

    reason = text_field(_("Reason"))


class LinesForm(TicketDialog):
    """A dialog with one field for each line that it can be about."""

    status: ClassVar[LineStatus | tuple[LineStatus, ...]]

    def __init__(self, *args: Any, **options: Any) -> None:
        """Draw a card for each line."""
        super().__init__(*args, **options)
        wanted = (self.status,) if isinstance(self.status, LineStatus) else self.status
        lines = self.ticket.lines.filter(status__in=wanted).select_related(
            "asset__category__tariff", "asset__tariff", "kit_line__asset"
        )
        ordered = lines.order_by(*KITS_FIRST)
        self.lines = list(ordered.prefetch_related("asset__category__checklist"))
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


def dialog(title: Any, form: type[DialogForm], button: Any, text: Any = "") -> "ActionDialog":
    """Return the declaration of a dialog."""
    return {"title": title, "description": text, "form_class": form, "form_submit_text": button}


SUBMIT = dialog(
    _("Submit for approval"),
    SubmitForm,
    _("Submit"),
    _("The quote is fixed, and whoever decides is told. Nothing is held yet."),
)
REJECT = dangerous(
    dialog(_("Reject"), RejectForm, _("Reject"), _("The ticket ends. The reason is kept and sent."))
)
REQUEST_CHANGES = dialog(
    _("Request changes"),
    ReturnForm,
    _("Send back"),
    _("The ticket goes back to be changed and submitted again."),
)
CANCEL = dangerous(
    dialog(
        _("Cancel the ticket"),
        CancelForm,
        _("Cancel the ticket"),
        _("Nothing stays reserved or held. This cannot be undone."),
    )
)
RELEASE = dialog(
    _("Not collected"),
    ReleaseForm,
    _("Let go"),
    _("Tick what nobody will collect. It is free again, and its money is released."),
)
