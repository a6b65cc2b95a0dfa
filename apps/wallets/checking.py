"""Proof that the books are right: every balance and every rule is computed again.

Each rule is one statement over whole tables that finds the first row which breaks it, whatever the
triggers said when the row was written, or whoever turned them off.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db import connection, transaction
from django.utils.translation import gettext_lazy as _

from apps.common.money import format_amount

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_AMOUNTS = ("is_amount", "should_amount")


@dataclass(frozen=True)
class Verdict:
    """What was found; `fault` names the first row that does not fit, in one sentence."""

    ok: bool = True
    transaction_count: int = 0
    entry_count: int = 0
    wallet_count: int = 0
    hold_count: int = 0
    adjustment_count: int = 0
    totals: dict[str, int] = field(default_factory=dict)
    """The trial balance of each currency added up; anything but 0 is a fault."""
    rule_count: int = 0
    """The number of rules that hold."""
    fault: str = ""


@dataclass(frozen=True)
class Rule:
    """A statement whose first row breaks the rule, and the sentence that says so."""

    sql: str
    sentence: "_StrOrPromise"


RULES = (
    Rule(
        """
        SELECT t.id AS transaction, t.kind FROM ledger_transactions t
        WHERE t.kind NOT IN
                ('opening', 'capture', 'settlement', 'adjustment', 'transfer', 'exchange', 'import',
                'reversal')
            OR (t.kind = 'capture') <> (t.hold_id IS NOT NULL)
            OR (t.kind = 'reversal') <> (t.reverses_id IS NOT NULL)
        ORDER BY t.id LIMIT 1
        """,
        _("Transaction T-{transaction} has not the shape of a {kind}."),
    ),
    Rule(
        """
        SELECT t.id AS transaction FROM ledger_transactions t
        LEFT JOIN users u ON u.id = t.actor_id WHERE u.id IS NULL ORDER BY t.id LIMIT 1
        """,
        _("Transaction T-{transaction} was posted by a person who does not exist."),
    ),
    Rule(
        """
        SELECT e.transaction_id AS transaction, e.line FROM ledger_entries e
        LEFT JOIN ledger_transactions t ON t.id = e.transaction_id
        LEFT JOIN wallets w ON w.id = e.wallet_id
        WHERE t.id IS NULL OR w.id IS NULL ORDER BY e.id LIMIT 1
        """,
        _("Entry {line} of T-{transaction} lost its transaction or its wallet."),
    ),
    Rule(
        """
        SELECT e.transaction_id AS transaction, e.line, w.number AS wallet,
            w.currency AS should_currency, e.currency AS is_currency
        FROM ledger_entries e JOIN wallets w ON w.id = e.wallet_id
        WHERE e.currency <> w.currency ORDER BY e.id LIMIT 1
        """,
        _(
            "Entry {line} of T-{transaction} is in {is_currency}, and its wallet {wallet} is "
            "kept in {should_currency}."
        ),
    ),
    Rule(
        """
        SELECT e.transaction_id AS transaction, e.line, e.effective_on, t.effective_on AS should_on
        FROM ledger_entries e JOIN ledger_transactions t ON t.id = e.transaction_id
        WHERE e.effective_on <> t.effective_on ORDER BY e.id LIMIT 1
        """,
        _(
            "Entry {line} of T-{transaction} is effective on {effective_on}, and its transaction "
            "on {should_on}."
        ),
    ),
    Rule(
        """
        SELECT w.number AS wallet, e.transaction_id AS transaction, e.line, e.position, e.place
        FROM (
            SELECT wallet_id, transaction_id, line, position,
                row_number() OVER (PARTITION BY wallet_id ORDER BY position) AS place
            FROM ledger_entries WHERE position IS NOT NULL
        ) e JOIN wallets w ON w.id = e.wallet_id
        WHERE e.position <> e.place ORDER BY e.wallet_id, e.position LIMIT 1
        """,
        _(
            "Wallet {wallet} has no entry with position {place}: entry {line} of T-{transaction} "
            "follows with position {position}."
        ),
    ),
    Rule(
        """
        SELECT w.number AS wallet, w.currency, e.transaction_id AS transaction, e.line, e.position,
            e.balance AS is_amount, e.running AS should_amount
        FROM (
            SELECT wallet_id, transaction_id, line, position, balance,
                sum(amount) OVER (PARTITION BY wallet_id ORDER BY position) AS running
            FROM ledger_entries WHERE position IS NOT NULL
        ) e JOIN wallets w ON w.id = e.wallet_id
        WHERE e.balance <> e.running ORDER BY e.wallet_id, e.position LIMIT 1
        """,
        _(
            "Entry {line} of T-{transaction}, position {position} of wallet {wallet}, says that "
            "the balance is {is_amount}, and the entries up to it add up to {should_amount}."
        ),
    ),
    Rule(
        """
        SELECT t.id AS transaction FROM ledger_transactions t
        WHERE NOT EXISTS (SELECT FROM ledger_entries e WHERE e.transaction_id = t.id)
        ORDER BY t.id LIMIT 1
        """,
        _("Transaction T-{transaction} has no entries."),
    ),
    Rule(
        """
        SELECT transaction_id AS transaction, currency, sum(amount) AS is_amount
        FROM ledger_entries GROUP BY transaction_id, currency HAVING sum(amount) <> 0
        ORDER BY transaction_id LIMIT 1
        """,
        _("Transaction T-{transaction} does not balance: its entries add up to {is_amount}."),
    ),
    Rule(
        """
        SELECT w.number AS wallet, w.currency, w.posted AS is_amount,
            coalesce(e.total, 0) AS should_amount
        FROM wallets w LEFT JOIN (
            SELECT wallet_id, sum(amount) AS total FROM ledger_entries
            WHERE position IS NOT NULL GROUP BY wallet_id
        ) e ON e.wallet_id = w.id
        WHERE w.posted <> coalesce(e.total, 0) ORDER BY w.id LIMIT 1
        """,
        _(
            "Wallet {wallet} says that {is_amount} is posted, and its entries add up to "
            "{should_amount}."
        ),
    ),
    Rule(
        """
        SELECT w.number AS wallet, w.position, coalesce(e.count, 0) AS count
        FROM wallets w LEFT JOIN (
            SELECT wallet_id, count(*) AS count FROM ledger_entries
            WHERE position IS NOT NULL GROUP BY wallet_id
        ) e ON e.wallet_id = w.id
        WHERE w.position <> coalesce(e.count, 0) ORDER BY w.id LIMIT 1
        """,
        _("Wallet {wallet} says that it has {position} entries, and there are {count}."),
    ),
    Rule(
        """
        SELECT w.number AS wallet, w.currency, w.held AS is_amount,
            coalesce(h.rest, 0) AS should_amount
        FROM wallets w LEFT JOIN (
            SELECT wallet_id, sum(amount - captured - released) AS rest
            FROM ledger_holds WHERE status = 'active' GROUP BY wallet_id
        ) h ON h.wallet_id = w.id
        WHERE w.held <> coalesce(h.rest, 0) ORDER BY w.id LIMIT 1
        """,
        _(
            "Wallet {wallet} says that {is_amount} is held, and its active holds add up to "
            "{should_amount}."
        ),
    ),
    Rule(
        """
        SELECT number AS wallet, currency, posted - held AS is_amount, floor AS should_amount
        FROM wallets WHERE posted - held < floor ORDER BY id LIMIT 1
        """,
        _("Wallet {wallet} has {is_amount} available, below its floor of {should_amount}."),
    ),
    Rule(
        """
        SELECT number AS wallet, currency, posted AS is_amount, status FROM wallets
        WHERE status NOT IN ('active', 'frozen', 'closed')
            OR (status = 'closed' AND (posted <> 0 OR held <> 0)) ORDER BY id LIMIT 1
        """,
        _("Wallet {wallet} is {status} with {is_amount} in it."),
    ),
    Rule(
        """
        SELECT h.id AS hold, w.currency, h.captured AS is_amount,
            coalesce(t.total, 0) AS should_amount
        FROM ledger_holds h JOIN wallets w ON w.id = h.wallet_id LEFT JOIN (
            SELECT t.hold_id, e.wallet_id, -sum(e.amount) AS total
            FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
            WHERE t.hold_id IS NOT NULL AND e.amount < 0 GROUP BY t.hold_id, e.wallet_id
        ) t ON t.hold_id = h.id AND t.wallet_id = h.wallet_id
        WHERE h.captured <> coalesce(t.total, 0) ORDER BY h.id LIMIT 1
        """,
        _(
            "Hold H-{hold} says that {is_amount} was captured, and its captures posted "
            "{should_amount}."
        ),
    ),
    Rule(
        """
        SELECT r.id AS transaction, r.reverses_id AS original FROM ledger_transactions r
        LEFT JOIN ledger_transactions o ON o.id = r.reverses_id
        WHERE r.reverses_id IS NOT NULL AND (o.id IS NULL OR o.reverses_id IS NOT NULL OR EXISTS (
            SELECT FROM (
                SELECT wallet_id, amount FROM ledger_entries WHERE transaction_id = r.id
                UNION ALL
                SELECT wallet_id, amount FROM ledger_entries WHERE transaction_id = r.reverses_id
            ) both_sides
            GROUP BY wallet_id, abs(amount) HAVING sum(amount) <> 0
        )) ORDER BY r.id LIMIT 1
        """,
        _(
            "Transaction T-{transaction} is not the mirror image of T-{original}, "
            "which it reverses."
        ),
    ),
    Rule(
        """
        SELECT a.id AS adjustment, w.number AS wallet FROM adjustments a
        JOIN wallets w ON w.id = a.wallet_id
        LEFT JOIN ledger_transactions t ON t.id = a.transaction_id AND t.kind = 'adjustment'
            AND t.about_id = a.id AND t.about_type_id = (
                SELECT id FROM django_content_type
                WHERE app_label = 'wallets' AND model = 'adjustment')
        LEFT JOIN ledger_entries e ON e.transaction_id = t.id AND e.wallet_id = a.wallet_id
            AND e.amount = CASE a.direction WHEN 'credit' THEN a.amount ELSE -a.amount END
        WHERE (a.status = 'approved') <> (e.id IS NOT NULL) ORDER BY a.id LIMIT 1
        """,
        _("Adjustment A-{adjustment} of wallet {wallet} and what was posted for it differ."),
    ),
    Rule(
        """
        SELECT t.id AS transaction FROM ledger_transactions t
        LEFT JOIN adjustments a ON a.transaction_id = t.id
        WHERE t.kind = 'adjustment' AND a.id IS NULL ORDER BY t.id LIMIT 1
        """,
        _("Transaction T-{transaction} posts an adjustment that was not approved."),
    ),
    Rule(
        """
        SELECT a.id AS adjustment, u.display_name AS requester FROM adjustments a
        JOIN users u ON u.id = a.requester_id
        WHERE a.status = 'approved' AND NOT EXISTS (
            SELECT FROM approval_decisions d JOIN approval_requests r ON r.id = d.request_id
            WHERE r.scope = 'adjustment' AND r.subject_id = a.id AND r.status = 'approved'
                AND d.verdict = 'approve' AND d.decider_id <> a.requester_id
        ) ORDER BY a.id LIMIT 1
        """,
        _("Adjustment A-{adjustment} of {requester} was approved by nobody else."),
    ),
)


def check(say: Callable[[Rule], object] = lambda _rule: None) -> Verdict:
    """Check every rule in one snapshot, and stop at the first row that breaks one.

    `say` is called with each rule before it is checked.
    """
    with _one_snapshot():
        found = _counted()
        for rule in RULES:
            say(rule)
            if fault := _fault_of(rule):
                return replace(found, ok=False, fault=fault)
            found = replace(found, rule_count=found.rule_count + 1)
        return found


@contextmanager
def _one_snapshot() -> Iterator[None]:
    is_ours = not connection.in_atomic_block
    with transaction.atomic():
        if is_ours:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


def _counted() -> Verdict:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM ledger_transactions) AS transaction_count,
                (SELECT count(*) FROM ledger_entries) AS entry_count,
                (SELECT count(*) FROM wallets) AS wallet_count,
                (SELECT count(*) FROM ledger_holds) AS hold_count,
                (SELECT count(*) FROM adjustments) AS adjustment_count
            """
        )
        counts = _first(cursor) or {}
        cursor.execute(
            """
            SELECT w.currency, sum(b.balance)
            FROM ledger_balances_on() b JOIN wallets w ON w.id = b.wallet_id GROUP BY 1 ORDER BY 1
            """
        )
        totals = {currency: int(total) for currency, total in cursor.fetchall()}
    return Verdict(totals=totals, **counts)


def _fault_of(rule: Rule) -> str:
    with connection.cursor() as cursor:
        cursor.execute(rule.sql)
        facts = _first(cursor)
    if facts is None:
        return ""
    for name in _AMOUNTS:
        if name in facts:
            facts[name] = format_amount(int(facts[name]), facts["currency"])
    return str(rule.sentence).format(**facts)


def _first(cursor: Any) -> dict[str, Any] | None:
    row = cursor.fetchone()
    names = [column.name for column in cursor.description]
    return dict(zip(names, row, strict=True)) if row else None
