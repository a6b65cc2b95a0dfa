"""Questions about maintenance."""

from datetime import datetime

from apps.assets.errors import MaintenanceOverdue
from apps.assets.models import Asset, Maintenance
from apps.assets.wording import moment


def refusals(asset: Asset, *, now: datetime) -> list[MaintenanceOverdue]:
    """Return what has to be done before the asset is handed over; empty: nothing."""
    late = Maintenance.objects.overdue(now).filter(asset=asset, plan__blocks=True)
    return [
        MaintenanceOverdue(title=due.plan.title, asset=asset, due=moment(due.due_at))
        for due in late.select_related("plan")
    ]


def state_of(due: Maintenance, *, now: datetime) -> str:
    """Return where it stands: done, dropped, overdue, planned, or waiting for a gap."""
    if due.done_at:
        return "done"
    if due.dropped_at:
        return "dropped"
    if due.due_at <= now:
        return "overdue"
    return "planned" if due.reservation_id else "waiting"
