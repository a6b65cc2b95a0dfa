"""Which kinds of matter are decided on; each part of the business registers its own.

A part above this one says here how its row is locked, what follows a conclusion, and where its page
is, so that this app knows none of them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from django.db.models import Model
    from django.utils.functional import _StrOrPromise
    from django.utils.safestring import SafeString

    from apps.accounts.models import User
    from apps.approvals.models import ApprovalRequest
    from apps.approvals.states import Verdict


class Conclude[S: "Model"](Protocol):
    """What follows the last decision, in its transaction; raising undoes the decision too."""

    def __call__(
        self,
        subject: S,
        verdict: "Verdict",
        /,
        *,
        request: "ApprovalRequest",
        actor: "User",
        reason: str,
    ) -> object:
        """Do to the subject what the verdict means for it."""


@dataclass(frozen=True)
class Scope[S: "Model"]:
    """A kind of matter."""

    slug: str
    label: "_StrOrPromise"
    permission: str
    """Who decides must hold this (`app.codename`), beside the role of the level."""
    lock: Callable[[int], S]
    """Locks and returns the subject's row; runs before the request is locked."""
    conclude: Conclude[S]
    url: Callable[[int], str]
    """The address of the subject's page."""
    summary: "Callable[[int], SafeString] | None" = None
    """What whoever decides sees of the subject on the request's own page, when the title is not
    enough."""
    narrow: "Callable[[S, Mapping[str, Any], Mapping[str, Any]], dict[str, Any]] | None" = None
    """Checks an approval of a part: gets the subject, what earlier levels left and what is wanted
    now, and returns what is left (JSON; `lines`, `starts_at` and `ends_at` are compared by the
    database), or raises. `conclude` finds it in `request.terms`. None: only as a whole."""
    in_words: "Callable[[int, Mapping[str, Any]], list[str]] | None" = None
    """Says in sentences what such terms leave of the subject, for whoever decides next."""
    may_be_automatic: bool = False
    """Whether a policy may approve it without a person, for people who are trusted."""


registered: dict[str, Scope[Any]] = {}


def register(scope: Scope[Any]) -> None:
    """Make `scope` known; called from the `ready` of its app."""
    assert scope.slug not in registered, f"the scope {scope.slug} is registered twice"
    registered[scope.slug] = scope


def scope(slug: str) -> Scope[Any]:
    """Return the scope of that name."""
    return registered[slug]
