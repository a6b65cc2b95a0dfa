"""The form of a draft: what it says goes to the service, and what that refuses comes back to it."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.assets.models import Asset
from apps.common.admin import HistoryAdmin, StaffRequest, rules_as_messages
from apps.common.errors import DomainError
from apps.tickets import services
from apps.tickets.admin.picking import AssetSelect, BorrowerSelect
from apps.tickets.errors import AssetsTaken, NotEditable, RequestInvalid
from apps.tickets.models import Ticket, TicketLine
from apps.tickets.states import EDITABLE, Way

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.accounts.models import User

FIELDS = (
    "borrower",
    ("came_by", "asked_by"),
    ("starts_at", "ends_at"),
    "purpose",
    "assets",
    "seen_version",
)
_LINE_ASSET = TicketLine._meta.get_field("asset")


class DraftForm(forms.ModelForm):  # type: ignore[type-arg]  # not generic at run time
    """What somebody wants to borrow; valid only when the service has written it down."""

    actor: "ClassVar[User]"
    """Set by the page, on a class of its own for each request."""

    assets = forms.ModelMultipleChoiceField(
        label=_("Assets"),
        queryset=Asset.objects.all(),
        widget=AssetSelect(_LINE_ASSET, admin.site),
        help_text=_(
            "Type a tag or a name. Each asset becomes one line; the parts of a kit go along."
        ),
    )
    seen_version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Ticket
        fields = ("borrower", "came_by", "asked_by", "starts_at", "ends_at", "purpose")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Show the lines of a draft that exists, and remember which version that was."""
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            self.initial["assets"] = list(
                # Parts follow their kit.
                self.instance.lines.filter(kit_line=None).values_list("asset", flat=True)
            )
            self.initial["seen_version"] = self.instance.version

    def _post_clean(self) -> None:
        """Let the service do it, which checks more than a form can, and knows who is quicker."""
        if self.errors:
            return
        typed = self.cleaned_data
        asked = {
            "borrower": typed["borrower"],
            "starts_at": typed["starts_at"],
            "ends_at": typed["ends_at"],
            "purpose": typed["purpose"],
            "came_by": typed["came_by"],
            "asked_by": typed["asked_by"],
            "asset_ids": [asset.pk for asset in typed["assets"]],
            "actor": self.actor,
        }
        try:
            if self.instance.pk:
                version = typed["seen_version"] or 0
                self.instance = services.change_draft(
                    self.instance.pk, seen_version=version, **asked
                )
            else:
                self.instance = services.draft(**asked)
        except AssetsTaken as refusal:
            self.add_error("assets", forms.ValidationError(refusal.conflicts))
        except RequestInvalid as refusal:
            self.add_error(refusal.field, refusal.message)
        except DomainError as refusal:
            self.add_error(None, refusal.message)

    def save(self, commit: bool = True) -> Ticket:  # noqa: ARG002, FBT001, FBT002  (Django’s signature)
        """Return the ticket, which the service has saved."""
        ticket: Ticket = self.instance
        return ticket

    def save_m2m(self) -> None:
        """Save nothing more."""


def page_url(ticket_id: int) -> str:
    """Return the address of the page of a ticket."""
    return reverse("admin:tickets_ticket_change", args=(ticket_id,))


class TicketDrafts(HistoryAdmin):
    """Writing down what somebody wants, and changing it until it is submitted."""

    form = DraftForm

    def has_change_permission(self, request: "HttpRequest", obj: Ticket | None = None) -> bool:
        """Let drafts be changed; afterwards only deeds move a ticket."""
        return super().has_change_permission(request, obj) and (
            obj is None or obj.status in EDITABLE
        )

    def get_fieldsets(self, request: "HttpRequest", obj: Ticket | None = None) -> Any:
        """Show the form while it is a draft; afterwards the page shows the ticket itself."""
        is_form = obj is None or self.has_change_permission(request, obj)
        return [(None, {"fields": FIELDS if is_form else ()})]

    def get_form(
        self,
        request: StaffRequest,
        obj: Ticket | None = None,
        change: bool = False,  # noqa: FBT001, FBT002  (Django’s signature)
        **options: Any,
    ) -> type[DraftForm]:
        """Return the form with the person who fills it in."""
        # A class of its own each time, so that two requests do not share the person.
        form: type[DraftForm] = super().get_form(request, obj, change, **options)
        form.actor = request.user
        return form

    def formfield_for_foreignkey(
        self, db_field: Any, request: "HttpRequest", **options: Any
    ) -> Any:
        """Choose the borrower by typing."""
        options["widget"] = BorrowerSelect(db_field, self.admin_site)
        return super().formfield_for_foreignkey(db_field, request, **options)

    def formfield_for_dbfield(self, db_field: Any, request: "HttpRequest", **options: Any) -> Any:
        """Offer no shortcut to the pages of people, and no seconds."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name == "borrower":
            field.widget = field.widget.widget
        if db_field.name in {"starts_at", "ends_at"}:
            _date, clock = field.widget.widgets
            clock.format = "%H:%M"
        return field

    def get_changeform_initial_data(self, request: "HttpRequest") -> dict[str, Any]:
        """Begin with the next full hour, for one day, unless the address says otherwise."""
        now = timezone.localtime()
        start = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        asked = super().get_changeform_initial_data(request)
        period = {"starts_at": start, "ends_at": start + timedelta(days=1)}
        return {**period, "came_by": Way.DESK, **asked}

    def save_model(self, request: "HttpRequest", obj: Ticket, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save nothing more: the form’s service has."""

    def save_related(self, request: "HttpRequest", form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Save nothing more: the form’s service has."""

    def response_add(
        self,
        request: "HttpRequest",
        obj: Ticket,
        post_url_continue: str | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Go to the draft, where it is submitted."""
        self.message_user(request, str(_("{ticket} is drafted.").format(ticket=obj)))
        return HttpResponseRedirect(page_url(obj.pk))

    def response_change(self, request: "HttpRequest", obj: Ticket) -> HttpResponse:
        """Stay on the draft, where it is submitted."""
        self.message_user(request, str(_("{ticket} is changed.").format(ticket=obj)))
        return HttpResponseRedirect(page_url(obj.pk))

    def refuse_late_form(self, request: StaffRequest, ticket: Ticket) -> HttpResponse:
        """Say why a form that was opened before the submission changes nothing any more."""
        with rules_as_messages(request):
            raise NotEditable(ticket=ticket, status=ticket.get_status_display())
        return HttpResponseRedirect(page_url(ticket.pk))
