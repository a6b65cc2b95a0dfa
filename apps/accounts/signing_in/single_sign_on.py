"""Single sign-on: a provider of the office vouches for people whom we know already.

People are known by (provider, subject). The first time a verified e-mail leads to the person, and
from then on only the subject does: who gets the e-mail of somebody else later gets no account.
Nobody is created here; an administrator invites people.
"""

import time
from typing import TYPE_CHECKING, Any, NoReturn, cast

from allauth.account.adapter import get_adapter as get_account_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.signals import user_logged_in
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin
from allauth.socialaccount.providers.base import AuthError, AuthProcess
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView, OAuth2LoginView
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from requests import RequestException

from apps.accounts.models import User
from apps.accounts.sign_in import refuse
from apps.accounts.signing_in.identity import (
    CLOCKS_DIFFER,
    AnswerRefused,
    IdentityAdapter,
    has_second_factor,
)
from apps.audit import services as audit
from apps.audit.context import AUTHENTICATED_AT

if TYPE_CHECKING:
    from collections.abc import Callable

SECOND_FACTOR_AT = "second_factor_at"
"""Where a session keeps when its person last showed a second factor, as ISO 8601 text."""


class SingleSignOnAdapter(DefaultSocialAccountAdapter):
    """Where allauth asks us about people who come from the provider."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:  # noqa: ARG002
        """Let nobody open an account for themselves."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Let only people in whom we know, and only on an answer to our own question.

        Raises:
            ImmediateHttpResponse: a page that says why not.
        """
        claims = _claims_of(request, sociallogin)
        person = _person_of(request, sociallogin)
        if not person.is_active:
            _turn_away(request, _("The account is deactivated."), person)
        if sociallogin.state.get("process") == AuthProcess.REDIRECT:
            _shown_again(request, sociallogin, person, claims)
            return
        if request.user.is_authenticated:
            get_account_adapter(request).logout(request)
        if has_second_factor(claims):
            # Read by whoever decides whether this session still owes a second factor.
            record_authentication(request, person, "mfa", type="single_sign_on")

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,  # noqa: ARG002
        error: str = AuthError.UNKNOWN,
        exception: Exception | None = None,
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002
    ) -> None:
        """Write down what failed, and say it without the details.

        Raises:
            ImmediateHttpResponse: the page.
        """
        if error == AuthError.CANCELLED:
            why = _("The sign-in at the provider was cancelled.")
        else:
            why = _("The answer of the provider is not valid.")
        # Other errors may quote the provider’s answer, with the tokens in it.
        details = str(exception) if isinstance(exception, AnswerRefused) else ""
        refuse("", None, f"{why} {details}".strip())
        raise ImmediateHttpResponse(_page(request, why, status=401))


def _claims_of(request: HttpRequest, sociallogin: SocialLogin) -> dict[str, Any]:
    """Return the claims of the ID token, which answers the question of this session."""
    claims: dict[str, Any] | None = getattr(sociallogin, "claims", None)
    asked = (sociallogin.state.get("data") or {}).get("nonce")
    if claims is None or not asked:
        _turn_away(request, _("The answer of the provider is not valid."), None)
    if not constant_time_compare(str(claims.get("nonce", "")), asked):
        _turn_away(request, _("The answer of the provider is for another sign-in."), None)
    return claims


def _person_of(request: HttpRequest, sociallogin: SocialLogin) -> User:
    """Return the person of the subject; the first time the verified e-mail finds them."""
    if sociallogin.account.pk:
        return cast("User", sociallogin.user)
    described: dict[str, Any] = sociallogin.described
    email = str(described.get("email") or "").lower()
    verified = described.get("email_verified")
    if not email or not (verified is True or verified == "true"):
        _turn_away(request, _("The provider does not vouch for an e-mail."), None, email)
    person = User.objects.filter(email=email, is_system=False, is_program=False).first()
    if person is None:
        _turn_away(request, _("Nobody signs in with this e-mail."), None, email)
    if not person.is_active:
        _turn_away(request, _("The account is deactivated."), person)
    _link(request, sociallogin, person)
    return person


def _link(request: HttpRequest, sociallogin: SocialLogin, person: User) -> None:
    account = sociallogin.account
    with transaction.atomic():
        # Two first sign-ins at once are two links: the second waits here for the first.
        User.objects.select_for_update(of=("self",), no_key=True).get(pk=person.pk)
        linked = SocialAccount.objects.filter(user=person, provider=account.provider).first()
        if linked is None:
            account.user = person
            account.save()
            audit.record("accounts.single_sign_on_linked", actor=person, target=person)
        elif linked.uid != account.uid:
            account = None
    if account is None:
        _turn_away(request, _("The e-mail belongs to another account of the provider."), person)
    sociallogin.user = person


def _shown_again(
    request: HttpRequest, sociallogin: SocialLogin, person: User, claims: dict[str, Any]
) -> None:
    """Note that somebody who is signed in has just signed in at the provider anew."""
    if request.user != person:
        _turn_away(request, _("This is the account of somebody else."), person)
    at = claims.get("auth_time")
    oldest = time.time() - settings.STEP_UP_SECONDS - CLOCKS_DIFFER
    if not isinstance(at, (int, float)) or at < oldest:
        _turn_away(request, _("The sign-in at the provider was too long ago."), person)
    record_authentication(
        request,
        person,
        "socialaccount",
        provider=sociallogin.account.provider,
        uid=sociallogin.account.uid,
        reauthenticated=True,
    )


def _turn_away(request: HttpRequest, why: str, person: User | None, email: str = "") -> NoReturn:
    refuse(person.email if person else email, person, why)
    raise ImmediateHttpResponse(_page(request, why, status=403))


def _page(request: HttpRequest, why: str, *, status: int) -> HttpResponse:
    return render(request, "accounts/single_sign_on_refused.html", {"why": why}, status=status)


@receiver(user_logged_in)
def marked(
    request: HttpRequest, user: User, sociallogin: SocialLogin | None = None, **_signal: Any
) -> None:
    """Keep in the session that the provider saw a second factor."""
    if (
        sociallogin is not None
        and user == sociallogin.user
        and has_second_factor(sociallogin.claims)
    ):
        now = timezone.now().isoformat()
        request.session[AUTHENTICATED_AT] = request.session[SECOND_FACTOR_AT] = now


def _as_view(kind: "type[OAuth2LoginView | OAuth2CallbackView]") -> "Callable[..., HttpResponse]":
    @never_cache
    def view(request: HttpRequest, provider_id: str) -> HttpResponse:
        adapter = IdentityAdapter(request, provider_id)
        try:
            adapter.get_provider()
        except SocialApp.DoesNotExist:
            raise Http404 from None
        return _asked(request, lambda: kind.adapter_view(adapter)(request))

    return view


def _asked(request: HttpRequest, ask: "Callable[[], HttpResponse]") -> HttpResponse:
    """Return where the provider is asked, or say that it does not answer."""
    try:
        return ask()
    except RequestException:
        why = _("The provider does not answer. Try again in a few minutes.")
        refuse("", None, why)
        return _page(request, why, status=503)


login = _as_view(OAuth2LoginView)
callback = _as_view(OAuth2CallbackView)


@never_cache
@login_required
def again(request: HttpRequest) -> HttpResponse:
    """Lead somebody who is signed in to the provider, to sign in there anew."""
    account = SocialAccount.objects.filter(user=request.user).first()
    if account is None:
        raise Http404
    provider = account.get_provider(request)
    back = get_next_redirect_url(request)
    return _asked(request, lambda: provider.redirect(request, AuthProcess.REDIRECT, next_url=back))
