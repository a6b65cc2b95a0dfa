"""The jobs of the seals: to seal, and to take the heads of the chains out of the house."""

import logging
from smtplib import SMTPException

from celery import shared_task
from django.contrib.auth import get_user_model
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from apps.audit import heads, job_runs, services
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common.jobs import sentence

logger = logging.getLogger(__name__)


@shared_task
def seal() -> str:
    """Seal what is new; the head goes to the process log, which is outside the database."""
    with coming_from(Origin(source=Source.JOB)):
        block = services.seal(actor=get_user_model().objects.system())
    if not block:
        return ""
    logger.info("The audit log is sealed up to %s:%s", block.number, block.hash)
    return _("Sealed up to block {number}.").format(number=block.number)


@shared_task
def write_heads() -> str:
    """Keep each new head in the file; what could not be written now is written next time."""
    count = len(heads.write(now=timezone.now()))
    return sentence(ngettext("{count} head is kept.", "{count} heads are kept.", count), count)


@shared_task(
    acks_late=True, autoretry_for=(SMTPException, OSError), retry_backoff=60, max_retries=8
)
def mail_heads() -> str:
    """Send the newest heads to those who keep them."""
    is_sent = heads.mail(now=timezone.now())
    return _("The heads are sent to those who keep them.") if is_sent else ""


@shared_task
def forget_runs() -> str:
    """Delete the runs of jobs that are older than they are kept, and end those that were lost."""
    now = timezone.now()
    lost = job_runs.end_lost(now=now)
    old = job_runs.forget(now=now)
    texts = (
        sentence(ngettext("{count} run was lost.", "{count} runs were lost.", lost), lost),
        sentence(
            ngettext("{count} old row is deleted.", "{count} old rows are deleted.", old), old
        ),
    )
    return " ".join(filter(None, texts))
