"""Subscribing programs to events, and what becomes of a subscription."""

from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.doorbell import ring
from apps.common.secret_text import is_lost
from apps.programs.models import Program
from apps.webhooks import addresses, rights, signing, tasks
from apps.webhooks.catalogue import BY_NAME
from apps.webhooks.ending import end, receiver_of
from apps.webhooks.errors import (
    NoEvents,
    NotActingAs,
    NotYourSubscription,
    ProgramInactive,
    ScopeMissing,
    SecretLost,
    TooManySubscriptions,
    UnknownEvents,
)
from apps.webhooks.models import Subscription
from apps.webhooks.services.holding import PERMISSION, locked
from apps.webhooks.states import Action

if TYPE_CHECKING:
    from apps.accounts.models import User

LIMIT = 20
"""Subscriptions of one program."""
OVERLAP = timedelta(hours=24)
"""How long the previous secret signs too after a rotation."""


@deed
def subscribe(
    program: Program,
    *,
    person: "User",
    url: str,
    events: Iterable[str],
    actor: "User",
    description: str = "",
) -> Subscription:
    """Tell a program of events from now on, in the name of a person; its secret is shown once.

    A person subscribes the programs that act as them or that they use; for a program that acts by
    itself administrators do so too.

    Raises:
        NotYourSubscription: the actor is neither that person nor an administrator.
        NotActingAs: an administrator meant another person than the program acts as.
        ProgramInactive, ScopeMissing: the program gets no such events.
        NoEvents, UnknownEvents: the events are wrong.
        UrlRefused: the URL leads somewhere where webhooks do not go.
        TooManySubscriptions: the program has enough.
    """
    _require(program, person, actor)
    destination = addresses.destination_of(url)
    names = _checked(program, events)
    addresses.look_up(destination)
    # Two who subscribe at once would both find room for one more.
    Program.objects.select_for_update(no_key=True).get(pk=program.pk)
    if program.webhook_subscriptions.kept().count() >= LIMIT:
        raise TooManySubscriptions(program=program.name, limit=LIMIT)
    subscription = Subscription.objects.create(
        program=program,
        person=person,
        url=url,
        events=names,
        description=description.strip(),
        secret=signing.make_secret(),
    )
    audit.record(
        "webhooks.subscribed", actor=actor, target=subscription, after=_facts(subscription)
    )
    return subscription


def _require(program: Program, person: "User", actor: "User") -> None:
    is_own = actor.is_active and actor.pk == person.pk
    if not is_own and not (actor.is_active and actor.has_perm(PERMISSION)):
        raise NotYourSubscription(permission=PERMISSION)
    by_itself = program.user_id is not None
    if (by_itself or not is_own) and not rights.acts_as(program, person):
        raise NotActingAs(program=program.name, person=person)
    if not program.is_active:
        raise ProgramInactive(program=program.name)


def _checked(program: Program, events: Iterable[str]) -> list[str]:
    """Return the events in the order of the catalogue, each once, if the program may learn them."""
    wanted = set(events)
    if not wanted:
        raise NoEvents
    if unknown := wanted - BY_NAME.keys():
        raise UnknownEvents(names=", ".join(sorted(unknown)))
    for scope in (rights.SCOPE, *sorted({BY_NAME[name].thing.scope for name in wanted})):
        if scope not in program.allowed_scopes:
            barred = [name for name in wanted if BY_NAME[name].thing.scope == scope]
            raise ScopeMissing(events=", ".join(sorted(barred or wanted)), scope=scope)
    return [name for name in BY_NAME if name in wanted]


@deed
def change(
    subscription_id: int,
    *,
    actor: "User",
    seen_version: int | None = None,
    url: str | None = None,
    events: Iterable[str] | None = None,
    description: str | None = None,
) -> Subscription:
    """Correct where a subscription leads and what it is for; None leaves things as they are.

    Raises:
        NotYourSubscription, OnlyForItsPerson, SubscriptionStale: see `locked`.
        ScopeMissing, NoEvents, UnknownEvents, UrlRefused: as for a new one.
    """
    subscription = locked(subscription_id, actor=actor, seen_version=seen_version, is_led=True)
    before = _facts(subscription)
    if url is not None:
        addresses.look_up(addresses.destination_of(url))
    if url is not None and url != subscription.url:
        subscription.url = url
        _begin_anew(subscription)
    if events is not None:
        subscription.events = _checked(subscription.program, events)
    if description is not None:
        subscription.description = description.strip()
    _keep(subscription)
    audit.record(
        "webhooks.changed",
        actor=actor,
        target=subscription,
        before=before,
        after=_facts(subscription),
    )
    return subscription


@deed
def pause(subscription_id: int, *, reason: str, actor: "User") -> Subscription:
    """Deliver nothing until it is resumed; messages are written meanwhile, and wait.

    Raises:
        MoveNotAllowed: it is not active.
        NotYourSubscription: see `locked`.
    """
    subscription = locked(subscription_id, actor=actor)
    subscription.move(Action.PAUSE)
    subscription.status_reason = reason.strip()
    _keep(subscription)
    audit.record("webhooks.paused", actor=actor, target=subscription, reason=reason)
    return subscription


@deed
def resume(subscription_id: int, *, actor: "User") -> Subscription:
    """Deliver again, at once also what waits.

    Raises:
        MoveNotAllowed: it is neither paused nor disabled.
        NotYourSubscription: see `locked`.
        SecretLost: no key opens its secret any more.
    """
    subscription = locked(subscription_id, actor=actor)
    subscription.move(Action.RESUME)
    if is_lost(subscription, "secret"):
        raise SecretLost
    subscription.status_reason = ""
    _begin_anew(subscription)
    _keep(subscription)
    audit.record("webhooks.resumed", actor=actor, target=subscription)
    transaction.on_commit(partial(ring, tasks.deliver, [subscription.pk]))
    return subscription


@deed
def rotate_secret(subscription_id: int, *, actor: "User") -> Subscription:
    """Sign with a new secret, for a day also with the one before; the new one is shown once.

    One before that no key opens any more is simply replaced: this is the way out of `SecretLost`.

    Raises:
        NotYourSubscription, OnlyForItsPerson: see `locked`.
    """
    subscription = locked(subscription_id, actor=actor, is_led=True)
    if is_lost(subscription, "secret"):
        subscription.previous_secret, subscription.previous_secret_until = "", None
    else:
        subscription.previous_secret = subscription.secret
        subscription.previous_secret_until = timezone.now() + OVERLAP
    subscription.secret = signing.make_secret()
    _keep(subscription)
    audit.record("webhooks.secret_rotated", actor=actor, target=subscription)
    return subscription


@deed
def remove(subscription_id: int, *, reason: str = "", actor: "User") -> Subscription:
    """End a subscription for good; what waits is not sent, and the log stays as long as others.

    Raises:
        NotYourSubscription: see `locked`.
    """
    subscription = locked(subscription_id, actor=actor)
    end(subscription, reason=reason.strip() or _("no longer needed"), actor=actor)
    return subscription


def _begin_anew(subscription: Subscription) -> None:
    """Forget earlier failures: the receiver has another chance of the full length."""
    subscription.failure_count = 0
    subscription.failing_since = subscription.rests_until = None


def _keep(subscription: Subscription) -> None:
    subscription.version += 1
    subscription.save()


def _facts(subscription: Subscription) -> dict[str, Any]:
    """Return what the audit log keeps: of the URL only whom it names, as its path may be secret."""
    return {
        "program": subscription.program.name,
        "person": str(subscription.person),
        "receiver": receiver_of(subscription.url),
        "events": subscription.events,
        "description": subscription.description,
    }
