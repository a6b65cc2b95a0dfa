"""Programs that use the API: who they are, what they may, and the tokens that say so."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgramsConfig(AppConfig):
    """Owns `programs` and the keys that sign their tokens."""

    name = "apps.programs"
    label = "programs"
    verbose_name = _("Programs")
