"""What accounts refuses.

DomainError
└── UnknownPermission   a role asks for a right that no model declares
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class UnknownPermission(DomainError):
    """A role asks for a right that no model declares."""

    template = _(
        "The role “{role}” names the permission “{permission}”, which does not exist. "
        "Correct the role, or migrate the database first."
    )
