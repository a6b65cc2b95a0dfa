"""The pages of roles."""

from typing import TYPE_CHECKING, Any, ClassVar, cast

from django import forms
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminSelectWidget

from apps.accounts import services as accounts
from apps.accounts.models import RolePolicy, User
from apps.accounts.roles import Role
from apps.accounts.selectors import permissions_by_part, permissions_of
from apps.audit.selectors import events_about
from apps.common.admin import ReasonForm, ServedForm, StaffRequest, carry_out

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from unfold.dataclasses import ActionDialog

LATEST = 8

admin.site.unregister(Group)


class RoleForm(forms.ModelForm):  # type: ignore[type-arg]  # no subscript when it runs
    """What a role is called, and what its people may do."""

    rights = forms.MultipleChoiceField(
        label=_("People with this role may"),
        choices=lambda: [
            (part, [(right.name, right.label) for right in rights])
            for part, rights in permissions_by_part().items()
        ],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
    )

    class Meta:
        model = Group
        fields = ("name",)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Tick what the role may do now."""
        super().__init__(*args, **options)
        if self.instance.pk and "rights" in self.fields:
            self.fields["rights"].initial = permissions_of(self.instance)


class SecondFactorForm(ReasonForm):
    """Whether the people of a role need a second factor, and why."""

    is_needed = forms.ChoiceField(
        label=_("People with this role"),
        choices=(("yes", _("need a second factor")), ("no", _("may sign in without one"))),
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("_form_submitted", "is_needed", "reason")

    def __init__(self, request: HttpRequest, object_id: str, **options: Any) -> None:
        """Show what holds now."""
        super().__init__(request, object_id, **options)
        role = Group.objects.select_related("policy").filter(pk=object_id).first()
        is_needed = role is None or _policy_of(role).needs_second_factor
        self.fields["is_needed"].initial = "yes" if is_needed else "no"


SECOND_FACTOR: "ActionDialog" = {
    "title": _("Second factor"),
    "description": _("Whoever needs one and has none enrols it with their next click."),
    "form_class": SecondFactorForm,
    "form_submit_text": _("Save"),
}


def _policy_of(role: Group) -> RolePolicy:
    """Return the policy; a role that has none is held to the strictest."""
    try:
        policy: RolePolicy = cast("Any", role).policy
    except RolePolicy.DoesNotExist:
        policy = RolePolicy(role=role)
    return policy


@admin.register(Group)
class RoleAdmin(ServedForm):
    """Roles: those of the product to read, those of the office to edit."""

    form = RoleForm
    form_names: ClassVar[dict[str, str]] = {"permissions": "rights"}
    list_display = ("name", "origin", "second_factor", "people_count", "right_count")
    list_select_related = ("policy",)
    actions_detail = ("require_second_factor",)
    search_fields = ("name",)
    ordering = ("pk",)
    fieldsets = ((None, {"fields": ("name", "rights")}),)
    change_form_outer_after_template = "accounts/role.html"

    def get_queryset(self, request: HttpRequest) -> "QuerySet[Group]":
        """Count people and rights along."""
        roles: QuerySet[Group] = super().get_queryset(request)
        return roles.annotate(
            people=Count("user", filter=Q(user__is_active=True), distinct=True),
            rights=Count("permissions", distinct=True),
        )

    @display(description=_("origin"), label={_("product"): "info", _("office"): "success"})
    def origin(self, role: Group) -> Any:
        """Say whether the role came with the product."""
        return _("product") if role.name in Role.values else _("office")

    @display(description=_("second factor"), label={_("needed"): "info", _("optional"): "warning"})
    def second_factor(self, role: Group) -> Any:
        """Say whether people with this role need a second factor; what nobody decided does."""
        return _("needed") if _policy_of(role).needs_second_factor else _("optional")

    @display(description=_("active people"), ordering="people")
    def people_count(self, role: Group) -> int:
        """Count who holds the role."""
        return int(cast("Any", role).people)

    @display(description=_("rights"), ordering="rights")
    def right_count(self, role: Group) -> int:
        """Count what the role may do."""
        return int(cast("Any", role).rights)

    def has_change_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:
        """Keep the roles of the product as they are, and people from their own roles."""
        if not super().has_change_permission(request, obj):
            return False
        if not isinstance(obj, Group):
            return True
        user = cast("StaffRequest", request).user
        # The stored name: a form that is refused leaves what was typed in the row in memory.
        is_of_product = Group.objects.filter(pk=obj.pk, name__in=Role.values).exists()
        return not (is_of_product or user.groups.filter(pk=obj.pk).exists())

    def has_policy_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may decide on the second factor; nobody for a role of their own."""
        user = cast("StaffRequest", request).user
        if not user.has_perm("auth.change_group"):
            return False
        pk = obj.pk if isinstance(obj, Group) else obj
        policy = RolePolicy.objects.filter(role=pk).first() if pk else None
        is_fixed = policy is not None and policy.is_fixed
        return not (is_fixed or (pk and user.groups.filter(pk=pk).exists()))

    @action(
        description=_("Second factor"),
        icon="lock_person",
        permissions=["policy"],
        dialog=SECOND_FACTOR,
    )
    def require_second_factor(
        self, request: StaffRequest, form: SecondFactorForm, object_id: str
    ) -> HttpResponse:
        """Ask the people of this role for a second factor, or let them go without."""
        typed = form.cleaned_data
        return carry_out(
            request,
            form,
            SECOND_FACTOR,
            lambda: accounts.require_second_factor(
                int(object_id),
                is_needed=typed["is_needed"] == "yes",
                reason=typed["reason"],
                actor=request.user,
            ),
            success=_("It holds from the next click of everybody with this role."),
            then=reverse("admin:auth_group_change", args=(object_id,)),
        )

    def get_fieldsets(self, request: HttpRequest, obj: Group | None = None) -> Any:
        """Leave the boxes to who may tick them; everybody else finds a list."""
        if obj is None or self.has_change_permission(request, obj):
            return self.fieldsets
        return ((None, {"fields": ("name",)}),)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add what the role may do, who holds it, and what was done to it."""
        context = extra_context or {}
        role = self.get_object(request, object_id)
        if role is not None:
            context["policy"] = _policy_of(role)
            context["people"] = User.objects.filter(groups=role).order_by("display_name", "pk")
            if not self.has_change_permission(request, role):
                context["rights_by_part"] = permissions_by_part(role)
            if request.user.has_perm("audit.view_auditevent"):
                context |= {"latest_events": events_about(role)[:LATEST], "events_about": role}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def save_model(self, request: HttpRequest, obj: Group, form: Any, change: bool) -> None:  # noqa: FBT001
        """Let the service write: it checks and records."""
        actor = cast("StaffRequest", request).user
        given = {"name": obj.name, "permissions": form.cleaned_data["rights"], "actor": actor}
        if change:
            accounts.change_role(obj.pk, **given)
        else:
            obj.pk = accounts.add_role(**given).pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Write nothing: the rights went through the service."""
