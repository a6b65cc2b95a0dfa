"""Links with which people choose a password: invited, or because they forgot theirs.

A link is made of its row when the e-mail goes out, and is kept nowhere. It carries when it was sent
and a digest of the password that it replaces, signed with ASSETS_SECRET_KEY. So it dies when it is
used, when a newer one is sent, when password or e-mail change otherwise, and with its time.
"""

from datetime import timedelta
from typing import Any, cast

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.translation import gettext as _

from apps.accounts import letters, step_up
from apps.accounts.errors import LinkDead, NobodyToInvite, OwnAccount, ProgramAccount
from apps.accounts.models import LinkPurpose, PasswordLink, User
from apps.accounts.services.locking import locked
from apps.accounts.services.sessions import end_sessions_of
from apps.audit import services as audit
from apps.audit.services import deed

LIFE = {LinkPurpose.INVITATION: timedelta(hours=72), LinkPurpose.FORGOTTEN: timedelta(hours=1)}
"""How long a link works."""

_SALT = "accounts.password-link"


@deed
def invite(user_id: int, *, actor: User) -> User:
    """Send a link with which the person chooses a password; an older link dies.

    Raises:
        NobodyToInvite: the person is deactivated.
        ProgramAccount: nobody signs in with the account of a program.
        RecentSignInNeeded: the sign-in of `actor` is too old.
    """
    actor.require("accounts.change_user")
    person = locked(user_id, actor=actor)
    if person == actor:
        raise OwnAccount
    if person.is_program:
        raise ProgramAccount(person=person)
    step_up.require(actor)
    if not person.is_active:
        raise NobodyToInvite(person=person)
    send_link(person, LinkPurpose.INVITATION, actor=actor)
    return person


@deed
def forgot_password(email: str, *, actor: User) -> None:
    """Send a link to whoever signs in with this e-mail; nobody learns whether there is one."""
    person = User.objects.filter(email=email.lower(), is_active=True, is_system=False).first()
    # Somebody who never had a password waits for an invitation, which a stranger must not replace.
    if person is not None and person.has_usable_password():
        send_link(locked(person.pk, actor=actor), LinkPurpose.FORGOTTEN, actor=actor)


def send_link(person: User, purpose: LinkPurpose, *, actor: User) -> PasswordLink:
    """Promise the person a new link by e-mail; the one before works no longer."""
    now = timezone.now()
    link, _is_new = PasswordLink.objects.update_or_create(
        person=person,
        defaults={
            "purpose": purpose,
            "sent_by": actor,
            "sent_at": now,
            "ends_at": now + LIFE[purpose],
            "used_at": None,
        },
    )
    audit.record(
        "accounts.invited" if purpose == LinkPurpose.INVITATION else "accounts.password_forgotten",
        actor=actor,
        target=person,
        after={"ends_at": link.ends_at},
    )
    letters.send(_letter(link))
    return link


def end_link_of(person: User) -> None:
    """Let the link that the person got work no longer, whatever happens to them later."""
    now = timezone.now()
    PasswordLink.objects.filter(person=person, used_at=None, ends_at__gt=now).update(ends_at=now)


def token_of(link: PasswordLink) -> str:
    """Return the signed text of which the link’s address ends."""
    sealed = [link.pk, link.sent_at.isoformat(), _digest(link.person)]
    return Signer(salt=_SALT).sign_object(sealed)


def address_of(link: PasswordLink) -> str:
    """Return the whole address, for the e-mail that goes out now."""
    return f"{settings.BASE_URL}{reverse('password_link', args=(token_of(link),))}"


def link_of(token: str) -> PasswordLink:
    """Return the link, which works now.

    Raises:
        LinkDead: it is not one of ours, or works no longer.
    """
    return _living(token)


@deed
def choose_password(token: str, *, password: str) -> User:
    """Set the person’s password and end all their sessions; second factors stay.

    Raises:
        LinkDead: it is not one of ours, or works no longer.
    """
    link = _living(token, is_locked=True)
    person = link.person
    person.set_password(password)
    # The password is no part of the history, so this save needs no version.
    cast("Any", person).save_without_historical_record(update_fields=["password"])
    link.used_at = timezone.now()
    link.save(update_fields=["used_at"])
    ended = end_sessions_of(person)
    audit.record(
        "accounts.password_chosen",
        actor=person,
        target=person,
        after={"purpose": link.purpose, "sessions_ended": ended},
    )
    return person


def _living(token: str, *, is_locked: bool = False) -> PasswordLink:
    try:
        pk, sent_at, digest = Signer(salt=_SALT).unsign_object(token)
    except (BadSignature, ValueError):
        raise LinkDead from None
    links = PasswordLink.objects.select_related("person")
    if is_locked:
        links = links.select_for_update(of=("self", "person"), no_key=True)
    link = links.filter(pk=pk).first()
    if (
        link is None
        or link.used_at is not None
        or link.ends_at <= timezone.now()
        or link.sent_at.isoformat() != sent_at
        or not link.person.is_active
        or not constant_time_compare(digest, _digest(link.person))
    ):
        raise LinkDead
    return link


def _digest(person: User) -> str:
    return salted_hmac(_SALT, f"{person.password}:{person.email}").hexdigest()[:20]


def _letter(link: PasswordLink) -> letters.Letter:
    person = link.person
    if link.purpose == LinkPurpose.INVITATION and person.has_usable_password():
        subject = _("Choose a new password")
        body = _(
            "Hello {name},\n\n{sender} asks you to choose a new password for {email} at {office}. "
            "The link below works once, for {hours} hours. Your second factor stays as it is."
        )
    elif link.purpose == LinkPurpose.INVITATION:
        subject = _("Your access to {office}").format(office=settings.OFFICE_NAME)
        body = _(
            "Hello {name},\n\n{sender} has opened an account for you at {office}. Choose your "
            "password with the link below. It works once, for {hours} hours; ask for a new one "
            "when it has ended.\n\nYou sign in with {email}."
        )
    else:
        subject = _("Choose a new password")
        body = _(
            "Hello {name},\n\nsomebody asked for a new password for {email} at {office}. If that "
            "was you, choose it with the link below. It works once, for {hours} hour. Your second "
            "factor stays as it is.\n\nIf it was not you, do nothing: your password stays."
        )
    return letters.Letter(
        kind=f"accounts.link_{link.purpose}",
        to=person,
        about=link,
        subject=subject,
        body=body.format(
            name=person.display_name,
            sender=link.sent_by,
            office=settings.OFFICE_NAME,
            email=person.email,
            hours=int(LIFE[LinkPurpose(link.purpose)] / timedelta(hours=1)),
        ),
        key=link.sent_at.isoformat(),
    )
