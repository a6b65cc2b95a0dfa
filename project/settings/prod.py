"""Settings behind the proxy; a missing secret stops the start."""

import sys

from project.settings.base import *  # noqa: F403  (a settings module extends its base)
from project.settings.base import FIELD_KEYS as _FIELD_KEYS
from project.settings.base import LOGGING as _LOGGING
from project.settings.base import SECRET_KEY as _SECRET_KEY
from project.settings.base import env
from project.settings.storage import files_of

_missing = [
    name
    for name, value in {
        "DATABASE_URL": env.database_url,
        "REDIS_URL": env.redis_url,
        "ASSETS_SECRET_KEY": _SECRET_KEY,
        "ASSETS_FIELD_KEYS": _FIELD_KEYS,
    }.items()
    if not value
]
if _missing:
    sys.stderr.write(f"{', '.join(_missing)}: not set. Production does not start without them.\n")
    raise SystemExit(2)

if env.assets_second_factor != "required":
    sys.stderr.write("ASSETS_SECOND_FACTOR: production starts only with “required”.\n")
    raise SystemExit(2)

LOGGING = {
    **_LOGGING,
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
}
# nginx sends report files itself, from the location of this name; what lies in a bucket comes
# through the application.
INTERNAL_REDIRECT = "" if env.assets_s3_bucket else "/protected/"
SECURE_SSL_REDIRECT = True
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_HSTS_SECONDS = 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = True
SECURE_HSTS_PRELOAD = True
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_NAME = "__Host-session"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_TRUSTED_ORIGINS = [env.assets_base_url]
STORAGES = {
    "default": files_of(env),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
