"""The command palette: the few things that a number, tag or name leads to."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from django.db.models import Q, QuerySet
from django.urls import reverse
from unfold.dataclasses import SearchResult

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.tickets.models import Ticket
from apps.wallets.models import Adjustment, Hold, LedgerTransaction, Wallet

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.common.admin import StaffRequest

MOST = 6


class _Kind(NamedTuple):
    """One kind of thing that the palette finds."""

    permission: str
    page: str
    icon: str
    rows: "QuerySet[Model]"


def _number(term: str, prefix: str) -> int:
    """Return the number in `TK-12`; 0, which no row has, when it is not written like that."""
    start, _dash, digits = term.upper().rpartition("-")
    is_number = digits.isascii() and digits.isdigit() and len(digits) < 18  # noqa: PLR2004
    return int(digits) if is_number and start == prefix else 0


def _kinds(term: str) -> Iterator[_Kind]:
    yield _Kind(
        "tickets.view_ticket",
        "admin:tickets_ticket_change",
        "confirmation_number",
        Ticket.objects.filter(
            Q(pk=_number(term, "TK") or _number(term, "")) | Q(borrower__email=term)
        ),
    )
    yield _Kind(
        "assets.view_asset",
        "admin:assets_asset_change",
        "inventory_2",
        Asset.objects.filter(Q(tag__istartswith=term) | Q(name__istartswith=term)),
    )
    yield _Kind(
        "wallets.view_wallet",
        "admin:wallets_wallet_change",
        "account_balance_wallet",
        Wallet.objects.filter(
            Q(number__istartswith=term) | Q(owner__display_name__istartswith=term)
        ).select_related("owner"),
    )
    for prefix, kind in _NUMBERED.items():
        if number := _number(term, prefix):
            yield kind._replace(rows=kind.rows.filter(pk=number))
    yield _Kind(
        "accounts.view_user",
        "admin:accounts_user_change",
        "person",
        User.objects.filter(Q(display_name__istartswith=term) | Q(email__startswith=term)),
    )


# What one finds by its number alone, such as T-12; a bare 12 would be any of them.
_NUMBERED = {
    "T": _Kind(
        "wallets.view_ledgertransaction",
        "admin:wallets_ledgertransaction_change",
        "menu_book",
        LedgerTransaction.objects.all(),
    ),
    "H": _Kind("wallets.view_hold", "admin:wallets_hold_change", "lock_clock", Hold.objects.all()),
    "A": _Kind(
        "wallets.view_adjustment",
        "admin:wallets_adjustment_change",
        "tune",
        Adjustment.objects.all(),
    ),
}


def find(request: "StaffRequest", term: str) -> list[SearchResult]:
    """Return at most six of each kind that the person may see, by number, tag, name or e-mail."""
    return [
        SearchResult(
            title=str(row),
            description=str(row._meta.verbose_name),
            link=reverse(kind.page, args=(row.pk,)),
            icon=kind.icon,
        )
        for kind in _kinds(term.strip())
        if request.user.has_perm(kind.permission)
        for row in kind.rows[:MOST]
    ]
