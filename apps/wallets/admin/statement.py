"""The statement of one wallet: its entries, the newest first, and its balance at a day or moment.

Without days it is read by position, the order of posting, and shows the balances that the entries
carry. With days it is read by effective day, and each balance counts what is effective by then.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from apps.wallets import selectors
from apps.wallets.statements import Line, by_day, by_position, waiting_lines, walk_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from apps.wallets.models import Wallet

ROWS = 50
_KEPT = ("since", "until", "on", "known_at")
_DAY = forms.DateInput(attrs={"type": "date"})


class StatementForm(forms.Form):
    """Which part of the statement to show, and for which moment to tell the balance."""

    since = forms.DateField(label=gettext_lazy("Effective from"), required=False, widget=_DAY)
    until = forms.DateField(label=gettext_lazy("Effective until"), required=False, widget=_DAY)
    position = forms.IntegerField(
        label=gettext_lazy("Position"),
        required=False,
        min_value=1,
        max_value=2**62,
        widget=forms.NumberInput(attrs={"class": "short"}),
    )
    on = forms.DateField(label=gettext_lazy("Balance on"), required=False, widget=_DAY)
    known_at = forms.DateTimeField(
        label=gettext_lazy("as known at"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )


@dataclass(frozen=True)
class Balances:
    """What a wallet held, told in two ways that a back-dated posting keeps apart; minor units."""

    day: date
    moment: datetime
    by_day: int
    """Everything that is effective by the end of the day, whenever it was posted."""
    as_known: int
    """Everything that had been posted by the moment, whatever day it counts on."""
    day_as_known: int
    """What was known at the moment about the end of the day."""

    @property
    def is_settled(self) -> bool:
        """Return whether the moment has passed, so that what was known then stays so."""
        return self.moment <= timezone.now()

    @property
    def difference(self) -> int:
        """Return what was posted later for that day or before, less what was posted ahead."""
        return self.by_day - self.as_known


@dataclass(frozen=True)
class Statement:
    """A page of the statement, with what was asked for."""

    form: StatementForm
    unplaced: "Sequence[Line]"
    lines: "Sequence[Line]"
    newest: str
    newer: str
    older: str
    is_by_day: bool
    balances: Balances | None

    @property
    def is_empty(self) -> bool:
        """Return whether there is nothing to show."""
        return not self.lines and not self.unplaced


def statement_of(wallet: "Wallet", asked: "Mapping[str, Any]") -> Statement:
    """Return the page that the address asks for; what cannot be understood is not asked for."""
    form = StatementForm({name: asked.get(name, "") for name in StatementForm.base_fields})
    form.is_valid()
    data = form.cleaned_data
    since, until = data.get("since"), data.get("until")
    is_by_day = bool(since or until)
    mark = str(asked.get("p", ""))
    if not mark and data.get("position") and not is_by_day:
        mark = f"upto-{data['position']}"
    page = walk_of(wallet, since, until).page(mark, ROWS)
    kept = {name: str(asked[name]) for name in _KEPT if asked.get(name)}

    def url(mark: str) -> str:
        return _address({**kept, "p": mark}) if mark else ""

    return Statement(
        form=form,
        unplaced=waiting_lines(wallet, since, until) if page.is_newest else (),
        lines=by_day(wallet, page.rows) if is_by_day else by_position(page.rows),
        newest="" if page.is_newest else _address(kept),
        newer=url(page.newer),
        older=url(page.older),
        is_by_day=is_by_day,
        balances=_balances(wallet, data.get("on") or until, data.get("known_at")),
    )


def _address(parameters: "Mapping[str, str]") -> str:
    return f"?{urlencode(parameters)}#statement"


def _balances(wallet: "Wallet", day: date | None, moment: datetime | None) -> Balances | None:
    """Return both balances when somebody asked for a day or a moment; each completes the other."""
    if day is None and moment is None:
        return None
    day = day or timezone.localdate(moment)
    moment = moment or timezone.make_aware(datetime.combine(day, time.max))
    return Balances(
        day=day,
        moment=moment,
        by_day=selectors.balance_of(wallet, as_of=day),
        as_known=selectors.balance_at(wallet, moment),
        day_as_known=selectors.balance_of(wallet, as_of=day, known_at=moment),
    )
