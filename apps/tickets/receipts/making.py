"""Making a receipt: printed once, kept with the ticket, sent to the borrower.

A handing without a receipt is the promise; the message only wakes a worker, and the sweep finds
what a lost one left behind. Two workers never make it twice: the second finds the first at work,
and if it did not, the receipt’s key is the handing.
"""

import hashlib
import logging
import uuid
from datetime import datetime, timedelta

from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.common import printing
from apps.notifications import services as notifications
from apps.tickets.models import Handing, Receipt, TicketFile
from apps.tickets.receipts import paper
from apps.tickets.states import Direction, FilePurpose

logger = logging.getLogger(__name__)

PATIENCE = timedelta(minutes=1)
"""How long a receipt may take before the sweep asks for it again."""
_BATCH = 50
_PURPOSE = {Direction.OUT: FilePurpose.RECEIPT_OUT, Direction.IN: FilePurpose.RECEIPT_IN}
_KIND = {Direction.OUT: "tickets.receipt_out", Direction.IN: "tickets.receipt_in"}
_MINE = "SELECT pg_try_advisory_xact_lock(hashtextextended('ticket_receipts', %s))"


def make(handing_id: int) -> None:
    """Make the receipt of a handing, unless it is made or somebody makes it now."""
    if not printing.is_possible():
        logger.error("no receipts are made: WeasyPrint lacks a library of the system")
        return
    with coming_from(Origin(source=Source.JOB)), transaction.atomic():
        if not _is_mine(handing_id):
            return
        handing = (
            Handing.objects.select_related("ticket__borrower", "clerk")
            .filter(pk=handing_id, receipt__isnull=True)
            .first()
        )
        if handing is not None:
            _tell(handing, _keep(handing, paper.pdf_of(handing)))


def _is_mine(handing_id: int) -> bool:
    """Tell whether nobody else makes it; the table itself may not be locked by rows."""
    with connection.cursor() as cursor:
        cursor.execute(_MINE, [handing_id])
        return bool(cursor.fetchone()[0])


def _keep(handing: Handing, content: bytes) -> TicketFile:
    actor = User.objects.system()
    name = _("{what} {ticket}.pdf").format(
        what=_("Hand-over receipt") if handing.direction == Direction.OUT else _("Return receipt"),
        ticket=handing.ticket,
    )
    file = TicketFile.objects.create(
        ticket=handing.ticket,
        purpose=_PURPOSE[Direction(handing.direction)],
        file=ContentFile(content, name=f"{uuid.uuid4()}.pdf"),
        name=name,
        content_type="application/pdf",
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        added_by=actor,
    )
    Receipt.objects.create(handing=handing, file=file)
    audit.record(
        "tickets.receipt_made",
        actor=actor,
        target=handing.ticket,
        after={"name": name, "sha256": file.sha256, "statement": handing.sha256},
    )
    return file


def _tell(handing: Handing, file: TicketFile) -> None:
    """Send the receipt to the borrower: one notice for each handing, ever."""
    is_out = handing.direction == Direction.OUT
    subject = _("Receipt: {ticket} was handed over") if is_out else _("Receipt: {ticket} is back")
    notifications.announce(
        _KIND[Direction(handing.direction)],
        to=handing.ticket.borrower,
        about=handing.ticket,
        subject=subject.format(ticket=handing.ticket),
        body=_("The receipt is attached. Keep it: it says what went out and came back, and how."),
        key=str(handing.pk),
        attachment=notifications.Attachment(str(file.file), file.name, file.sha256),
    )


def waiting(*, now: datetime) -> list[int]:
    """Return handings that have waited for their receipt for a while, oldest first."""
    late = Handing.objects.filter(receipt__isnull=True, kept_at__lte=now - PATIENCE)
    return list(late.order_by("pk").values_list("pk", flat=True)[:_BATCH])
