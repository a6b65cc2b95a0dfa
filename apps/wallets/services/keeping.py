"""Saving a row together with its version."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from apps.accounts.models import User
    from apps.wallets.models import (
        Adjustment,
        AdjustmentBatch,
        BusinessLimit,
        ReasonCode,
        Wallet,
    )


def keep(
    row: "Adjustment | AdjustmentBatch | BusinessLimit | ReasonCode | Wallet",
    *,
    actor: "User",
    reason: str = "",
    fields: "Iterable[str] | None" = None,
) -> None:
    """Save the row, and in its history who did so and why."""
    row._history_user = actor  # type: ignore[union-attr]  # the library's way
    row._change_reason = reason or None  # type: ignore[union-attr]  # the same
    row.save(update_fields=fields)
