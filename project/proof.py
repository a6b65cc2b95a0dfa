"""The state of proof on the first page: the last check of the books, the last seal."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.wallets import selectors as wallets
from apps.wallets.admin.linking import url_of
from apps.wallets.models import BooksCheck, LedgerSeal

if TYPE_CHECKING:
    from apps.common.admin import StaffRequest

# The nightly job missed one night at least.
_STALE = timedelta(days=2)


@dataclass(frozen=True)
class Proof:
    """One thing that proves the books, in a sentence."""

    label: str
    sentence: str
    at: datetime | None = None
    url: str = ""
    is_good: bool = False
    is_bad: bool = False


def proofs_for(request: "StaffRequest") -> list[Proof]:
    """Return what this person may know about the proof of the books."""
    may, found = request.user.has_perm, []
    if may("wallets.view_bookscheck"):
        found.append(_of_check(wallets.latest_books_check(), request))
    if may("wallets.view_ledgerseal"):
        found.append(_of_seal(LedgerSeal.objects.order_by("-number").first(), request))
    return found


def _of_check(check: BooksCheck | None, request: "StaffRequest") -> Proof:
    label = _("Check of the books")
    if check is None:
        return Proof(label, _("The books have not been checked yet."), is_bad=True)
    sentence = _("The books are right.") if check.is_right else check.fault
    assert check.finished_at, "a verdict has its moment"
    is_old = check.finished_at < timezone.now() - _STALE
    if check.is_right and is_old:
        sentence = _("The books were right, and have not been checked since.")
    return Proof(
        label,
        sentence,
        at=check.finished_at,
        url=url_of(check, request),
        is_good=check.is_right and not is_old,
        is_bad=not check.is_right,
    )


def _of_seal(seal: LedgerSeal | None, request: "StaffRequest") -> Proof:
    label = _("Last seal of the ledger")
    if seal is None:
        return Proof(label, _("Nothing has been sealed yet."))
    sentence = _("Block {number}, up to T-{last}.").format(number=seal.number, last=seal.last_id)
    return Proof(label, sentence, at=seal.sealed_at, url=url_of(seal, request), is_good=True)
