"""The form of an asset: what it says goes to the service, and what that refuses comes back."""

from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from apps.assets import services
from apps.assets.errors import AssetInvalid
from apps.assets.models import Asset
from apps.common.admin import AmountField, amount_in
from apps.common.errors import DomainError
from apps.common.money import plain_amount

if TYPE_CHECKING:
    from apps.accounts.models import User


class AssetForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What the register says of one asset; valid only when the service has written it down."""

    actor: "ClassVar[User]"
    """Set by the page, on a class of its own for each request."""

    value = AmountField(
        label=_("Value"), help_text=_("what it would cost to replace, such as 1250.00")
    )
    reason = forms.CharField(
        label=_("Why"),
        required=False,
        max_length=500,
        widget=UnfoldAdminTextInputWidget,
        help_text=_("kept with this version in the history"),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Asset
        fields = services.WRITABLE
        widgets = {"notes": UnfoldAdminTextareaWidget(attrs={"rows": 4})}

    def __init__(self, *args: Any, **options: Any) -> None:
        """Show the value as people write it, and remember which version that was."""
        super().__init__(*args, **options)
        asset = self.instance
        if asset.currency:
            self.initial["value"] = plain_amount(asset.value, asset.currency)
            self.initial["seen_version"] = asset.version

    def clean_currency(self) -> str:
        """Return the code in capitals."""
        return str(self.cleaned_data["currency"]).upper()

    def _post_clean(self) -> None:
        """Let the service write; its refusals stand where they belong."""
        typed = self.cleaned_data
        if "currency" in typed:
            typed["value"] = amount_in(self, "value", typed["currency"])
        if self.errors:
            return
        fields = {name: typed[name] for name in services.WRITABLE}
        try:
            if self.instance.pk:
                seen = typed["seen_version"] or 0
                self.instance = services.change(
                    self.instance.pk,
                    actor=self.actor,
                    seen_version=seen,
                    reason=typed["reason"],
                    **fields,
                )
            else:
                self.instance = services.register(
                    actor=self.actor, reason=typed["reason"], **fields
                )
        except AssetInvalid as refusal:
            for name, reasons in refusal.faults.items():
                self.add_error(name, forms.ValidationError(list(reasons)))
        except DomainError as refusal:
            self.add_error(None, refusal.message)

    def save(self, commit: bool = True) -> Asset:  # noqa: ARG002, FBT001, FBT002  (Django's signature)
        """Return the asset, which the service has saved."""
        asset: Asset = self.instance
        return asset

    def save_m2m(self) -> None:
        """Save nothing more."""
