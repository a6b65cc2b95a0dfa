"""The page on which a person lets a program in, or does not; nothing is remembered beyond."""

from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from csp.decorators import csp_update
from django.contrib import admin
from django.contrib.auth.mixins import LoginRequiredMixin
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views import View
from django.views.decorators.cache import never_cache
from oauth2_provider.settings import oauth2_settings

from apps.audit import services as audit
from apps.audit.models import Outcome
from apps.programs.models import LOOPBACKS
from apps.programs.oauth.core import Asked, NotSafeToRedirect, ProgramCore, SendBack
from apps.programs.selectors import in_words

if TYPE_CHECKING:
    from apps.accounts.models import User


@method_decorator(never_cache, name="dispatch")
class ConsentView(LoginRequiredMixin, View):
    """Asks each time: who asks, for what, and where it goes.

    What the program wants is read from the address, when the page is drawn and again when the
    person answers; the form says only yes or no.
    """

    http_method_names = ["get", "post"]

    def dispatch(self, request: HttpRequest, *args: Any, **options: Any) -> HttpResponseBase:
        """Say what is wrong with the program’s request: to the program if that is safe."""
        if not request.user.is_authenticated:
            return self.handle_no_permission()
        try:
            return super().dispatch(request, *args, **options)
        except NotSafeToRedirect as wrong:
            page = {"title": _("This program cannot be let in"), "wrong": wrong}
            return _page(request, "programs/refused.html", page, status=400)
        except SendBack as back:
            return HttpResponseRedirect(back.location)

    def get(self, request: HttpRequest) -> HttpResponseBase:
        """Ask."""
        asked = ProgramCore().asked(request)
        page = {
            "title": _("Let a program in"),
            "program": asked.program,
            "words": in_words(asked.scopes),
            "goes_to": urlsplit(asked.redirect_uri).netloc,
            "is_here": urlsplit(asked.redirect_uri).hostname in LOOPBACKS,
            "hours": oauth2_settings.REFRESH_TOKEN_EXPIRE_SECONDS // 3600,
        }
        return _leading_to(asked, request, _page(request, "programs/consent.html", page))

    def post(self, request: HttpRequest) -> HttpResponse:
        """Send the person back to the program, with a code or a no."""
        core = ProgramCore()
        asked = core.asked(request)
        person = cast("User", request.user)
        with transaction.atomic():
            if request.POST.get("answer") == "yes":
                location = core.let_in(request, asked, person=person)
            else:
                location = core.turned_away(asked)
                audit.record(
                    "programs.consent_refused",
                    actor=person,
                    target=asked.program,
                    after={"scopes": asked.scopes},
                    outcome=Outcome.DENIED,
                )
        return HttpResponseRedirect(location)


def _page(
    request: HttpRequest, template: str, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    return render(request, template, {**admin.site.each_context(request), **context}, status=status)


def _leading_to(asked: Asked, request: HttpRequest, page: HttpResponse) -> HttpResponseBase:
    """Let the form of the page end at the program: browsers hold redirects to `form-action`."""
    parts = urlsplit(asked.redirect_uri)
    sources = ["'self'", f"{parts.scheme}://{parts.netloc}"]

    @csp_update({"form-action": sources})
    def opened(_request: HttpRequest) -> HttpResponse:
        return page

    return opened(request)
