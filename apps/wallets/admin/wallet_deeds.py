"""The deeds on a wallet as a whole: each a dialog, each one call of a service."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.accounts.models import User
from apps.common.admin import (
    DialogForm,
    HistoryAdmin,
    ReadOnlyAdmin,
    ReasonForm,
    StaffRequest,
    carry_out,
    dangerous,
)
from apps.wallets import selectors, services
from apps.wallets.models import Wallet
from apps.wallets.states import WalletAction

if TYPE_CHECKING:
    from django.http import HttpRequest
    from unfold.dataclasses import ActionDialog

LIST = "admin:wallets_wallet_changelist"
PAGE = "admin:wallets_wallet_change"


def _currencies() -> list[tuple[str, str]]:
    return [(currency, currency) for currency in selectors.currencies()]


class OpenForm(DialogForm):
    """Whose wallet, and in which currency."""

    form_after_template = "wallets/people_list.html"

    person = forms.CharField(
        label=gettext_lazy("Person"),
        max_length=254,
        help_text=gettext_lazy("Type a name or an e-mail, and choose whom you mean."),
        widget=UnfoldAdminTextInputWidget(
            attrs={
                "list": "people",
                "autocomplete": "off",
                "hx-get": reverse_lazy("admin:wallets_wallet_people"),
                "hx-trigger": "input changed delay:250ms",
                "hx-target": "#people",
                "hx-select": "option",
                "hx-swap": "innerHTML",
                "hx-sync": "this:replace",
                "hx-indicator": "this",
                "hx-disabled-elt": "unset",
            }
        ),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=_currencies, widget=UnfoldAdminSelectWidget
    )

    def clean_person(self) -> User:
        """Return the person with that e-mail."""
        email = str(self.cleaned_data["person"]).strip().lower()
        people = User.objects.filter(is_active=True, is_system=False)
        if person := people.filter(email=email).first():
            return person
        raise forms.ValidationError(
            _("Nobody has the e-mail “{email}”. Type a part of the name, and choose.").format(
                email=email
            )
        )


def _dialog(title: Any, text: Any, button: Any) -> "ActionDialog":
    return {
        "title": title,
        "description": text,
        "form_class": ReasonForm,
        "form_submit_text": button,
    }


OPEN: "ActionDialog" = {
    "title": gettext_lazy("Open a wallet"),
    "description": gettext_lazy("A person has one open wallet in each currency."),
    "form_class": OpenForm,
    "form_submit_text": gettext_lazy("Open"),
}
FREEZE = dangerous(
    _dialog(
        gettext_lazy("Freeze the wallet"),
        gettext_lazy("It takes no postings and no new holds until somebody unfreezes it."),
        gettext_lazy("Freeze"),
    )
)
UNFREEZE = _dialog(
    gettext_lazy("Unfreeze the wallet"),
    gettext_lazy("It takes postings and holds again."),
    gettext_lazy("Unfreeze"),
)
CLOSE = dangerous(
    _dialog(
        gettext_lazy("Close the wallet"),
        gettext_lazy("It ends for good. Its statement stays; its owner may get a new wallet."),
        gettext_lazy("Close for good"),
    )
)


def _permission(codename: str) -> Callable[..., bool]:
    """Return a method that asks for the permission; what is possible now is another question."""

    def has_permission(_self: Any, request: "HttpRequest", _obj: Any = None) -> bool:
        return bool(request.user.has_perm(f"wallets.{codename}"))

    return has_permission


class WalletDeeds(HistoryAdmin, ReadOnlyAdmin):
    """The buttons over the list and on the page."""

    actions_list = ("open",)
    actions_detail: tuple[str, ...] = tuple(WalletAction.values)

    has_open_permission = _permission("open_wallet")
    has_freeze_permission = _permission("freeze_wallet")

    @action(
        description=gettext_lazy("Open a wallet"),
        permissions=["open"],
        icon="add",
        variant=ActionVariant.PRIMARY,
        dialog=OPEN,
    )
    def open(self, request: StaffRequest, form: OpenForm) -> HttpResponse:
        """Open one, and show the wallets of that person."""
        person, currency = form.cleaned_data["person"], form.cleaned_data["currency"]
        return carry_out(
            request,
            form,
            OPEN,
            lambda: services.open_wallet(person, currency, actor=request.user),
            success=lambda wallet: _("{wallet} is open.").format(wallet=wallet),
            then=f"{reverse(LIST)}?{urlencode({'q': person.email})}",
        )

    @action(
        description=gettext_lazy("Freeze"), permissions=["freeze"], icon="ac_unit", dialog=FREEZE
    )
    def freeze(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Let it take nothing."""
        said = gettext_lazy("{wallet} is frozen.")
        return self._carry_out(
            request, form, object_id, dialog=FREEZE, service=services.freeze, said=said
        )

    @action(
        description=gettext_lazy("Unfreeze"),
        permissions=["freeze"],
        icon="sunny",
        dialog=UNFREEZE,
    )
    def unfreeze(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Let it take postings again."""
        said = gettext_lazy("{wallet} is active again.")
        return self._carry_out(
            request, form, object_id, dialog=UNFREEZE, service=services.unfreeze, said=said
        )

    @action(
        description=gettext_lazy("Close"),
        permissions=["freeze"],
        icon="block",
        variant=ActionVariant.DANGER,
        dialog=CLOSE,
    )
    def close(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """End it."""
        said = gettext_lazy("{wallet} is closed.")
        return self._carry_out(
            request, form, object_id, dialog=CLOSE, service=services.close, said=said
        )

    def _carry_out(
        self,
        request: StaffRequest,
        form: ReasonForm,
        object_id: str,
        *,
        dialog: "ActionDialog",
        service: Callable[..., Wallet],
        said: Any,
    ) -> HttpResponse:
        wallet = self.get_object(request, object_id)
        if wallet is None:
            raise Http404
        reason = form.cleaned_data["reason"]
        return carry_out(
            request,
            form,
            dialog,
            lambda: service(wallet.pk, actor=request.user, reason=reason),
            success=said.format(wallet=wallet),
            then=reverse(PAGE, args=(wallet.pk,)),
        )
