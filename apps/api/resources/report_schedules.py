"""Reports that run by themselves."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from ninja import Query
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.addresses import ROOT
from apps.api.errors import FieldsRefused
from apps.api.finding import seen
from apps.api.paging import Page, Paging, page_of
from apps.api.problems import FieldProblem
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.resources.reports.schemas import Formats, FormatWord, Parameters
from apps.api.schemas import Identifier, In, Out, Person, Reason, example
from apps.reports.models import ReportPreferences, ReportSchedule
from apps.reports.schedule import ReportScheduleQuerySet
from apps.reports.scheduling import keeping
from apps.reports.scheduling.wish import Wish

router = Resource(tags=["reports"])

_FIONA = {"id": 12, "name": "Fiona Analyst"}


class Schedule(Out):
    """A report that runs by itself."""

    model_config = ConfigDict(
        json_schema_extra=example(
            id=3,
            name="Register of the month",
            report="lending-register",
            parameters={"from_on": "last-month-first", "until_on": "last-month-last"},
            formats=["csv"],
            cron="0 6 1 * *",
            owner=_FIONA,
            recipients=[],
            is_active=True,
            pause_reason="",
            next_at="2026-12-01T05:00:00Z",
        )
    )

    id: int
    name: str
    report: str
    parameters: dict[str, Any] = Field(description="days may be words that follow the due day")
    formats: list[str]
    cron: str = Field(description="minute, hour, day of the month, month, day of the week")
    owner: Person
    recipients: list[Person]
    is_active: bool
    pause_reason: str = Field(description="empty unless it is paused")
    next_at: datetime | None

    @classmethod
    def of(cls, row: "ReportSchedule") -> "Schedule":
        """Return the schedule; its recipients are read along."""
        return cls(
            id=row.pk,
            name=row.name,
            report=row.report,
            parameters=row.parameters,
            formats=row.formats,
            cron=row.cron,
            owner=Person.of(row.owner),
            recipients=[Person.of(person) for person in row.recipients.all()],
            is_active=row.is_active,
            pause_reason=row.pause_reason,
            next_at=row.next_at,
        )


class ScheduleFilters(Paging):
    """What narrows the list of schedules."""

    report: str | None = Field(default=None, max_length=60, description="by the report’s slug")


class ScheduleIn(In):
    """What to run by itself, and when."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(
            name="Register of the month",
            report="lending-register",
            parameters={"from_on": "last-month-first", "until_on": "last-month-last"},
            formats=["csv"],
            cron="0 6 1 * *",
        ),
    )

    name: str = Field(min_length=1, max_length=120)
    report: str = Field(min_length=1, max_length=60, description="the slug of the report")
    parameters: Parameters
    formats: Formats
    cron: str = Field(
        min_length=1,
        max_length=100,
        description="minute, hour, day of the month, month, day of the week",
    )
    recipients: list[Identifier] = Field(
        default_factory=list, max_length=50, description="ids of people who get it too"
    )
    attached: FormatWord | None = Field(
        default=None, description="the format that goes out with the e-mail"
    )


class PauseIn(In):
    """Why it is paused."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=example(reason="Year-end."))

    reason: Reason


@router.reads("/report-schedules", scope="reports:read", gives=Page[Schedule])
def list_report_schedules(request: ApiRequest, filters: Query[ScheduleFilters]) -> Page[Schedule]:
    """List your schedules and those that go to you; all when your roles let you view them."""
    rows = _shown().visible_to(request.user)
    if filters.report:
        rows = rows.filter(report=filters.report)
    return page_of(rows, filters, Schedule.of)


@router.reads("/report-schedules/{schedule_id}", scope="reports:read", gives=Schedule)
def get_report_schedule(request: ApiRequest, schedule_id: Identifier) -> Schedule:
    """Show one schedule: which report, when, as whom, and to whom it goes."""
    return Schedule.of(seen(_shown(), request.user, pk=schedule_id))


@router.does("/report-schedules", scope="reports:run", gives=Schedule, status=201)
def create_report_schedule(request: ApiRequest, wish: ScheduleIn) -> Answer:
    """Have a report run by itself as you.

    Days among the parameters may be dates, or words that follow the day on which it is due:
    `today`, `yesterday`, `this-month-first`, `last-month-first`, `last-month-last` and so on.
    """
    schedule = keeping.create(
        wish.report,
        Wish(
            name=wish.name,
            parameters=wish.parameters,
            formats=wish.formats,
            cron=wish.cron,
            recipients=_people(wish.recipients),
            attached=wish.attached or "",
            options=ReportPreferences.of(request.user),
        ),
        actor=request.user,
    )
    content = Schedule.of(_shown().get(pk=schedule.pk))
    return Answer(content, 201, {"Location": f"{ROOT}/report-schedules/{schedule.pk}"})


@router.does("/report-schedules/{schedule_id}/pause", scope="reports:run", gives=Schedule)
def pause_report_schedule(request: ApiRequest, schedule_id: Identifier, pause: PauseIn) -> Schedule:
    """Stop a schedule until it is resumed; of others’ only who may pause everybody’s."""
    schedule = seen(_shown(), request.user, pk=schedule_id)
    keeping.pause(schedule.pk, reason=pause.reason, actor=request.user)
    return Schedule.of(_shown().get(pk=schedule.pk))


@router.does("/report-schedules/{schedule_id}/resume", scope="reports:run", gives=Schedule)
def resume_report_schedule(request: ApiRequest, schedule_id: Identifier) -> Schedule:
    """Let your paused schedule run again, from its next moment on."""
    schedule = seen(_shown(), request.user, pk=schedule_id)
    keeping.resume(schedule.pk, actor=request.user)
    return Schedule.of(_shown().get(pk=schedule.pk))


def _shown() -> ReportScheduleQuerySet:
    return ReportSchedule.objects.select_related("owner").prefetch_related("recipients")


def _people(ids: list[int]) -> list[User]:
    """Return the people of these ids, whom the service checks one by one.

    Raises:
        FieldsRefused: one of them is nobody.
    """
    people = User.objects.in_bulk(ids)
    message = _("Nobody has this id. Leave it out.")
    faults = [
        FieldProblem(field=f"recipients[{place}]", message=message)
        for place, pk in enumerate(ids)
        if pk not in people or not people[pk].is_staff
    ]
    if faults:
        raise FieldsRefused(faults)
    return list(people.values())
