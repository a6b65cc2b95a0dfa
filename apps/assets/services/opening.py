"""Opening hours that no longer hold; adding and changing them is the admin's own form."""

from typing import TYPE_CHECKING

from apps.assets.models import OpeningHours, SpecialDays
from apps.audit import services as audit
from apps.audit.services import deed
from apps.audit.snapshots import snapshot

if TYPE_CHECKING:
    from apps.accounts.models import User


@deed
def remove_hours(hours_id: int, *, reason: str, actor: "User") -> OpeningHours:
    """Keep the office closed in this spell of the week; its history stays."""
    actor.require("assets.delete_openinghours")
    hours = OpeningHours.objects.select_for_update().get(pk=hours_id)
    _remove(hours, reason=reason, actor=actor)
    return hours


@deed
def remove_special_days(days_id: int, *, reason: str, actor: "User") -> SpecialDays:
    """Let the hours of the week count again on these days; their history stays."""
    actor.require("assets.delete_specialdays")
    days = SpecialDays.objects.select_for_update().get(pk=days_id)
    _remove(days, reason=reason, actor=actor)
    return days


def _remove(row: OpeningHours | SpecialDays, *, reason: str, actor: "User") -> None:
    audit.record(
        f"assets.{row._meta.model_name}_removed",
        actor=actor,
        target=row,
        before=snapshot(row),
        reason=reason,
    )
    row._history_user = actor  # type: ignore[union-attr]
    row.delete()
