"""Who gets another e-mail, or comes back: what the old mailbox hears, and what stays dead."""

from datetime import timedelta

import pytest
from django.core import mail
from django.db import DatabaseError, IntegrityError
from django.utils import timezone

from apps.accounts import services as accounts
from apps.accounts.errors import LinkDead
from apps.accounts.models import EmailChange, PasswordLink, User
from apps.accounts.services.invitations import token_of
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common.errors import RecentSignInNeeded
from apps.notifications import delivery
from apps.notifications.models import Notice

pytestmark = pytest.mark.django_db


def test_the_mailbox_before_is_told_of_a_new_one(boris: User, adam: User) -> None:
    accounts.change_person(boris.pk, email="Boris@elsewhere.example", actor=adam)
    delivery.deliver(Notice.objects.get(kind="accounts.email_changed").pk)

    (message,) = mail.outbox
    assert message.to == ["boris@example.com"]
    assert "Adam has changed the e-mail" in message.body
    change = EmailChange.objects.get()
    assert (change.before, change.after) == ("boris@example.com", "boris@elsewhere.example")
    assert (change.person, change.changed_by) == (boris, adam)


def test_a_mailbox_with_which_nobody_signed_in_is_told_nothing(adam: User) -> None:
    person = accounts.add_person(email="nino@example.com", display_name="Nina", actor=adam)

    accounts.change_person(person.pk, email="nina@example.com", actor=adam)

    assert not Notice.objects.filter(kind="accounts.email_changed").exists()


def test_another_mailbox_asks_for_a_recent_sign_in(boris: User, adam: User) -> None:
    """Whoever reads the mail of an account gets a new password for it."""
    there = Origin(source=Source.ADMIN, authenticated_at=timezone.now() - timedelta(hours=1))
    with coming_from(there):
        accounts.change_person(boris.pk, display_name="Boris B.", actor=adam)
        with pytest.raises(RecentSignInNeeded):
            accounts.change_person(boris.pk, email="adam2@example.com", actor=adam)

    assert User.objects.get(pk=boris.pk).email == "boris@example.com"


def test_the_database_keeps_no_change_that_changes_nothing(boris: User, adam: User) -> None:
    with pytest.raises(IntegrityError, match="email_change_changes_something"):
        EmailChange.objects.create(
            person=boris, before="a@example.com", after="a@example.com", changed_by=adam
        )


def test_the_database_keeps_every_change_as_it_was(boris: User, adam: User) -> None:
    accounts.change_person(boris.pk, email="b@example.com", actor=adam)

    with pytest.raises(DatabaseError, match="append-only"):
        EmailChange.objects.update(before="c@example.com")


def test_a_link_that_died_with_the_account_stays_dead(boris: User, adam: User) -> None:
    accounts.invite(boris.pk, actor=adam)
    token = token_of(PasswordLink.objects.get(person=boris))

    accounts.deactivate(boris.pk, reason="Left", actor=adam)
    accounts.reactivate(boris.pk, reason="Came back", actor=adam)

    with pytest.raises(LinkDead):
        accounts.link_of(token)
