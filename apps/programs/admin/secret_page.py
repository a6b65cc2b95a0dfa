"""The page that shows a secret, once."""

from typing import TYPE_CHECKING

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from apps.common.secret_text import SecretUnreadable, lock_away, unlock
from apps.programs.models import Program

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest

SECRET_PAGE = "admin:programs_program_secret"  # noqa: S105  (the name of a page)
_KEPT = "secrets_of_programs"


def keep_for_next_page(request: "HttpRequest", program_id: int, secret: str) -> None:
    """Keep a secret for the page that shows it; the session holds it encrypted until then."""
    kept = request.session.get(_KEPT, {})
    request.session[_KEPT] = {**kept, str(program_id): lock_away(secret)}


@never_cache
@require_GET
def secret_view(request: "HttpRequest", program_id: int, site: "AdminSite") -> HttpResponse:
    """Show the secret that the last page made, and forget it."""
    if not request.user.has_perm("programs.change_program"):
        raise PermissionDenied
    program = get_object_or_404(Program, pk=program_id)
    kept = dict(request.session.get(_KEPT, {}))
    secret = _opened(kept.pop(str(program_id), None))
    if secret is None:
        messages.warning(request, _("A secret is shown once. Make a new one if it was lost."))
        return HttpResponseRedirect(reverse("admin:programs_program_change", args=(program_id,)))
    request.session[_KEPT] = kept
    page = {
        **site.each_context(request),
        "title": _("The secret of {program}").format(program=program.name),
        "program": program,
        "secret": secret,
        "opts": Program._meta,
    }
    return render(request, "programs/secret.html", page)


def _opened(locked: str | None) -> str | None:
    try:
        return unlock(locked) if locked else None
    except SecretUnreadable:
        return None
