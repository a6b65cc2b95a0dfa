"""What `checking` asks about exchanges: each a statement and its sentence, as the rules there."""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

EXCHANGE_RULES: tuple[tuple[str, "_StrOrPromise"], ...] = (
    (
        """
        SELECT coalesce(t.id, x.transaction_id) AS transaction
        FROM (SELECT id FROM ledger_transactions WHERE kind = 'exchange') t
        FULL JOIN ledger_exchanges x ON x.transaction_id = t.id
        WHERE t.id IS NULL OR x.id IS NULL ORDER BY 1 LIMIT 1
        """,
        _("Transaction T-{transaction} is an exchange without terms, or has terms and is none."),
    ),
    (
        """
        SELECT x.transaction_id AS transaction, x.bought_currency AS currency,
            x.bought_amount AS is_amount, w.worth AS should_amount
        FROM ledger_exchanges x CROSS JOIN LATERAL (
            SELECT ledger_worth(x.sold_amount, x.rate, x.sold_currency, x.bought_currency) AS worth,
                ledger_worth(1, x.rate, x.sold_currency, x.bought_currency) AS unit
        ) w
        WHERE x.unrounded <> w.worth OR x.rounding <> 'half_up' OR CASE x.given
            WHEN 'sold' THEN x.bought_amount <> round(w.worth)
            ELSE x.sold_amount <> floor(x.bought_amount / w.unit + 0.5) END
        ORDER BY x.transaction_id LIMIT 1
        """,
        _(
            "The exchange of T-{transaction} bought {is_amount}, and at its rate what it sold is "
            "worth about {should_amount}."
        ),
    ),
    (
        """
        SELECT x.transaction_id AS transaction FROM ledger_exchanges x
        JOIN ledger_transactions t ON t.id = x.transaction_id
        LEFT JOIN wallets s ON s.id = x.sold_wallet_id
        LEFT JOIN wallets b ON b.id = x.bought_wallet_id
        WHERE (s.currency, b.currency) IS DISTINCT FROM (x.sold_currency, x.bought_currency)
            OR s.currency = b.currency OR s.owner_id IS DISTINCT FROM b.owner_id
            OR s.owner_id = x.actor_id OR x.actor_id <> t.actor_id
            OR 'exchange' IN (s.role, b.role)
        ORDER BY x.transaction_id LIMIT 1
        """,
        _(
            "The exchange of T-{transaction} is not between two wallets of one owner in two "
            "currencies, made by somebody else."
        ),
    ),
    (
        """
        SELECT coalesce(e.transaction_id, x.transaction_id) AS transaction
        FROM (
            SELECT e.transaction_id, e.wallet_id, e.amount FROM ledger_exchanges x
            JOIN ledger_entries e ON e.transaction_id = x.transaction_id
        ) e
        FULL JOIN (
            SELECT x.transaction_id, f.wallet_id, f.amount
            FROM ledger_exchanges x CROSS JOIN LATERAL ledger_exchange_entries(x) f
        ) x ON x.transaction_id = e.transaction_id AND x.wallet_id = e.wallet_id
            AND x.amount = e.amount
        WHERE e.transaction_id IS NULL OR x.transaction_id IS NULL ORDER BY 1 LIMIT 1
        """,
        _("The entries of T-{transaction} are not those that follow from its rate."),
    ),
)
