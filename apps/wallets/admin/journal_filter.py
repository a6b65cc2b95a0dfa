"""The filter over the journal: one form, whose fields are answered together."""

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib import messages
from django.contrib.admin import ListFilter, site
from django.contrib.admin.widgets import AutocompleteSelect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.contrib.filters.forms import AutocompleteDropdownForm
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.common.money import parse_amount
from apps.wallets import selectors
from apps.wallets.admin.linking import SUBJECTS, subject_in
from apps.wallets.models import LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.searching import Search
from apps.wallets.states import TransactionKind

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.contrib.admin import ModelAdmin
    from django.contrib.admin.views.main import ChangeList
    from django.db.models import QuerySet
    from django.http import HttpRequest

_ALL = ("", gettext_lazy("All"))
_STATES = (
    _ALL,
    ("standing", gettext_lazy("Neither reversed nor a reversal")),
    ("reversed", gettext_lazy("Reversed later")),
    ("reversal", gettext_lazy("Reversals")),
)
_RANGE = re.compile(r"\s*(?:\.\.|–|\bto\b)\s*")
_DAY = {"type": "date"}
_MOMENT = {"type": "datetime-local"}


def _currencies() -> list[tuple[str, Any]]:
    return [_ALL, *((currency, currency) for currency in selectors.currencies())]


def _line(**attrs: str) -> UnfoldAdminTextInputWidget:
    return UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", **attrs})


def _picker(model: type[Any], field: str) -> AutocompleteSelect:
    return AutocompleteSelect(
        model._meta.get_field(field), site, attrs={"class": "unfold-filter-autocomplete"}
    )


class JournalForm(forms.Form):
    """What somebody looks for; every field may stay empty."""

    wallet = forms.ModelChoiceField(
        label=gettext_lazy("Wallet"),
        queryset=Wallet.objects.select_related("owner"),
        required=False,
    )
    about = forms.CharField(
        label=gettext_lazy("About"),
        required=False,
        max_length=30,
        widget=_line(),
        help_text=gettext_lazy("number of a ticket or an adjustment: TK-12, A-12"),
    )
    effective_on_from = forms.DateField(
        label=gettext_lazy("Effective from"), required=False, widget=_line(**_DAY)
    )
    effective_on_to = forms.DateField(
        label=gettext_lazy("Effective until"), required=False, widget=_line(**_DAY)
    )
    posted_from = forms.DateTimeField(
        label=gettext_lazy("Posted from"), required=False, widget=_line(**_MOMENT)
    )
    posted_to = forms.DateTimeField(
        label=gettext_lazy("Posted until"), required=False, widget=_line(**_MOMENT)
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[_ALL, *TransactionKind.choices],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    amount = forms.CharField(
        label=gettext_lazy("Amount of an entry"),
        required=False,
        max_length=60,
        widget=_line(inputmode="decimal"),
        help_text=gettext_lazy(
            "12.50 exactly, or 10..20. Without a wallet or days, the newest 20,000 transactions "
            "are searched first, and a link leads further back."
        ),
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"),
        choices=_currencies,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )
    actor = forms.ModelChoiceField(
        label=gettext_lazy("Posted by"), queryset=User.objects, required=False
    )
    state = forms.ChoiceField(
        label=gettext_lazy("Reversal"),
        choices=_STATES,
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Media(AutocompleteDropdownForm.Media):
        """The scripts of the two fields that answer while somebody types."""

    def __init__(self, *args: Any, **options: Any) -> None:
        """Give the pickers their addresses, which exist only once the site is there."""
        super().__init__(*args, **options)
        self.fields["wallet"].widget = _picker(LedgerEntry, "wallet")
        self.fields["actor"].widget = _picker(LedgerTransaction, "actor")
        for name in ("wallet", "actor"):
            field = self.fields[name]
            field.widget.choices = field.choices  # type: ignore[attr-defined]  # a choice field

    def clean_about(self) -> tuple[int, int] | None:
        """Return what the number names."""
        text = self.cleaned_data["about"]
        if not text:
            return None
        if subject := subject_in(text):
            return subject
        names = ", ".join(f"{prefix}-12" for prefix in sorted(SUBJECTS))
        raise forms.ValidationError(_("Write a number such as {names}.").format(names=names))

    def clean(self) -> dict[str, Any]:
        """Turn the amount into minor units, which needs a currency."""
        data = super().clean() or {}
        wallet, text = data.get("wallet"), data.get("amount")
        currency = wallet.currency if wallet else data.get("currency")
        if wallet and data.get("currency") not in {"", wallet.currency}:
            self.add_error(
                "currency",
                _("{wallet} is kept in {currency}.").format(
                    wallet=wallet.number, currency=wallet.currency
                ),
            )
        if text and not currency:
            self.add_error("currency", _("Choose the currency of the amount."))
        elif text:
            data["amount"] = self._amounts(text, str(currency))
        return data

    def _amounts(self, text: str, currency: str) -> tuple[int, int] | None:
        parts = _RANGE.split(text.strip(), maxsplit=1)
        try:
            figures = sorted(abs(parse_amount(part, currency)) for part in parts)
        except DomainError as refusal:
            self.add_error("amount", refusal.message)
            return None
        return figures[0], figures[-1]

    def in_words(self) -> list[tuple[Any, str]]:
        """Return the label of each field that was filled in, and what it says."""
        said = []
        for name, field in self.fields.items():
            value = self.cleaned_data.get(name)
            if value in {None, ""}:
                continue
            if isinstance(field, forms.ModelChoiceField):
                text = str(value)
            elif isinstance(field, forms.ChoiceField):
                text = str(dict(field.choices)[value])  # type: ignore[arg-type]  # a flat list
            else:
                text = str(self.data[name]).replace("T", " ")
            said.append((field.label, text))
        return said

    def search(self) -> Search:
        """Return what a valid form asks for."""
        data = self.cleaned_data
        actor = data["actor"]
        return Search(
            wallet=data["wallet"],
            about=data["about"],
            first_day=data["effective_on_from"],
            last_day=data["effective_on_to"],
            posted_from=data["posted_from"],
            posted_until=data["posted_to"],
            kind=data["kind"],
            actor_id=actor.pk if actor else None,
            amounts=data["amount"] or None,
            currency="" if data["wallet"] else data["currency"],
            state=data["state"],
        )


class JournalFilter(ListFilter):
    """The form as a filter; its rows are found by `Search`, not by narrowing a queryset."""

    title = gettext_lazy("journal")
    parameter_name = "journal"
    template = "unfold/filters/filters_field.html"
    form_class = JournalForm
    search: Search | None = None
    """What to look for; nothing when a field cannot be understood."""

    def __init__(
        self,
        request: "HttpRequest",
        params: dict[str, Any],
        model: type[LedgerTransaction],
        model_admin: "ModelAdmin[Any]",
    ) -> None:
        """Read the form from the address, and say what is wrong with it."""
        super().__init__(request, params, model, model_admin)
        for name in JournalForm.base_fields:
            if name in params:
                self.used_parameters[name] = params.pop(name)[-1]
        self.form = JournalForm(self.used_parameters)
        if self.form.is_valid():
            self.search = self.form.search()
        for name, sentences in self.form.errors.items():
            field = self.form.fields[name].label if name in self.form.fields else ""
            for sentence in sentences:
                messages.error(request, f"{field}: {sentence}" if field else str(sentence))

    def has_output(self) -> bool:
        """Show it."""
        return True

    def expected_parameters(self) -> list[str | None]:
        """Return the names of the fields."""
        return list(JournalForm.base_fields)

    def queryset(
        self,
        request: "HttpRequest",  # noqa: ARG002
        queryset: "QuerySet[LedgerTransaction]",
    ) -> "QuerySet[LedgerTransaction]":
        """Leave the rows alone."""
        return queryset

    def choices(self, changelist: "ChangeList") -> "Iterator[Any]":  # noqa: ARG002
        """Return the form for the template."""
        yield {"form": self.form}
