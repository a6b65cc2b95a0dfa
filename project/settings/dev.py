"""Settings of the one-command start on one's own machine."""

from project.settings.base import *  # noqa: F403  (a settings module extends its base)
from project.settings.base import FIELD_KEYS as _FIELD_KEYS
from project.settings.base import SECRET_KEY as _SECRET_KEY
from project.settings.base import env

DEBUG = env.assets_debug
SECRET_KEY = _SECRET_KEY or "a-key-for-one-machine-only-that-production-refuses"
FIELD_KEYS = _FIELD_KEYS or ["a-key-for-one-machine-only-that-production-refuses"]
# The demo people have passwords only; on a machine of one's own that is enough, unless asked for.
IS_SECOND_FACTOR_REQUIRED = (
    "assets_second_factor" in env.model_fields_set and env.assets_second_factor == "required"
)
# Static files are served from where they lie in the packages.
STATIC_ROOT = None
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WEBHOOKS_ALLOW_LOOPBACK = DEBUG
