"""Telling people: the notice is written with the deed and leaves the house after the commit."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.doorbell import ring
from apps.notifications import tasks
from apps.notifications.models import Notice
from apps.notifications.states import Action, Channel, Status

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.accounts.letters import Letter


_SUBJECT_LENGTH = 200


@dataclass(frozen=True)
class Attachment:
    """A file of the storage that goes out with the e-mail, as long as it has this digest then."""

    path: str
    name: str
    sha256: str


@transaction.atomic
def announce(
    kind: str,
    *,
    to: Iterable[User] | User,
    about: "Model | None",
    subject: str,
    body: str = "",
    key: str = "",
    attachment: Attachment | None = None,
    anchor: str = "",
    channels: Iterable[Channel] = tuple(Channel),
) -> None:
    """Tell people in the admin and by e-mail; the same key twice is one notice.

    People who cannot be told (deactivated, `system`) are left out. `anchor` names a place on the
    page of `about`, to which the notice leads.
    """
    people = {to} if isinstance(to, User) else set(to)
    now = timezone.now()
    notices = [
        Notice(
            recipient=person,
            channel=channel,
            kind=kind,
            # One line: a mail server takes a line break in the subject for a forged header.
            subject=" ".join(subject.split())[:_SUBJECT_LENGTH],
            body=body,
            attachment=attachment.path if attachment else "",
            attachment_name=attachment.name if attachment else "",
            attachment_sha256=attachment.sha256 if attachment else "",
            about_type=ContentType.objects.get_for_model(about) if about else None,
            about_id=about.pk if about else None,
            anchor=anchor,
            key=key_of(kind, about, person, channel, key),
            status=Status.SENT if channel == Channel.ADMIN else Status.WAITING,
            sent_at=now if channel == Channel.ADMIN else None,
        )
        for person in sorted(people, key=lambda person: person.pk)
        if can_be_told(person)
        for channel in channels
    ]
    Notice.objects.bulk_create(notices, ignore_conflicts=True)
    waiting = Notice.objects.filter(
        key__in=[notice.key for notice in notices], status=Status.WAITING, attempt_count=0
    )
    if notice_ids := list(waiting.order_by("pk").values_list("pk", flat=True)):
        transaction.on_commit(partial(ring, tasks.deliver, notice_ids))


def carry(letter: "Letter") -> None:
    """Promise a letter of the accounts as a notice that goes out by e-mail, or everywhere."""
    announce(
        letter.kind,
        to=letter.to,
        about=letter.about,
        subject=letter.subject,
        body=letter.body,
        key=letter.key,
        channels=tuple(Channel) if letter.is_on_screen else (Channel.EMAIL,),
    )


def can_be_told(person: User) -> bool:
    """Tell whether notices reach this person at all."""
    return person.is_active and not (person.is_system or person.is_program)


def key_of(
    kind: str, about: "Model | None", person: User, channel: Channel = Channel.ADMIN, key: str = ""
) -> str:
    """Return the key under which the notice to this person is kept: there is one of it, ever."""
    target = f"{about._meta.label_lower}:{about.pk}" if about else "-"
    return ":".join(filter(None, (kind, target, str(person.pk), channel, key)))


@transaction.atomic
def mark_read(notice_ids: Iterable[int], *, actor: User) -> int:
    """Note that `actor` has read these notices of theirs; return how many were unread."""
    return Notice.objects.filter(
        pk__in=list(notice_ids), recipient=actor, read_at__isnull=True
    ).update(read_at=timezone.now())


@deed
def send_again(notice_id: int, *, actor: User) -> Notice:
    """Give a failed notice a new set of attempts."""
    actor.require("notifications.retry_notice")
    notice = Notice.objects.select_for_update(of=("self",)).get(pk=notice_id)
    failure = notice.failure
    notice.move(Action.TRY_AGAIN)
    notice.attempt_count = 0
    notice.attempt_at = timezone.now()
    notice.failure = ""
    notice.save(update_fields=("status", "attempt_count", "attempt_at", "failure"))
    audit.record("notifications.retried", actor=actor, target=notice, before={"failure": failure})
    transaction.on_commit(partial(ring, tasks.deliver, [notice.pk]))
    return notice
