"""The audit log leaves the house only for somebody who has just shown who they are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.accounts.models import User
from apps.audit.context import Origin, coming_from
from apps.audit.models import AuditEvent, Outcome, Source
from apps.common.errors import RecentSignInNeeded
from apps.reports import services
from apps.reports.models import ReportRun

pytestmark = pytest.mark.django_db

OLD = Origin(source=Source.ADMIN, authenticated_at=timezone.now() - timedelta(hours=1))
NEW = Origin(source=Source.ADMIN, authenticated_at=timezone.now())
PERIOD = {"from_on": "2026-01-01", "until_on": "2026-01-31"}
EXPORTS = {
    "extract": ("audit-extract", PERIOD),
    "list": ("list-export", {"list": "audit_auditevent", "filter": "", "columns": ["action"]}),
}


@pytest.mark.parametrize("way", EXPORTS)
def test_the_audit_log_is_exported_after_a_recent_sign_in(way: str, audrey: User) -> None:
    report, parameters = EXPORTS[way]
    with coming_from(OLD), pytest.raises(RecentSignInNeeded):
        services.run(report, parameters=parameters, formats=["csv"], actor=audrey)
    assert AuditEvent.objects.get(outcome=Outcome.DENIED).action == "reports.run"
    assert not ReportRun.objects.exists()
    with coming_from(NEW):
        services.run(report, parameters=parameters, formats=["csv"], actor=audrey)


def test_another_list_asks_for_nothing(audrey: User) -> None:
    parameters = {"list": "accounts_user", "filter": "", "columns": ["email"]}
    with coming_from(OLD):
        services.run("list-export", parameters=parameters, formats=["csv"], actor=audrey)
