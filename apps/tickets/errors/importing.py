"""What an import of open loans refuses."""

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError


class NotOutYet(DomainError):
    """A loan that is taken over must have begun."""

    template = _("It was handed over on {at}, which has not come. Only open loans are taken over.")


class LoansImportedAlready(DomainError):
    """The file went in before."""

    template = _("“{file}” was imported on {at} already; nothing was imported a second time.")
