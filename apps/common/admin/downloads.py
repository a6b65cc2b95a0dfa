"""Files that a dialog asks for.

A dialog cannot answer with a file. It records the deed and sends the browser to an address that is
signed for this person and what they asked for, and that expires within a minute.
"""

from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from apps.common.admin.base import StaffRequest

LASTS = timedelta(minutes=1)


def begin_download(
    request: "StaffRequest", to: str, *, salt: str, promise: "Mapping[str, Any]"
) -> HttpResponse:
    """Close the dialog, and let the browser fetch from the page `to` what was promised."""
    token = signing.dumps({**promise, "for": request.user.pk}, salt=salt)
    address = f"{resolve_url(to)}?{urlencode({'token': token})}"
    return render(request, "common/download.html", {"download": address})


def promised(request: "StaffRequest", *, salt: str) -> dict[str, Any]:
    """Return what was promised to this person a moment ago.

    Raises:
        PermissionDenied: the minute is over, or it was promised to somebody else.
    """
    try:
        promise: dict[str, Any] = signing.loads(
            request.GET.get("token", ""), salt=salt, max_age=LASTS
        )
    except signing.BadSignature:
        raise PermissionDenied(_("This download has expired. Export again.")) from None
    if promise["for"] != request.user.pk:
        raise PermissionDenied
    return promise
