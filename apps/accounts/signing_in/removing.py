"""Adding and removing second factors: one at a time, and the last one of who needs one stays.

allauth asks whether an app may go, and of a key it does not ask; it locks nothing for either, so
that of two factors removed at the same moment each would see the other one still there.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from allauth.mfa.adapter import get_adapter
from allauth.mfa.webauthn import views as keys
from django import forms
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.accounts.selectors import factors_of
from apps.audit import services as audit
from apps.audit.models import Outcome

type View = Callable[..., HttpResponse]


def one_at_a_time(view: View) -> View:
    """Let whoever changes their second factors wait for what else changes them."""

    @wraps(view)
    def changing(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **options)
        with transaction.atomic():
            # Resets of second factors lock the same row.
            people = User.objects.select_for_update(of=("self",), no_key=True)
            people.get(pk=request.user.pk)
            return view(request, *args, **options)

    return changing


def removes(view: View) -> View:
    """Let a factor go, one at a time, and record it when it had to stay."""

    def removing(request: HttpRequest, *args: Any, **options: Any) -> HttpResponse:
        person = cast("User", request.user)
        before = factors_of(person)
        response = view(request, *args, **options)
        if request.method == "POST" and person.is_authenticated and factors_of(person) == before:
            audit.record(
                "accounts.second_factor_removed",
                actor=person,
                target=person,
                reason=_("It is the only second factor, and the roles of the person need one."),
                outcome=Outcome.DENIED,
            )
        return response

    return one_at_a_time(wraps(view)(removing))


class RemoveKeyForm(forms.Form):
    """Asks nothing, and says beforehand when the key has to stay."""

    def __init__(self, *args: Any, key: Any, **options: Any) -> None:
        """Keep which key it is."""
        super().__init__(*args, **options)
        self.key = key

    def clean(self) -> dict[str, Any]:
        """Refuse the last factor of somebody who needs one, as of an app."""
        adapter = get_adapter()
        if not adapter.can_delete_authenticator(self.key):
            raise adapter.validation_error("cannot_delete_authenticator")
        return super().clean() or {}


class RemoveKeyView(keys.RemoveWebAuthnView):
    """Removes a security key, as long as another factor stays or none is needed."""

    form_class = RemoveKeyForm

    def get_form_kwargs(self) -> dict[str, Any]:
        """Have the form look at once whether the key may go."""
        options = cast("dict[str, Any]", super().get_form_kwargs())
        options.pop("instance", None)
        return {"data": {}, **options, "key": self.object}


remove_key = removes(RemoveKeyView.as_view())
