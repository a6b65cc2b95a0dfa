"""Running a check that somebody asked for: with progress, to a verdict that is told."""

import logging
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.accounts.selectors import people_with_role
from apps.audit import services as audit
from apps.audit.context import Origin, coming_from
from apps.audit.models import Source
from apps.notifications import services as notifications
from apps.wallets.checking import check, heartbeat
from apps.wallets.checking.heartbeat import Heartbeat
from apps.wallets.models import BooksCheck
from apps.wallets.states import BooksCheckAction

if TYPE_CHECKING:
    from apps.wallets.checking import Verdict

logger = logging.getLogger(__name__)

_WRITTEN = (
    *("status", "stage", "started_at", "finished_at", "transaction_count", "entry_count"),
    *("block_count", "unsealed_count", "head", "fault"),
)
TOLD = (Role.FINANCE_CONTROLLER, Role.AUDITOR)
"""Who hears that the books are not right, or could not be checked."""


def run(check_id: int) -> None:
    """Bring the check to its verdict, unless it has ended or another worker is at it."""
    claimed = heartbeat.claim(check_id)
    if claimed is None:
        return
    with (
        coming_from(Origin(source=Source.JOB)),
        translation.override(settings.LANGUAGE_CODE),
        Heartbeat(claimed) as heart,
    ):
        verdict = check(heart.say, is_remembered=True)
        with transaction.atomic():
            mine = BooksCheck.objects.locked().get(pk=check_id)
            if mine.is_unfinished and mine.attempt_count == claimed.attempt_count:
                finish(mine, verdict)


def finish(asked: BooksCheck, verdict: "Verdict") -> None:
    """Write the verdict into a locked row, keep what it remembers, and tell of a fault."""
    asked.move(BooksCheckAction.FIND_RIGHT if verdict.ok else BooksCheckAction.FIND_WRONG)
    asked.transaction_count = verdict.transaction_count
    asked.entry_count = verdict.entry_count
    asked.block_count = verdict.block_count
    asked.unsealed_count = verdict.unsealed_count
    asked.head = verdict.head
    asked.fault = verdict.fault
    _close(asked)
    audit.record(
        "wallets.books_checked",
        actor=asked.requester,
        target=asked,
        after={
            "verdict": asked.status,
            "entries": asked.entry_count,
            "seals": asked.block_count,
            "head": asked.head,
            "fault": asked.fault,
        },
    )
    if verdict.memory:
        verdict.memory.keep()
    if not verdict.ok:
        logger.error("%s: the books are not right: %s", asked, verdict.fault)
        _tell(asked, _("The books are not right"))


def sweep() -> list[int]:
    """Give up the checks that no worker survives, and return the others that wait for one."""
    waiting = []
    for lost in heartbeat.unheard():
        if lost.attempt_count < heartbeat.MOST_ATTEMPTS:
            waiting.append(lost.pk)
            continue
        with transaction.atomic():
            mine = BooksCheck.objects.locked().get(pk=lost.pk)
            if mine.is_unfinished and mine.attempt_count == lost.attempt_count:
                _give_up(mine)
    return waiting


def _give_up(lost: BooksCheck) -> None:
    lost.move(BooksCheckAction.GIVE_UP)
    lost.fault = _(
        "Its worker was lost {count} times. Check the books again, or tell an administrator."
    ).format(count=lost.attempt_count)
    _close(lost)
    audit.record(
        "wallets.books_check_stopped", actor=User.objects.system(), target=lost, reason=lost.fault
    )
    _tell(lost, _("The books could not be checked"))


def _close(asked: BooksCheck) -> None:
    asked.stage = ""
    asked.finished_at = timezone.now()
    asked.save(update_fields=_WRITTEN)


def _tell(asked: BooksCheck, subject: str) -> None:
    people = {person for role in TOLD for person in people_with_role(role)}
    notifications.announce(
        f"wallets.books_{asked.status}", to=people, about=asked, subject=subject, body=asked.fault
    )
