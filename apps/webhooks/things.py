"""What events are about: how the API names each thing, and who may learn that it changed."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.apps import apps

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.accounts.models import User


@dataclass(frozen=True)
class Thing:
    """One kind of object; its rows know who may see them, as the API asks them too."""

    name: str
    model_label: str
    path: str
    """Where the API shows it, with `{id}`."""
    scope: str

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
        rows: Any = self.model._default_manager.filter(pk=object_id)
        return bool(rows.visible_to(person).exists())


TICKET = Thing("ticket", "tickets.Ticket", "/api/v1/tickets/{id}", "tickets:read")
ASSET = Thing("asset", "assets.Asset", "/api/v1/assets/{id}", "assets:read")
APPROVAL = Thing(
    "approval", "approvals.ApprovalRequest", "/api/v1/approvals/{id}", "approvals:read"
)
WALLET = Thing("wallet", "wallets.Wallet", "/api/v1/wallets/{id}", "wallets:read")
HOLD = Thing("hold", "wallets.Hold", "/api/v1/holds/{id}", "wallets:read")
ADJUSTMENT = Thing(
    "adjustment", "wallets.Adjustment", "/api/v1/adjustments/{id}", "adjustments:read"
)
BATCH = Thing(
    "adjustment_batch",
    "wallets.AdjustmentBatch",
    "/api/v1/adjustment-batches/{id}",
    "adjustments:read",
)
TRANSACTION = Thing(
    "transaction", "wallets.LedgerTransaction", "/api/v1/journal/{id}", "journal:read"
)
REPORT = Thing("report_run", "reports.ReportRun", "/api/v1/report-runs/{id}", "reports:read")
