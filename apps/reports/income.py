"""What an income wallet took in over a period, and what of it settled no ticket."""

from apps.reports.columns import label_of
from apps.reports.report import Answers, Query
from apps.wallets.states import Role, TransactionKind

# What the ledger remembers of both ends, so that no entry is read.
_MOVEMENT = """
SELECT wallet.currency, (after.balance - coalesce(before.balance, 0))::bigint
  FROM wallets AS wallet
  JOIN ledger_balances_on(%(until_on)s::date) AS after ON after.wallet_id = wallet.id
  LEFT JOIN ledger_balances_on(%(from_on)s::date - 1) AS before ON before.wallet_id = wallet.id
 WHERE wallet.role = %(role)s
   AND EXISTS (SELECT FROM ledger_entries AS entry WHERE entry.wallet_id = wallet.id)
 ORDER BY wallet.currency
"""

_ELSEWHERE = """
SELECT entry.effective_on, entry.currency, {kind} AS kind, movement.id AS transaction_id,
       entry.amount
  FROM wallets AS wallet
  JOIN ledger_entries AS entry ON entry.wallet_id = wallet.id
   AND entry.effective_on BETWEEN %(from_on)s AND %(until_on)s
  JOIN ledger_transactions AS movement ON movement.id = entry.transaction_id
 WHERE wallet.role = '{role}'
   AND NOT EXISTS (SELECT FROM tickets AS settled WHERE settled.settlement_id = movement.id)
"""

# Tickets settled in the period, by the day of the ledger.
SETTLED = """
SELECT ticket.id, ticket.borrower_id, ticket.currency, ticket.settlement_id, movement.effective_on
  FROM ledger_transactions AS movement
  JOIN tickets AS ticket ON ticket.settlement_id = movement.id
 WHERE movement.effective_on BETWEEN %(from_on)s AND %(until_on)s
"""


def movement_of(role: Role, answers: Answers) -> dict[str, int]:
    """Return by how much the wallet of that role grew in the period, by currency."""
    days = {"from_on": answers["from_on"], "until_on": answers["until_on"], "role": role.value}
    return {currency: amount for currency, amount in Query(_MOVEMENT, days).rows() if amount}


def elsewhere(role: Role) -> str:
    """Return SQL of the entries on that wallet that settled no ticket: reversals, adjustments."""
    return _ELSEWHERE.format(kind=label_of("movement.kind", TransactionKind.choices), role=role)
