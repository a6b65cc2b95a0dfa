"""The tree of refusals.

    DomainError            a rule said no: safe to show, rolls the deed back
    ├── MoveNotAllowed     the status does not allow this action
    ├── NotPermitted       the person may not do this (the attempt is audited as denied)
    │   ├── OwnMatter      nobody decides on what concerns themselves
    │   └── RecentSignInNeeded   the person showed too long ago who they are
    ├── FileRefused        the file is not one that may be kept
    ├── FileDamaged        the stored file is gone, or is not what was kept
    └── each app's own facts, in its `errors.py`

A subclass is a fact: its `template` is one sentence that says what is wrong and what to do.
"""

from typing import TYPE_CHECKING, Any, ClassVar

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.functional import _StrOrPromise


class DomainError(Exception):
    """A rule said no; carries facts, and says them in one sentence."""

    template: "ClassVar[_StrOrPromise]"
    field: ClassVar[str] = ""
    """The field that the sentence is about, by the service's name for it, where it is about one."""
    field_faults: "Sequence[tuple[str, str]]" = ()
    """What is wrong with single fields, by their names, where the refusal knows several."""

    def __init__(self, **facts: object) -> None:
        """Keep the facts that the sentence names."""
        super().__init__(facts)
        self.facts = facts

    @property
    def message(self) -> str:
        """One translated sentence, safe to show."""
        return str(self.template).format(**self.facts)

    @property
    def faults_of_fields(self) -> list[tuple[str, str]]:
        """What is wrong with which field, as far as the refusal knows its fields."""
        own = [(self.field, self.message)] if self.field else []
        return [*((name, str(text)) for name, text in self.field_faults), *own]

    def __str__(self) -> str:
        return self.message


class MoveNotAllowed(DomainError):
    """The status does not allow this action; the page was stale or somebody was quicker."""

    template = _(
        "“{action}” is not possible while the status is “{status}”. "
        "Reload the page to see what has happened."
    )


class NotPermitted(DomainError):
    """The person lacks the permission."""

    recorded: Any = None
    """The audit event of the attempt, once there is one."""

    template = _(
        "You may not do this: your roles lack the permission “{permission}”. Ask an administrator."
    )


class OwnMatter(NotPermitted):
    """Somebody tried to decide on what concerns themselves."""

    template = _(
        "Nobody decides on their own matter, and here you are the {part}. "
        "Ask a colleague to decide."
    )


class RecentSignInNeeded(NotPermitted):
    """The person may do this, but showed too long ago who they are, with all their factors.

    It is a `NotPermitted`, so that the attempt is in the audit log: whoever found a screen unlocked
    looks exactly like this. Edges treat it apart, because the person can put it right at once:
    pages lead to the step-up, and the API says how old the sign-in may be (RFC 9470, section 3).
    """

    template = _(
        "This needs you to have shown within the last {minutes} minutes who you are. "
        "Sign in again, with all your factors, and repeat it."
    )

    def __init__(self, *, max_age: int) -> None:
        """Keep how old the sign-in may be, in seconds."""
        super().__init__(max_age=max_age, minutes=max(1, max_age // 60))
        self.max_age = max_age


class FileRefused(DomainError):
    """The file is not one that may be kept."""

    template = _("“{name}” cannot be kept: {why}.")


class FileDamaged(DomainError):
    """The stored file is gone, or is not what was kept."""

    template = _(
        "“{name}” is not as it was attached: the stored file is missing or was changed. "
        "Tell an administrator, who can restore it from a backup."
    )
