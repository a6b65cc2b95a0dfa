"""Writing the audit log: what was done, in its transaction; what was denied, after it."""

import logging
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from functools import partial, wraps
from itertools import batched
from typing import TYPE_CHECKING, Any

from celery import current_app
from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import connection, transaction
from django.utils import timezone
from kombu.exceptions import OperationalError

from apps.audit import listeners
from apps.audit.context import Origin, origin
from apps.audit.errors import BrokerAway, UnknownJob
from apps.audit.models import AuditBlock, AuditEvent, Outcome
from apps.audit.sealing import (
    BLOCK_SIZE,
    NO_HASH,
    digests_of,
    hash_of,
    transactions_ended,
    unsealed,
)
from apps.audit.snapshots import plain, text
from apps.common.errors import NotPermitted
from apps.common.jobs import headers_of

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.accounts.models import User

logger = logging.getLogger(__name__)

_LABEL_LENGTH = 254
_depth: ContextVar[int] = ContextVar("depth", default=0)


def record(
    action: str,
    *,
    actor: "User",
    target: "Model | None" = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    on_behalf_of: "User | None" = None,
    outcome: Outcome = Outcome.DONE,
) -> AuditEvent:
    """Write that `actor` did `action` (`app.past_tense`) to `target`, with today’s names."""
    event = _event(
        action,
        actor=actor,
        target=target,
        before=before,
        after=after,
        reason=reason,
        on_behalf_of=on_behalf_of,
        outcome=outcome,
    )
    event.save(force_insert=True)
    if outcome == Outcome.DONE:
        listeners.tell([(event, target)])
    return event


def record_all(
    action: str, *, actor: "User", targets: "Iterable[tuple[Model, Mapping[str, Any]]]"
) -> None:
    """Write that `actor` did `action` to each target, with what holds after it."""
    told = [
        (_event(action, actor=actor, target=target, after=after), target)
        for target, after in targets
    ]
    AuditEvent.objects.bulk_create((event for event, _target in told), batch_size=1000)
    listeners.tell(told)


def _event(
    action: str,
    *,
    actor: "User",
    target: "Model | None" = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
    on_behalf_of: "User | None" = None,
    outcome: Outcome = Outcome.DONE,
) -> AuditEvent:
    here = origin()
    return AuditEvent(
        actor=actor,
        actor_name=text(actor)[:_LABEL_LENGTH],
        on_behalf_of=on_behalf_of,
        action=action,
        target_type=ContentType.objects.get_for_model(target) if target is not None else None,
        target_id=str(target.pk) if target is not None else "",
        target_label=text(target)[:_LABEL_LENGTH] if target is not None else "",
        before=plain(before or {}),
        after=plain(after or {}),
        reason=text(reason),
        outcome=outcome,
        source=here.source,
        ip_address=here.ip_address,
        request_id=here.request_id,
    )


def deed[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Make a service whole: one transaction, and an attempt that was not permitted is recorded.

    The attempt is written as `app.verb` with outcome denied, after the outermost deed has rolled
    back. When the caller holds a transaction of its own around the deed, the record shares that
    transaction's fate, until `keep_denied` at the end of a web request; the line in the process log
    stays in any case. The service takes `actor`.
    """
    app = function.__module__.split(".")[1]

    @wraps(function)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _depth.set(_depth.get() + 1)
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except NotPermitted as refusal:
            if _depth.get() == 1 and kwargs.get("actor") is not None:
                _record_denied(f"{app}.{function.__name__}", refusal, *args, **kwargs)
            raise
        finally:
            _depth.reset(token)

    return whole


def _record_denied(attempt: str, refusal: NotPermitted, *identity: Any, **options: Any) -> None:
    # Identity comes first and the rest by keyword, so what is kept here is no secret.
    actor = options["actor"]
    logger.warning("%s denied to %s: %s", attempt, actor.pk, refusal.message)
    denied = refusal.recorded = record(
        attempt,
        actor=actor,
        after={"arguments": [text(argument) for argument in identity]} if identity else {},
        reason=refusal.message,
        outcome=Outcome.DENIED,
    )
    origin().denied.append(denied)


def keep_denied(there: Origin) -> None:
    """Write again what was denied on the way there and went with the transaction around it.

    The admin’s own forms save within a transaction, which rolls back when a service refuses.
    """
    for event in there.denied:
        if not AuditEvent.objects.filter(pk=event.pk).exists():
            event.pk = None
            event.save(force_insert=True)


def keep_denial(refusal: NotPermitted, attempt: str, *, actor: "User") -> None:
    """Write what an edge refused by itself, as `attempt` (`app.verb`); deeds write their own."""
    if refusal.recorded is not None:
        return
    target = getattr(refusal, "target", None)
    logger.warning("%s denied to %s: %s", attempt, actor.pk, refusal.message)
    refusal.recorded = record(
        attempt, actor=actor, target=target, reason=refusal.message, outcome=Outcome.DENIED
    )


@deed
def run_job(job: str, *, actor: "User") -> None:
    """Have a worker run a job now, beside its schedule.

    Raises:
        UnknownJob: the schedule has no job of that name.
        BrokerAway: nobody could be told to run it.
    """
    actor.require("audit.run_job")
    entry = settings.CELERY_BEAT_SCHEDULE.get(job)
    if entry is None:
        raise UnknownJob(job=job)
    record("audit.job_asked_for", actor=actor, after={"job": job})
    transaction.on_commit(partial(_send, job, entry["task"], asked_by=actor.pk))


def _send(job: str, task: str, *, asked_by: int) -> None:
    try:
        current_app.send_task(task, headers=headers_of(job, asked_by=asked_by))
    except OperationalError as away:
        raise BrokerAway from away


@deed
def seal(*, actor: "User") -> AuditBlock | None:
    """Cover every event that is not sealed yet by blocks, and return the last one, if any.

    Of two who seal at once the later leaves it to the earlier.
    """
    actor.require("audit.seal_auditblock")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended('audit_blocks', 0))")
        (is_ours,) = cursor.fetchone()
    if not is_ours:
        return None
    last = AuditBlock.objects.order_by("number").last()
    # Asked before the events are, so that none of an earlier transaction can be overlooked.
    below = transactions_ended()
    event_ids = unsealed(last, below)
    chunks = list(batched(event_ids, BLOCK_SIZE, strict=False))
    for chunk in chunks:
        is_end = chunk is chunks[-1]
        last = _seal_block(last, chunk, below=below if is_end else getattr(last, "below", 0))
    return last if chunks else None


def _seal_block(
    previous: AuditBlock | None, event_ids: tuple[int, ...], *, below: int
) -> AuditBlock:
    digests = [digest for _, digest in digests_of(event_ids)]
    assert len(digests) == len(event_ids), "an event vanished while it was sealed"
    block = AuditBlock(
        number=previous.number + 1 if previous else 1,
        event_ids=list(event_ids),
        event_count=len(event_ids),
        digests=b"".join(digests),
        below=below,
        previous_hash=previous.hash if previous else NO_HASH,
        sealed_at=timezone.now(),
    )
    block.hash = hash_of(block)
    block.save(force_insert=True)
    return block
