"""What a check of the books is refused for."""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class NoCheckpoint(DomainError):
    """A check cannot begin there."""

    template = _(
        "No sealed checkpoint was kept at seal {number}; seals with one: {known}. "
        "Name one of these, or check everything."
    )
