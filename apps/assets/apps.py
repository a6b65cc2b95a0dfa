"""The asset register: what there is, whose it is, what it costs and when it is taken."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AssetsConfig(AppConfig):
    """Owns assets, categories, tariffs and reservations."""

    name = "apps.assets"
    label = "assets"
    verbose_name = _("Assets")
