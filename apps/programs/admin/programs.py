"""The pages of programs."""

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from unfold.decorators import display

from apps.audit.selectors import events_about
from apps.common.admin import AS_TABS, ExportField, ServedForm, StaffRequest, TabFilter
from apps.programs import services as programs
from apps.programs.admin.forms import HOW_LABELS, HOWS, NewProgramForm, ProgramForm
from apps.programs.admin.program_actions import ProgramActions
from apps.programs.admin.secret_page import SECRET_PAGE, keep_for_next_page, secret_view
from apps.programs.models import Program
from apps.programs.selectors import consents_to
from apps.programs.states import Grant, Kind

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.forms import ModelForm

LATEST = 8
SHOWN = 50


class ProgramTabs(TabFilter):
    """Programs that may ask for tokens, and those that may not."""

    tabs = (("active", _("Active")), ("deactivated", _("Deactivated")), ("all", _("All")))

    def queryset(self, request: HttpRequest, queryset: "QuerySet[Program]") -> "QuerySet[Program]":  # noqa: ARG002
        """Keep the programs of the open tab."""
        match self.value():
            case "active":
                return queryset.filter(is_active=True)
            case "deactivated":
                return queryset.filter(is_active=False)
            case _:
                return queryset


@admin.register(Program)
class ProgramAdmin(ProgramActions, ServedForm):
    """Programs; what is changed goes through the services, most of it in dialogs with a reason."""

    form = ProgramForm
    form_names: ClassVar[dict[str, str]] = {"redirect_uris": "uris"}
    list_display = ("name", "how", "client_id", "account", "rate_limit", "standing")
    list_select_related = ("user",)
    list_filter = (ProgramTabs,)
    list_filter_options = AS_TABS
    search_fields = ("name", "client_id")
    search_help_text = _("Search names and client IDs")
    # Much else of the toolkit's columns means nothing here, or is not for readers.
    export_fields = (
        *("name", "client_id", "authorization_grant_type", "user", "rate_limit", "is_active"),
        *(ExportField(name, is_extra=True) for name in ("client_type", "redirect_uris", "created")),
    )
    empty_text = _("No program uses the API. Register the first one.")
    ordering = ("name", "pk")
    readonly_fields = ("client_id", "how", "account", "standing", "secrets", "created")
    fieldsets = (
        (_("Who it is"), {"fields": (("client_id", "how"), ("account", "secrets"), "created")}),
    )
    add_fieldsets = ((None, {"fields": ("name", "how", "uris", "scopes", "rate_limit")}),)
    change_form_outer_after_template = "programs/after_program.html"

    class Media:
        """How the sentences of scopes fold."""

        css = {"all": ("programs/programs.css",)}

    @display(description=_("works"))
    def how(self, program: Program) -> Any:
        """Say for whom the program works."""
        works = (program.authorization_grant_type, program.client_type)
        return next(HOW_LABELS[name] for name, pair in HOWS.items() if pair == works)

    @display(description=_("acts as"), ordering="user__display_name")
    def account(self, program: Program) -> str:
        """Lead to the account of a program by itself, where its roles are given."""
        if program.user is None:
            return "–"
        page = reverse("admin:accounts_user_change", args=(program.user.pk,))
        return format_html('<a class="office-link" href="{}">{}</a>', page, program.user)

    @display(description=_("standing"), label={_("active"): "success", _("deactivated"): "danger"})
    def standing(self, program: Program) -> Any:
        """Say whether the program may ask for tokens."""
        return _("active") if program.is_active else _("deactivated")

    @display(description=_("secrets"))
    def secrets(self, program: Program) -> str:
        """Say since when the secrets hold, and until when; never what they are."""
        if program.client_type != Kind.CONFIDENTIAL:
            return "–"
        lines = [
            (
                f"{timezone.localtime(secret.created_at):%Y-%m-%d %H:%M}",
                f" → {timezone.localtime(secret.ends_at):%Y-%m-%d %H:%M}" if secret.ends_at else "",
            )
            for secret in program.secrets.all()
            if secret.ends_at is None or secret.ends_at > timezone.now()
        ]
        return format_html_join("", "<div>{}{}</div>", lines) or "–"

    def get_urls(self) -> list[URLPattern]:
        """Add the page that shows a secret once."""
        view = self.admin_site.admin_view(partial(secret_view, site=self.admin_site))
        own = path("<int:program_id>/secret/", view, name="programs_program_secret")
        urls: list[URLPattern] = super().get_urls()
        return [own, *urls]

    def get_fieldsets(self, request: HttpRequest, obj: Program | None = None) -> Any:
        """Ask how it works when a program is registered; to readers show what holds."""
        if obj is None:
            return self.add_fieldsets
        may_change = self.has_change_permission(request, obj)
        uris, scopes = ("uris", "scopes") if may_change else ("redirect_uris", "allowed_scopes")
        is_of_people = obj.authorization_grant_type == Grant.AUTHORIZATION_CODE
        shown = (("name", "rate_limit"), *((uris,) if is_of_people else ()), scopes)
        return [(None, {"fields": shown}), *self.fieldsets]

    def get_readonly_fields(self, request: HttpRequest, obj: Program | None = None) -> Any:  # noqa: ARG002
        """Let `how` be a choice while a program is registered."""
        return () if obj is None else self.readonly_fields

    def get_form(
        self,
        request: HttpRequest,
        obj: Program | None = None,
        change: bool = False,  # noqa: FBT001, FBT002  (the admin's own signature)
        **options: Any,
    ) -> Any:
        """Ask how it works when a program is registered."""
        if obj is None:
            options["form"] = NewProgramForm
        return super().get_form(request, obj, change=change, **options)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Add who lets the program in, and what was done to it of late."""
        context = extra_context or {}
        program = self._program(request, object_id)
        if program is not None:
            context["consents"] = consents_to(program)[:SHOWN]
            if request.user.has_perm("audit.view_auditevent"):
                context |= {
                    "latest_events": events_about(program)[:LATEST],
                    "events_about": program,
                }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def save_model(
        self,
        request: HttpRequest,
        obj: Program,
        form: "ModelForm[Program]",
        change: bool,  # noqa: FBT001  (the admin passes it by position)
    ) -> None:
        """Let the service write: it checks, keeps the version, and records."""
        actor = cast("StaffRequest", request).user
        typed = form.cleaned_data
        given: dict[str, Any] = {
            "name": typed["name"],
            "redirect_uris": typed.get("uris", ()),
            "scopes": typed["scopes"],
            "rate_limit": typed["rate_limit"],
            "actor": actor,
        }
        if change:
            programs.change_program(obj.pk, **given)
            return
        grant, kind = HOWS[typed["how"]]
        registered = programs.register_program(grant=grant, kind=kind, **given)
        obj.pk = registered.program.pk
        if registered.secret:
            keep_for_next_page(request, obj.pk, registered.secret)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Write nothing: everything went through the service."""

    def response_add(
        self, request: HttpRequest, obj: Program, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Lead to the page that shows the secret, or to the program that has none."""
        answer: HttpResponse = super().response_add(request, obj, post_url_continue)
        program = Program.objects.get(pk=obj.pk)
        has_secret = program.client_type == Kind.CONFIDENTIAL
        page = SECRET_PAGE if has_secret else "admin:programs_program_change"
        answer["Location"] = reverse(page, args=(obj.pk,))
        return answer
