"""What browsers are told to refuse, and what uploads have to pass."""

from typing import Any
from urllib.parse import urlsplit

from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE

from project.settings.env import read

_env = read()
CLAMD = _env.assets_clamd

# A form that leads to single sign-on ends at the provider, and browsers follow `form-action` there.
_provider = urlsplit(_env.assets_sso_url)
_PROVIDERS = [f"{_provider.scheme}://{_provider.netloc}"] if _provider.netloc else []

_NOTHING = {
    "default-src": [NONE],
    "base-uri": [NONE],
    "form-action": [NONE],
    "frame-ancestors": [NONE],
}
# Alpine, on which Unfold stands, makes functions out of attributes, and Unfold's pages have styles
# in attributes. Neither lets a script of somebody else's run.
_PAGES = {
    **_NOTHING,
    "default-src": [SELF],
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:", "blob:"],
    "object-src": [NONE],
    "form-action": [SELF, *_PROVIDERS],
}
_DOCUMENTATION = {
    **_NOTHING,
    "default-src": [SELF],
    "style-src": [SELF, UNSAFE_INLINE],
    "img-src": [SELF, "data:"],
    "object-src": [NONE],
}

# What no prefix below names (the API, answers for machines, files) needs nothing at all.
CONTENT_SECURITY_POLICY: dict[str, Any] = {"DIRECTIVES": _NOTHING}
CONTENT_SECURITY_POLICIES: dict[str, dict[str, Any]] = {
    "/admin/": _PAGES,
    "/accounts/": _PAGES,
    "/oauth/": _PAGES,
    "/api/v1/docs": _DOCUMENTATION,
}
"""By the beginning of the path; `apps.common.headers` chooses."""

_FEATURES = (
    *("accelerometer", "autoplay", "display-capture", "encrypted-media"),
    *("geolocation", "gyroscope", "hid", "magnetometer", "microphone", "midi", "payment"),
    *("screen-wake-lock", "serial", "usb", "xr-spatial-tracking"),
)
# The desk scans with the camera, and a second factor may be a key of the device.
_OURS = ("camera", "publickey-credentials-create", "publickey-credentials-get")
PERMISSIONS_POLICY = ", ".join(
    [*(f"{feature}=()" for feature in _FEATURES), *(f"{feature}=(self)" for feature in _OURS)]
)

CSRF_FAILURE_VIEW = "project.failing.csrf_failure"
# Not in a cookie of its own, which could not be bound to this host.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
