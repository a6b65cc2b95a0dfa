"""Which field of a request a refusal of a service is about.

Services name what is wrong and what to do, and do not know how the API calls its fields. A refusal
is put beside a field only when that field was sent, or when just that it was not sent is refused.
"""

import json
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from apps.api.errors import KEY_HEADER

if TYPE_CHECKING:
    from django.http import HttpRequest

UPLOADS = ("borrower_signature", "clerk_signature", "file", "files", "paper", "photos")
"""The parts of forms that are files; all other parts of a form lie in the JSON of `body`."""

_AMOUNT = ("amount", "value", "estimate", "findings")
_LINES = ("lines", "line", "findings")
SENT: Mapping[str, tuple[str, ...]] = {
    "accounts.suspension-in-the-past": ("until",),
    "approvals.colleague-cannot": ("to",),
    "approvals.terms-not-possible": ("terms",),
    "assets.period-backwards": ("ends_at",),
    "assets.tag-taken": ("tag",),
    "assets.tariff-in-other-currency": ("tariff", "value"),
    "common.file-refused": UPLOADS,
    "common.file-unreadable": ("file",),
    "common.unknown-currency": ("currency",),
    "wallets.amount-not-positive": ("amount",),
    "wallets.amount-too-large": ("amount",),
    "wallets.currency-mismatch": ("amount",),
    "wallets.direction-not-allowed": ("direction",),
    "wallets.evidence-missing": ("reason_code",),
    "wallets.hold-too-small": ("amount",),
    "wallets.hold-would-end": ("expires_at",),
    "wallets.insufficient-funds": ("amount",),
    "wallets.key-reused": (KEY_HEADER,),
    "wallets.reason-code-not-active": ("reason_code",),
    "wallets.system-wallet": ("wallet", "to_wallet"),
    "wallets.unknown-wallet": ("wallet", "to_wallet", "sold_wallet", "bought_wallet"),
    "wallets.zero-amount": ("amount",),
    "tickets.checklist-changed": _LINES,
    "tickets.claim-amount-invalid": _AMOUNT,
    "tickets.damage-invalid": _AMOUNT,
    "tickets.extension-over": ("ends_at",),
    "tickets.extension-too-short": ("ends_at",),
    "tickets.mention-ambiguous": ("body",),
    "tickets.mention-not-of-staff": ("body",),
    "tickets.mention-unknown": ("body",),
    "tickets.note-missing": _LINES,
    "tickets.on-ticket-already": ("asset",),
    "tickets.other-category": ("asset",),
    "tickets.other-currency": ("asset",),
    "tickets.photos-missing": _LINES,
    "tickets.stale-page": ("seen_version",),
    "tickets.terms-widen": ("terms",),
    "tickets.too-many-photos": _LINES,
    "tickets.unanswered": _LINES,
    "tickets.unknown-line": _LINES,
    "webhooks.scope-missing": ("events",),
    "webhooks.unknown-events": ("events",),
    "webhooks.url-refused": ("url",),
}
"""By the names of problems: the first of these that was sent is what the refusal is about."""
MISSING: Mapping[str, str] = {
    "accounts.words-missing": "reason",
    "approvals.reason-missing": "reason",
    "wallets.reason-missing": "reason",
    "tickets.claim-needs-words": "description",
    "tickets.comment-empty": "body",
    "tickets.nothing-approved": "terms",
    "tickets.reason-missing": "reason",
    "tickets.signatures-missing": "paper",
    "webhooks.no-events": "events",
}
"""What these say is missing."""


def field_of(problem: str, request: "HttpRequest") -> str:
    """Return the field that a problem of this name is about; nothing when it is about none."""
    if name := MISSING.get(problem):
        return name
    wanted = SENT.get(problem, ())
    sent = _names_sent(request) if wanted else ()
    return next((name for name in wanted if name in sent), "")


def pointer_to(field: str, request: "HttpRequest") -> str | None:
    """Return the place of a field in the JSON of the body; None when it lies elsewhere.

    As a fragment of an address (RFC 6901, section 6).
    """
    is_form = request.content_type == "multipart/form-data"
    if request.method not in {"POST", "PATCH"} or (is_form and "body" not in request.POST):
        return None
    steps = re.findall(r"[^.\[\]]+", field)
    place = request.resolver_match.kwargs if request.resolver_match else {}
    if not steps or steps[0] in {*place, *request.GET, *UPLOADS, KEY_HEADER}:
        return None
    if steps == ["body"] and "body" not in _body_of(request):
        # The body as a whole.
        return "#"
    escaped = (step.replace("~", "~0").replace("/", "~1") for step in steps)
    return "/".join(["#", *escaped])


def _names_sent(request: "HttpRequest") -> set[str]:
    body = _body_of(request)
    parts = request.FILES if request.content_type == "multipart/form-data" else ()
    return {*body, *parts, *request.GET, KEY_HEADER}


def _body_of(request: "HttpRequest") -> Mapping[str, Any]:
    """Return the JSON object that came along; an empty one where none did."""
    is_form = request.content_type == "multipart/form-data"
    try:
        read = json.loads(request.POST.get("body", "{}") if is_form else request.body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return read if isinstance(read, Mapping) else {}
