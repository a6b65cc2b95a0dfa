"""The page of the keys that sign access tokens."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display

from apps.common.admin import ReadOnlyAdmin, ReasonForm, StaffRequest, carry_out
from apps.common.secret_text import is_lost
from apps.programs import services as programs
from apps.programs.models import SigningKey

if TYPE_CHECKING:
    from unfold.dataclasses import ActionDialog

ROTATE: "ActionDialog" = {
    "title": _("Change the key"),
    "description": _(
        "A new key is published now and signs in an hour. The old one vouches for its tokens "
        "until the last of them has expired. Nobody notices. When the key can no longer be "
        "read, the new one signs at once."
    ),
    "form_class": ReasonForm,
    "form_submit_text": _("Change the key"),
}

LOST = _("cannot be read: change the key")


@admin.register(SigningKey)
class SigningKeyAdmin(ReadOnlyAdmin):
    """Keys, to read; the private parts are nowhere to be seen."""

    list_display = ("key_id", "standing", "created_at", "signs_from", "retired_at")
    fields = ("key_id", "standing", ("created_at", "signs_from", "retired_at"), "public_pem")
    readonly_fields = ("standing",)
    empty_text = _("No token was signed yet. The first one makes its key.")
    actions_list = ("rotate",)

    class Media:
        """What the public key needs beyond what every page has."""

        css: ClassVar = {"all": ("programs/programs.css",)}

    @display(
        description=_("standing"),
        label={
            _("published"): "info",
            _("in use"): "success",
            _("retired"): "danger",
            LOST: "danger",
        },
    )
    def standing(self, key: SigningKey) -> Any:
        """Say whether the key vouches for tokens."""
        now = timezone.now()
        if key.retired_at is not None and key.retired_at <= now:
            return _("retired")
        if is_lost(key, "private_pem"):
            return LOST
        return _("published") if key.signs_from > now else _("in use")

    def has_rotate_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Tell who may change the key."""
        return request.user.has_perm("programs.rotate_signingkey")

    @action(
        description=_("Change the key"), icon="autorenew", permissions=["rotate"], dialog=ROTATE
    )
    def rotate(self, request: StaffRequest, form: ReasonForm) -> HttpResponse:
        """Publish a new key."""
        reason = form.cleaned_data["reason"]
        return carry_out(
            request,
            form,
            ROTATE,
            lambda: programs.rotate_signing_keys(actor=request.user, reason=reason),
            success=_("A new key is published."),
            then=reverse("admin:programs_signingkey_changelist"),
        )
