"""Schedules: kept by people, fired once for each due moment, as the owner."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import DomainError, NotPermitted
from apps.notifications.models import Notice
from apps.reports import cron, services
from apps.reports.errors import (
    CronRefused,
    NotYourSchedule,
    ParametersRefused,
    ScheduleRefused,
)
from apps.reports.models import ReportRun, ReportSchedule, ReportScheduleFire
from apps.reports.scheduling import firing, keeping, tasks
from apps.reports.scheduling.wish import Wish

VIENNA = ZoneInfo("Europe/Vienna")
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
MONTHLY = {"from_on": "last-month-first", "until_on": "last-month-last"}


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def wish(**changes: Any) -> Wish:
    return Wish(
        **{"name": "Monthly", "parameters": MONTHLY, "formats": ["csv"], "cron": "30 6 1 * *"}
        | changes
    )


@pytest.fixture
def schedule(fiona: User) -> ReportSchedule:
    """Fiona's register of last month, at 6:30 on the first."""
    return keeping.create("lending-register", wish(), actor=fiona)


@pytest.mark.parametrize(
    ("expression", "field"),
    [
        ("6 1 *", "five fields"),
        ("* 6 * * *", "minute"),
        ("*/5 6 * * *", "minute"),
        ("60 6 * * *", "minute"),
        ("0 24 * * *", "hour"),
        ("0 6 32 * *", "day of the month"),
        ("0 6 31 2 *", "day of the month"),
        ("0 6 1 13 *", "month: 1"),
        ("0 6 * * MONDAY", "day of the week"),
        ("0 6 * * 8", "day of the week"),
    ],
)
def test_a_wrong_time_is_refused_by_field(fiona: User, expression: str, field: str) -> None:
    with pytest.raises(CronRefused, match=field):
        keeping.create("lending-register", wish(cron=expression), actor=fiona)


@pytest.mark.parametrize(
    ("before", "night"),
    [
        (datetime(2026, 3, 28, 12, tzinfo=VIENNA), ["03-29 03:00", "03-30 02:30", "03-31 02:30"]),
        (datetime(2026, 10, 24, 12, tzinfo=VIENNA), ["10-25 02:30", "10-26 02:30", "10-27 02:30"]),
    ],
)
def test_in_both_nights_of_the_clock_it_fires_once(before: datetime, night: list[str]) -> None:
    with timezone.override(VIENNA), pytest.MonkeyPatch.context() as patch:
        patch.setattr(timezone, "get_default_timezone", lambda: VIENNA)
        moments = list(islice(cron.moments_after("30 2 * * *", before), 3))
        # Asked again from each moment, as the clock does, it comes to the same.
        followed = [cron.next_after("30 2 * * *", before)]
        followed += [
            cron.next_after("30 2 * * *", moment.astimezone(UTC)) for moment in moments[:2]
        ]

    assert [f"{moment:%m-%d %H:%M}" for moment in moments] == night
    assert followed == moments


def test_a_schedule_is_kept_with_its_next_moment_and_its_history(
    schedule: ReportSchedule, fiona: User
) -> None:
    assert schedule.next_at == datetime(2026, 12, 1, 6, 30, tzinfo=UTC)
    version = schedule.history.get()
    assert (version.history_user, version.history_change_reason) == (fiona, "created")
    assert AuditEvent.objects.get(action="reports.scheduled").actor == fiona


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"name": " "}, ScheduleRefused),
        ({"formats": []}, DomainError),
        (
            {"parameters": {"from_on": "last-month-last", "until_on": "last-month-first"}},
            ParametersRefused,
        ),
        ({"parameters": {"from_on": "some day", "until_on": "today"}}, ParametersRefused),
        ({"attached": "csv"}, NotPermitted),
    ],
)
def test_what_does_not_fit_is_refused(
    fiona: User, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        keeping.create("lending-register", wish(**changes), actor=fiona)
    assert not ReportSchedule.objects.exists()


def test_only_what_is_made_is_attached(carol: User) -> None:
    with pytest.raises(ScheduleRefused, match="Attach: choose a format"):
        keeping.create("lending-register", wish(attached="pdf"), actor=carol)
    kept = keeping.create("lending-register", wish(attached="csv"), actor=carol)
    with pytest.raises(IntegrityError, match="report_schedule_attaches"), transaction.atomic():
        ReportSchedule.objects.filter(pk=kept.pk).update(attached="pdf")


def test_who_may_not_schedule_is_refused(clara: User, audrey: User) -> None:
    for person in (clara, audrey):
        with pytest.raises(NotPermitted, match=r"reports.schedule_report"):
            keeping.create("lending-register", wish(), actor=person)


def test_it_fires_once_with_the_days_of_the_due_moment(
    schedule: ReportSchedule, fiona: User
) -> None:
    assert firing.fire_due(now=datetime(2026, 12, 1, 6, 29, tzinfo=UTC)) == 0
    # The worker gets to it on the next day only.
    late = datetime(2026, 12, 1, 23, 59, tzinfo=UTC)
    with time_machine.travel(late):
        assert tasks.fire_schedules() == "1 report is run."
        assert tasks.fire_schedules() == ""

    run = ReportRun.objects.get()
    assert (run.requester, run.report) == (fiona, "lending-register")
    assert run.parameters == {"from_on": "2026-11-01", "until_on": "2026-11-30"}
    fire = ReportScheduleFire.objects.get()
    assert (fire.run, fire.due_at) == (run, datetime(2026, 12, 1, 6, 30, tzinfo=UTC))
    schedule.refresh_from_db()
    assert schedule.next_at == datetime(2027, 1, 1, 6, 30, tzinfo=UTC)


def test_the_database_lets_no_moment_fire_twice(schedule: ReportSchedule) -> None:
    due_at = datetime(2026, 12, 1, 6, 30, tzinfo=UTC)
    firing.fire_due(now=due_at)
    ReportSchedule.objects.filter(pk=schedule.pk).update(next_at=due_at)

    with pytest.raises(IntegrityError, match="report_schedule_fires_once"), transaction.atomic():
        firing.fire_due(now=due_at)
    assert ReportScheduleFire.objects.count() == 1


def test_after_downtime_only_the_newest_moment_runs_and_the_others_are_told(
    schedule: ReportSchedule, fiona: User
) -> None:
    firing.fire_due(now=datetime(2027, 3, 15, tzinfo=UTC))

    fire = ReportScheduleFire.objects.get()
    assert (fire.due_at, fire.missed_count) == (datetime(2027, 3, 1, 6, 30, tzinfo=UTC), 3)
    assert fire.run.parameters == {"from_on": "2027-02-01", "until_on": "2027-02-28"}
    notice = Notice.objects.filter(recipient=fiona, kind="reports.schedule_missed").first()
    assert notice is not None
    assert notice.subject == "“Monthly” missed 3 runs"
    assert "from 2026-12-01 06:30 to 2027-02-01 06:30" in notice.body


@pytest.mark.parametrize("loss", ["right", "active"])
def test_an_owner_who_may_no_longer_pauses_it_and_people_are_told(
    schedule: ReportSchedule, fiona: User, adam: User, loss: str
) -> None:
    if loss == "right":
        fiona.groups.clear()
    else:
        User.objects.filter(pk=fiona.pk).update(is_active=False)

    firing.fire_due(now=datetime(2026, 12, 1, 6, 30, tzinfo=UTC))

    schedule.refresh_from_db()
    assert (schedule.is_active, schedule.next_at) == (False, None)
    assert schedule.pause_reason == "Fiona may no longer run this report, or schedule reports."
    assert schedule.history.first().history_user.is_system
    assert not ReportRun.objects.exists()
    told = set(
        Notice.objects.filter(kind="reports.schedule_paused").values_list("recipient", flat=True)
    )
    assert told == ({adam.pk, fiona.pk} if loss == "right" else {adam.pk})


def test_a_report_that_is_no_more_pauses_it(schedule: ReportSchedule, fiona: User) -> None:
    ReportSchedule.objects.filter(pk=schedule.pk).update(report="gone")

    firing.fire_due(now=datetime(2026, 12, 1, 6, 30, tzinfo=UTC))

    schedule.refresh_from_db()
    assert schedule.pause_reason == "There is no report “gone”. Choose one from the catalogue."


def test_what_another_minute_may_mend_waits(
    schedule: ReportSchedule, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Busy(DomainError):
        template = "Wait."

    def refuse(*_args: Any, **_options: Any) -> None:
        raise Busy

    due_at = datetime(2026, 12, 1, 6, 30, tzinfo=UTC)
    with monkeypatch.context() as patch:
        patch.setattr(services, "run", refuse)
        assert firing.fire_due(now=due_at) == 0
    assert firing.fire_due(now=due_at + timedelta(minutes=1)) == 1


def test_it_is_changed_paused_and_resumed(schedule: ReportSchedule, fiona: User) -> None:
    changed = keeping.change(schedule.pk, wish(cron="0 7 * * mon-fri"), actor=fiona)
    assert changed.next_at == datetime(2026, 11, 23, 7, tzinfo=UTC)

    paused = keeping.pause(schedule.pk, reason="Holiday", actor=fiona)
    assert keeping.pause(schedule.pk, reason="Again", actor=fiona).pause_reason == "Holiday"
    assert firing.fire_due(now=datetime(2027, 1, 1, tzinfo=UTC)) == 0
    assert (paused.pause_reason, paused.next_at) == ("Holiday", None)

    resumed = keeping.resume(schedule.pk, actor=fiona)
    assert keeping.resume(schedule.pk, actor=fiona).next_at == resumed.next_at
    assert (resumed.is_active, resumed.pause_reason) == (True, "")
    reasons = schedule.history.order_by("pk").values_list("history_change_reason", flat=True)
    assert list(reasons) == ["created", "changed", "Holiday", "resumed"]
    assert set(schedule.history.values_list("history_user", flat=True)) == {fiona.pk}


def test_only_the_owner_changes_it_and_a_controller_pauses_it(
    schedule: ReportSchedule, conrad: User, walt: User
) -> None:
    for deed in (
        lambda: keeping.change(schedule.pk, wish(), actor=conrad),
        lambda: keeping.resume(schedule.pk, actor=conrad),
        lambda: keeping.run_now(schedule.pk, actor=conrad),
    ):
        with pytest.raises(NotYourSchedule, match="Fiona"):
            deed()
    denied = AuditEvent.objects.filter(outcome=Outcome.DENIED, actor=conrad)
    assert set(denied.values_list("action", flat=True)) == {
        "reports.change",
        "reports.resume",
        "reports.run_now",
    }
    with pytest.raises(NotPermitted, match=r"reports.stop_schedule"):
        keeping.pause(schedule.pk, reason="No", actor=walt)
    with pytest.raises(ScheduleRefused, match="say why"):
        keeping.pause(schedule.pk, reason=" ", actor=conrad)
    assert not keeping.pause(schedule.pk, reason="Wrong", actor=conrad).is_active


def test_it_runs_now_beside_its_moments_and_a_second_click_gets_the_same(
    schedule: ReportSchedule, fiona: User
) -> None:
    run = keeping.run_now(schedule.pk, actor=fiona)

    assert keeping.run_now(schedule.pk, actor=fiona) == run
    assert run.parameters == {"from_on": "2026-10-01", "until_on": "2026-10-31"}
    assert schedule.fires.get().is_by_hand
    schedule.refresh_from_db()
    assert schedule.next_at == datetime(2026, 12, 1, 6, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"is_active": False}, "report_schedule_paused_says_why"),
        ({"next_at": None}, "report_schedule_paused_says_why"),
        ({"formats": []}, "report_schedule_has_format"),
        ({"name": ""}, "report_schedule_has_name"),
    ],
)
def test_the_database_refuses_what_must_not_be(
    schedule: ReportSchedule, fields: dict[str, Any], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReportSchedule.objects.filter(pk=schedule.pk).update(**fields)


def test_a_role_that_lost_the_right_to_run_cannot_resume(
    schedule: ReportSchedule, fiona: User
) -> None:
    keeping.pause(schedule.pk, reason="Holiday", actor=fiona)
    role = Group.objects.get(name="Finance analyst")
    role.permissions.remove(*role.permissions.filter(codename="run_report"))

    with pytest.raises(NotPermitted, match=r"reports.run_report"):
        keeping.resume(schedule.pk, actor=User.objects.get(pk=fiona.pk))
