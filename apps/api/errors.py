"""What the API itself refuses; every other refusal comes out of a service.

DomainError
├── TokenMissing          no access token came along
├── NotFound              there is nothing of that name, or nothing that this person may see
├── MalformedRequest      the request cannot be read
├── UnsupportedContent    the body is of another kind
├── FieldsRefused         fields are missing, unknown, or not what they should be
├── KeyMissing            a POST came without Idempotency-Key
├── KeyReused             the Idempotency-Key belongs to another request
├── KeyInUse              the first request with this Idempotency-Key is not done yet
├── AnswerLost            the kept answer to a request that was done can no longer be read
├── PreconditionMissing   a change came without If-Match
├── Changed               the thing is not what If-Match says any more
├── QuotaUsedUp           the program asked too often
└── NotPermitted
    ├── ScopeMissing      the token does not reach so far
    └── Hidden            the person may not see this; to them it is not found
"""

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError, NotPermitted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import Model

    from apps.api.problems import FieldProblem

KEY_HEADER = "Idempotency-Key"


class TokenMissing(DomainError):
    """No access token came along."""

    template = _("Send an access token in the header Authorization: Bearer ….")


class NotFound(DomainError):
    """There is nothing of that name, or nothing that this person may see."""

    template = _("There is nothing here that you may see. Check the address.")


class MalformedRequest(DomainError):
    """The request cannot be read."""

    template = _("The request cannot be read: {why}")


class UnsupportedContent(DomainError):
    """The body is of another kind than asked for."""

    template = _("The body is “{content_type}”. Send {wanted}, and say so in Content-Type.")


class FieldsRefused(DomainError):
    """Fields are missing, unknown, or not what they should be."""

    template = _("Some fields are not as they should be. Correct them and send the request again.")

    def __init__(self, errors: "Sequence[FieldProblem]") -> None:
        """Keep what is wrong with each field."""
        super().__init__()
        self.errors = errors


class KeyMissing(DomainError):
    """A POST came without Idempotency-Key."""

    template = _(
        "Send a header Idempotency-Key with a value that you make once for each deed, such as a "
        "UUID, so that sending the request again does not do it twice."
    )


class KeyReused(DomainError):
    """The Idempotency-Key belongs to another request."""

    template = _("This Idempotency-Key belongs to another request. Make a new one for this deed.")


class KeyInUse(DomainError):
    """The first request with this Idempotency-Key is not done yet."""

    template = _("The first request with this Idempotency-Key is not done yet. Try again shortly.")


class AnswerLost(DomainError):
    """The request was done, and its answer can no longer be read."""

    template = _(
        "The first request with this Idempotency-Key was done, but its answer can no longer be "
        "read. Ask for the thing itself, and do not send the request again."
    )


class PreconditionMissing(DomainError):
    """A change came without If-Match."""

    template = _("Send the ETag that you read in the header If-Match, so that no change is lost.")


class Changed(DomainError):
    """The thing is not what If-Match says any more."""

    template = _("This was changed since you read it. Read it again and decide anew.")


class QuotaUsedUp(DomainError):
    """The program asked too often."""

    template = _("This program may send {limit} requests a minute. Wait {seconds} seconds.")


class ScopeMissing(NotPermitted):
    """The token does not reach so far."""

    template = _("The access token lacks the scope “{scope}”. Ask for a token with it.")


class Hidden(NotPermitted):
    """The person may not see this; to them it is not found."""

    template = NotFound.template

    def __init__(self, target: "Model") -> None:
        """Keep what was asked for, for the audit log."""
        super().__init__()
        self.target = target
