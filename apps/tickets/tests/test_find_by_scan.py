"""What somebody scans or types at the desk names one thing, or nothing."""

from apps.accounts.models import User
from apps.tickets.selectors import find_by_scan, number_in
from apps.tickets.tests.conftest import Desk
from project.testing.make import Make


def test_a_tag_a_number_an_email_and_a_name_are_understood(
    desk: Desk, make: Make, boris: User, lena: User
) -> None:
    ticket = desk.draft()
    asset = make.asset(lender=lena, tag="DRILL-7")
    assert find_by_scan(f" tk-{ticket.pk} ") == ticket
    assert find_by_scan("drill-7") == asset
    assert find_by_scan("BORIS@example.com") == boris
    assert find_by_scan("boris") == boris
    for text in ("", "  ", "TK-", "TK-999999", "TK-" + "9" * 30, str(ticket.pk), "nobody"):
        assert find_by_scan(text) is None, text


def test_the_tag_wins_over_a_ticket_of_that_number(desk: Desk, make: Make, lena: User) -> None:
    ticket = desk.draft()
    asset = make.asset(lender=lena, tag=f"TK-{ticket.pk}")
    assert find_by_scan(f"tk-{ticket.pk}") == asset


def test_only_borrowers_are_named_and_only_without_a_doubt(
    desk: Desk, boris: User, bella: User, lena: User
) -> None:
    assert find_by_scan("Lena") is None
    bella.display_name = "Boris"
    bella.save()
    assert find_by_scan("Boris") is None
    assert find_by_scan("bella@example.com") == bella
    boris.is_active = False
    boris.save()
    assert find_by_scan("Boris") == bella


def test_a_bare_number_is_a_ticket_only_where_nothing_else_may_be_meant() -> None:
    assert number_in("12") == 12
    assert number_in("12", is_bare=False) is None
    assert number_in("tk-12", is_bare=False) == 12
    assert number_in("TK-x") is None
