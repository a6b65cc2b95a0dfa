"""Exchanging from the page of a wallet: a dialog that shows what arrives before one confirms."""

import uuid
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View
from unfold.decorators import action
from unfold.widgets import (
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.common.admin import AmountField, DialogForm, ReadOnlyAdmin, amount_in, carry_out
from apps.common.errors import DomainError
from apps.common.exchange import InvalidRate, format_unrounded, parse_rate, plain_rate
from apps.common.money import format_amount
from apps.wallets import selectors, services
from apps.wallets.admin.wording import rate_of
from apps.wallets.errors import FiguresNotSeen
from apps.wallets.models import Exchange, LedgerTransaction, Wallet
from apps.wallets.states import ExchangeSide, Role, WalletStatus

if TYPE_CHECKING:
    from decimal import Decimal

    from django.http import HttpRequest
    from unfold.dataclasses import ActionDialog

    from apps.common.admin import StaffRequest

PAGE = "admin:wallets_ledgertransaction_change"
_PREVIEW = "wallets/exchange_preview.html"
# A rate this far from the last one is more often a slip of the finger than news.
_FAR = 10
_CHOICES = 200


@dataclass(frozen=True, slots=True)
class Preview:
    """What the dialog says of the terms that were typed so far."""

    quote: services.Quote | None = None
    token: str = ""
    refusals: tuple[str, ...] = ()
    last: Exchange | None = None

    @property
    def exactly(self) -> str:
        """What the amount sold is worth before anything is rounded."""
        assert self.quote
        return format_unrounded(self.quote.unrounded, self.quote.bought.currency)

    @property
    def last_rate(self) -> str:
        """The last rate between these currencies, as an equation."""
        return rate_of(self.last) if self.last else ""

    @property
    def is_far(self) -> bool:
        """Whether the rate is more than a tenth away from the last one."""
        if self.quote is None or self.last is None:
            return False
        return abs(self.quote.rate - self.last.rate) * _FAR > self.last.rate


class TermsForm(DialogForm):
    """Into which wallet, how much, at which rate; an empty form shows no figures yet."""

    form_after_template = _PREVIEW

    other = forms.ChoiceField(label=gettext_lazy("Into wallet"), widget=UnfoldAdminSelectWidget)
    amount = AmountField(label=gettext_lazy("Amount"))
    given = forms.ChoiceField(
        label=gettext_lazy("This amount is"),
        choices=ExchangeSide,
        widget=UnfoldAdminSelectWidget,
        initial=ExchangeSide.SOLD,
    )
    rate = forms.CharField(
        label=gettext_lazy("Rate"),
        max_length=60,
        widget=UnfoldAdminTextInputWidget(attrs={"inputmode": "decimal", "autocomplete": "off"}),
    )
    fee = AmountField(label=gettext_lazy("Fee"), required=False)
    fee_side = forms.ChoiceField(
        label=gettext_lazy("The fee is taken"),
        choices=(
            (ExchangeSide.SOLD, gettext_lazy("on top of what is given")),
            (ExchangeSide.BOUGHT, gettext_lazy("out of what arrives")),
        ),
        widget=UnfoldAdminSelectWidget,
        initial=ExchangeSide.SOLD,
        required=False,
    )

    def __init__(
        self, request: "HttpRequest", object_id: int | str | None = None, **options: Any
    ) -> None:
        """Find the wallet, and those that it may exchange with."""
        super().__init__(request, object_id, **options)
        if not str(object_id).isdecimal():
            raise Http404
        self.wallet = get_object_or_404(Wallet.objects.select_related("owner"), pk=object_id)
        self.partners = {wallet.pk: wallet for wallet in _partners_of(self.wallet)}
        self.terms: services.Terms | None = None
        currency = self.wallet.currency
        choices = [(pk, f"{one.currency} · {one}") for pk, one in self.partners.items()]
        self.fields["other"].choices = choices
        self.fields["rate"].help_text = _(
            "How much of the other currency one {currency} is worth."
        ).format(currency=currency)
        if not self.wallet.owner_id:
            del self.fields["fee"], self.fields["fee_side"]
        for name in ("other", "amount", "given", "rate", "fee", "fee_side"):
            if name in self.fields:
                self.fields[name].widget.attrs.update(_watched(self.wallet))

    def clean(self) -> dict[str, Any]:
        """Read the amounts in the currencies of their sides, and the rate."""
        typed = super().clean() or {}
        if not self.partners:
            raise forms.ValidationError(_no_partner(self.wallet))
        if self.errors:
            return typed
        other = self.partners[int(typed["other"])]
        given = ExchangeSide(typed["given"])
        fee_side = ExchangeSide(typed.get("fee_side") or ExchangeSide.SOLD)
        currency_of = {ExchangeSide.SOLD: self.wallet.currency, ExchangeSide.BOUGHT: other.currency}
        amount = amount_in(self, "amount", currency_of[given])
        fee = amount_in(self, "fee", currency_of[fee_side]) or 0
        rate = self._rate()
        if amount is not None and rate is not None and not self.errors:
            self.terms = services.Terms(
                self.wallet.pk, other.pk, amount, rate, given, fee, fee_side
            )
        return typed

    def _rate(self) -> "Decimal | None":
        try:
            return parse_rate(self.cleaned_data["rate"])
        except InvalidRate as refusal:
            self.add_error("rate", refusal.message)
            return None

    def preview(self) -> Preview:
        """Work the terms out, as far as they are complete."""
        if not self.partners:
            return Preview(refusals=(_no_partner(self.wallet),))
        if self.terms is None:
            return Preview()
        bought = self.partners[self.terms.bought_wallet_id]
        last = selectors.last_exchange(self.wallet.currency, bought.currency)
        try:
            quote = services.quote_exchange(self.terms, actor=self.request.user)
        except DomainError as refusal:
            return Preview(refusals=(refusal.message,), last=last)
        return Preview(quote=quote, token=self.token, last=last)

    @property
    def token(self) -> str:
        """What a person has seen who saw the figures of these terms; sent back with the button.

        Of the terms alone, so that it is still the same after a first click has moved the money.
        """
        assert self.terms
        facts = asdict(self.terms) | {"rate": plain_rate(parse_rate(self.terms.rate))}
        return ":".join(map(str, facts.values()))

    def get_after_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show what would happen."""
        return {"preview": self.preview()}


class ExchangeForm(TermsForm):
    """The terms, where the rate is from, and why; the key lets two clicks exchange once."""

    field_order = ("other", "amount", "given", "rate", "rate_source", "fee", "fee_side", "reason")

    rate_source = forms.CharField(
        label=gettext_lazy("Source of the rate"),
        max_length=254,
        required=False,
        help_text=gettext_lazy("For example the bank, and the time."),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )
    reason = forms.CharField(
        label=gettext_lazy("Reason"),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    key = forms.CharField(
        max_length=60, widget=forms.HiddenInput, initial=lambda: str(uuid.uuid4())
    )


class ExchangePreview(View):
    """Answers what somebody types with what would leave and what would arrive."""

    def get(self, request: "HttpRequest", object_id: int) -> HttpResponse:
        """Return the figures, or what is wrong with the terms."""
        if not request.user.has_perm("wallets.exchange_money"):
            raise PermissionDenied
        typed = request.GET.copy()
        typed["_form_submitted"] = "1"
        form = TermsForm(request, object_id, data=typed)
        form.is_valid()
        preview = form.preview()
        # What has not been typed yet is no mistake yet.
        if mistakes := [form.errors[name][0] for name in form.errors if typed.get(name)]:
            preview = replace(preview, refusals=(*mistakes, *preview.refusals))
        return render(request, _PREVIEW, {"preview": preview})


EXCHANGE: "ActionDialog" = {
    "title": gettext_lazy("Exchange"),
    "description": gettext_lazy(
        "Money of this wallet changes its currency, and stays with its owner. It is posted at once."
    ),
    "form_class": ExchangeForm,
    "form_submit_text": gettext_lazy("Exchange"),
}


class ExchangeDeed(ReadOnlyAdmin):
    """The button on the page of a wallet."""

    actions_detail: tuple[str, ...] = ("exchange",)

    def has_exchange_permission(self, request: "HttpRequest", obj: object = None) -> bool:  # noqa: ARG002
        """Let those exchange who may."""
        return request.user.has_perm("wallets.exchange_money")

    @action(
        description=gettext_lazy("Exchange"),
        permissions=["exchange"],
        icon="currency_exchange",
        dialog=EXCHANGE,
    )
    def exchange(self, request: "StaffRequest", form: ExchangeForm, object_id: str) -> HttpResponse:
        """Exchange what was shown, and open its transaction."""
        del object_id  # The form has found the wallet.
        typed = form.cleaned_data

        def deed() -> Exchange:
            assert form.terms
            if request.POST.get("seen") != form.token:
                services.quote_exchange(form.terms, actor=request.user)
                raise FiguresNotSeen
            return services.exchange(
                form.terms,
                actor=request.user,
                key=f"exchange:{typed['key']}",
                reason=typed["reason"],
                rate_source=typed["rate_source"],
            )

        return carry_out(
            request,
            form,
            EXCHANGE,
            deed,
            success=_said,
            then=lambda row: reverse(PAGE, args=(row.transaction_id,)),
        )


def exchange_of(row: LedgerTransaction) -> dict[str, Any] | None:
    """Return what the page of a transaction says of its exchange, if it is one."""
    found = Exchange.objects.filter(transaction=row).first()
    if found is None:
        return None
    difference = format_unrounded(found.difference, found.bought_currency)
    return {
        "row": found,
        "rate_shown": rate_of(found),
        "exactly": format_unrounded(found.unrounded, found.bought_currency),
        "difference": f"+{difference}" if found.difference > 0 else difference,
    }


def _said(row: Exchange) -> str:
    return _("{sold} became {bought}.").format(
        sold=format_amount(row.sold_amount, row.sold_currency),
        bought=format_amount(row.bought_amount, row.bought_currency),
    )


def _partners_of(wallet: Wallet) -> list[Wallet]:
    """Return the wallets that this one may exchange with."""
    others = Wallet.objects.filter(owner=wallet.owner_id, status=WalletStatus.ACTIVE)
    found = (
        others.exclude(currency=wallet.currency)
        .exclude(role=Role.EXCHANGE)
        .select_related("owner")
        .order_by("currency", "number")
    )
    if wallet.owner_id is None:
        found = found.filter(role=wallet.role)
    return [one for one in found[:_CHOICES] if one.account_class == wallet.account_class]


def _no_partner(wallet: Wallet) -> str:
    return _(
        "{name} has no other active wallet in another currency. Open one first, then exchange."
    ).format(name=wallet.name)


def _watched(wallet: Wallet) -> dict[str, str]:
    """Return what makes a field ask for the figures anew; the rest is Unfold's dialog undone."""
    return {
        "hx-get": reverse("admin:wallets_wallet_exchange_preview", args=(wallet.pk,)),
        "hx-trigger": "input changed delay:250ms, change",
        "hx-include": "#dialog-form",
        "hx-params": "other,amount,given,rate,fee,fee_side",
        "hx-target": "#exchange-preview",
        "hx-select": "#exchange-preview",
        "hx-swap": "outerHTML",
        "hx-sync": "closest form:replace",
        "hx-indicator": "this",
        "hx-disabled-elt": "unset",
    }
