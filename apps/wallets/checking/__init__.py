"""Proof that the books are right: every balance, every rule and every seal is computed again.

Whatever the triggers said when a row was written, or whoever turned them off. Two passes over the
entries do most of it, in steps, so that memory stays the same and progress is true:

    by_wallet        positions, running balances, currencies, in the order of each wallet
    by_transaction   sums, shapes, days, and the chain of seals, in the order of the numbers
    by_day           what the roll-up remembers of each day, and what closed months keep
    by_row           wallets, holds, reversals, adjustments, exchanges: what there is less of

**Since a block.** A full check may keep a checkpoint: where each wallet stood at the newest seal.
A check since that seal takes it, and the rows that were sealed by then, as they were when that
full check looked at them. It recomputes what came after: each later seal, transaction and entry,
each wallet's chain from the checkpoint on, and every rule about months and of `by_row`. What it
does not notice: that somebody changed a row which was sealed by then, unless a wallet's figures no
longer fit.

**What the database alone cannot show:** that somebody rewrote a row *and* every seal from there on
with right hashes, or took away the newest seals together with their head and sealed anew. That
needs a head that was kept outside: see `apps.audit.heads`.
"""

from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _

from apps.wallets.checking import by_day, by_row, by_transaction, by_wallet, chain, memory
from apps.wallets.checking.by_transaction import END, START
from apps.wallets.checking.memory import Checkpoint, checkpoint_at, known_numbers
from apps.wallets.checking.progress import Progress, Say, Steps, say_nothing
from apps.wallets.checking.rules import FlagRule, Rule
from apps.wallets.checking.snapshot import long_look
from apps.wallets.checking.verdict import Fault, Verdict
from apps.wallets.models import LedgerSeal
from apps.wallets.sealing import BLOCK_SIZE, contents_between, head_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["RULES", "Progress", "Rule", "Verdict", "check", "check_seal", "known_numbers"]

RULES: tuple[Rule, ...] = (
    *by_wallet.RULES,
    *by_wallet.WAITING_RULES,
    *by_transaction.RULES,
    *by_day.RULES,
    *by_row.RULES,
)


def check(
    say: Say = say_nothing,
    *,
    published: str = "",
    since: int | None = None,
    is_remembered: bool = False,
) -> Verdict:
    """Check everything in one snapshot, and stop at the first row that does not fit.

    `published` is a head of the seals, `number:hash`, that was kept elsewhere; `since` the number
    of a seal with a checkpoint. The verdict of a full check that is to be remembered has a memory.

    Raises:
        NoCheckpoint: there is none at `since` that a later seal names.
    """
    with long_look():
        checking = _Check(say, is_remembered=is_remembered)
        try:
            checking.run(published, since)
        except Fault as fault:
            return checking.found.but(fault.sentence)
        return checking.found


def check_seal(seal: LedgerSeal) -> str:
    """Return what does not fit in one seal and its transactions, or nothing."""
    with long_look():
        previous = LedgerSeal.objects.defer("contents").filter(number=seal.number - 1).first()
        if previous is None and seal.number > 1:
            return chain.missing(seal.number - 1)
        is_whole = sha256(bytes(seal.contents)).hexdigest() == seal.contents_hash
        try:
            chain.hold_head(seal, previous, is_whole=is_whole)
            chain.Covering().compare([seal], {})
        except Fault as fault:
            return fault.sentence
    return ""


_PASSES = 3
"""So often each entry is looked at."""


class _Check:
    """One check: what was found so far, and the steps of it."""

    def __init__(self, say: Say, *, is_remembered: bool) -> None:
        self.found = _counted()
        self._steps = Steps(_PASSES * _estimated_count(), say)
        self._is_remembered = is_remembered
        self._covering = chain.Covering()
        self._waits: tuple[FlagRule, int] | None = None

    def run(self, published: str, since: int | None) -> None:
        checkpoint = checkpoint_at(since) if since is not None else None
        self._steps.begin(_("entries of each wallet"))
        if checkpoint:
            self._steps.total = 0
            for rule in memory.STILL_RULES:
                rule.hold([checkpoint.pk])
            by_wallet.pass_over_new(checkpoint.changed(), self._steps)
        else:
            by_wallet.pass_over_all(self._steps)
        self._steps.begin(_("transactions and seals"))
        last = self._pass_over_seals(checkpoint)
        self._pass_over_unsealed(last)
        chain.hold_end(last, published)
        late_count = self._covering.uncovered_before(last)
        self._steps.begin(_("days and months"))
        if checkpoint is None:
            by_day.pass_over_days(self._steps)
        by_day.hold_months()
        self._steps.begin(_("wallets, holds, reversals and adjustments"))
        for rule in by_row.RULES:
            rule.hold()
        if self._waits:
            waiting_rule, number = self._waits
            waiting_rule.hold([number])
        self.found = replace(
            self.found,
            rule_count=len(RULES),
            unsealed_count=self.found.unsealed_count + late_count,
            head=head_of(last),
        )
        if self._is_remembered and last and not checkpoint:
            remembered = memory.remember(last, self._covering.waiting)
            self.found = replace(self.found, memory=remembered)

    def _pass_over_seals(self, checkpoint: Checkpoint | None) -> LedgerSeal | None:
        """Check each seal and what it covers; return the last one."""
        last = checkpoint.seal if checkpoint else None
        after = last.last_id if last else START
        seals = self._continuing(last)
        for group in chain.grouped(seals, BLOCK_SIZE):
            until = group[-1].last_id
            stretch = self._check_stretch(after, until)
            if stretch.contents_hash != chain.contents_hash_of(group):
                self._covering.compare(group, contents_between(after, until).by_number())
            last, after = group[-1], until
            self.found = replace(self.found, block_count=self.found.block_count + len(group))
        return last

    def _continuing(self, last: LedgerSeal | None) -> "Iterator[LedgerSeal]":
        for seal, is_whole in chain.seals_after(last.number if last else 0):
            chain.hold_head(seal, last, is_whole=is_whole)
            yield seal
            last = seal

    def _pass_over_unsealed(self, last: LedgerSeal | None) -> None:
        after = last.last_id if last else START
        while after != END:
            until = by_transaction.end_of_step(after)
            stretch = self._check_stretch(after, until)
            unsealed_count = self.found.unsealed_count + stretch.transaction_count
            self.found = replace(self.found, unsealed_count=unsealed_count)
            after = until

    def _check_stretch(self, after: int, until: int) -> by_transaction.Stretch:
        stretch = by_transaction.check(after, until)
        stretch.hold()
        for raised in stretch.raised.items():
            self._waits = self._waits or raised
        self.found = replace(
            self.found,
            transaction_count=self.found.transaction_count + stretch.transaction_count,
            entry_count=self.found.entry_count + stretch.entry_count,
        )
        self._steps.did(stretch.entry_count)
        return stretch


def _counted() -> Verdict:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT (SELECT count(*) FROM wallets), (SELECT count(*) FROM ledger_holds),
                (SELECT count(*) FROM adjustments)
            """
        )
        wallet_count, hold_count, adjustment_count = cursor.fetchone()
        cursor.execute(
            """
            SELECT w.currency, sum(b.balance)
            FROM ledger_balances_on() b JOIN wallets w ON w.id = b.wallet_id GROUP BY 1 ORDER BY 1
            """
        )
        totals = {currency: int(total) for currency, total in cursor.fetchall()}
    return Verdict(
        wallet_count=wallet_count,
        hold_count=hold_count,
        adjustment_count=adjustment_count,
        totals=totals,
    )


def _estimated_count() -> int:
    """Return about how many entries there are, as the database remembers them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT greatest(reltuples, 0)::bigint FROM pg_class WHERE relname = 'ledger_entries'"
        )
        (count,) = cursor.fetchone()
    return int(count)
