"""What events are about: how the API names each thing, and who may learn that it changed."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.apps import apps

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.accounts.models import User


def _nobodys(_thing: Any, _person: "User") -> bool:
    return False


def _requested(thing: Any, person: "User") -> bool:
    return bool(thing.requester_id == person.pk)


@dataclass(frozen=True)
class Thing:
    """One kind of object: whoever has the permission may see all, and others what is theirs."""

    name: str
    model_label: str
    path: str
    """Where the API shows it, with `{id}`."""
    scope: str
    permission: str
    is_of: Callable[[Any, "User"], bool] = field(default=_nobodys)

    @cached_property
    def model(self) -> "type[Model]":
        """The model whose rows they are."""
        return apps.get_model(self.model_label)

    @cached_property
    def field_names(self) -> frozenset[str]:
        """Names that may be told as what changed: they say nothing of anybody."""
        return frozenset(column.name for column in self.model._meta.get_fields())

    def is_seen_by(self, person: "User", object_id: str) -> bool:
        """Tell whether this person may see the object as it is now."""
        if not person.is_active or person.is_system:
            return False
        rows = self.model._default_manager.filter(pk=object_id)
        # Where the rows know themselves who may see them, as the API asks them, nobody else does.
        if hasattr(rows, "visible_to"):
            return bool(rows.visible_to(person).exists())
        found = rows.first()
        if found is None:
            return False
        return person.has_perm(self.permission) or self.is_of(found, person)


TICKET = Thing(
    "ticket",
    "tickets.Ticket",
    "/api/v1/tickets/{id}",
    "tickets:read",
    "tickets.view_ticket",
    lambda ticket, person: ticket.concerns(person),
)
ASSET = Thing(
    "asset",
    "assets.Asset",
    "/api/v1/assets/{id}",
    "assets:read",
    "assets.view_asset",
    lambda asset, person: asset.lender_id == person.pk,
)
APPROVAL = Thing(
    "approval",
    "approvals.ApprovalRequest",
    "/api/v1/approvals/{id}",
    "approvals:read",
    "approvals.view_approvalrequest",
    _requested,
)
WALLET = Thing(
    "wallet",
    "wallets.Wallet",
    "/api/v1/wallets/{id}",
    "wallets:read",
    "wallets.view_wallet",
    lambda wallet, person: wallet.owner_id == person.pk,
)
HOLD = Thing(
    "hold",
    "wallets.Hold",
    "/api/v1/holds/{id}",
    "wallets:read",
    "wallets.view_hold",
    lambda hold, person: hold.wallet.owner_id == person.pk,
)
ADJUSTMENT = Thing(
    "adjustment",
    "wallets.Adjustment",
    "/api/v1/adjustments/{id}",
    "adjustments:read",
    "wallets.view_adjustment",
    _requested,
)
TRANSACTION = Thing(
    "transaction",
    "wallets.LedgerTransaction",
    "/api/v1/journal/{id}",
    "journal:read",
    "wallets.view_ledgertransaction",
)
REPORT = Thing(
    "report_run",
    "reports.ReportRun",
    "/api/v1/reports/runs/{id}",
    "reports:read",
    "reports.view_reportrun",
)
