"""The pages of people."""

from typing import TYPE_CHECKING, Any, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import display

from apps.accounts import services as accounts
from apps.accounts.admin.exported import PERSON_FIELDS
from apps.accounts.admin.forms import NewPersonForm, PersonForm
from apps.accounts.admin.person_actions import PersonActions
from apps.accounts.admin.resets import ResetActions
from apps.accounts.models import User
from apps.accounts.panels import panels_of
from apps.accounts.selectors import roles_of
from apps.audit.selectors import events_about
from apps.common.admin import AS_TABS, ServedForm, StaffRequest, TabFilter

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet
    from django.forms import ModelForm

LATEST = 8


class PeopleTabs(TabFilter):
    """Who may act, who may not, and everybody."""

    tabs = (
        ("active", _("Active")),
        ("suspended", _("Suspended")),
        ("deactivated", _("Deactivated")),
        ("all", _("Everybody")),
    )

    def queryset(self, request: HttpRequest, queryset: "QuerySet[User]") -> "QuerySet[User]":  # noqa: ARG002
        """Keep the people of the open tab."""
        match self.value():
            case "active":
                return queryset.filter(is_active=True, is_system=False)
            case "suspended":
                return queryset.filter(suspended_until__gt=timezone.now())
            case "deactivated":
                return queryset.filter(is_active=False)
            case _:
                return queryset


@admin.register(User)
class PersonAdmin(ResetActions, PersonActions, ServedForm):
    """People; what is changed goes through the services, most of it in dialogs with a reason."""

    actions_detail: tuple[str, ...] = ("ask_factor_reset", *PersonActions.actions_detail)
    form = PersonForm
    list_display = ("who", "shown_roles", "access", "label", "last_login")
    list_filter = (PeopleTabs, ("groups", RelatedDropdownFilter), "is_staff")
    list_filter_options = AS_TABS
    export_fields = PERSON_FIELDS
    search_fields = ("display_name", "email")
    search_help_text = _("Search names and e-mails")
    ordering = ("display_name", "pk")
    readonly_fields = ("shown_roles", "standing", "suspension_reason", "last_login", "joined_at")
    fieldsets = (
        (None, {"fields": (("display_name", "email"),)}),
        (_("Access"), {"fields": ("is_staff", "shown_roles", ("last_login", "joined_at"))}),
        (_("Standing"), {"fields": (("standing", "suspension_reason"),)}),
    )
    add_fieldsets = (
        (None, {"fields": (("display_name", "email"), "is_staff", "roles")}),
        (_("Signing in"), {"fields": ("is_invited",)}),
    )
    change_form_outer_after_template = "accounts/after_person.html"

    def lookup_allowed(self, lookup: str, value: Any, request: HttpRequest | None = None) -> bool:
        """Let nobody find out a password’s digest letter by letter through an address."""
        is_allowed: bool = super().lookup_allowed(lookup, value, request)
        return is_allowed and not lookup.startswith("password")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[User]":
        """Read the roles along."""
        people: QuerySet[User] = super().get_queryset(request)
        return people.prefetch_related("groups")

    def get_search_results(
        self, request: HttpRequest, queryset: "QuerySet[User]", search_term: str
    ) -> "tuple[QuerySet[User], bool]":
        """Offer only people who may act where somebody is chosen; the audit log knows everybody."""
        if request.GET.get("app_label", "audit") != "audit":
            queryset = queryset.filter(is_active=True, is_system=False, is_program=False)
        found: tuple[QuerySet[User], bool] = super().get_search_results(
            request, queryset, search_term
        )
        return found

    @display(description=_("person"), ordering="display_name", header=True)
    def who(self, person: User) -> list[str]:
        """Show name, e-mail and initials."""
        initials = "".join(word[0] for word in person.display_name.split()[:2]).upper()
        return [person.display_name, person.email, initials]

    @display(description=_("roles"))
    def shown_roles(self, person: User) -> str:
        """List the roles."""
        return ", ".join(roles_of(person)) or "–"

    @display(description=_("access"), ordering="is_staff")
    def access(self, person: User) -> Any:
        """Say whether the person may sign in to the back office."""
        return _("back office") if person.is_staff else "–"

    @display(
        description=_("standing"),
        label={
            "active": "success",
            "suspended": "warning",
            "deactivated": "danger",
            "superuser": "info",
            "system": "info",
            "program": "info",
        },
    )
    def label(self, person: User) -> tuple[str, Any]:
        """Say in a word whether the person may act and borrow."""
        return _standing(person)

    @display(description=_("standing"))
    def standing(self, person: User) -> Any:
        """Say whether the person may act and borrow."""
        return _standing(person)[1]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add what was done to this person of late, and what other parts say of them."""
        context = extra_context or {}
        person = self._person(request, object_id)
        if person:
            context["panels"] = panels_of(person, cast("StaffRequest", request).user)
        if person and request.user.has_perm("audit.view_auditevent"):
            context |= {"latest_events": events_about(person)[:LATEST], "events_about": person}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def has_change_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:
        """Keep `system` and programs from everybody, and superusers from all but superusers."""
        person = self._person(request, obj)
        is_program = person is not None and person.is_program
        return (
            super().has_change_permission(request, obj)
            and self._is_in_reach(request, obj)
            and not is_program
        )

    def get_fieldsets(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Offer only what this person may set."""
        user = cast("StaffRequest", request).user
        if obj is None and not user.has_perm("accounts.change_roles"):
            (_none, first), *rest = self.add_fieldsets
            return [(None, {**first, "fields": first["fields"][:-1]}), *rest]
        if obj is not None and user.is_superuser:
            return [*self.fieldsets, (_("Superuser"), {"fields": ("is_superuser",)})]
        return super().get_fieldsets(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        """Keep people from changing what they themselves may."""
        own = ("is_staff", "is_superuser") if obj == request.user else ()
        return (*self.readonly_fields, *own)

    def get_form(
        self,
        request: HttpRequest,
        obj: User | None = None,
        change: bool = False,  # noqa: FBT001, FBT002  (the admin's own signature)
        **options: Any,
    ) -> Any:
        """Ask for roles and an invitation when somebody is added."""
        if obj is None:
            options["form"] = NewPersonForm
        return super().get_form(request, obj, change=change, **options)

    def save_model(
        self,
        request: HttpRequest,
        obj: User,
        form: "ModelForm[User]",
        change: bool,  # noqa: FBT001  (the admin passes it by position)
    ) -> None:
        """Let the service write: it checks, keeps the version, and records."""
        actor = cast("StaffRequest", request).user
        typed = form.cleaned_data
        if change:
            changes = {name: typed[name] for name in form.changed_data}
            accounts.change_person(obj.pk, actor=actor, **changes)
            return
        person = accounts.add_person(
            email=typed["email"],
            display_name=typed["display_name"],
            is_staff=typed["is_staff"],
            roles=typed.get("roles", ()),
            is_invited=typed["is_invited"],
            actor=actor,
        )
        obj.pk = person.pk

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Write nothing: roles went through the service."""


def _standing(person: User) -> tuple[str, Any]:
    """Return the kind of standing, and how it reads."""
    if not person.is_active:
        return "deactivated", _("deactivated")
    if person.is_system:
        return "system", _("system")
    if person.is_program:
        return "program", _("program")
    if person.is_suspended(now=timezone.now()) and person.suspended_until:
        day = f"{timezone.localtime(person.suspended_until):%Y-%m-%d}"
        return "suspended", _("suspended until {day}").format(day=day)
    if person.is_superuser:
        return "superuser", _("superuser")
    return "active", _("active")
