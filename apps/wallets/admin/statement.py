"""The statement of one wallet: its entries, the newest first, and its balance at a day or moment.

Without days it is read by position, the order of posting, and shows the balances that the entries
carry. With days it is read by effective day, and each balance counts what is effective by then.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django import forms
from django.db.models import Subquery, Sum, Window
from django.utils import timezone
from django.utils.translation import gettext_lazy

from apps.common.keyset import Walk
from apps.wallets import selectors
from apps.wallets.models import LedgerEntry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from django.db.models import QuerySet

    from apps.wallets.models import Wallet

ROWS = 50
# More entries than a roll-up ever leaves waiting while its job runs.
MOST_WAITING = 200
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
class Line:
    """One entry, and the balance after it in the order of the page; None when nobody knows yet."""

    entry: LedgerEntry
    balance: int | None


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
    page = _walk(wallet, since, until).page(mark, ROWS)
    kept = {name: str(asked[name]) for name in _KEPT if asked.get(name)}

    def url(mark: str) -> str:
        return _address({**kept, "p": mark}) if mark else ""

    return Statement(
        form=form,
        unplaced=_unplaced(wallet, since, until) if page.is_newest else (),
        lines=_by_day(wallet, page.rows) if is_by_day else _by_position(page.rows),
        newest="" if page.is_newest else _address(kept),
        newer=url(page.newer),
        older=url(page.older),
        is_by_day=is_by_day,
        balances=_balances(wallet, data.get("on") or until, data.get("known_at")),
    )


def _address(parameters: "Mapping[str, str]") -> str:
    return f"?{urlencode(parameters)}#statement"


def _walk(wallet: "Wallet", since: date | None, until: date | None) -> Walk[LedgerEntry]:
    entries = LedgerEntry.objects.filter(wallet=wallet, position__isnull=False)
    entries = _on_days(entries.select_related("transaction"), since, until)
    return Walk(entries, ("effective_on", "position") if since or until else ("position",))


def _on_days(
    entries: "QuerySet[LedgerEntry]", since: date | None, until: date | None
) -> "QuerySet[LedgerEntry]":
    if since:
        entries = entries.filter(effective_on__gte=since)
    return entries.filter(effective_on__lte=until) if until else entries


def _by_position(entries: "Sequence[LedgerEntry]") -> list[Line]:
    return [Line(entry, entry.balance) for entry in entries]


def _by_day(wallet: "Wallet", entries: "Sequence[LedgerEntry]") -> list[Line]:
    """Return the lines with balances that count what is effective by then, from the top down."""
    if not entries:
        return []
    top = entries[0]
    of_the_day = LedgerEntry.objects.filter(
        wallet=wallet, effective_on=top.effective_on, position__lte=top.position
    )
    before = selectors.balance_of(wallet, as_of=top.effective_on - timedelta(days=1))
    balance = before + (of_the_day.aggregate(total=Sum("amount"))["total"] or 0)
    lines = []
    for entry in entries:
        lines.append(Line(entry, balance))
        balance -= entry.amount
    return lines


def _unplaced(wallet: "Wallet", since: date | None, until: date | None) -> list[Line]:
    """Return the newest entries that wait for their position, with the balance after each."""
    entries = LedgerEntry.objects.filter(wallet=wallet)
    placed = entries.filter(position__isnull=False).order_by("-position").values("balance")[:1]
    # One statement, so that an entry that is placed meanwhile is counted once.
    waiting = entries.filter(position__isnull=True).annotate(
        running=Window(Sum("amount"), order_by="id"), placed=Subquery(placed)
    )
    found = waiting.select_related("transaction").order_by("-id")[:MOST_WAITING]
    lines = [Line(entry, entry.running + (entry.placed or 0)) for entry in found]
    if not (since or until):
        return lines
    first, last = since or date.min, until or date.max
    return [Line(line.entry, None) for line in lines if first <= line.entry.effective_on <= last]


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
