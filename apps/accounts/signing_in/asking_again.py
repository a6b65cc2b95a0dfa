"""Pages whose deed was refused for an old sign-in lead to the step-up, however they took it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.accounts import step_up
from apps.accounts.signing_in import stepping_up
from apps.audit.context import origin
from apps.audit.models import Source
from apps.common.admin import kept
from apps.common.errors import RecentSignInNeeded


class StepUpMiddleware:
    """Answers a refusal of `step_up.require` in the back office by the pages that ask again.

    Some pages say refusals beside the form, some as messages, some answer 403; here all do the
    same. The API answers for itself.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, or ask first who it is."""
        if origin().source != Source.ADMIN:
            return self.get_response(request)
        with step_up.refusals_noted() as refusals:
            response = self.get_response(request)
        return _ask(request, refusals) if refusals else response


def _ask(request: HttpRequest, refusals: list[RecentSignInNeeded]) -> HttpResponse:
    said = {refusal.message for refusal in refusals}
    for message in messages.get_messages(request):
        if message.message not in said:
            messages.add_message(request, message.level, message.message)
    back = kept.page_of(request)
    if kept.keep(request):
        text = _("Show once more who you are. What you typed is kept.")
    else:
        text = _("Show once more who you are. What you typed is not kept: type it again then.")
    messages.info(request, text)
    to = stepping_up.address(back or reverse("admin:index"))
    if kept.is_dialog(request):
        return HttpResponse(headers={"HX-Redirect": to})
    return HttpResponseRedirect(to)
