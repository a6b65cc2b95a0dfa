"""The person’s own list of programs that they let in, each with a button that ends it."""

from typing import TYPE_CHECKING, cast

from django.contrib import admin
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from apps.common.admin import rules_as_messages
from apps.programs import services as programs
from apps.programs.models import Consent
from apps.programs.selectors import consents_of, in_words

if TYPE_CHECKING:
    from apps.accounts.models import User


@login_required
@never_cache
@require_safe
def my_programs(request: HttpRequest) -> HttpResponse:
    """Show which programs the person lets in, and how far."""
    person = cast("User", request.user)
    consents = [(consent, in_words(consent.allowed_scopes)) for consent in consents_of(person)]
    return render(
        request,
        "programs/my_programs.html",
        {
            **admin.site.each_context(request),
            "title": _("Programs you let in"),
            "consents": consents,
        },
    )


@login_required
@require_POST
def withdraw(request: HttpRequest, consent_id: int) -> HttpResponse:
    """End one of them."""
    person = cast("User", request.user)
    try:
        with rules_as_messages(request, success=_("The program is not let in any more.")):
            programs.withdraw(consent_id, actor=person)
    except Consent.DoesNotExist:
        raise Http404 from None
    return HttpResponseRedirect(reverse("oauth_consents"))
