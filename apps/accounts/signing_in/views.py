"""The pages that are ours: one's own account, its sessions, and the link of an invitation."""

from typing import TYPE_CHECKING, Any, cast

from allauth.account import views as account
from allauth.account.internal.flows.login import perform_password_login
from allauth.account.models import Login
from allauth.decorators import rate_limit
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes import views as codes_views
from allauth.mfa.webauthn import views as keys_views
from django.contrib import admin, messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.decorators import method_decorator
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from apps.accounts import services as accounts
from apps.accounts.errors import LinkDead
from apps.accounts.models import LinkPurpose, User
from apps.accounts.selectors import (
    lost_factors_of,
    must_show_second_factor,
    roles_of,
    sessions_of,
)
from apps.accounts.signing_in.browsers import name_of_browser
from apps.accounts.signing_in.forms import ChoosePasswordForm

if TYPE_CHECKING:
    from apps.common.admin import StaffRequest


@never_cache
def admin_login(request: HttpRequest, extra_context: Any = None) -> HttpResponse:  # noqa: ARG001
    """Lead strangers to the door, the staff to where they were going, and others to their page."""
    person = request.user
    where = request.GET.get(REDIRECT_FIELD_NAME, "")
    if not person.is_authenticated:
        page = reverse("account_login")
        return HttpResponseRedirect(
            f"{page}?{urlencode({REDIRECT_FIELD_NAME: where})}" if where else page
        )
    if not admin.site.has_permission(request):
        messages.info(request, _("The back office is for the staff. This is your own page."))
        return redirect("account_home")
    is_ours = url_has_allowed_host_and_scheme(where, {request.get_host()}, request.is_secure())
    return HttpResponseRedirect(where if where and is_ours else reverse("admin:index"))


def no_signup(_request: HttpRequest) -> HttpResponse:
    """Be no page: administrators add people."""
    raise Http404


@login_required
@never_cache
def home(request: HttpRequest) -> HttpResponse:
    """Show one's own account: second factors, recovery codes, password and sessions."""
    person = cast("User", request.user)
    enrolled = list(Authenticator.objects.filter(user=person).order_by("created_at", "pk"))
    codes = next((one for one in enrolled if one.type == Authenticator.Type.RECOVERY_CODES), None)
    factors = [one for one in enrolled if one is not codes]
    lost = lost_factors_of(person)
    are_lost = Authenticator.Type.RECOVERY_CODES in lost
    context = {
        "title": _("Your account"),
        "person": person,
        "roles": roles_of(person),
        "app": next((one for one in factors if one.type == Authenticator.Type.TOTP), None),
        "keys": [one for one in factors if one.type == Authenticator.Type.WEBAUTHN],
        "has_factor": bool(factors),
        "code_count": len(codes.wrap().get_unused_codes()) if codes and not are_lost else 0,
        "lost": lost,
        "has_codes": codes is not None,
        "must_enrol": not factors and must_show_second_factor(person),
        "session_count": sessions_of(person).count(),
    }
    return render(request, "accounts/home.html", context)


def recovery_codes(request: HttpRequest) -> HttpResponse:
    """Show the new recovery codes, once; those that can no longer be read are made anew."""
    if Authenticator.Type.RECOVERY_CODES in lost_factors_of(cast("User", request.user)):
        messages.error(request, _("Your recovery codes can no longer be read. Make new ones."))
        return redirect("account_home")
    page: HttpResponse = codes_views.view_recovery_codes(request)
    return page


@login_required
@never_cache
def sessions(request: HttpRequest) -> HttpResponse:
    """List one's own sessions; end one of them, or all the others."""
    person = cast("StaffRequest", request).user
    current = request.session.session_key or ""
    if request.method == "POST":
        only = request.POST.get("session", "")
        count = accounts.end_own_sessions(
            actor=person, but=current, only=int(only) if only.isdecimal() else None
        )
        if count:
            messages.success(request, _("They are signed out there."))
        return redirect("usersessions_list")
    rows = [
        {
            "session": one,
            "browser": name_of_browser(one.user_agent),
            "is_current": one.session_key == current,
        }
        for one in sessions_of(person)
    ]
    context = {"title": _("Your sessions"), "rows": rows, "person": person}
    return render(request, "accounts/sessions.html", context)


@method_decorator(transaction.atomic, name="post")
class ChangePasswordView(account.PasswordChangeView):
    """Changes one's own password, and records it in the same transaction."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Say so on the next page."""
        response: HttpResponse = super().form_valid(form)
        messages.success(self.request, _("Your password is changed."))
        return response


change_password = login_required(rate_limit(action="change_password")(ChangePasswordView.as_view()))


@rate_limit(action="reset_password_from_key")
@never_cache
@sensitive_post_parameters("password", "again")
@require_http_methods(["GET", "POST"])
def choose_password(request: HttpRequest, token: str) -> HttpResponse:
    """Let whoever came by a link choose a password, once."""
    try:
        link = accounts.link_of(token)
        form = ChoosePasswordForm(link.person, request.POST or None)
        if request.method == "POST" and form.is_valid():
            person = accounts.choose_password(token, password=form.cleaned_data["password"])
            return _come_in(request, person, purpose=link.purpose)
    except LinkDead:
        context = {"title": _("This link works no longer")}
        return render(request, "accounts/link_dead.html", context, status=410)
    is_invited = link.purpose == LinkPurpose.INVITATION
    return render(
        request,
        "accounts/choose_password.html",
        {
            "title": _("Choose your password"),
            "form": form,
            "person": link.person,
            "is_invited": is_invited,
        },
    )


def _come_in(request: HttpRequest, person: User, *, purpose: str) -> HttpResponse:
    """Sign in whoever was invited; a second factor that they have is asked for all the same."""
    if purpose != LinkPurpose.INVITATION or request.user.is_authenticated:
        messages.success(request, _("Your password is set. Sign in with it."))
        return redirect("account_login")
    response: HttpResponse = perform_password_login(
        request, {"email": person.email}, Login(user=person, email=person.email)
    )
    return response


class _KeyAgain(keys_views.ReauthenticateWebAuthnView):
    """Asks for a security key again, and once more when the answer is refused."""

    def form_invalid(self, form: Any) -> HttpResponse:
        """Say so here, where the way back is kept, and not on another page as allauth does."""
        return cast(
            "HttpResponse", self.render_to_response(self.get_context_data() | {"form": form})
        )


key_again = _KeyAgain.as_view()
