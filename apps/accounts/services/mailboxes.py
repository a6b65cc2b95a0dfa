"""Who had the mailbox of an account hears when it gets another one."""

from django.conf import settings
from django.utils.translation import gettext as _

from apps.accounts import letters
from apps.accounts.models import EmailChange, User


def tell_mailbox_before(person: User, before: str, *, actor: User) -> None:
    """Promise a letter to the e-mail before; one with which nobody ever signed in gets none."""
    change = EmailChange.objects.create(
        person=person, before=before, after=person.email, changed_by=actor
    )
    if person.has_usable_password():
        letters.send(
            letters.Letter(
                kind="accounts.email_changed",
                to=person,
                about=change,
                subject=_("Your e-mail at {office} was changed").format(
                    office=settings.OFFICE_NAME
                ),
                body=_(
                    "Hello {name},\n\n{actor} has changed the e-mail with which you sign in at "
                    "{office}; it is not {before} any more. If you did not ask for this, tell an "
                    "administrator at once."
                ).format(
                    name=person.display_name,
                    actor=actor,
                    office=settings.OFFICE_NAME,
                    before=before,
                ),
                key="before",
            )
        )


def mailbox_of(person: User, about: object) -> str:
    """Return where an e-mail to this person goes: what tells of a new mailbox, to the old one."""
    return about.before if isinstance(about, EmailChange) else person.email
