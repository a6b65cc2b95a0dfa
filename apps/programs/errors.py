"""What programs are refused.

DomainError
└── TokenRefused        the access token opens nothing
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class TokenRefused(DomainError):
    """The access token opens nothing, whatever the reason: whoever tries learns only that."""

    template = _("The access token is not valid. Ask for a new one.")
