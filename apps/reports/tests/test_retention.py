"""How long files stay: by the roles of whoever asked, or longer for a reason."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.reports import ending, retention, services
from apps.reports.errors import KeepRefused
from apps.reports.models import ReportRetention, ReportRun
from apps.reports.states import Status
from apps.reports.tests.conftest import OCTOBER

FINISHED = datetime(2026, 11, 1, 12, tzinfo=UTC)
LAST_DAY = date(2036, 10, 31)


@pytest.fixture
def run(carol: User) -> ReportRun:
    """Carol's, finished, expiring ninety days later."""
    run = services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=carol)
    run.status = Status.DONE
    run.lease_holder = "00000000-0000-4000-8000-000000000001"
    run.finished_at, run.expires_at = FINISHED, FINISHED + timedelta(days=90)
    run.save()
    return run


def test_the_longest_retention_of_the_roles_counts(fiona: User, carol: User, anna: User) -> None:
    assert retention.kept_for(fiona) == timedelta(days=90)
    assert retention.kept_for(carol) == timedelta(days=400)
    # No role of hers says anything.
    assert retention.kept_for(anna) == timedelta(days=90)

    ReportRetention.objects.filter(role__name="Finance analyst").update(days=7)
    assert retention.kept_for(fiona) == timedelta(days=7)
    fiona.groups.add(Group.objects.get(name="Finance controller"))
    assert retention.kept_for(fiona) == timedelta(days=400)


def test_the_reference_data_leaves_what_an_administrator_has_set(carol: User) -> None:
    row = {"role": "Finance controller", "days": 400}
    ReportRetention.objects.filter(role__name="Finance controller").update(days=30)

    retention.load_retentions([row])

    assert retention.kept_for(carol) == timedelta(days=30)
    assert ReportRetention.history.filter(role__name="Finance controller").count() == 1


@pytest.mark.parametrize("days", [0, 3651])
def test_the_database_refuses_days_out_of_range(db: None, days: int) -> None:
    role = Group.objects.get(name="Lending clerk")
    with pytest.raises(IntegrityError, match="report_retention_days_in_range"):
        ReportRetention.objects.create(role=role, days=days)


def test_files_are_kept_longer_for_a_reason_and_then_go(run: ReportRun, carol: User) -> None:
    kept = retention.keep(run.pk, until_on=date(2027, 12, 31), reason=" Audit ", actor=carol)

    assert (kept.kept_by, kept.keep_reason) == (carol, "Audit")
    assert kept.expires_at == datetime(2028, 1, 1, tzinfo=UTC)
    event = AuditEvent.objects.get(action="reports.kept")
    assert (event.reason, event.actor) == ("Audit", carol)
    assert ending.remove_expired(now=FINISHED + timedelta(days=90)) == 0
    assert ending.remove_expired(now=datetime(2028, 1, 1, tzinfo=UTC)) == 1


@pytest.mark.parametrize(
    ("until_on", "reason", "why"),
    [
        (date(2027, 1, 29), "Audit", "choose a day after 2027-01-30"),
        (LAST_DAY + timedelta(days=1), "Audit", "2036-10-31 at the latest"),
        (LAST_DAY, " ", "say why"),
    ],
)
def test_what_cannot_be_is_refused_with_the_way_out(
    run: ReportRun, carol: User, until_on: date, reason: str, why: str
) -> None:
    with pytest.raises(KeepRefused, match=why):
        retention.keep(run.pk, until_on=until_on, reason=reason, actor=carol)
    assert retention.keep(run.pk, until_on=LAST_DAY, reason="Audit", actor=carol).kept_by == carol


def test_files_that_are_gone_are_not_kept(run: ReportRun, carol: User) -> None:
    ending.remove_expired(now=datetime(2028, 1, 1, tzinfo=UTC))
    with pytest.raises(KeepRefused, match="Run the report again"):
        retention.keep(run.pk, until_on=LAST_DAY, reason="Audit", actor=carol)


def test_who_may_not_keep_is_refused(run: ReportRun, fiona: User) -> None:
    with pytest.raises(NotPermitted, match=r"reports.keep_report"):
        retention.keep(run.pk, until_on=LAST_DAY, reason="Audit", actor=fiona)


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"keep_reason": "Audit"}, "report_run_kept_says_why"),
        ({"expires_at": FINISHED + timedelta(days=3654)}, "report_run_kept_ten_years"),
    ],
)
def test_the_database_refuses_what_must_not_be(
    run: ReportRun, fields: dict[str, object], constraint: str
) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        ReportRun.objects.filter(pk=run.pk).update(**fields)


@time_machine.travel(FINISHED)
def test_days_are_those_of_the_office(run: ReportRun, carol: User) -> None:
    with pytest.raises(KeepRefused, match="2036-10-31"):
        retention.keep(run.pk, until_on=date(2040, 1, 1), reason="Audit", actor=carol)
