"""Webhooks: what happened here, told to other systems by signed messages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """Owns subscriptions, messages and the attempts to deliver them."""

    name = "apps.webhooks"
    label = "webhooks"
    verbose_name = _("Webhooks")

    def ready(self) -> None:
        """Hear of every deed, in its transaction."""
        from apps.audit import listeners  # noqa: PLC0415  (models can be imported only now)
        from apps.webhooks import outbox, withdrawing  # noqa: PLC0415  (as above)

        listeners.register(outbox.write)
        listeners.register(withdrawing.hear)
