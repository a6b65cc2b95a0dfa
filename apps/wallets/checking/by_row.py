"""Rules about what there is less of than entries, such as wallets, holds and adjustments.

Each asks the indexes for what it needs of the entries, which the passes have looked at before.
"""

from django.utils.translation import gettext_lazy as _

from apps.wallets.checking.batches import BATCH_RULES
from apps.wallets.checking.exchanges import EXCHANGE_RULES
from apps.wallets.checking.rules import Rule

# What a wallet says, beside its last entry that has its position.
_WALLETS_AND_LAST_ENTRIES = """
FROM wallets w LEFT JOIN LATERAL (
    SELECT e.balance, e.position FROM ledger_entries e
    WHERE e.wallet_id = w.id AND e.position IS NOT NULL ORDER BY e.position DESC LIMIT 1
) last ON true
"""

WALLET_RULES = (
    Rule(
        f"""
        SELECT w.number AS wallet, w.currency, w.posted AS is_amount,
            coalesce(last.balance, 0) AS should_amount
        {_WALLETS_AND_LAST_ENTRIES}
        WHERE w.posted <> coalesce(last.balance, 0) ORDER BY w.id LIMIT 1
        """,
        _(
            "Wallet {wallet} says that {is_amount} is posted, and its entries add up to "
            "{should_amount}."
        ),
    ),
    Rule(
        f"""
        SELECT w.number AS wallet, w.position, coalesce(last.position, 0) AS count
        {_WALLETS_AND_LAST_ENTRIES}
        WHERE w.position <> coalesce(last.position, 0) ORDER BY w.id LIMIT 1
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
)

HOLD_RULES = (
    Rule(
        """
        SELECT h.id AS hold, w.currency, h.captured AS is_amount,
            coalesce(posted.total, 0) AS should_amount
        FROM ledger_holds h JOIN wallets w ON w.id = h.wallet_id LEFT JOIN LATERAL (
            SELECT -sum(e.amount) AS total
            FROM ledger_transactions t JOIN ledger_entries e ON e.transaction_id = t.id
            WHERE t.hold_id = h.id AND e.wallet_id = h.wallet_id AND e.amount < 0
        ) posted ON true
        WHERE h.captured <> coalesce(posted.total, 0) ORDER BY h.id LIMIT 1
        """,
        _(
            "Hold H-{hold} says that {is_amount} was captured, and its captures posted "
            "{should_amount}."
        ),
    ),
)

REVERSAL_RULES = (
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
)

ADJUSTMENT_RULES = (
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

RULES = (
    *WALLET_RULES,
    *HOLD_RULES,
    *REVERSAL_RULES,
    *ADJUSTMENT_RULES,
    *(Rule(sql, sentence) for sql, sentence in EXCHANGE_RULES),
    *(Rule(sql, sentence) for sql, sentence in BATCH_RULES),
)
