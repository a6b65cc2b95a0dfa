"""What the audit log refuses.

DomainError
└── TooManyEvents   an export would never end
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class TooManyEvents(DomainError):
    """An export would never end."""

    template = _(
        "More than {largest} events match. Narrow the list by days, actor or action, "
        "and export it in parts."
    )
