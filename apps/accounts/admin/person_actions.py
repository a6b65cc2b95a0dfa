"""What is done to a person from their page: dialogs, each shown to who may use it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from apps.accounts import services as accounts
from apps.accounts.admin.forms import ChangeRolesForm, SuspendForm
from apps.accounts.models import User
from apps.common.admin import (
    DialogForm,
    HistoryAdmin,
    PageDialogs,
    ReasonForm,
    StaffRequest,
    dangerous,
)

if TYPE_CHECKING:
    from unfold.dataclasses import ActionDialog

ROLES: "ActionDialog" = {
    "title": _("Change roles"),
    "description": _("From now on the person may do what these roles may do, and nothing else."),
    "form_class": ChangeRolesForm,
    "form_submit_text": _("Change roles"),
}
LINK: "ActionDialog" = {
    "title": _("Send a link by e-mail"),
    "description": _(
        "The person chooses a password with it. It works once, for 72 hours; an older link dies. "
        "Their second factor stays."
    ),
    "form_class": DialogForm,
    "form_submit_text": _("Send the link"),
}
SESSIONS = dangerous(
    {
        "title": _("End all sessions"),
        "description": _("The person is signed out everywhere at once, and may sign in again."),
        "form_class": ReasonForm,
        "form_submit_text": _("End all sessions"),
    }
)
DEACTIVATE = dangerous(
    {
        "title": _("Deactivate"),
        "description": _("The person is signed out and may do nothing. What they did stays."),
        "form_class": ReasonForm,
        "form_submit_text": _("Deactivate"),
    }
)
REACTIVATE: "ActionDialog" = {
    "title": _("Reactivate"),
    "description": _("The person may sign in again, with the roles that they had."),
    "form_class": ReasonForm,
    "form_submit_text": _("Reactivate"),
}
SUSPEND = dangerous(
    {
        "title": _("Suspend from borrowing"),
        "description": _("The person may not borrow until then. What is on loan stays as it is."),
        "form_class": SuspendForm,
        "form_submit_text": _("Suspend"),
    }
)
LIFT: "ActionDialog" = {
    "title": _("Lift the suspension"),
    "description": _("The person may borrow again at once."),
    "form_class": ReasonForm,
    "form_submit_text": _("Lift suspension"),
}


class PersonActions(PageDialogs, HistoryAdmin):
    """The dialogs of a person's page; nobody finds one for themselves."""

    actions_detail: tuple[str, ...] = (
        "change_roles",
        "invite",
        "end_sessions",
        "suspend",
        "lift_suspension",
        "reactivate",
        "deactivate",
    )

    def has_roles_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may give and take roles; not their own."""
        return self._may(request, "accounts.change_roles", obj)

    def has_link_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may let another person choose a password; nobody signs in as a program."""
        return self._may(
            request,
            "accounts.change_user",
            obj,
            lambda one: one.is_active and not one.is_program,
        )

    def has_sessions_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may sign another person out."""
        return self._may(request, "accounts.deactivate_user", obj, lambda one: one.is_active)

    def has_deactivate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may deactivate somebody who is active."""
        return self._may(request, "accounts.deactivate_user", obj, lambda one: one.is_active)

    def has_reactivate_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may reactivate somebody who is not."""
        return self._may(request, "accounts.deactivate_user", obj, lambda one: not one.is_active)

    def has_suspend_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may suspend somebody."""
        return self._may(request, "accounts.suspend_user", obj, lambda one: one.is_active)

    def has_lift_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may lift a suspension that there is."""
        now = timezone.now()
        return self._may(
            request, "accounts.suspend_user", obj, lambda one: one.is_suspended(now=now)
        )

    def _may(
        self,
        request: HttpRequest,
        permission: str,
        obj: Any,
        fits: Callable[[User], bool] = lambda _person: True,
    ) -> bool:
        """Tell whether the button is shown; the service asks again."""
        if not request.user.has_perm(permission):
            return False
        person = self._person(request, obj)
        return person is None or (
            person != request.user and self._is_in_reach(request, person) and fits(person)
        )

    def _is_in_reach(self, request: HttpRequest, obj: Any) -> bool:
        person = self._person(request, obj)
        if person is None:
            return True
        is_above = person.is_superuser and not cast("StaffRequest", request).user.is_superuser
        return not (person.is_system or is_above)

    def _person(self, request: HttpRequest, obj: Any) -> User | None:
        """Return the person of the page."""
        return cast("User | None", self.row_of(request, obj))

    @action(description=_("Change roles"), icon="badge", permissions=["roles"], dialog=ROLES)
    def change_roles(
        self, request: StaffRequest, form: ChangeRolesForm, object_id: str
    ) -> HttpResponse:
        """Give and take roles."""
        typed = form.cleaned_data
        return self.do(
            request,
            form,
            object_id,
            ROLES,
            lambda pk: accounts.change_roles(
                pk, roles=typed["roles"], reason=typed["reason"], actor=request.user
            ),
            success=_("The roles are changed."),
        )

    @action(description=_("Send link"), icon="forward_to_inbox", permissions=["link"], dialog=LINK)
    def invite(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Send a link with which the person chooses a password."""
        return self.do(
            request,
            form,
            object_id,
            LINK,
            lambda pk: accounts.invite(pk, actor=request.user),
            success=_("The link is on its way."),
        )

    @action(description=_("End sessions"), icon="logout", permissions=["sessions"], dialog=SESSIONS)
    def end_sessions(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Sign the person out everywhere."""
        return self.do_with_reason(
            request,
            form,
            object_id,
            dialog=SESSIONS,
            service=accounts.end_sessions,
            success=_("The person is signed out everywhere."),
        )

    @action(description=_("Suspend"), icon="timer_off", permissions=["suspend"], dialog=SUSPEND)
    def suspend(self, request: StaffRequest, form: SuspendForm, object_id: str) -> HttpResponse:
        """Keep somebody from borrowing."""
        reason = form.cleaned_data["reason"]
        return self.do(
            request,
            form,
            object_id,
            SUSPEND,
            lambda pk: accounts.suspend(pk, until=form.end(), reason=reason, actor=request.user),
            success=_("The person may not borrow until then."),
        )

    @action(description=_("Lift suspension"), icon="timer", permissions=["lift"], dialog=LIFT)
    def lift_suspension(
        self, request: StaffRequest, form: ReasonForm, object_id: str
    ) -> HttpResponse:
        """Let somebody borrow again."""
        return self.do_with_reason(
            request,
            form,
            object_id,
            dialog=LIFT,
            service=accounts.lift_suspension,
            success=_("The suspension is lifted."),
        )

    @action(description=_("Reactivate"), icon="undo", permissions=["reactivate"], dialog=REACTIVATE)
    def reactivate(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Let somebody act again."""
        return self.do_with_reason(
            request,
            form,
            object_id,
            dialog=REACTIVATE,
            service=accounts.reactivate,
            success=_("The person is active."),
        )

    @action(
        description=_("Deactivate"),
        icon="block",
        variant=ActionVariant.DANGER,
        permissions=["deactivate"],
        dialog=DEACTIVATE,
    )
    def deactivate(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Keep somebody from acting."""
        return self.do_with_reason(
            request,
            form,
            object_id,
            dialog=DEACTIVATE,
            service=accounts.deactivate,
            success=_("The person is deactivated."),
        )
