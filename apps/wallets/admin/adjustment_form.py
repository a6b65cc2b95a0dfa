"""The form of a draft: what it says goes to the service, and what that refuses comes back to it."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin import AmountField, FilesField, amount_in
from apps.common.errors import DomainError, FileRefused
from apps.common.money import plain_amount
from apps.wallets import services
from apps.wallets.errors import (
    AmountNotPositive,
    AmountTooLarge,
    DirectionNotAllowed,
    ReasonCodeNotActive,
    SystemWallet,
)
from apps.wallets.models import Adjustment
from apps.wallets.states import Direction

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.wallets.models import ReasonCode

# At which field a refusal of the service is shown.
FIELD_OF: dict[type[DomainError], str] = {
    AmountNotPositive: "amount",
    AmountTooLarge: "amount",
    DirectionNotAllowed: "direction",
    FileRefused: "evidence",
    ReasonCodeNotActive: "reason_code",
    SystemWallet: "wallet",
}


class AdjustmentForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """A change of a balance; valid only when the service has written it down."""

    actor: "ClassVar[User]"
    """Set by the page, on a class of its own for each request."""

    amount = AmountField(
        label=gettext_lazy("Amount"),
        help_text=gettext_lazy("In the currency of the wallet, such as 1234.50; always positive."),
    )
    evidence = FilesField(
        label=gettext_lazy("Evidence"),
        required=False,
        allow_empty_file=True,
        help_text=gettext_lazy(
            "PDF, PNG, JPEG, or text in UTF-8; up to 10 MB each. You can choose several at once."
        ),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Adjustment
        fields = ("wallet", "direction", "reason_code", "note")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the amount as people write it, and remember which version this is."""
        super().__init__(*args, **kwargs)
        adjustment = self.instance
        if adjustment.pk:
            currency = adjustment.wallet.currency
            self.initial["amount"] = plain_amount(adjustment.amount, currency)
            self.initial["seen_version"] = adjustment.version

    def clean(self) -> dict[str, Any]:
        """Turn the amount into minor units of the wallet’s currency."""
        cleaned = super().clean() or {}
        wallet = self.instance.wallet if self.instance.pk else cleaned.get("wallet")
        if wallet is not None and "amount" in cleaned:
            cleaned["amount"] = amount_in(self, "amount", wallet.currency)
        return cleaned

    def _post_clean(self) -> None:
        """Let the service do it, which checks more than a form can, and knows who is quicker."""
        if not self.errors:
            try:
                self.instance = self._written_down()
            except DomainError as refusal:
                field = FIELD_OF.get(type(refusal), "")
                self.add_error(field if field in self.fields else None, refusal.message)
        if self.errors and self.files and "evidence" not in self.errors:
            # A browser never fills in a file again.
            self.add_error("evidence", _("Choose the files again: the browser does not keep them."))

    def _written_down(self) -> Adjustment:
        typed = self.cleaned_data
        asked = {
            "direction": Direction(typed["direction"]),
            "amount": typed["amount"],
            "reason_code": typed["reason_code"],
            "note": typed["note"],
            "files": typed["evidence"],
            "actor": self.actor,
        }
        if not self.instance.pk:
            return services.request_adjustment(wallet_id=typed["wallet"].pk, **asked)
        version = typed["seen_version"] or 0
        return services.change_adjustment(self.instance.pk, seen_version=version, **asked)

    def save(self, commit: bool = True) -> Adjustment:  # noqa: ARG002, FBT001, FBT002  (Django’s signature)
        """Return the adjustment, which the service has saved."""
        adjustment: Adjustment = self.instance
        return adjustment

    def save_m2m(self) -> None:
        """Save nothing more."""


def described(reason_code: "ReasonCode") -> str:
    """Return the reason code with what it asks for."""
    asks = []
    if reason_code.direction:
        asks.append(_("{direction} only").format(direction=reason_code.direction))
    if reason_code.is_evidence_required:
        asks.append(_("evidence required"))
    return f"{reason_code} ({', '.join(asks)})" if asks else str(reason_code)
