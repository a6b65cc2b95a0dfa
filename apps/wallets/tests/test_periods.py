"""Closed months take no entries, and say for ever what they said when they were closed."""

from datetime import date

import pytest
import time_machine
from django.db import connection

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.common.errors import MoveNotAllowed, NotPermitted
from apps.wallets import checking, errors, selectors
from apps.wallets import services as wallets
from apps.wallets.models import Period, PeriodBalance, Wallet
from apps.wallets.states import Role, TransactionKind
from apps.wallets.tests.conftest import Move, refusal, stored
from apps.wallets.tests.racing import beside
from apps.wallets.tests.raw_sql import batch, posting, run, sql
from project.testing.make import Make

JANUARY, FEBRUARY, MARCH = date(2026, 1, 31), date(2026, 2, 28), date(2026, 3, 31)


@pytest.fixture
def pair(make: Make, boris: User, move: Move) -> tuple[Wallet, Wallet]:
    """Boris paid 1.00 in January, 0.50 in February and 0.25 in March."""
    wallet, cash = make.wallet(boris), wallets.system_wallet(Role.CASH, "USD")
    for amount, day in ((100, JANUARY), (50, FEBRUARY), (25, MARCH)):
        move(amount, cash, wallet, key=f"{day}", effective_on=day)
    return wallet, cash


def close(day: date, actor: User) -> Period:
    return wallets.close_period(day, actor=actor, reason="Reconciled with the bank")


def figures(day: date) -> dict[str, int]:
    return {line.role: line.balance for line in selectors.trial_balance("USD", day)}


def test_a_closed_month_takes_no_more_entries(
    pair: tuple[Wallet, Wallet], carol: User, move: Move
) -> None:
    wallet, cash = pair
    period = close(JANUARY, carol)
    assert (str(period), period.status, period.changed_by) == ("2026-01", "closed", carol)
    before = stored()
    said = refusal(lambda: move(1, cash, wallet, key="late", effective_on=JANUARY))
    assert isinstance(said, errors.PeriodClosed)
    assert said.message == (
        "2026-01-31 lies in a closed month: the books are closed through 2026-01-31. "
        "Give a later effective day, or ask a controller to reopen the month."
    )
    entries = [wallets.Entry(cash.pk, -1), wallets.Entry(wallet.pk, 1)]
    late = wallets.Posting(TransactionKind.TRANSFER, entries, key="late", effective_on=JANUARY)
    assert isinstance(refusal(lambda: wallets.post_many([late], actor=carol)), errors.PeriodClosed)
    assert stored() == before
    move(1, cash, wallet, key="in time", effective_on=FEBRUARY)


def test_the_database_refuses_it_too(pair: tuple[Wallet, Wallet], carol: User) -> None:
    wallet, cash = pair
    close(JANUARY, carol)
    entries = sorted([(cash, -1), (wallet, 1)], key=lambda entry: entry[0].pk)
    late = posting(*entries, effective_on=date(2025, 12, 31))
    assert run(late) == "transaction_period_is_open"
    assert run(batch(tuple(entries), days=[JANUARY])) == "transaction_period_is_open"


def test_what_was_posted_before_is_answered_again_after_the_closing(
    pair: tuple[Wallet, Wallet], carol: User, move: Move
) -> None:
    wallet, cash = pair
    close(JANUARY, carol)
    again = move(100, cash, wallet, key=f"{JANUARY}", effective_on=JANUARY)
    assert again.is_replay


def test_a_reversal_lands_in_the_open_period(pair: tuple[Wallet, Wallet], carol: User) -> None:
    wallet, _cash = pair
    january = selectors.statement_entries(wallet)[0].transaction
    close(JANUARY, carol)
    wallets.reverse(january.pk, actor=carol, reason="Never arrived")
    assert figures(JANUARY)["cash"] == -100
    assert selectors.balance_of(wallet) == 75


def test_the_trial_balance_of_a_closed_month_never_changes(
    pair: tuple[Wallet, Wallet], carol: User, move: Move
) -> None:
    wallet, cash = pair
    close(JANUARY, carol)
    kept = figures(JANUARY)
    assert (kept[""], kept["cash"]) == (100, -100)
    move(9, cash, wallet, key="later", effective_on=FEBRUARY)
    with connection.cursor() as cursor:  # not even when somebody tampers with the entries
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE ledger_entries SET amount = amount * 2")
        cursor.execute("SET session_replication_role = DEFAULT")
    assert figures(JANUARY) == kept


def test_reopening_lets_entries_in_and_keeps_what_was_said(
    pair: tuple[Wallet, Wallet], carol: User, move: Move
) -> None:
    wallet, cash = pair
    close(JANUARY, carol)
    wallets.reopen_period(JANUARY, actor=carol, reason="An invoice was missing")
    move(5, cash, wallet, key="missing", effective_on=JANUARY)
    assert figures(JANUARY)["cash"] == -105
    period = close(JANUARY, carol)
    kept = PeriodBalance.objects.filter(period=period, wallet=wallet).order_by("closing")
    assert [row.balance for row in kept] == [100, 105]
    assert figures(JANUARY)["cash"] == -105
    events = AuditEvent.objects.filter(action__startswith="wallets.period_").order_by("pk")
    assert [(event.action, event.actor, event.reason) for event in events] == [
        ("wallets.period_closed", carol, "Reconciled with the bank"),
        ("wallets.period_reopened", carol, "An invoice was missing"),
        ("wallets.period_closed", carol, "Reconciled with the bank"),
    ]
    assert checking.check().fault == ""


def test_months_are_closed_in_order_and_reopened_from_the_last(
    pair: tuple[Wallet, Wallet], carol: User
) -> None:
    del pair
    said = refusal(lambda: close(FEBRUARY, carol))
    assert isinstance(said, errors.EarlierPeriodOpen)
    assert "2026-01 is still open" in said.message
    close(JANUARY, carol)
    close(FEBRUARY, carol)
    said = refusal(lambda: wallets.reopen_period(JANUARY, actor=carol, reason="x"))
    assert isinstance(said, errors.LaterPeriodClosed)
    assert "Reopen 2026-02 first." in said.message
    assert isinstance(refusal(lambda: close(JANUARY, carol)), MoveNotAllowed)
    wallets.reopen_period(FEBRUARY, actor=carol, reason="x")
    wallets.reopen_period(JANUARY, actor=carol, reason="x")
    assert not Period.objects.closed().exists()


@time_machine.travel("2026-03-31 12:00Z", tick=False)
def test_a_month_is_closed_when_it_is_over(pair: tuple[Wallet, Wallet], carol: User) -> None:
    del pair
    close(JANUARY, carol)
    close(FEBRUARY, carol)
    said = refusal(lambda: close(MARCH, carol))
    assert said.message == (
        "2026-03 is not over: it ends on 2026-03-31. Close it after that day, or close an "
        "earlier month."
    )


def test_a_clerk_closes_nothing_and_the_attempt_is_kept(
    pair: tuple[Wallet, Wallet], walt: User
) -> None:
    del pair
    with pytest.raises(NotPermitted):
        close(JANUARY, walt)
    with pytest.raises(NotPermitted):
        wallets.reopen_period(JANUARY, actor=walt, reason="x")
    assert AuditEvent.objects.filter(outcome="denied").count() == 2


CLOSED = "UPDATE ledger_periods SET status = 'closed', closing_count = closing_count + 1"


@pytest.mark.parametrize(
    ("statement", "rule"),
    [
        ("DELETE FROM ledger_periods", "period_is_kept"),
        ("TRUNCATE ledger_periods CASCADE", "period_is_kept"),
        ("UPDATE ledger_periods SET ends_on = ends_on + 1", "period_is_a_month"),
        (
            (
                "INSERT INTO ledger_periods (starts_on, ends_on, status, closing_count, reason)"
                " VALUES ('2026-05-01', '2026-05-31', 'closed', 1, '')"
            ),
            "period_starts_open",
        ),
        ("UPDATE ledger_periods SET closing_count = 7", "period_counts_its_closings"),
        ("UPDATE ledger_periods SET status = 'shut'", "period_has_status"),
        ("UPDATE ledger_period_balances SET balance = 1", "period_balances_are_kept"),
        ("DELETE FROM ledger_period_balances", "period_balances_are_kept"),
        ("TRUNCATE ledger_period_balances", "period_balances_are_kept"),
        (
            "INSERT INTO ledger_period_balances SELECT id, 1, 1, 5 FROM ledger_periods",
            "period_balances_come_by_closing",
        ),
        (f"{CLOSED} WHERE starts_on = '2026-03-01'", "period_closes_in_order"),
    ],
)
def test_the_database_keeps_periods_as_they_are(
    pair: tuple[Wallet, Wallet], carol: User, statement: str, rule: str
) -> None:
    del pair
    close(JANUARY, carol)
    for day in (FEBRUARY, MARCH):
        Period.objects.create(starts_on=day.replace(day=1), ends_on=day)
    assert run(sql(statement)) == rule


def test_raw_sql_that_closes_a_month_keeps_its_balances(
    pair: tuple[Wallet, Wallet], carol: User
) -> None:
    wallet, _cash = pair
    close(JANUARY, carol)
    period = Period.objects.create(starts_on=date(2026, 2, 1), ends_on=FEBRUARY)
    assert run(sql(f"{CLOSED} WHERE id = %s", period.pk)) == "nothing refused it"
    assert period.balances.get(wallet=wallet).balance == 150


@pytest.mark.django_db(transaction=True)
def test_a_posting_that_meets_the_closing_of_its_month_is_refused(
    pair: tuple[Wallet, Wallet], carol: User, move: Move
) -> None:
    wallet, cash = pair
    outcome = beside(
        lambda: close(JANUARY, carol),
        lambda: move(1, cash, wallet, key="late", effective_on=JANUARY),
    )
    assert isinstance(outcome, errors.PeriodClosed)
    assert figures(JANUARY)["cash"] == -100


@pytest.mark.django_db(transaction=True)
def test_a_closing_that_meets_a_posting_waits_and_counts_it(
    pair: tuple[Wallet, Wallet], carol: User, move: Move
) -> None:
    wallet, cash = pair
    outcome = beside(
        lambda: move(1, cash, wallet, key="in time", effective_on=JANUARY),
        lambda: close(JANUARY, carol),
    )
    assert isinstance(outcome, Period)
    assert figures(JANUARY)["cash"] == -101
