"""What a person says about a journal file: which one, and which accounts its accounts are."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from apps.common.sheets import FileUnreadable, refuse_large
from apps.wallets.importing import mapping
from apps.wallets.importing.mapping import Target
from apps.wallets.importing.reading import UPLOAD
from apps.wallets.importing.summing import Summary
from apps.wallets.services.opening import TITLE_LENGTH
from apps.wallets.states import AccountClass

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from apps.wallets.errors import MappingFaulty
    from apps.wallets.importing.journal import ForeignAccount
    from apps.wallets.importing.summing import AccountSum
    from apps.wallets.models import JournalImport


_FIELDS = ("wallet", "title", "class")


class UploadForm(forms.Form):
    """A file."""

    file = forms.FileField(
        label=gettext_lazy("File"),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.tsv,.txt,text/csv"}),
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        """Say what a file may be."""
        super().__init__(*args, **options)
        self.fields["file"].help_text = _(
            "CSV in UTF-8, at most {size} MB and {rows} rows; the first line names the columns"
        ).format(size=UPLOAD.size // 1024 // 1024, rows=f"{UPLOAD.rows:,}")

    def clean_file(self) -> "UploadedFile[bytes]":
        """Refuse a file that is too large before it is read."""
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        try:
            refuse_large(file.size or 0, UPLOAD)
        except FileUnreadable as refusal:
            raise forms.ValidationError(refusal.message) from None
        return file


@dataclass(frozen=True)
class MappingRow:
    """One account of the file with its three fields, and what is wrong with them."""

    figures: "AccountSum"
    wallet: forms.BoundField
    title: forms.BoundField
    general_class: forms.BoundField
    fault: str


class MappingForm(forms.Form):
    """Three fields for each account of the file; what they mean together the service judges."""

    def __init__(self, row: "JournalImport", data: Mapping[str, Any] | None = None) -> None:
        """Begin with what was mapped before, else with what is suggested."""
        super().__init__(data)
        self.sums = Summary.from_json(row.summary).accounts
        accounts = [one.account for one in self.sums]
        kept = [Target(**target) for target in row.mapping] or mapping.suggested(accounts)
        self.targets = {target.account: target for target in kept}
        self.faults: Mapping[tuple[str, str], str] = {}
        choices = _choices(row)
        classes = [("", _("choose")), *AccountClass.choices]
        for place, account in enumerate(accounts):
            self._add_fields(place, self.targets[account], choices[account.currency], classes)

    def _add_fields(self, place: int, target: Target, choices: Any, classes: Any) -> None:
        label = f"{target.name} {target.currency}"
        self.fields[f"wallet_{place}"] = forms.ChoiceField(
            label=_("Account for {name}").format(name=label),
            choices=choices,
            initial=target.wallet,
            required=False,
            widget=UnfoldAdminSelectWidget(attrs={"class": "import-wallet"}),
        )
        self.fields[f"title_{place}"] = forms.CharField(
            label=_("Title for {name}").format(name=label),
            max_length=TITLE_LENGTH,
            initial=target.title,
            required=False,
            widget=UnfoldAdminTextInputWidget,
        )
        self.fields[f"class_{place}"] = forms.ChoiceField(
            label=_("Class for {name}").format(name=label),
            choices=classes,
            initial=target.general_class,
            required=False,
            widget=UnfoldAdminSelectWidget,
        )
        for name in _FIELDS:
            field = self.fields[f"{name}_{place}"]
            field.widget.attrs["aria-label"] = field.label

    def answers(self) -> "dict[ForeignAccount, Target]":
        """Return what was chosen."""
        chosen = self.cleaned_data
        return {
            one.account: Target(
                *one.account,
                wallet=chosen[f"wallet_{place}"],
                title=chosen[f"title_{place}"],
                general_class=chosen[f"class_{place}"],
            )
            for place, one in enumerate(self.sums)
        }

    def refuse(self, refusal: "MappingFaulty") -> None:
        """Show at each account what the service says to it."""
        self.faults = refusal.faults

    def rows(self) -> Iterator[MappingRow]:
        """Yield the accounts of the file."""
        for place, one in enumerate(self.sums):
            wallet, title, class_ = (self[f"{name}_{place}"] for name in _FIELDS)
            typed = [str(error) for field in (wallet, title, class_) for error in field.errors]
            fault = self.faults.get(one.account) or " ".join(typed)
            yield MappingRow(one, wallet, title, class_, fault)


def _choices(row: "JournalImport") -> dict[str, list[tuple[str, Any]]]:
    """Return for each currency the accounts that can be posted on."""
    currencies = Summary.from_json(row.summary).currencies
    choices: dict[str, list[tuple[str, Any]]] = {
        currency: [("", _("a new account"))] for currency in currencies
    }
    for wallet in mapping.targets_in(currencies):
        choices[wallet.currency].append((wallet.number, f"{wallet.name} ({wallet.number})"))
    return choices
