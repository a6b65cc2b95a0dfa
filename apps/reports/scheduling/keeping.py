"""What people do with schedules: create, change, pause, resume, run now."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts import step_up
from apps.audit import services as audit
from apps.audit.services import deed
from apps.reports import cron
from apps.reports.catalogue import find
from apps.reports.errors import NotYourSchedule, ScheduleRefused
from apps.reports.models import ReportRun, ReportSchedule, ReportScheduleRecipient
from apps.reports.scheduling import firing

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.reports.scheduling.wish import Wish

_SHOWN = ("name", "report", "parameters", "formats", "cron", "attached")


@deed
def create(report: str, wish: "Wish", *, actor: "User") -> ReportSchedule:
    """Have the report run by itself as the actor.

    Raises:
        UnknownReport: the catalogue has none of that name.
        CronRefused, ParametersRefused, NoFormat, PdfNotPossible, ScheduleRefused: see `Wish`.
    """
    _require(actor, report)
    now = timezone.now()
    fields = wish.checked(report, actor=actor, today=timezone.localdate(now))
    schedule = ReportSchedule(
        **fields, report=report, owner=actor, next_at=cron.next_after(fields["cron"], now)
    )
    _save(schedule, actor, _("created"))
    _address(schedule, wish)
    audit.record("reports.scheduled", actor=actor, target=schedule, after=_shown(schedule))
    return schedule


@deed
def change(schedule_id: int, wish: "Wish", *, actor: "User") -> ReportSchedule:
    """Let the schedule be as the owner wants it now; a paused one stays paused.

    Raises:
        CronRefused, ParametersRefused, NoFormat, PdfNotPossible, ScheduleRefused: see `Wish`.
    """
    schedule = _own(schedule_id, actor)
    before = _shown(schedule)
    now = timezone.now()
    fields = wish.checked(schedule.report, actor=actor, today=timezone.localdate(now))
    if schedule.is_active and fields["cron"] != schedule.cron:
        schedule.next_at = cron.next_after(fields["cron"], now)
    for name, value in fields.items():
        setattr(schedule, name, value)
    _save(schedule, actor, _("changed"))
    _address(schedule, wish)
    audit.record(
        "reports.schedule_changed",
        actor=actor,
        target=schedule,
        before=before,
        after=_shown(schedule),
    )
    return schedule


@deed
def pause(schedule_id: int, *, reason: str, actor: "User") -> ReportSchedule:
    """Stop the schedule until somebody resumes it."""
    schedule = ReportSchedule.objects.locked().get(pk=schedule_id)
    mine = schedule.owner_id == actor.pk
    actor.require("reports.schedule_report" if mine else "reports.stop_schedule")
    if not schedule.is_active:
        return schedule
    if not reason.strip():
        raise ScheduleRefused(field=_("Reason"), why=_("say why the schedule is paused."))
    firing.stop(schedule, reason.strip(), by=actor)
    audit.record("reports.schedule_paused", actor=actor, target=schedule, reason=reason.strip())
    return schedule


@deed
def resume(schedule_id: int, *, actor: "User") -> ReportSchedule:
    """Let the schedule run again from its next moment on; what it missed while paused is over."""
    schedule = _own(schedule_id, actor)
    if schedule.is_active:
        return schedule
    find(schedule.report)
    schedule.is_active, schedule.pause_reason = True, ""
    schedule.next_at = cron.next_after(schedule.cron, timezone.now())
    _save(schedule, actor, _("resumed"))
    audit.record("reports.schedule_resumed", actor=actor, target=schedule)
    return schedule


@deed
def run_now(schedule_id: int, *, actor: "User") -> "ReportRun":
    """Fire the schedule once more, beside its moments; a paused one too.

    A second click while the first is still being worked on returns the same run.
    """
    schedule = _own(schedule_id, actor)
    unfinished = ReportRun.objects.unfinished()
    waiting = schedule.fires.filter(is_by_hand=True, run__in=unfinished).first()
    if waiting is not None:
        return waiting.run
    fire = firing.fire_for(schedule, timezone.now(), is_by_hand=True)
    audit.record("reports.schedule_run", actor=actor, target=schedule, after={"run": str(fire.run)})
    return fire.run


def _require(actor: "User", report: str) -> None:
    actor.require("reports.schedule_report")
    actor.require("reports.run_report")
    asked = find(report)
    actor.require(asked.permission)
    if asked.asks_for_step_up:
        step_up.require(actor)


def _own(schedule_id: int, actor: "User") -> ReportSchedule:
    """Lock a schedule of the actor's own, who may still run its report.

    Raises:
        NotYourSchedule: it is somebody else’s.
    """
    schedule = ReportSchedule.objects.locked().get(pk=schedule_id)
    actor.require("reports.schedule_report")
    if schedule.owner_id != actor.pk:
        raise NotYourSchedule(owner=schedule.owner)
    _require(actor, schedule.report)
    return schedule


def _save(schedule: ReportSchedule, actor: "User", reason: str) -> None:
    schedule._history_user = actor  # type: ignore[attr-defined]  # how simple-history is told
    schedule._change_reason = reason  # type: ignore[attr-defined]  # the same
    schedule.save()


def _address(schedule: ReportSchedule, wish: "Wish") -> None:
    wanted = {person.pk for person in wish.recipients}
    schedule.addressed.exclude(person__in=wanted).delete()
    ReportScheduleRecipient.objects.bulk_create(
        [ReportScheduleRecipient(schedule=schedule, person_id=pk) for pk in sorted(wanted)],
        ignore_conflicts=True,
    )


def _shown(schedule: ReportSchedule) -> dict[str, Any]:
    people = schedule.recipients.order_by("email").values_list("email", flat=True)
    return {name: getattr(schedule, name) for name in _SHOWN} | {"recipients": list(people)}
