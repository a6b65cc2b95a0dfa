"""What an approval of a part refuses.

DomainError
├── NothingApproved      no asset is left, which is a rejection
└── TermsWiden           it would approve more than was asked, or than an earlier level left
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class NothingApproved(DomainError):
    """No asset is left, which is a rejection."""

    template = _("No asset is ticked. Tick what you approve, or reject {ticket} with a reason.")


class TermsWiden(DomainError):
    """More than was asked for, or than an earlier level left."""

    template = _(
        "{ticket} can only be approved for less: {what} is outside of what is left of it "
        "({left}). Correct it, or request changes."
    )
