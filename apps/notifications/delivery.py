"""Sending a notice by e-mail: claimed by one worker, tried again with patience, never twice.

A worker claims the row (`sending`), commits, sends, and marks it. When it dies between the claim
and the mark, nobody knows whether the message went out. Such a notice is not sent again by itself:
it becomes `failed` and says so, and a person sends it again. Rather a message that waits for a
person than one that arrives twice. What remains is a connection that breaks after the text was
handed over and before the server's answer: that is tried again, under the same Message-ID.
"""

import logging
from datetime import datetime, timedelta
from smtplib import (
    SMTPAuthenticationError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services.mailboxes import mailbox_of
from apps.common import uploads
from apps.common.errors import FileDamaged
from apps.notifications.links import address_in_mail
from apps.notifications.models import Notice
from apps.notifications.states import Action, Channel, Status

logger = logging.getLogger(__name__)

ATTEMPTS = 8
LEASE = timedelta(minutes=10)
"""How long a worker may take for one message; far beyond EMAIL_TIMEOUT."""
BATCH = 500
_FAILURE_LENGTH = 254
_PERMANENT = 500


def back_off(attempt_count: int) -> timedelta:
    """Return how long to wait after so many attempts: 1, 2, 4 … 64 minutes."""
    return timedelta(minutes=2 ** (attempt_count - 1))


def deliver(notice_id: int) -> None:
    """Send the notice unless somebody else does or has done."""
    notice = _claim(notice_id, now=timezone.now())
    if notice is None:
        return
    try:
        message_of(notice).send()
    except (SMTPException, OSError, FileDamaged) as failure:
        logger.warning("notice %s was not sent: %s", notice.pk, failure)
        _give_back(notice, failure, now=timezone.now())
    else:
        notice.move(Action.SEND)
        notice.sent_at = timezone.now()
        notice.failure = ""
        _close(notice)


def _claim(notice_id: int, *, now: datetime) -> Notice | None:
    with transaction.atomic():
        notice = (
            Notice.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("recipient")
            .filter(pk=notice_id, channel=Channel.EMAIL, status=Status.WAITING, attempt_at__lte=now)
            .first()
        )
        if notice is not None:
            notice.move(Action.CLAIM)
            notice.attempt_count += 1
            notice.attempt_at = now + LEASE
            notice.save(update_fields=("status", "attempt_count", "attempt_at"))
        return notice


def _give_back(notice: Notice, failure: Exception, *, now: datetime) -> None:
    is_hopeless = notice.attempt_count >= ATTEMPTS or _is_permanent(failure)
    notice.move(Action.GIVE_UP if is_hopeless else Action.POSTPONE)
    notice.attempt_at = now + back_off(notice.attempt_count)
    notice.failure = _words_of(failure)[:_FAILURE_LENGTH]
    _close(notice)


def _words_of(failure: Exception) -> str:
    if isinstance(failure, SMTPRecipientsRefused):
        return "; ".join(_answer(*answer) for answer in failure.recipients.values())
    if isinstance(failure, SMTPResponseException):
        return _answer(failure.smtp_code, failure.smtp_error)
    return str(failure) or type(failure).__name__


def _answer(code: int, text: bytes | str) -> str:
    words = text.decode(errors="replace") if isinstance(text, bytes) else text
    return f"{code} {words}"


def _is_permanent(failure: Exception) -> bool:
    if isinstance(failure, FileDamaged):
        # Until somebody brings the file back, and then they send it again.
        return True
    if isinstance(failure, SMTPRecipientsRefused):
        return all(code >= _PERMANENT for code, _text in failure.recipients.values())
    # A wrong password of ours is corrected by us; an address that does not exist never is.
    return (
        isinstance(failure, SMTPResponseException)
        and not isinstance(failure, SMTPAuthenticationError)
        and failure.smtp_code >= _PERMANENT
    )


def _close(notice: Notice) -> None:
    """Save the end of an attempt, unless the lease ran out and the sweep has closed it."""
    Notice.objects.filter(
        pk=notice.pk, status=Status.SENDING, attempt_count=notice.attempt_count
    ).update(
        status=notice.status,
        attempt_at=notice.attempt_at,
        failure=notice.failure,
        sent_at=notice.sent_at,
    )


def message_of(notice: Notice) -> EmailMessage:
    """Return the e-mail: the text, its attachment, and a link.

    Raises:
        FileDamaged: the attachment is gone, or is not what it was.
    """
    host = urlsplit(settings.BASE_URL).hostname
    link = address_in_mail(notice)
    message = EmailMessage(
        subject=notice.subject,
        body="\n\n".join(filter(None, (notice.body, link))),
        to=[mailbox_of(notice.recipient, notice.about)],
        headers={
            "Message-ID": f"<notice-{notice.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
            **_thread_of(notice, str(host)),
        },
    )
    if notice.attachment:
        name = notice.attachment_name
        content = uploads.stored(notice.attachment, name=name, sha256=notice.attachment_sha256)
        message.attach(name, content)
    return message


def _thread_of(notice: Notice, host: str) -> dict[str, str]:
    """Return the headers by which mail programs show all about one row as one conversation.

    They name a message that nobody ever got; what counts is that all name the same one.
    """
    if notice.about_type is None:
        return {}
    model = notice.about_type
    root = f"<{model.app_label}.{model.model}-{notice.about_id}@{host}>"
    return {"In-Reply-To": root, "References": root}


def due(*, now: datetime) -> QuerySet[Notice]:
    """Notices whose time has come: new ones whose message was lost, and those tried again."""
    return Notice.objects.filter(
        status=Status.WAITING, channel=Channel.EMAIL, attempt_at__lte=now
    ).order_by("attempt_at", "pk")[:BATCH]


def close_lost(*, now: datetime) -> int:
    """Fail the notices whose worker died while sending; return how many."""
    lost = Notice.objects.filter(status=Status.SENDING, attempt_at__lte=now)
    return lost.update(
        status=Status.FAILED,
        failure=_("The worker stopped while sending: it may have arrived. Ask before you retry."),
    )
