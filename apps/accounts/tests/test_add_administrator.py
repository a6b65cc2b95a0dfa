"""`manage.py add_administrator`: how the first person gets into a new office."""

import io

import pytest
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEvent

pytestmark = pytest.mark.django_db


def add(email: str, name: str = "Fay First") -> str:
    out = io.StringIO()
    call_command("add_administrator", email, name, stdout=out, stderr=io.StringIO())
    return out.getvalue().strip()


def test_the_link_lets_an_administrator_choose_a_password() -> None:
    cache.clear()
    link = add("Fay@Example.com")
    fay = User.objects.get(email="fay@example.com")
    assert (fay.is_staff, fay.is_superuser, fay.has_usable_password()) == (True, False, False)
    assert [group.name for group in fay.groups.all()] == ["Administrator"]
    event = AuditEvent.objects.get(action="accounts.person_added")
    assert event.actor == User.objects.system()

    page = link[link.index("/accounts/") :]
    words = "seven purple kettles sing"
    answer = Client().post(page, {"password": words, "again": words})
    assert answer.status_code == 302
    fay.refresh_from_db()
    assert fay.check_password(words)


def test_who_signs_in_already_is_not_added_again(adam: User) -> None:
    with pytest.raises(CommandError, match="Somebody"):
        add(adam.email)


def test_what_is_no_email_is_refused() -> None:
    with pytest.raises(CommandError, match="fay is no e-mail"):
        add("fay")
    assert not User.objects.filter(display_name="Fay First").exists()
