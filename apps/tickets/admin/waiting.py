"""The waiting list: who waits for what in which place, and the dialogs that answer an offer."""

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import RelatedDropdownFilter
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from apps.assets.admin.fields import LengthField
from apps.assets.wording import length, moment
from apps.common.admin import (
    AS_TABS,
    DialogForm,
    HistoryAdmin,
    StaffRequest,
    TabFilter,
    carry_out,
    dangerous,
)
from apps.common.errors import DomainError
from apps.tickets import services
from apps.tickets.admin.dialogs import dialog
from apps.tickets.admin.drafts import page_url
from apps.tickets.admin.picking import BorrowerSelect
from apps.tickets.errors import RequestInvalid
from apps.tickets.errors.waiting import WishInvalid
from apps.tickets.models import Ticket, WaitingEntry
from apps.tickets.services.waiting import PERMISSION
from apps.tickets.states import WaitingStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from unfold.dataclasses import ActionDialog, UnfoldAction

    from apps.accounts.models import User

COLOURS: dict[str, str] = {
    WaitingStatus.WAITING: "warning",
    WaitingStatus.OFFERED: "primary",
    WaitingStatus.TAKEN: "success",
    WaitingStatus.DECLINED: "default",
    WaitingStatus.LAPSED: "default",
    WaitingStatus.CANCELLED: "default",
}
_FIELDS = ("person", "asset", "category", "starts_at", "length", "purpose")
_PERSON = Ticket._meta.get_field("borrower")


class WaitingForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What somebody waits for; valid only when the service has written it down."""

    actor: "ClassVar[User]"
    """Set by the page, on a class of its own for each request."""

    length = LengthField(label=_("For how long"), help_text=_("such as 2 d or 4 h"))

    class Meta:
        model = WaitingEntry
        fields = _FIELDS

    def _post_clean(self) -> None:
        """Let the service do it; its refusals stand where they belong."""
        if self.errors:
            return
        try:
            self.instance = services.join_waiting_list(**self.cleaned_data, actor=self.actor)
        except (RequestInvalid, WishInvalid) as refusal:
            fields = {"borrower": "person"}
            name = fields.get(refusal.field, refusal.field)
            self.add_error(name if name in self.fields else None, refusal.message)
        except DomainError as refusal:
            self.add_error(None, refusal.message)

    def save(self, commit: bool = True) -> WaitingEntry:  # noqa: ARG002, FBT001, FBT002  (Django's signature)
        """Return what the service has saved."""
        entry: WaitingEntry = self.instance
        return entry

    def save_m2m(self) -> None:
        """Save nothing more."""


class WaitingTabs(TabFilter):
    """Who still waits, who has an offer, and who does not wait any more."""

    tabs = (
        ("open", _("In line")),
        ("offered", _("Offered")),
        ("ended", _("Ended")),
        ("all", _("All")),
    )

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: "QuerySet[WaitingEntry]",
    ) -> "QuerySet[WaitingEntry]":
        """Keep the rows of the open tab."""
        match self.value():
            case "open":
                return queryset.filter(ended_at__isnull=True)
            case "offered":
                return queryset.filter(status=WaitingStatus.OFFERED)
            case "ended":
                return queryset.filter(ended_at__isnull=False)
            case _:
                return queryset


ACCEPT = dialog(
    _("Accept the offer"),
    DialogForm,
    _("Accept"),
    _("A ticket is entered and submitted; the asset stays reserved while that is decided on."),
)
DECLINE = dialog(
    _("Decline the offer"),
    DialogForm,
    _("Decline"),
    _("The next in line gets the offer, and the place is given up."),
)
LEAVE = dangerous(
    dialog(
        _("Stop waiting"),
        DialogForm,
        _("Stop waiting"),
        _("The place in the line is given up. This cannot be undone."),
    )
)


@admin.register(WaitingEntry)
class WaitingEntryAdmin(HistoryAdmin):
    """Places on the waiting list; written, answered and ended by the services."""

    form = WaitingForm
    list_display = ("number", "state", "person", "wanted", "place", "when", "since", "offer")
    export_prefix = "W-"
    list_display_links = ("number",)
    list_filter = (WaitingTabs, ("category", RelatedDropdownFilter))
    list_filter_options = AS_TABS
    list_select_related = ("person", "asset", "category", "offered_asset")
    search_fields = ("person__display_name", "person__email", "asset__tag", "category__name")
    search_help_text = _("Search people, tags and categories")
    empty_text = _("Nobody waits.")
    autocomplete_fields = ("asset", "category")
    readonly_fields = ("number", "standing", "wanted", "place", "when", "since", "offer", "led_to")
    actions_detail = ("accept", "decline", "leave")

    class Media:
        """Fields side by side."""

        css = {"all": ("assets/assets.css",)}

    def get_queryset(self, request: HttpRequest) -> "QuerySet[WaitingEntry]":
        """Count who of the same line came before."""
        before = WaitingEntry.objects.filter(
            Q(asset=OuterRef("asset")) | Q(category=OuterRef("category")),
            pk__lte=OuterRef("pk"),
            ended_at__isnull=True,
        )
        counted = before.order_by().values(always=F("pk") * 0).annotate(n=Count("pk"))
        found: QuerySet[WaitingEntry] = super().get_queryset(request)
        return found.annotate(place=Subquery(counted.values("n")))

    def get_fields(self, request: HttpRequest, obj: WaitingEntry | None = None) -> Any:  # noqa: ARG002
        """Ask on the form; tell on the page."""
        if obj is None:
            return ("person", ("asset", "category"), ("starts_at", "length"), "purpose")
        return (
            ("number", "standing"),
            ("person", "wanted"),
            ("when", "purpose"),
            ("since", "entered_by"),
            ("place", "offer"),
            "led_to",
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Tell who may put somebody on the list."""
        return bool(request.user.has_perm(PERMISSION))

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:  # noqa: ARG002
        """Refuse: a place is answered or given up."""
        return False

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Offer one button: whoever is on the list is shown there."""
        one = {"show_save_and_add_another": False, "show_save_and_continue": False}
        context = {**(extra_context or {}), **one}
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response

    def get_form(self, request: StaffRequest, *args: Any, **options: Any) -> type[WaitingForm]:
        """Return the form with the person who fills it in."""
        form: type[WaitingForm] = super().get_form(request, *args, **options)
        form.actor = request.user
        return form

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **options: Any) -> Any:
        """Offer borrowers, and no shortcuts to other pages."""
        if db_field.name == "person":
            options["widget"] = BorrowerSelect(_PERSON, self.admin_site)
        field = super().formfield_for_dbfield(db_field, request, **options)
        if field is not None and isinstance(
            getattr(field.widget, "widget", None), AutocompleteSelect
        ):
            field.widget = field.widget.widget
        return field

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save nothing more: the form’s service has."""

    def response_add(self, request: HttpRequest, obj: Any, post_url_continue: Any = None) -> Any:  # noqa: ARG002
        """Go to the place in the line."""
        self.message_user(
            request,
            str(_("{person} waits for {wanted}.")).format(person=obj.person, wanted=obj.wanted),
        )
        return HttpResponseRedirect(entry_url(obj.pk))

    # What is shown.

    @display(description=_("number"), ordering="pk")
    def number(self, entry: WaitingEntry) -> str:
        """Show the number."""
        return str(entry)

    @display(description=_("status"), ordering="status", label=COLOURS)
    def state(self, entry: WaitingEntry) -> Any:
        """Show the status in its colour."""
        return entry.status, entry.get_status_display()

    @display(description=_("status"))
    def standing(self, entry: WaitingEntry) -> str:
        """Show the status on the page, which draws no labels."""
        return entry.get_status_display()

    @display(description=_("waits for"))
    def wanted(self, entry: WaitingEntry) -> str:
        """Show the asset or the category."""
        return str(entry.wanted)

    @display(description=_("place"))
    def place(self, entry: Any) -> str:
        """Show the place in the line."""
        return "–" if entry.ended_at else f"{entry.place}."

    @display(description=_("wanted"))
    def when(self, entry: WaitingEntry) -> str:
        """Show from when and for how long."""
        start = moment(entry.starts_at) if entry.starts_at else str(_("as soon as it is free"))
        return f"{start}, {length(entry.length)}"

    @display(description=_("waits since"), ordering="created_at")
    def since(self, entry: WaitingEntry) -> str:
        """Show since when."""
        return moment(entry.created_at)

    @display(description=_("offer"))
    def offer(self, entry: WaitingEntry) -> str:
        """Show what is offered, and until when."""
        if entry.expires_at is None:
            return "–"
        return str(_("{asset} until {until}")).format(
            asset=entry.offered_asset, until=moment(entry.expires_at)
        )

    @display(description=_("ticket"))
    def led_to(self, entry: WaitingEntry) -> str:
        """Lead to the ticket."""
        if entry.ticket_id is None:
            return "–"
        address = page_url(entry.ticket_id)
        return format_html('<a class="office-link" href="{}">{}</a>', address, entry.ticket)

    # What is done.

    def has_answer_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Tell who may answer for everybody."""
        return bool(request.user.has_perm(PERMISSION))

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Offer what is possible now."""
        entry = self.get_object(request, str(object_id))
        if entry is None or entry.ended_at is not None:
            return []
        offered: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        if entry.status == WaitingStatus.OFFERED:
            return offered
        return [one for one in offered if str(one.action_name).endswith("_leave")]

    @action(description=_("Accept"), permissions=["answer"], icon="check", dialog=ACCEPT)
    def accept(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Turn it into a ticket."""
        deed = partial(services.accept_offer, int(object_id), actor=request.user)
        return carry_out(
            request,
            form,
            ACCEPT,
            deed,
            success=lambda ticket: _("{ticket} is submitted.").format(ticket=ticket),
            then=lambda ticket: page_url(ticket.pk),
        )

    @action(description=_("Decline"), permissions=["answer"], icon="close", dialog=DECLINE)
    def decline(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Pass it on."""
        return self._end(request, form, object_id, DECLINE, services.decline_offer)

    @action(
        description=_("Stop waiting"),
        permissions=["answer"],
        icon="person_remove",
        variant=ActionVariant.DANGER,
        dialog=LEAVE,
    )
    def leave(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Give up the place."""
        return self._end(request, form, object_id, LEAVE, services.leave_waiting_list)

    def _end(
        self,
        request: StaffRequest,
        form: DialogForm,
        object_id: str,
        shown: "ActionDialog",
        deed: "Callable[..., WaitingEntry]",
    ) -> HttpResponse:
        return carry_out(
            request,
            form,
            shown,
            partial(deed, int(object_id), actor=request.user),
            success=lambda entry: _("{entry} is {status}.").format(
                entry=entry, status=entry.get_status_display()
            ),
            then=entry_url(object_id),
        )


def entry_url(entry_id: int | str) -> str:
    """Return the address of a place’s page."""
    return reverse("admin:tickets_waitingentry_change", args=(entry_id,))
