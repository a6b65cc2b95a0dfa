"""What lending refuses about kits.

DomainError
├── KitStaysBehind   a part is to go out, and its kit is not out
└── PartsStillOut    a kit is to come back, and parts of it are still out
"""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class KitStaysBehind(DomainError):
    """A part is to go out, and its kit is not out."""

    template = _(
        "{part} is a part of {kit}, which is paid for as a whole and is not out. "
        "Hand over the kit with it."
    )


class PartsStillOut(DomainError):
    """A kit is to come back, and parts of it are still out."""

    template = _(
        "{kit} comes back with its last part, and these are still out: {parts}. "
        "Tick them too, or take the kit back later."
    )
