"""A report on the screen reads one still state of the database, and gives up in time."""

from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from apps.accounts.models import User
from apps.reports import showing
from apps.reports.addresses import on_screen
from apps.reports.catalogue.trial_balance import TrialBalance
from apps.reports.errors import TooSlowForScreen
from apps.reports.report import Answers, Query
from apps.wallets.models import Wallet

pytestmark = pytest.mark.django_db(transaction=True)

_SLEEPY = "SELECT answer.* FROM ({sql}) AS answer, (SELECT pg_sleep(9)) AS nap"


def test_the_rows_are_read_where_nothing_can_be_written(
    fiona: User, wallet: Wallet, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[Any] = []
    query = TrialBalance.query

    def watched(report: TrialBalance, answers: Answers) -> Query:
        if connection.in_atomic_block:
            seen.extend(Query("SHOW transaction_read_only").rows())
        return query(report, answers)

    monkeypatch.setattr(TrialBalance, "query", watched)
    report, answers = showing.permitted("trial-balance", {"detail": "wallets"}, fiona)

    page = showing.page_of(report, answers)
    proof = showing.proof_of(report, answers)

    assert wallet.number in {row["number"] for row in page.rows}
    assert proof.frame.is_tied
    assert page.position.last_id == proof.position.last_id
    assert seen == [("on",)]


def test_what_takes_too_long_is_offered_in_the_background(
    fiona: User, wallet: Wallet, monkeypatch: pytest.MonkeyPatch, settings: Settings
) -> None:
    settings.SCREEN_SECONDS = 0.05
    query = TrialBalance.query

    def sleepy(report: TrialBalance, answers: Answers) -> Query:
        asked = query(report, answers)
        return Query(_SLEEPY.format(sql=asked.sql), asked.parameters)

    monkeypatch.setattr(TrialBalance, "query", sleepy)
    report, answers = showing.permitted("trial-balance", {"detail": "wallets"}, fiona)
    with pytest.raises(TooSlowForScreen):
        showing.page_of(report, answers)
    client = Client()
    client.force_login(fiona)
    url = on_screen("trial-balance", {"as_of": "", "detail": "wallets"})

    page = client.get(url).content.decode()
    closing = client.get(url.replace("/?", "/closing/?")).content.decode()

    for text in (page, closing):
        assert "Run it in the background instead" in text
    assert "Run it in the background<" in page
    assert wallet.number not in page


def test_another_trouble_of_the_database_is_not_called_slow(
    fiona: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_report: TrialBalance, _answers: Answers) -> Query:
        raise OperationalError

    monkeypatch.setattr(TrialBalance, "totals", fail)
    report, answers = showing.permitted("trial-balance", {"detail": "wallets"}, fiona)
    with pytest.raises(OperationalError):
        showing.proof_of(report, answers)
