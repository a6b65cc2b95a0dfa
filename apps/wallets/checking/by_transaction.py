"""The pass over transactions with their entries, in order: sums, shapes, days, and the seals.

A step takes a stretch of numbers, that of a seal where there is one. Rows are looked at from both
sides, so that an entry without its transaction is found as well as a transaction without entries.
"""

from dataclasses import dataclass

from django.db import connection
from django.utils.translation import gettext_lazy as _

from apps.wallets.checking.rules import FlagRule
from apps.wallets.sealing import BLOCK_SIZE, CONTENTS, ENTRY_ROWS
from apps.wallets.states import TransactionKind

# `t` are transactions, `entries` what their entries add up to.
_STRETCH = f"""
FROM (
    SELECT posted.*, u.id AS person_id
    FROM ledger_transactions posted LEFT JOIN users u ON u.id = posted.actor_id
    WHERE posted.id > %(after)s AND posted.id <= %(until)s
) t
FULL JOIN (
    SELECT e.transaction_id, count(*) AS count, sum(e.amount) AS total,
        min(e.currency) AS first_currency, max(e.currency) AS last_currency,
        min(e.effective_on) AS first_day, max(e.effective_on) AS last_day, {ENTRY_ROWS} AS rows
    FROM ledger_entries e
    WHERE e.transaction_id > %(after)s AND e.transaction_id <= %(until)s
    GROUP BY e.transaction_id
) entries ON entries.transaction_id = t.id
"""  # noqa: S608  (no input in it)

_KINDS = ", ".join(f"'{kind}'" for kind in TransactionKind.values)

RULES = (
    FlagRule(
        flag="t.id IS NULL",
        sql="""
        SELECT transaction_id AS transaction, line FROM ledger_entries
        WHERE transaction_id = %s ORDER BY line LIMIT 1
        """,
        sentence=_("Entry {line} of T-{transaction} lost its transaction or its wallet."),
    ),
    FlagRule(
        flag=f"""t.kind NOT IN ({_KINDS})
            OR (t.kind = 'capture') <> (t.hold_id IS NOT NULL)
            OR (t.kind = 'reversal') <> (t.reverses_id IS NOT NULL)""",
        sql="SELECT id AS transaction, kind FROM ledger_transactions WHERE id = %s",
        sentence=_("Transaction T-{transaction} has not the shape of a {kind}."),
    ),
    FlagRule(
        flag="t.id IS NOT NULL AND t.person_id IS NULL",
        sql="SELECT %s AS transaction",
        sentence=_("Transaction T-{transaction} was posted by a person who does not exist."),
    ),
    FlagRule(
        flag="entries.first_day <> t.effective_on OR entries.last_day <> t.effective_on",
        sql="""
        SELECT t.id AS transaction, e.line, e.effective_on, t.effective_on AS should_on
        FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
        WHERE t.id = %s AND e.effective_on <> t.effective_on ORDER BY e.line LIMIT 1
        """,
        sentence=_(
            "Entry {line} of T-{transaction} is effective on {effective_on}, and its transaction "
            "on {should_on}."
        ),
    ),
    FlagRule(
        flag="entries.transaction_id IS NULL",
        sql="SELECT %s AS transaction",
        sentence=_("Transaction T-{transaction} has no entries."),
    ),
    FlagRule(
        # Most have one currency; only of the others each sum is made.
        flag="""CASE WHEN entries.first_currency = entries.last_currency THEN entries.total <> 0
            ELSE EXISTS (
                SELECT FROM ledger_entries x WHERE x.transaction_id = entries.transaction_id
                GROUP BY x.currency HAVING sum(x.amount) <> 0 OFFSET 0
            ) END""",
        sql="""
        SELECT transaction_id AS transaction, currency, sum(amount) AS is_amount
        FROM ledger_entries WHERE transaction_id = %s
        GROUP BY 1, 2 HAVING sum(amount) <> 0 ORDER BY currency LIMIT 1
        """,
        sentence=_(
            "Transaction T-{transaction} does not balance: its entries add up to {is_amount}."
        ),
    ),
    FlagRule(
        flag="""t.kind = 'adjustment' AND NOT coalesce((
            SELECT true FROM adjustments a WHERE a.transaction_id = t.id LIMIT 1), (
            SELECT true FROM adjustment_batches b WHERE b.transaction_id = t.id LIMIT 1),
            false)""",
        sql="SELECT %s AS transaction",
        sentence=_("Transaction T-{transaction} posts an adjustment that was not approved."),
        is_named_last=True,
    ),
)

_FLAGS = ",\n".join(
    f"min(coalesce(t.id, entries.transaction_id)) FILTER (WHERE {rule.flag})" for rule in RULES
)
_CHECK = f"""
SELECT count(t.id), coalesce(sum(entries.count), 0)::bigint,
    encode(sha256({CONTENTS}), 'hex'), {_FLAGS}
{_STRETCH}
"""

END = 2**63 - 1
"""Above every number: the last stretch finds what lies beyond the last transaction, too."""
START = -END


@dataclass(frozen=True)
class Stretch:
    """What a stretch of numbers holds."""

    transaction_count: int
    entry_count: int
    contents_hash: str
    raised: dict[FlagRule, int]
    """The first transaction that breaks each rule that is broken."""

    def hold(self) -> None:
        """Return when no rule is broken, but for those that speak last.

        Raises:
            Fault: names the first row of the first rule.
        """
        for rule, number in self.raised.items():
            if not rule.is_named_last:
                rule.hold([number])


def check(after: int, until: int) -> Stretch:
    """Look at every transaction and entry with a number above `after`, up to `until`."""
    with connection.cursor() as cursor:
        cursor.execute(_CHECK, {"after": after, "until": until})
        count, entry_count, contents_hash, *first = cursor.fetchone()
    raised = {rule: number for rule, number in zip(RULES, first, strict=True) if number is not None}
    return Stretch(count, entry_count, contents_hash, raised)


def end_of_step(after: int) -> int:
    """Return where a step that begins after this number ends; the last one ends nowhere."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM ledger_transactions WHERE id > %s ORDER BY id OFFSET %s LIMIT 1",
            [after, BLOCK_SIZE],
        )
        row = cursor.fetchone()
    return row[0] if row else END
