"""What the page of an import shows: figures of the file, and what it does to each account."""

from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common.money import format_amount
from apps.wallets.importing import previewing
from apps.wallets.importing.mapping import Target
from apps.wallets.importing.summing import Summary
from apps.wallets.models import Wallet
from apps.wallets.states import IMPORT_LIFECYCLE, ImportAction, ImportStatus

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.wallets.models import JournalImport

VARIANTS = {
    ImportStatus.UPLOADED: "warning",
    ImportStatus.MAPPED: "warning",
    ImportStatus.QUEUED: "info",
    ImportStatus.DONE: "success",
    ImportStatus.REFUSED: "danger",
    ImportStatus.DISCARDED: "default",
}
_SHOWN = (ImportStatus.MAPPED, ImportStatus.REFUSED, ImportStatus.QUEUED)


def content_of(row: "JournalImport", person: "User") -> dict[str, Any]:
    """Return what the templates print."""
    status = ImportStatus(row.status)
    summary = Summary.from_json(row.summary)
    content: dict[str, Any] = {
        "row": row,
        "variant": VARIANTS[status],
        "summary": summary,
        "totals": [(code, summary.total(code)) for code in summary.currencies],
        "is_queued": status == ImportStatus.QUEUED,
        "is_done": status == ImportStatus.DONE,
        "may_take_file": status != ImportStatus.DISCARDED,
        "may_map": status == ImportStatus.UPLOADED and person.has_perm("wallets.import_journal"),
    }
    if status == ImportStatus.DONE:
        content["lines"] = _linked([_shown(**line) for line in row.result["accounts"]], person)
    elif status in _SHOWN:
        targets = [Target(**kept) for kept in row.mapping]
        lines = [
            _shown(
                wallet=effect.number,
                is_new=not effect.number,
                title=effect.title,
                currency=effect.currency,
                entry_count=effect.entry_count,
                before=effect.before,
                debit=effect.debit,
                credit=effect.credit,
                after=effect.after,
                names=[name for name in effect.names if name != effect.title],
            )
            for effect in previewing.effects(summary, targets)
        ]
        content["lines"] = _linked(lines, person)
        content["new_count"] = sum(line["is_new"] for line in content["lines"])
    else:
        content["unmapped"] = summary.accounts
    return content


def possible(row: "JournalImport") -> set[str]:
    """Return the names of the buttons that the status allows."""
    status = ImportStatus(row.status)
    names = {
        "confirm": ImportAction.CONFIRM,
        "open_mapping": ImportAction.MAP,
        "discard": ImportAction.DISCARD,
    }
    return {name for name, move in names.items() if IMPORT_LIFECYCLE.allows(move, status)}


def _linked(lines: list[dict[str, Any]], person: "User") -> list[dict[str, Any]]:
    """Add the pages of the accounts that are there, for whoever may open them."""
    if not person.has_perm("wallets.view_wallet"):
        return lines
    numbers = [line["wallet"] for line in lines if line["wallet"]]
    ids = dict(Wallet.objects.filter(number__in=numbers).values_list("number", "pk"))
    for line in lines:
        if (wallet_id := ids.get(line["wallet"])) is not None:
            line["url"] = reverse("admin:wallets_wallet_change", args=(wallet_id,))
    return lines


def _shown(*, before: int, after: int, currency: str, **line: Any) -> dict[str, Any]:
    return {
        "currency": currency,
        "before": _sided(before, currency),
        "after": _sided(after, currency),
        **line,
    }


def _sided(balance: int, currency: str) -> str:
    """Return a balance with the side on which it is, as accountants write it."""
    figure = format_amount(abs(balance), currency)
    if not balance:
        return figure
    return (
        _("{amount} Cr").format(amount=figure)
        if balance > 0
        else _("{amount} Dr").format(amount=figure)
    )
