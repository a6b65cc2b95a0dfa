"""What every part shares: errors, lifecycle, money and the admin's base classes; no models."""

from django.apps import AppConfig


class CommonConfig(AppConfig):
    """Holds no table, so that every other app may build on it."""

    name = "apps.common"
    label = "common"
