"""People: added, given roles, suspended and deactivated; never deleted."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from django.contrib.auth.models import Group
from django.utils import timezone

from apps.accounts import step_up
from apps.accounts.errors import (
    AlreadyActive,
    AlreadyInactive,
    EmailTaken,
    NotSuspended,
    OwnAccount,
    ProgramAccount,
    SuperuserAccount,
    SuspensionInThePast,
    UnknownRole,
)
from apps.accounts.models import LinkPurpose, User
from apps.accounts.selectors import roles_of
from apps.accounts.services.invitations import end_link_of, send_link
from apps.accounts.services.locking import locked
from apps.accounts.services.mailboxes import tell_mailbox_before
from apps.accounts.services.sessions import end_sessions_of
from apps.audit import services as audit
from apps.audit.services import deed
from apps.audit.snapshots import difference, snapshot


@deed
def add_person(
    *,
    email: str,
    display_name: str,
    actor: User,
    roles: Iterable[str] = (),
    password: str | None = None,
    is_staff: bool = False,
    is_invited: bool = False,
) -> User:
    """Add a person; without a password they cannot sign in until they have used a link.

    Who is invited gets the link at once.

    Raises:
        RecentSignInNeeded: the person gets roles or the back office, and the sign-in is too old.
    """
    actor.require("accounts.add_user")
    wanted = _groups(roles)
    if wanted:
        actor.require("accounts.change_roles")
    if wanted or is_staff:
        step_up.require(actor)
    email = User.objects.normalize_email(email).lower()
    if User.objects.filter(email=email).exists():
        raise EmailTaken(email=email)
    person = User(email=email, display_name=display_name, is_staff=is_staff)
    person.set_password(password)
    _keep(person, actor=actor)
    person.groups.set(wanted)
    audit.record("accounts.person_added", actor=actor, target=person, after=snapshot(person))
    if is_invited:
        send_link(person, LinkPurpose.INVITATION, actor=actor)
    return person


@deed
def change_person(
    user_id: int,
    *,
    actor: User,
    email: str | None = None,
    display_name: str | None = None,
    is_staff: bool | None = None,
    is_superuser: bool | None = None,
) -> User:
    """Change what is given; only superusers make superusers.

    Whoever reads the mail of an account gets a new password for it: the e-mail before is told.

    Raises:
        RecentSignInNeeded: e-mail or rights change, and the sign-in of `actor` is too old.
    """
    actor.require("accounts.change_user")
    person = locked(user_id, actor=actor)
    if person.is_program:
        raise ProgramAccount(person=person)
    before, mailbox = snapshot(person), person.email
    if email is not None:
        _set_email(person, User.objects.normalize_email(email).lower(), actor=actor)
    if display_name is not None:
        person.display_name = display_name
    _set_rights(person, {"is_staff": is_staff, "is_superuser": is_superuser}, actor=actor)
    old, new = difference(before, snapshot(person))
    if new:
        _keep(person, actor=actor)
        audit.record("accounts.person_changed", actor=actor, target=person, before=old, after=new)
    if person.email != mailbox:
        tell_mailbox_before(person, mailbox, actor=actor)
    return person


@deed
def change_roles(user_id: int, *, roles: Iterable[str], actor: User, reason: str = "") -> User:
    """Let the person hold exactly these roles; nobody changes their own."""
    actor.require("accounts.change_roles")
    person = locked(user_id, actor=actor)
    if person == actor:
        raise OwnAccount
    step_up.require(actor)
    before = roles_of(person)
    wanted = _groups(roles)
    after = sorted(role.name for role in wanted)
    if before != after:
        _keep(person, wanted, actor=actor, reason=reason)
        audit.record(
            "accounts.roles_changed",
            actor=actor,
            target=person,
            before={"roles": before},
            after={"roles": after},
            reason=reason,
        )
    return person


@deed
def deactivate(user_id: int, *, reason: str, actor: User) -> User:
    """Keep the person from signing in and acting, from this moment on."""
    actor.require("accounts.deactivate_user")
    person = locked(user_id, actor=actor)
    if person == actor:
        raise OwnAccount
    if not person.is_active:
        raise AlreadyInactive(person=person)
    end_sessions_of(person)
    end_link_of(person)
    return _switch(person, is_active=False, actor=actor, reason=reason)


@deed
def reactivate(user_id: int, *, reason: str, actor: User) -> User:
    """Let the person sign in and act again, with the roles that they had."""
    actor.require("accounts.deactivate_user")
    person = locked(user_id, actor=actor)
    if person.is_active:
        raise AlreadyActive(person=person)
    return _switch(person, is_active=True, actor=actor, reason=reason)


@deed
def suspend(user_id: int, *, until: datetime, reason: str, actor: User) -> User:
    """Keep the person from borrowing until then; a suspension that ends later stays as long."""
    actor.require("accounts.suspend_user")
    person = locked(user_id, actor=actor)
    now = timezone.now()
    if until <= now:
        raise SuspensionInThePast
    if person.suspended_until is not None:
        until = max(until, person.suspended_until)
    return _set_suspension(
        "accounts.suspended", person, until=until, kept=reason, actor=actor, reason=reason
    )


@deed
def lift_suspension(user_id: int, *, reason: str, actor: User) -> User:
    """Let the person borrow again before the suspension ends; not oneself."""
    actor.require("accounts.suspend_user")
    person = locked(user_id, actor=actor)
    if person == actor:
        raise OwnAccount
    if not person.is_suspended(now=timezone.now()):
        raise NotSuspended(person=person)
    return _set_suspension(
        "accounts.suspension_lifted", person, until=None, kept="", actor=actor, reason=reason
    )


def _set_email(person: User, email: str, *, actor: User) -> None:
    if person.email == email:
        return
    if User.objects.filter(email=email).exclude(pk=person.pk).exists():
        raise EmailTaken(email=email)
    step_up.require(actor)
    person.email = email


def _set_rights(person: User, rights: Mapping[str, bool | None], *, actor: User) -> None:
    for right, is_wanted in rights.items():
        if is_wanted is None or is_wanted == getattr(person, right):
            continue
        if person == actor:
            raise OwnAccount
        if right == "is_superuser" and not actor.is_superuser:
            raise SuperuserAccount
        step_up.require(actor)
        setattr(person, right, is_wanted)


def _groups(names: Iterable[str]) -> list[Group]:
    groups = {group.name: group for group in Group.objects.all()}
    for unknown in sorted(set(names) - groups.keys()):
        raise UnknownRole(role=unknown)
    return [groups[name] for name in sorted(set(names))]


def _keep(
    person: User, roles: Iterable[Group] | None = None, *, actor: User, reason: str = ""
) -> None:
    """Save the person and the roles, as one version of the history."""
    versioned = cast("Any", person)
    if roles is not None:
        versioned.skip_history_when_saving = True
        person.groups.set(roles)
        del versioned.skip_history_when_saving
    versioned._history_user = actor
    versioned._change_reason = reason or None
    person.save()


def _switch(person: User, *, is_active: bool, actor: User, reason: str) -> User:
    person.is_active = is_active
    _keep(person, actor=actor, reason=reason)
    audit.record(
        "accounts.reactivated" if is_active else "accounts.deactivated",
        actor=actor,
        target=person,
        before={"is_active": not is_active},
        after={"is_active": is_active},
        reason=reason,
    )
    return person


def _set_suspension(
    action: str, person: User, *, until: datetime | None, kept: str, actor: User, reason: str
) -> User:
    before = snapshot(person)
    person.suspended_until = until
    person.suspension_reason = kept[:254]
    _keep(person, actor=actor, reason=reason)
    old, new = difference(before, snapshot(person))
    audit.record(action, actor=actor, target=person, before=old, after=new, reason=reason)
    return person
