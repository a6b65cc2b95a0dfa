"""Writing the audit log: what was done, in the transaction of the deed; what was denied, after it."""

from collections.abc import Callable, Mapping
from contextvars import ContextVar
from functools import wraps
from typing import TYPE_CHECKING, Any

from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from apps.audit.context import origin
from apps.audit.models import AuditEvent, Outcome
from apps.common.errors import NotPermitted

if TYPE_CHECKING:
    from django.db.models import Model

    from apps.accounts.models import User

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
    """Write that `actor` did `action` (`app.past_tense`) to `target`, with names as they are now."""
    here = origin()
    return AuditEvent.objects.create(
        actor=actor,
        actor_name=str(actor)[:_LABEL_LENGTH],
        on_behalf_of=on_behalf_of,
        action=action,
        target_type=ContentType.objects.get_for_model(target) if target else None,
        target_id=str(target.pk) if target else "",
        target_label=str(target)[:_LABEL_LENGTH] if target else "",
        before=dict(before or {}),
        after=dict(after or {}),
        reason=reason,
        outcome=outcome,
        source=here.source,
        ip_address=here.ip_address,
        request_id=here.request_id,
    )


def deed[**P, R](function: Callable[P, R]) -> Callable[P, R]:
    """Make a service whole: one transaction, and an attempt that was not permitted is recorded.

    The record is written after the outermost deed has rolled back, in a transaction of its own,
    as `app.verb` with outcome denied and the refusal as its reason. The service takes `actor`.
    """
    app = function.__module__.split(".")[1]

    @wraps(function)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        token = _depth.set(_depth.get() + 1)
        try:
            with transaction.atomic():
                return function(*args, **kwargs)
        except NotPermitted as refusal:
            actor = kwargs.get("actor")
            if _depth.get() == 1 and actor is not None:
                record(
                    f"{app}.{function.__name__}",
                    actor=actor,  # type: ignore[arg-type]  # every service takes a person
                    after={"arguments": [str(argument) for argument in args]},
                    reason=refusal.message,
                    outcome=Outcome.DENIED,
                )
            raise
        finally:
            _depth.reset(token)

    return whole
