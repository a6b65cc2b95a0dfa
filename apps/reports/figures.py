"""The figures of the finance page: where the money is, what it brings, what is late.

Each question is answered from what the ledger remembers (balances, days) or from an index over what
is open, so that none of them grows with the number of entries. Amounts are in minor units, positive
on the side where they belong. Whoever asks for several asks inside one snapshot.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.reports.report import Query
from apps.tickets.claim_states import ReceivableStatus
from apps.tickets.states import LineStatus
from apps.wallets.states import HoldStatus, Role

_MONTHS, _WEEKS = 12, 12
_YEAR = 12


class Age(models.IntegerChoices):
    """How long something has waited; the value is the number of days that it does not exceed."""

    WEEK = 7, _("up to 7 days")
    MONTH = 30, _("8 to 30 days")
    QUARTER = 90, _("31 to 90 days")
    OLDER = 36_500, _("over 90 days")


@dataclass(frozen=True)
class Span:
    """A month, or a day that stands for a week: both ends included."""

    from_on: date
    until_on: date


@dataclass(frozen=True)
class Purse:
    """What one currency holds; `wallets` names the wallet of each place in the chart."""

    currency: str
    places: Mapping[str, int] = field(default_factory=dict)
    wallets: Mapping[str, int] = field(default_factory=dict)
    people: int = 0
    held: int = 0

    def of(self, role: Role) -> int:
        """Return the balance of a place in the chart, credit positive."""
        return self.places.get(role, 0)


_PURSES = """
SELECT wallet.currency, wallet.role, min(wallet.id),
       coalesce(sum(known.balance), 0)::bigint, coalesce(sum(wallet.held), 0)::bigint
  FROM wallets AS wallet JOIN ledger_balances_on() AS known ON known.wallet_id = wallet.id
 WHERE wallet.role <> %(general)s
 GROUP BY wallet.currency, wallet.role ORDER BY wallet.currency, wallet.role
"""

# By how much a wallet of the chart rose from the day before a span to its end.
_RISES = """
SELECT wallet.currency,
       ledger_balance_on(wallet.id, span.until_on)
       - ledger_balance_on(wallet.id, span.from_on - 1)
  FROM wallets AS wallet
 CROSS JOIN unnest(%(from_on)s::date[], %(until_on)s::date[]) AS span (from_on, until_on)
 WHERE wallet.role = %(role)s
 ORDER BY wallet.currency, span.from_on
"""

_BALANCES = """
SELECT wallet.currency, ledger_balance_on(wallet.id, span.until_on)
  FROM wallets AS wallet CROSS JOIN unnest(%(until_on)s::date[]) AS span (until_on)
 WHERE wallet.role = %(role)s
 ORDER BY wallet.currency, span.until_on
"""

# Late is what its tariff's grace does not excuse, as in the queue of the desk. The first condition
# says to the index, which knows no tariffs, that no grace is negative.
_OVERDUE = """
SELECT '', line.due_at, 1
  FROM ticket_lines AS line
  JOIN assets AS asset ON asset.id = line.asset_id
  JOIN asset_categories AS category ON category.id = asset.category_id
  LEFT JOIN tariffs AS own ON own.id = asset.tariff_id
  LEFT JOIN tariffs AS usual ON usual.id = category.tariff_id
 WHERE line.status = %(status)s AND line.due_at < %(now)s
   AND line.due_at < %(now)s - coalesce(own.grace, usual.grace)
"""

_OWED = """
SELECT owed.currency, owed.due_at, owed.amount - owed.paid
  FROM receivables AS owed WHERE owed.status = %(status)s
"""

_HELD = """
SELECT wallet.currency, hold.placed_at, hold.amount - hold.captured - hold.released
  FROM ledger_holds AS hold JOIN wallets AS wallet ON wallet.id = hold.wallet_id
 WHERE hold.status = %(status)s
"""

# Days are counted from midnight to midnight of the office, as people count them.
_BY_AGE = """
SELECT currency, age, sum(amount)::bigint
  FROM (SELECT currency, amount, (
               SELECT min(up_to) FROM unnest(%(ages)s::int[]) AS one (up_to)
                WHERE up_to >= %(today)s::date - (since AT TIME ZONE %(zone)s)::date) AS age
          FROM ({rows}) AS waiting (currency, since, amount)) AS aged
 GROUP BY currency, age
"""


def purses() -> list[Purse]:
    """Return what each currency holds now."""
    found: dict[str, Purse] = {}
    for currency, role, wallet, balance, held in Query(
        _PURSES, {"general": Role.GENERAL.value}
    ).rows():
        purse = found.get(currency, Purse(currency))
        if role:
            purse = Purse(
                currency,
                {**purse.places, role: balance},
                {**purse.wallets, role: wallet},
                purse.people,
                purse.held,
            )
        else:
            purse = Purse(currency, purse.places, purse.wallets, balance, held)
        found[currency] = purse
    return list(found.values())


def months_until(today: date) -> list[Span]:
    """Return the last twelve months, this one included, up to `today`."""
    number = today.year * _YEAR + today.month - 1
    firsts = [
        date(one // _YEAR, one % _YEAR + 1, 1) for one in range(number - _MONTHS + 1, number + 1)
    ]
    ends = [first - timedelta(days=1) for first in firsts[1:]]
    return [Span(*ends_of) for ends_of in zip(firsts, [*ends, today], strict=True)]


def weeks_until(today: date) -> list[Span]:
    """Return twelve days, each a week after the one before, the last of them `today`."""
    days = [today - timedelta(weeks=weeks) for weeks in range(_WEEKS - 1, -1, -1)]
    return [Span(day, day) for day in days]


def rises_of(role: Role, spans: Sequence[Span]) -> dict[str, list[int]]:
    """Return by how much a place in the chart rose in each span, by currency."""
    asked = {
        "role": role.value,
        "from_on": [span.from_on for span in spans],
        "until_on": [span.until_on for span in spans],
    }
    return _by_currency(Query(_RISES, asked))


def balances_of(role: Role, spans: Sequence[Span]) -> dict[str, list[int]]:
    """Return the balance of a place in the chart at the end of each span, by currency."""
    asked = {"role": role.value, "until_on": [span.until_on for span in spans]}
    return _by_currency(Query(_BALANCES, asked))


def overdue_by_age(now: datetime, today: date) -> dict[Age, int]:
    """Return how many lent things should be back, by the days since they were due."""
    counted = _by_age(_OVERDUE, today, status=LineStatus.ON_LOAN.value, now=now)
    return counted.get("", {})


def owed_by_age(today: date) -> dict[str, dict[Age, int]]:
    """Return what borrowers owe, by currency and the days since it was due; none counts as 0."""
    return _by_age(_OWED, today, status=ReceivableStatus.OPEN.value)


def held_by_age(today: date) -> dict[str, dict[Age, int]]:
    """Return what is set aside in wallets, by currency and the days since it is."""
    return _by_age(_HELD, today, status=HoldStatus.ACTIVE.value)


def _by_currency(query: Query) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for currency, amount in query.rows():
        found.setdefault(currency, []).append(amount)
    return found


def _by_age(rows: str, today: date, **asked: object) -> dict[str, dict[Age, int]]:
    parameters = {
        **asked,
        "ages": list(Age.values),
        "today": today,
        "zone": settings.TIME_ZONE,
    }
    found: dict[str, dict[Age, int]] = {}
    for currency, age, amount in Query(_BY_AGE.format(rows=rows), parameters).rows():
        found.setdefault(currency, {})[Age(age)] = amount
    return found
