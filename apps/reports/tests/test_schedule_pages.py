"""The pages of schedules: choose, fill in, see when it runs, pause."""

import re

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.reports import services
from apps.reports.models import ReportSchedule
from apps.reports.scheduling import keeping
from apps.reports.scheduling.wish import Wish
from apps.reports.tests.conftest import OCTOBER

NEW = "admin:reports_reportschedule_new"
FILLED = {
    "name": "Each Monday",
    "cron": "0 7 * * MON",
    "formats": ["csv"],
    "from_on": "Yesterday",
    "until_on": "today",
}


@pytest.fixture
def schedule(fiona: User) -> ReportSchedule:
    """Return one of Fiona's."""
    days = {"from_on": "last-month-first", "until_on": "last-month-last"}
    wish = Wish("Monthly", days, ["csv"], "30 6 1 * *")
    return keeping.create("lending-register", wish, actor=fiona)


def test_a_report_is_scheduled_with_days_in_words(fiona: User, carol: User, client: Client) -> None:
    client.force_login(fiona)
    assert b"Lending register" in client.get(reverse("admin:reports_reportschedule_choose")).content
    url = reverse(NEW, args=("lending-register",))
    form = client.get(url).content.decode()
    assert "last month: first day" in form
    assert "Carol" in form
    assert 'name="attached"' not in form

    page = client.post(url, {**FILLED, "recipients": [carol.pk]}, follow=True)

    schedule = ReportSchedule.objects.get()
    assert schedule.parameters == {"from_on": "yesterday", "until_on": "today"}
    assert list(schedule.recipients.all()) == [carol]
    assert "From: yesterday · Until: today" in page.content.decode()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"cron": "0 25 * * *"}, "Correct the hour"),
        ({"from_on": "the day before"}, "Choose words from the list"),
        ({"from_on": "today", "until_on": "yesterday"}, "must not be before"),
        ({"formats": []}, "required"),
    ],
)
def test_a_refusal_keeps_what_was_typed(
    fiona: User, client: Client, wrong: dict[str, object], says: str
) -> None:
    client.force_login(fiona)
    page = client.post(reverse(NEW, args=("lending-register",)), {**FILLED, **wrong})

    assert says in page.content.decode()
    assert "Each Monday" in page.content.decode()
    assert not ReportSchedule.objects.exists()


def test_the_next_moments_are_said_while_typing(fiona: User, client: Client) -> None:
    client.force_login(fiona)
    url = reverse("admin:reports_reportschedule_moments")

    assert client.get(url, {"cron": "0 7 * * MON"}).content.decode().count("Monday, ") == 3
    assert "five fields" in client.get(url, {"cron": "0 7"}).content.decode()


def test_a_run_is_scheduled_with_its_parameters(fiona: User, client: Client) -> None:
    run = services.run("lending-register", parameters=OCTOBER, formats=["csv"], actor=fiona)
    services.cancel(run.pk, actor=fiona)
    client.force_login(fiona)
    page = client.get(reverse("admin:reports_reportrun_change", args=(run.pk,))).content.decode()
    found = re.search(r'href="([^"]*reportschedule/new/[^"]*)"', page)
    assert found is not None

    form = client.get(found[1].replace("&amp;", "&")).content.decode()
    assert 'name="from_on"' in form


def test_the_owner_changes_it_and_others_only_read(
    schedule: ReportSchedule, fiona: User, carol: User, client: Client
) -> None:
    url = reverse("admin:reports_reportschedule_edit_form", args=(schedule.pk,))
    client.force_login(carol)
    assert client.get(url).status_code == 404
    client.force_login(fiona)
    assert "last month: first day" in client.get(url).content.decode()
    client.post(url, FILLED)
    schedule.refresh_from_db()
    assert schedule.cron == "0 7 * * MON"


def test_it_is_run_paused_and_resumed_in_dialogs(
    schedule: ReportSchedule, fiona: User, client: Client
) -> None:
    client.force_login(fiona)

    def act(name: str, **data: str) -> int:
        url = reverse(f"admin:reports_reportschedule_{name}", args=(schedule.pk,))
        return client.post(url, {"_form_submitted": "1", **data}).status_code

    assert act("run_now") == 200
    assert schedule.fires.count() == 1
    assert act("pause", reason="Holiday") == 200
    schedule.refresh_from_db()
    assert schedule.pause_reason == "Holiday"
    assert act("resume") == 200
    schedule.refresh_from_db()
    assert schedule.is_active
    page = client.get(reverse("admin:reports_reportschedule_history", args=(schedule.pk,)))
    assert "Holiday" in page.content.decode()
