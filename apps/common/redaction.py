"""What must not be read in a log, taken out of a text.

Too much is better taken out than too little: whoever reads the log has the time, the place and the
request's id, and looks up the rest where rights are checked.
"""

import re
from collections.abc import Callable
from functools import cache

from django.conf import settings

REMOVED = "[removed]"
_SHORTEST_KNOWN = 8
_SETTINGS = ("SECRET_KEY", "FIELD_KEYS", "EMAIL_HOST_PASSWORD")

_KEY = (
    r"(?:pass(?:word|wd|phrase)\w*|[\w-]*secret\w*|[\w-]*token|[\w-]*api[_-]?key|access[_-]?key"
    r"|private[_-]?key|code_verifier|otp\w*|[\w-]*recovery_codes?|session(?:id|_key)|field_keys"
    r"|sessionid|csrf\w*|__Host-\w+|iban)"
)
_VALUE = r"""(?:"[^"]*"|'[^']*'|\[[^\]]*\]|[^\s,;&)}\]"']+)"""
type _Replacement = str | Callable[[re.Match[str]], str]
_PATTERNS: tuple[tuple[re.Pattern[str], _Replacement], ...] = tuple(
    (re.compile(pattern, re.DOTALL), replacement)
    for pattern, replacement in (
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*KEY-----|\Z)", REMOVED),
        # Passwords inside addresses: postgres://name:password@host.
        (r"([A-Za-z][A-Za-z0-9+.-]*://[^\s:/@]*):[^\s@]+@", rf"\1:{REMOVED}@"),
        # Headers, as they are sent and as a dictionary shows them.
        (
            (
                r"(?i)\b((?:HTTP_)?(?:proxy-)?authorization|(?:HTTP_|set-)?cookie)"
                r"""(["']?\s*[:=]\s*["']?)[^"'\r\n]+"""
            ),
            rf"\1\2{REMOVED}",
        ),
        (r"(?i)\b(bearer|basic|dpop)\s+[A-Za-z0-9._~+/=-]{8,}", rf"\1 {REMOVED}"),
        # JSON Web Tokens, signing secrets of webhooks, and what Fernet made.
        (r"\beyJ[\w-]{4,}\.[\w-]*\.[\w-]*(?:\.[\w-]*)*", REMOVED),
        (r"\bwhsec_[A-Za-z0-9+/=_-]+", REMOVED),
        (r"\bgAAAAA[\w=-]{40,}", REMOVED),
        (rf"(?i)\b({_KEY})([\"']?\s*[=:]\s*){_VALUE}", rf"\1\2{REMOVED}"),
        # Links by which a password is chosen carry their right in the path.
        (r"(?i)(/password/(?:choose|reset/key)/)[^\s/\"']+", rf"\1{REMOVED}"),
        # The code of an authorization: `code` is also the name of harmless things.
        (r"(?i)([?&\s\"'(]|^)(code|state|nonce)=[^&\s\"',)]{6,}", rf"\1\2={REMOVED}"),
        # ISO 13616: country, check digits, up to thirty letters and digits, often in fours.
        (r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b", REMOVED),
    )
)


def redacted(text: str) -> str:
    """Return the text without secrets, tokens, cookies, passwords and bank details."""
    for known in _known(*(str(getattr(settings, name, "")) for name in _SETTINGS)):
        text = text.replace(known, REMOVED)
    for pattern, replacement in _PATTERNS:
        text = pattern.sub(replacement, text)
    return text


@cache
def _known(*_values: str) -> tuple[str, ...]:
    """Return the secrets of this installation, as long as the settings are the same."""
    found = [getattr(settings, name, "") for name in _SETTINGS]
    found += [settings.DATABASES.get("default", {}).get("PASSWORD", "")]
    flat = [text for value in found for text in (value if isinstance(value, list) else [value])]
    return tuple(text for text in flat if text and len(text) >= _SHORTEST_KNOWN)
