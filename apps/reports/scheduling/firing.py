"""Firing what is due: the run and the row of its moment in one transaction, so once."""

import logging
from datetime import datetime
from itertools import takewhile

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.accounts.models import User
from apps.accounts.selectors import people_with_role
from apps.audit import services as audit
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common.errors import DomainError
from apps.notifications import services as notifications
from apps.reports import cron, relative, services
from apps.reports.catalogue import CATALOGUE, find
from apps.reports.errors import NoFormat, ParametersRefused, PdfNotPossible, UnknownReport
from apps.reports.models import ReportFireRecipient, ReportSchedule, ReportScheduleFire
from apps.reports.options import Options
from apps.reports.receiving import may_receive, tell_left_out

logger = logging.getLogger(__name__)

_HOPELESS = (NoFormat, ParametersRefused, PdfNotPossible, UnknownReport)
"""What another minute does not mend."""


def fire_due(*, now: datetime) -> int:
    """Run what is due; of the moments that were missed only the newest. Return how many ran."""
    due = ReportSchedule.objects.filter(is_active=True, next_at__lte=now)
    return sum(
        _is_fired(pk, now)
        for pk in list(due.order_by("next_at", "pk").values_list("pk", flat=True))
    )


def _is_fired(schedule_id: int, now: datetime) -> bool:
    with coming_from(Origin(source=Source.JOB)):
        try:
            with transaction.atomic():
                # Another worker that was quicker has moved the next moment on.
                schedule = (
                    ReportSchedule.objects.locked()
                    .select_related("owner")
                    .filter(pk=schedule_id, is_active=True, next_at__lte=now)
                    .first()
                )
                return schedule is not None and _is_run(schedule, now)
        except DomainError as refusal:
            if not isinstance(refusal, _HOPELESS):
                logger.warning("schedule %s waits a minute: %s", schedule_id, refusal.message)
                return False
            reason = refusal.message
        with transaction.atomic():
            schedule = ReportSchedule.objects.locked().get(pk=schedule_id)
            _give_up(schedule, reason)
    return False


def _is_run(schedule: ReportSchedule, now: datetime) -> bool:
    if not _may_run(schedule):
        reason = _("{owner} may no longer run this report, or schedule reports.")
        _give_up(schedule, reason.format(owner=schedule.owner))
        return False
    assert schedule.next_at is not None  # the database says so of an active one
    later = cron.moments_after(schedule.cron, schedule.next_at)
    missed = [schedule.next_at, *takewhile(lambda moment: moment <= now, later)]
    due_at = missed.pop()
    fire_for(schedule, due_at, missed=missed)
    schedule.next_at = cron.next_after(schedule.cron, now)
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_at=schedule.next_at)
    return True


def _may_run(schedule: ReportSchedule) -> bool:
    report = CATALOGUE.get(schedule.report)
    needed = ["reports.run_report", "reports.schedule_report"]
    if report is not None:
        needed.append(report.permission)
    return schedule.owner.is_active and schedule.owner.has_perms(needed)


def fire_for(
    schedule: ReportSchedule,
    due_at: datetime,
    *,
    missed: list[datetime] | tuple[()] = (),
    is_by_hand: bool = False,
) -> ReportScheduleFire:
    """Promise the run of one moment, as the owner, for those who may still receive it.

    Raises:
        IntegrityError: this moment has run already (`report_schedule_fires_once`).
    """
    day = timezone.localdate(due_at)
    run = services.run(
        schedule.report,
        parameters=relative.resolved(find(schedule.report), schedule.parameters, day),
        formats=schedule.formats,
        options=Options.of(schedule.options),
        actor=schedule.owner,
    )
    fire = ReportScheduleFire.objects.create(
        schedule=schedule,
        due_at=due_at,
        run=run,
        is_by_hand=is_by_hand,
        attached=schedule.attached,
        missed_count=len(missed),
    )
    wanted = set(schedule.recipients.all())
    allowed = {person for person in wanted if may_receive(person, schedule.report)}
    ReportFireRecipient.objects.bulk_create(
        ReportFireRecipient(fire=fire, person=person)
        for person in sorted(allowed, key=lambda person: person.pk)
    )
    tell_left_out(fire, wanted - allowed)
    if missed:
        _tell_missed(schedule, list(missed), due_at)
    audit.record(
        "reports.schedule_fired",
        actor=User.objects.system(),
        target=schedule,
        after={"due_at": due_at, "run": str(run), "missed": len(missed)},
    )
    return fire


def _tell_missed(schedule: ReportSchedule, missed: list[datetime], due_at: datetime) -> None:
    text = ngettext(
        "“{schedule}” missed {count} run", "“{schedule}” missed {count} runs", len(missed)
    )
    body = _("No worker was there from {first} to {last}. The newest, of {due}, runs now.")
    notifications.announce(
        "reports.schedule_missed",
        to=schedule.owner,
        about=schedule,
        subject=text.format(schedule=schedule.name, count=len(missed)),
        body=body.format(first=_said(missed[0]), last=_said(missed[-1]), due=_said(due_at)),
        key=f"{due_at:%Y%m%d%H%M}",
    )


def _said(moment: datetime) -> str:
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}"


def stop(schedule: ReportSchedule, reason: str, *, by: User) -> None:
    """Pause a locked schedule."""
    schedule.is_active, schedule.pause_reason, schedule.next_at = False, reason, None
    schedule._history_user = by  # type: ignore[attr-defined]  # how simple-history is told
    schedule._change_reason = reason  # type: ignore[attr-defined]  # the same
    schedule.save()


def _give_up(schedule: ReportSchedule, reason: str) -> None:
    """Pause what cannot run, and tell the owner and the administrators."""
    system = User.objects.system()
    key = f"{schedule.next_at:%Y%m%d%H%M}"
    stop(schedule, reason, by=system)
    audit.record("reports.schedule_paused", actor=system, target=schedule, reason=reason)
    notifications.announce(
        "reports.schedule_paused",
        to={schedule.owner, *people_with_role("Administrator")},
        about=schedule,
        subject=_("“{schedule}” is paused").format(schedule=schedule.name),
        body=reason,
        key=key,
    )
