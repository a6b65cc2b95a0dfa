"""The dialogs of claims, receivables and strikes, and the page on which a claim is filed."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from apps.assets.states import Condition
from apps.common.admin import (
    AmountField,
    DialogForm,
    FilesField,
    amount_in,
    dangerous,
)
from apps.common.money import format_amount, plain_amount
from apps.tickets.admin.dialogs import TicketDialog, dialog, text_field
from apps.tickets.models import Claim
from apps.tickets.states import LineStatus

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.tickets.models import TicketLine


class ReasonDialog(DialogForm):
    """Asks why."""

    reason = text_field(_("Reason"))


class ClaimDialog(DialogForm):
    """A dialog about one claim, with what it asks for above it."""

    form_before_template = "tickets/claim_dialog.html"

    def __init__(
        self, request: "HttpRequest", object_id: int | str | None = None, **options: Any
    ) -> None:
        """Read the claim as it is now."""
        super().__init__(request, object_id, **options)
        if not str(object_id).isdecimal():
            raise Http404
        claims = Claim.objects.select_related("line__ticket__borrower", "line__asset")
        self.claim = get_object_or_404(claims, pk=object_id)

    @property
    def currency(self) -> str:
        """The currency of the ticket."""
        return self.claim.line.ticket.currency

    def get_before_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show the claim."""
        return {"claim": self.claim}


class GrantForm(ClaimDialog):
    """How much of the estimate is granted."""

    amount = AmountField(label=_("Amount"))
    reason = text_field(
        _("Reason"), required=False, help_text=_("Needed when it is less than the estimate.")
    )
    in_minor_units: int | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer what stands."""
        super().__init__(*args, **options)
        self.initial["amount"] = plain_amount(self.claim.amount, self.currency)
        self.fields["amount"].label = _("Granted, in {currency}").format(currency=self.currency)

    def clean(self) -> dict[str, Any]:
        """Turn the amount into minor units."""
        cleaned = super().clean() or {}
        self.in_minor_units = amount_in(self, "amount", self.currency)
        return cleaned


class RefuseClaimForm(ClaimDialog):
    """Asks why."""

    reason = text_field(_("Reason"), help_text=_("The borrower reads it."))


class ReviseForm(GrantForm):
    """A new estimate, and what happened in better words."""

    reason = text_field(_("What happened"))

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer what was filed."""
        super().__init__(*args, **options)
        self.initial["reason"] = self.claim.description
        self.fields["amount"].label = _("Estimate in {currency}").format(currency=self.currency)


class LossForm(TicketDialog):
    """Which line is lost, what happened, and what it is worth."""

    line = forms.TypedChoiceField(label=_("Asset"), coerce=int, widget=UnfoldAdminSelectWidget)
    value = AmountField(
        label=_("Value"), required=False, help_text=_("Empty: the value in the register.")
    )
    reason = text_field(_("What happened"))
    in_minor_units: int | None = None

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer what is out."""
        super().__init__(*args, **options)
        lines = self.ticket.lines.filter(status=LineStatus.ON_LOAN).select_related("asset")
        field = self.fields["line"]
        field.choices = [
            (
                line.pk,
                f"{line.asset} ({format_amount(line.asset.value, line.asset.currency)})",
            )
            for line in lines
        ]

    def clean(self) -> dict[str, Any]:
        """Turn the value into minor units."""
        cleaned = super().clean() or {}
        self.in_minor_units = amount_in(self, "value", self.ticket.currency)
        return cleaned


class FindForm(TicketDialog):
    """Which line is found again, and in which condition."""

    line = forms.TypedChoiceField(label=_("Asset"), coerce=int, widget=UnfoldAdminSelectWidget)
    condition = forms.ChoiceField(
        label=_("Condition"), choices=Condition.choices, widget=UnfoldAdminSelectWidget
    )
    note = text_field(_("Note"), required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Offer what is lost."""
        super().__init__(*args, **options)
        lines = self.ticket.lines.filter(status=LineStatus.LOST).select_related("asset")
        field = self.fields["line"]
        field.choices = [(line.pk, str(line.asset)) for line in lines]


class FileClaimForm(forms.Form):
    """What is damaged, what it costs, and photos of it."""

    estimate = AmountField()
    description = forms.CharField(
        label=_("What is damaged"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 4}),
        help_text=_("The borrower and whoever decides read it."),
    )
    photos = FilesField(
        label=_("Photos"), required=False, help_text=_("PNG, JPEG or PDF; several at once.")
    )
    in_minor_units: int | None = None

    def __init__(self, line: "TicketLine", data: Any = None, files: Any = None) -> None:
        """Name the currency."""
        super().__init__(data, files)
        self.line = line
        self.fields["estimate"].label = _("Estimate in {currency}").format(
            currency=line.ticket.currency
        )

    def clean(self) -> dict[str, Any]:
        """Turn the estimate into minor units."""
        cleaned = super().clean() or {}
        self.in_minor_units = amount_in(self, "estimate", self.line.ticket.currency)
        return cleaned


GRANT = dialog(
    _("Accept the claim"),
    GrantForm,
    _("Accept"),
    _("Less than the estimate needs a reason. The borrower is told at once."),
)
DISMISS = dangerous(dialog(_("Dismiss the claim"), RefuseClaimForm, _("Dismiss")))
SEND_BACK = dialog(
    _("Request changes"),
    RefuseClaimForm,
    _("Send back"),
    _("It goes back to be revised; the ticket waits."),
)
DISPUTE = dialog(
    _("Dispute the claim"),
    RefuseClaimForm,
    _("Mark as disputed"),
    _("What the borrower says becomes a comment on the ticket, and whoever decides is told."),
)
WITHDRAW = dialog(_("Withdraw the claim"), RefuseClaimForm, _("Withdraw"))
REVISE = dialog(
    _("Revise the claim"), ReviseForm, _("Ask again"), _("The borrower is told the new estimate.")
)
LOSS = dialog(
    _("Report lost"),
    LossForm,
    _("Report lost"),
    _("A controller decides. Until then it stays on loan; then its value is claimed."),
)
FIND = dialog(
    _("Found again"),
    FindForm,
    _("It is here"),
    _("The asset is available again, and a controller decides on the credit."),
)
COLLECT = dialog(
    _("Collect"),
    DialogForm,
    _("Collect"),
    _("What the borrower’s wallet has available is taken, up to what is owed."),
)
WRITE_OFF = dialog(
    _("Ask for the write-off"),
    ReasonDialog,
    _("Ask"),
    _("A controller decides. The borrower stays suspended until a person lifts that."),
)
LIFT = dialog(
    _("Lift the strike"),
    ReasonDialog,
    _("Lift"),
    _("It counts no more. A suspension that runs is lifted on the person’s page."),
)
