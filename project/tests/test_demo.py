"""The demo company lives by the rules of the office."""

import pytest
from django.core.management import call_command

from apps.accounts.models import User
from apps.tickets.models import Ticket
from project import demo

pytestmark = [pytest.mark.usefixtures("demo_company"), pytest.mark.django_db]


def test_the_demo_has_a_ticket_in_every_important_state() -> None:
    statuses = set(Ticket.objects.values_list("status", flat=True))
    assert statuses == {"draft", "submitted", "approved", "on_loan", "returned", "closed"}


def test_there_is_a_sign_in_for_every_role_of_the_back_office() -> None:
    for sign_in in demo.SIGN_INS:
        user = User.objects.get(email=sign_in.email)
        assert user.check_password(sign_in.password)
        assert user.is_staff
        assert user.groups.filter(name=sign_in.role).exists()


def test_the_books_of_the_demo_are_right(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("check_books")
    call_command("check_audit")
