"""What subscribers are refused.

DomainError
├── UrlRefused              webhooks are not sent to this address
├── UnknownEvents           the catalogue has no such events
├── NoEvents                a subscription is for at least one event
├── ScopeMissing            the program may not learn of these events
├── NotActingAs             the program does not act as this person
├── ProgramInactive         a program that is switched off gets nothing
├── TooManySubscriptions    the program has as many as one may have
├── NothingToReplay         no message of that time has failed
├── SecretLost              no key opens the secret any more
├── SubscriptionStale       somebody else changed it in the meantime
└── NotPermitted
    ├── NotYourSubscription it belongs to somebody else
    └── OnlyForItsPerson    who leads it elsewhere would read what its person may see
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, NotPermitted


class UrlRefused(DomainError):
    """Webhooks are not sent to this address."""

    field = "url"
    template = _("“URL” cannot be used: {why}")


class UnknownEvents(DomainError):
    """The catalogue has no such events."""

    field = "events"
    template = _("“Events” has names that do not exist: {names}. Take them from the catalogue.")


class NoEvents(DomainError):
    """A subscription is for at least one event."""

    field = "events"
    template = _("“Events” is empty. Choose at least one.")


class ScopeMissing(DomainError):
    """The program may not learn of these events."""

    field = "events"
    template = _(
        "The program may not learn of {events}: it lacks the scope {scope}. "
        "Leave them out, or have an administrator add the scope."
    )


class NotActingAs(DomainError):
    """The program does not act as this person."""

    template = _(
        "“{program}” does not act as {person}. "
        "What it does for other people is subscribed to by itself, through the API."
    )


class ProgramInactive(DomainError):
    """A program that is switched off gets nothing."""

    template = _("“{program}” is switched off. Have an administrator switch it on first.")


class TooManySubscriptions(DomainError):
    """The program has as many as one may have."""

    template = _(
        "“{program}” has {limit} subscriptions, and more are not possible. "
        "Remove one, or add the events to one of them."
    )


class NothingToReplay(DomainError):
    """No message of that time has failed."""

    template = _("Nothing has failed since {since}. Choose an earlier moment.")


class SecretLost(DomainError):
    """No key opens the secret any more, so that nothing can be signed."""

    template = _(
        "The secret can no longer be read, so no message can be signed. "
        "Make a new secret and give it to the receiver first."
    )


class SubscriptionStale(DomainError):
    """Somebody else changed it in the meantime."""

    template = _("The subscription was changed in the meantime. Reload the page and try again.")


class NotYourSubscription(NotPermitted):
    """It belongs to somebody else."""

    template = _(
        "This subscription belongs to somebody else, and your roles lack the permission "
        "“{permission}”. Ask an administrator."
    )


class OnlyForItsPerson(NotPermitted):
    """Who leads it elsewhere would read what its person may see."""

    template = _(
        "This subscription tells what {person} may see, so only they say where it leads and get "
        "its secret. You can pause or remove it."
    )
