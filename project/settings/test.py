"""Settings of the test run."""

from project.settings.base import *  # noqa: F403  (a settings module extends its base)
from project.settings.base import CELERY_BROKER_TRANSPORT_OPTIONS as _TRANSPORT
from project.settings.base import INSTALLED_APPS as _APPS

# The tests read each other's cache otherwise.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
# A message of a killed worker comes back while the test still waits for it.
CELERY_BROKER_TRANSPORT_OPTIONS = {**_TRANSPORT, "visibility_timeout": 5}
SECRET_KEY = "a-key-for-tests-only"  # noqa: S105
FIELD_KEYS = ["a-key-for-tests-only"]
INSTALLED_APPS = [*_APPS, "django_migration_linter"]
ALLOWED_HOSTS = ["*"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
FORGOTTEN_SECONDS = 0
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
STATIC_ROOT = None
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
# The receivers of the tests are on this machine. What is refused is tested without this.
WEBHOOKS_ALLOW_LOOPBACK = True
