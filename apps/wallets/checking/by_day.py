"""What is remembered of days and months: nothing that the entries do not say.

The roll-up keeps, for each wallet and effective day, the balance at its end, up to a mark; a closed
month keeps the balances with which it was closed.
"""

from itertools import batched

from django.db import connection
from django.utils.translation import gettext_lazy as _

from apps.wallets.checking.progress import Steps
from apps.wallets.checking.rules import Rule
from apps.wallets.models import Wallet

_WALLETS_AT_ONCE = 500

_DAY_RULE = Rule(
    """
    SELECT w.number AS wallet, w.currency, day, coalesce(kept.balance, 0) AS is_amount,
        coalesce(added.balance, 0) AS should_amount
    FROM (
        SELECT wallet_id, effective_on AS day,
            sum(sum(amount)) OVER (PARTITION BY wallet_id ORDER BY effective_on) AS balance,
            max(position) AS last_position
        FROM (
            SELECT e.wallet_id, e.effective_on, e.amount, e.position
            FROM ledger_marks m JOIN ledger_entries e
                ON e.wallet_id = m.wallet_id AND e.position <= m.position
            WHERE m.wallet_id = ANY(%(wallets)s) AND e.wallet_id = ANY(%(wallets)s)
        ) marked GROUP BY wallet_id, effective_on
    ) added
    FULL JOIN (
        SELECT wallet_id, effective_on AS day, balance, last_position FROM ledger_days
        WHERE wallet_id = ANY(%(wallets)s)
    ) kept USING (wallet_id, day)
    JOIN wallets w ON w.id = wallet_id
    WHERE (added.balance, added.last_position) IS DISTINCT FROM (kept.balance, kept.last_position)
    ORDER BY wallet_id, day LIMIT 1
    """,
    _(
        "Wallet {wallet} remembers that its balance at the end of {day} was {is_amount}, and its "
        "entries up to that day add up to {should_amount}."
    ),
)
_MARK_RULE = Rule(
    """
    SELECT coalesce(w.number, 'with id ' || m.wallet_id) AS wallet, m.position,
        coalesce(w.position, 0) AS count
    FROM (
        SELECT wallet_id, position FROM ledger_marks
        UNION ALL
        SELECT d.wallet_id, d.last_position FROM ledger_days d
        WHERE NOT EXISTS (SELECT FROM ledger_marks m WHERE m.wallet_id = d.wallet_id)
    ) m LEFT JOIN wallets w ON w.id = m.wallet_id
    WHERE w.id IS NULL OR m.position > w.position ORDER BY m.wallet_id LIMIT 1
    """,
    _("Wallet {wallet} remembers the days of {position} entries, and has {count} with a place."),
)
_MONTH_RULE = Rule(
    """
    SELECT to_char(p.starts_on, 'YYYY-MM') AS month, w.number AS wallet, w.currency,
        differing.is_amount, differing.should_amount
    FROM ledger_periods p CROSS JOIN LATERAL (
        SELECT wallet_id, coalesce(kept.balance, 0) AS is_amount,
            coalesce(b.balance, 0) AS should_amount
        FROM ledger_balances_on(p.ends_on) b
        FULL JOIN (
            SELECT wallet_id, balance FROM ledger_period_balances
            WHERE period_id = p.id AND closing = p.closing_count
        ) kept USING (wallet_id)
        WHERE coalesce(kept.balance, 0) <> coalesce(b.balance, 0) ORDER BY wallet_id LIMIT 1
    ) differing LEFT JOIN wallets w ON w.id = differing.wallet_id
    WHERE p.status = 'closed' ORDER BY p.starts_on LIMIT 1
    """,
    _(
        "Month {month} was closed with {is_amount} in wallet {wallet}, and its entries up to then "
        "add up to {should_amount}."
    ),
)

RULES = (_DAY_RULE, _MARK_RULE, _MONTH_RULE)


def pass_over_days(steps: Steps) -> None:
    """Check what is remembered of the days of each wallet.

    Raises:
        Fault: names the first day that does not fit.
    """
    _MARK_RULE.hold()
    wallets = Wallet.objects.order_by("pk").values_list("pk", flat=True)
    for numbers in batched(wallets.iterator(), _WALLETS_AT_ONCE, strict=False):
        _DAY_RULE.hold({"wallets": list(numbers)})
        steps.did(_marked_count(list(numbers)))


def hold_months() -> None:
    """Check what closed months keep.

    Raises:
        Fault: names the first month and wallet that do not fit.
    """
    _MONTH_RULE.hold()


def _marked_count(wallet_ids: list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(position), 0)::bigint FROM ledger_marks WHERE wallet_id = ANY(%s)",
            [wallet_ids],
        )
        (count,) = cursor.fetchone()
    return int(count)
