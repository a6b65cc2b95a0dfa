"""A report, by hand in a browser: found, asked, read, followed to a wallet, kept as a file."""

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

from apps.accounts.models import User
from apps.reports import building
from apps.reports.models import ReportRun
from apps.reports.states import Status
from project.testing.make import Make
from project.tests.journeys.desk import Desk

if TYPE_CHECKING:
    from pathlib import Path

    from playwright.sync_api import Browser
    from pytest_django import Settings


@pytest.mark.django_db(transaction=True)
def test_a_report_is_found_read_followed_and_downloaded(
    browser: "Browser",
    live_server: object,
    broker: str,
    make: Make,
    settings: "Settings",
    tmp_path: "Path",
    boris: User,
    fiona: User,
) -> None:
    settings.MEDIA_ROOT = tmp_path
    wallet = make.wallet(boris, balance=9_000)
    desk = Desk(browser, str(live_server), fiona)
    find_it(desk)
    read_it(desk)
    follow_a_figure(desk, wallet.number)
    keep_it(desk)
    desk.leave()


def find_it(desk: Desk) -> None:
    desk.open("reports_reportrun_catalogue")
    desk.page.keyboard.press("/")
    desk.page.keyboard.type("debits beside")
    expect(desk.page.get_by_text("Wallet statement")).to_be_hidden()
    desk.page.keyboard.press("ArrowDown")
    desk.page.keyboard.press("Enter")
    desk.select("detail", "every wallet")


def read_it(desk: Desk) -> None:
    desk.press("Show on screen")
    desk.reads("Boris", "Total USD", "These figures agree")


def follow_a_figure(desk: Desk, number: str) -> None:
    row = desk.page.locator("tr").filter(has_text=number)
    row.get_by_role("link", name="90.00").click()
    desk.reads("Wallet statement", "Closing balance", "$90.00")
    desk.page.go_back()
    desk.follow(number)
    desk.reads(number, "Boris")
    desk.page.go_back()


def keep_it(desk: Desk) -> None:
    desk.follow("Run as files")
    desk.page.locator("[name=formats][value=pdf]").uncheck()
    desk.press("Run the report")
    desk.reads("About this run", "every wallet")
    run = ReportRun.objects.get()
    building.build(run.pk)
    assert ReportRun.objects.get().status == Status.DONE
    desk.reads("These figures agree")
    with desk.page.expect_download() as expected:
        desk.follow("Download")
    assert "Boris" in expected.value.path().read_text(encoding="utf-8")
