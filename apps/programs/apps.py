"""Programs that use the API: who they are, what they may, and the tokens that say so."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProgramsConfig(AppConfig):
    """Owns `programs` and the keys that sign their tokens."""

    name = "apps.programs"
    label = "programs"
    verbose_name = _("Programs")

    def ready(self) -> None:
        """Hear when people are shown the door, in the transaction of that."""
        from apps.audit import listeners  # noqa: PLC0415  (models can be imported only now)
        from apps.programs import ending  # noqa: PLC0415  (as above)

        listeners.register(ending.hear)
