"""How long the files of a run are kept: by the roles of whoever asked, or longer for a reason."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.reports.errors import KeepRefused
from apps.reports.models import ReportRetention, ReportRun
from apps.reports.schedule import LONGEST_RETENTION
from apps.reports.states import Status

KEPT = timedelta(days=90)
"""Where no role of the person says anything else."""


def kept_for(person: User) -> timedelta:
    """Return the longest retention of the person's roles."""
    retentions = ReportRetention.objects.filter(role__in=person.groups.all())
    days = retentions.aggregate(days=Max("days"))["days"]
    return timedelta(days=days) if days else KEPT


@deed
def keep(run_id: int, *, until_on: date, reason: str, actor: User) -> ReportRun:
    """Keep the files of the run through that day, for a reason.

    Raises:
        KeepRefused: there are no files, the day is no later than it was, more than ten years
            after the run was finished, or no reason is given.
    """
    actor.require("reports.keep_report")
    run = ReportRun.objects.locked().get(pk=run_id)
    if run.requester_id != actor.pk:
        actor.require("reports.view_reportrun")
    if run.status != Status.DONE or run.expires_at is None or run.finished_at is None:
        raise KeepRefused(why=_("this run has no files (any more). Run the report again."))
    if not reason.strip():
        raise KeepRefused(why=_("say why the files are needed longer."))
    until = timezone.make_aware(datetime.combine(until_on + timedelta(days=1), time.min))
    if until <= run.expires_at:
        day = timezone.localdate(run.expires_at)
        raise KeepRefused(why=_("choose a day after {day}, to which they stay.").format(day=day))
    latest = timezone.localdate(run.finished_at + LONGEST_RETENTION) - timedelta(days=1)
    if until_on > latest:
        raise KeepRefused(why=_("{day} at the latest, ten years on.").format(day=latest))
    before = run.expires_at
    run.expires_at, run.kept_by, run.keep_reason = until, actor, reason.strip()
    run.save(update_fields=("expires_at", "kept_by", "keep_reason"))
    audit.record(
        "reports.kept",
        actor=actor,
        target=run,
        before={"expires_at": before},
        after={"expires_at": until},
        reason=reason.strip(),
    )
    return run


def load_retentions(rows: Sequence[Mapping[str, Any]]) -> int:
    """Add the retentions of roles that have none, and leave those that an administrator has."""
    known = set(ReportRetention.objects.values_list("role__name", flat=True))
    system = User.objects.system()
    for row in rows:
        if row["role"] in known:
            continue
        retention = ReportRetention(role=Group.objects.get(name=row["role"]), days=row["days"])
        retention._history_user = system  # type: ignore[attr-defined]  # how simple-history is told
        retention.save()
        audit.record("reports.retention_added", actor=system, target=retention, after=dict(row))
    return len(rows)
