"""What is done to a program from its page: dialogs, each shown to who may use it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from apps.common.admin import (
    HistoryAdmin,
    PageDialogs,
    ReasonForm,
    StaffRequest,
    dangerous,
)
from apps.programs import services as programs
from apps.programs.admin.forms import RotateSecretForm
from apps.programs.admin.secret_page import SECRET_PAGE, keep_for_next_page
from apps.programs.models import Program
from apps.programs.states import Kind

if TYPE_CHECKING:
    from unfold.dataclasses import ActionDialog

SECRET: "ActionDialog" = {
    "title": _("New secret"),
    "description": _(
        "The new secret is shown once, on the next page. The old one still holds for 24 hours."
    ),
    "form_class": RotateSecretForm,
    "form_submit_text": _("Make a new secret"),
}
REVOKE = dangerous(
    {
        "title": _("Revoke all tokens"),
        "description": _(
            "Everything that it was given is dead at once. People have to let it in anew."
        ),
        "form_class": ReasonForm,
        "form_submit_text": _("Revoke all tokens"),
    }
)
DEACTIVATE = dangerous(
    {
        "title": _("Deactivate"),
        "description": _("The program is out at once, with all its tokens. What it did stays."),
        "form_class": ReasonForm,
        "form_submit_text": _("Deactivate"),
    }
)
REACTIVATE: "ActionDialog" = {
    "title": _("Reactivate"),
    "description": _("The program may ask for tokens again. The old ones stay dead."),
    "form_class": ReasonForm,
    "form_submit_text": _("Reactivate"),
}


class ProgramActions(PageDialogs, HistoryAdmin):
    """The dialogs of a program’s page."""

    actions_detail = ("rotate_secret", "revoke_tokens", "reactivate", "deactivate")

    def has_secret_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may give a new secret to a program that keeps one."""
        return self._may(
            request, obj, lambda one: one.is_active and one.client_type == Kind.CONFIDENTIAL
        )

    def has_active_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may switch off a program that is on."""
        return self._may(request, obj, lambda one: one.is_active)

    def has_inactive_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may switch on a program that is off."""
        return self._may(request, obj, lambda one: not one.is_active)

    def _may(self, request: HttpRequest, obj: Any, fits: Callable[[Program], bool]) -> bool:
        """Tell whether the button is shown; the service asks again."""
        if not request.user.has_perm("programs.change_program"):
            return False
        program = self._program(request, obj)
        return program is None or fits(program)

    def _program(self, request: HttpRequest, obj: Any) -> Program | None:
        """Return the program of the page."""
        return cast("Program | None", self.row_of(request, obj))

    @action(description=_("New secret"), icon="key", permissions=["secret"], dialog=SECRET)
    def rotate_secret(
        self, request: StaffRequest, form: RotateSecretForm, object_id: str
    ) -> HttpResponse:
        """Give the program a new secret, and show it."""
        typed = form.cleaned_data

        def deed(program_id: int) -> None:
            secret = programs.rotate_secret(
                program_id, reason=typed["reason"], at_once=typed["at_once"], actor=request.user
            )
            keep_for_next_page(request, program_id, secret)

        return self.do(
            request,
            form,
            object_id,
            SECRET,
            deed,
            success=_("The program has a new secret."),
            then=SECRET_PAGE,
        )

    @action(
        description=_("Revoke all tokens"),
        icon="link_off",
        variant=ActionVariant.DANGER,
        permissions=["active"],
        dialog=REVOKE,
    )
    def revoke_tokens(
        self, request: StaffRequest, form: ReasonForm, object_id: str
    ) -> HttpResponse:
        """Kill every token of the program."""
        return self.do_with_reason(
            request,
            form,
            object_id,
            dialog=REVOKE,
            service=programs.revoke_tokens,
            success=_("Every token of the program is dead."),
        )

    @action(description=_("Reactivate"), icon="undo", permissions=["inactive"], dialog=REACTIVATE)
    def reactivate(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Let the program in again."""
        return self.do_with_reason(
            request,
            form,
            object_id,
            dialog=REACTIVATE,
            service=programs.reactivate_program,
            success=_("The program is active."),
        )

    @action(
        description=_("Deactivate"),
        icon="block",
        variant=ActionVariant.DANGER,
        permissions=["active"],
        dialog=DEACTIVATE,
    )
    def deactivate(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Keep the program out."""
        return self.do_with_reason(
            request,
            form,
            object_id,
            dialog=DEACTIVATE,
            service=programs.deactivate_program,
            success=_("The program is deactivated."),
        )
