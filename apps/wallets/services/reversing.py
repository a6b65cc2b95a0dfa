"""Reversing: a mistake in the journal is corrected by its mirror image."""

from typing import TYPE_CHECKING

from apps.audit import services as audit
from apps.audit.services import deed
from apps.wallets.errors import AlreadyReversed
from apps.wallets.models import LedgerTransaction
from apps.wallets.services.posting import Entry, Posted, post
from apps.wallets.states import TransactionKind

if TYPE_CHECKING:
    from apps.accounts.models import User


@deed
def reverse(transaction_id: int, *, actor: "User", reason: str) -> Posted:
    """Undo a transaction by posting its mirror image today; at most once, and never a reversal.

    Raises:
        AlreadyReversed: somebody did so before.
        ReversalIsFinal: the transaction is a reversal itself.
    """
    actor.require("wallets.reverse_ledgertransaction")
    original = LedgerTransaction.objects.get(pk=transaction_id)
    result = post(
        TransactionKind.REVERSAL,
        [Entry(entry.wallet_id, -entry.amount) for entry in original.entries.order_by("line")],
        actor=actor,
        key=f"reversal:{original.pk}",
        description=reason[:254],
        about=original.about,
        reverses=original,
    )
    if result.is_replay:
        raise AlreadyReversed(transaction=original.pk)
    audit.record(
        "wallets.reversed",
        actor=actor,
        target=original,
        after={"reversal": f"T-{result.transaction_id}"},
        reason=reason,
    )
    return result
