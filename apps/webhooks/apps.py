"""Webhooks: what happened here, told to other systems by signed messages."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WebhooksConfig(AppConfig):
    """Owns subscriptions, messages and their deliveries."""

    name = "apps.webhooks"
    label = "webhooks"
    verbose_name = _("Webhooks")
