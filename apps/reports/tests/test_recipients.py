"""Who gets a scheduled run, what they are told, and what they may open."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.contrib.auth.models import Group

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common.errors import NotPermitted
from apps.notifications import delivery
from apps.notifications.models import Notice
from apps.notifications.states import Channel
from apps.reports import building, receiving, services
from apps.reports.errors import ScheduleRefused
from apps.reports.models import ReportRun, ReportSchedule
from apps.reports.scheduling import firing, keeping
from apps.reports.scheduling.wish import Wish
from project.testing.cast import person

DUE = datetime(2026, 12, 1, 6, 30, tzinfo=UTC)


@pytest.fixture
def frida(db: None) -> User:
    """Return another analyst."""
    return person("Frida", "Finance analyst")


def scheduled(owner: User, *recipients: User, **changes: Any) -> ReportSchedule:
    """Return a schedule whose first moment is DUE."""
    days = {"from_on": "last-month-first", "until_on": "last-month-last"}
    wanted = {"name": "Monthly", "parameters": days, "formats": ["csv"], "cron": "30 6 1 * *"}
    with time_machine.travel(datetime(2026, 11, 22, tzinfo=UTC)):
        return keeping.create(
            "lending-register", Wish(**wanted | changes, recipients=recipients), actor=owner
        )


def fired() -> ReportRun:
    """Return the run that is due, not yet made."""
    assert firing.fire_due(now=DUE) == 1
    return ReportRun.objects.get()


def mails(run: ReportRun, kind: str = "reports.done") -> dict[str, Notice]:
    found = Notice.objects.filter(kind=kind, about_id=run.pk, channel=Channel.EMAIL)
    return {notice.recipient.display_name: notice for notice in found}


def again(someone: User) -> User:
    """Return the person without what was remembered of their rights."""
    return User.objects.get(pk=someone.pk)


def test_only_who_may_run_and_download_the_report_is_added(
    fiona: User, frida: User, audrey: User
) -> None:
    with pytest.raises(ScheduleRefused, match="Audrey may not run and download this report"):
        scheduled(fiona, audrey)
    schedule = scheduled(fiona, frida)

    assert list(schedule.recipients.all()) == [frida]
    wish = Wish("Monthly", schedule.parameters, ["csv"], "30 6 1 * *")
    keeping.change(schedule.pk, wish, actor=fiona)
    assert not schedule.recipients.exists()
    assert AuditEvent.objects.get(action="reports.schedule_changed").before["recipients"] == [
        frida.email
    ]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("files")
def test_owner_and_recipients_get_a_link_and_never_the_file(fiona: User, frida: User) -> None:
    scheduled(fiona, frida)
    run = fired()
    building.build(run.pk)

    told = mails(run)
    assert set(told) == {"Fiona", "Frida"}
    mail = delivery.message_of(told["Frida"])
    assert mail.subject == "“Lending register” (Monthly) is ready"
    assert mail.body.endswith(f"/reports/reportrun/{run.pk}/change/")
    assert mail.attachments == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("files")
def test_the_file_goes_along_when_the_owner_may_and_it_is_written_down(
    carol: User, fiona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheduled(carol, fiona, attached="csv")
    run = fired()
    building.build(run.pk)

    (attachment,) = delivery.message_of(mails(run)["Fiona"]).attachments
    assert attachment[0] == f"{run}-lending-register.csv"
    event = AuditEvent.objects.get(action="reports.attached")
    assert (event.actor, event.after["to"]) == (carol, [carol.email, fiona.email])


def _finished(run: ReportRun) -> None:
    building.build(run.pk)
    run.refresh_from_db()
    assert run.status == "done"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("files")
def test_a_large_file_is_not_attached_and_that_is_said(
    carol: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "LARGEST_ATTACHMENT", 10)
    scheduled(carol, attached="csv")
    run = fired()
    _finished(run)

    mail = delivery.message_of(mails(run)["Carol"])
    assert mail.attachments == []
    assert "larger than 10 MB and not attached" in str(mail.body)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("files")
def test_an_owner_who_may_no_longer_attach_sends_the_link(carol: User) -> None:
    scheduled(carol, attached="csv")
    run = fired()
    role = Group.objects.get(name="Finance controller")
    role.permissions.remove(*role.permissions.filter(codename="attach_report"))
    _finished(run)

    mail = delivery.message_of(mails(run)["Carol"])
    assert mail.attachments == []
    assert "may no longer attach" in str(mail.body)


def test_who_lost_the_right_is_left_out_and_the_owner_told(fiona: User, frida: User) -> None:
    scheduled(fiona, frida)
    frida.groups.clear()
    run = fired()

    assert not ReportRun.objects.visible_to(again(frida)).exists()
    notice = Notice.objects.filter(recipient=fiona, kind="reports.recipient_left_out").first()
    assert notice is not None
    assert notice.subject == "Frida no longer gets “Monthly”"
    assert run.fires.get().recipients.count() == 0


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("files")
def test_who_lost_it_while_the_run_was_made_is_left_out_too(fiona: User, frida: User) -> None:
    scheduled(fiona, frida)
    run = fired()
    frida.groups.clear()
    _finished(run)

    assert set(mails(run)) == {"Fiona"}
    assert Notice.objects.filter(recipient=fiona, kind="reports.recipient_left_out").exists()


@pytest.mark.django_db(transaction=True)
def test_a_recipient_opens_downloads_and_repeats_but_does_not_cancel(
    fiona: User, frida: User, files: Path
) -> None:
    stranger = person("Finn", "Finance analyst")
    role = Group.objects.get(name="Finance analyst")
    role.permissions.remove(*role.permissions.filter(codename="view_reportrun"))
    scheduled(fiona, frida)
    run = fired()

    with pytest.raises(NotPermitted, match=r"reports.view_reportrun"):
        services.cancel(run.pk, actor=frida)
    _finished(run)
    assert list(ReportRun.objects.visible_to(frida)) == [run]
    assert not ReportRun.objects.visible_to(stranger).exists()
    assert services.download(run.pk, "csv", actor=frida).run == run
    assert services.rerun(run.pk, actor=frida).requester == frida
    with pytest.raises(NotPermitted, match=r"reports.view_reportrun"):
        services.download(run.pk, "csv", actor=stranger)


@pytest.mark.django_db(transaction=True)
def test_a_recipient_who_lost_the_report_downloads_it_no_more(
    fiona: User, frida: User, files: Path
) -> None:
    scheduled(fiona, frida)
    run = fired()
    role = Group.objects.get(name="Finance analyst")
    role.permissions.remove(*role.permissions.filter(codename="view_ticket"))

    with pytest.raises(NotPermitted, match=r"tickets.view_ticket"):
        services.download(run.pk, "csv", actor=again(frida))


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("files")
def test_a_run_that_fails_is_told_to_all(
    fiona: User, frida: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lost(*_args: Any) -> None:
        raise RuntimeError

    scheduled(fiona, frida)
    run = fired()
    monkeypatch.setattr(building, "_make", lost)
    building.build(run.pk)

    told = mails(run, "reports.failed")
    assert set(told) == {"Fiona", "Frida"}
    assert told["Frida"].subject == "“Lending register” (Monthly) could not be made"


def test_the_days_are_those_of_the_due_moment(fiona: User) -> None:
    scheduled(fiona)
    assert fired().parameters["until_on"] == date(2026, 11, 30).isoformat()
