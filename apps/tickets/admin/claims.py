"""Claims: the list of what waits, and the page on which one is looked at and decided."""

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from apps.approvals.states import Verdict
from apps.common.admin import (
    AS_TABS,
    HistoryAdmin,
    ReadOnlyAdmin,
    StaffRequest,
    TabFilter,
    as_download,
    carry_out,
    money,
)
from apps.common.errors import DomainError, NotPermitted
from apps.tickets import services
from apps.tickets.admin import claim_dialogs as dialogs
from apps.tickets.admin.claim_page import VARIANTS, content_of, possible
from apps.tickets.claim_states import UNDECIDED, ClaimStatus
from apps.tickets.models import Claim, TicketLine
from apps.tickets.states import LINE_LIFECYCLE, LineAction, LineStatus

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.db.models import QuerySet
    from django.http import HttpRequest
    from django.urls import URLPattern
    from unfold.dataclasses import ActionDialog, UnfoldAction

PAGE = "admin:tickets_claim_change"


class ClaimTabs(TabFilter):
    """What waits, what the borrower does not agree to, what is decided, and everything."""

    tabs = (
        ("waiting", gettext_lazy("Waiting")),
        ("disputed", gettext_lazy("Disputed")),
        ("decided", gettext_lazy("Decided")),
        ("all", gettext_lazy("All")),
    )

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Claim]") -> "QuerySet[Claim]":  # noqa: ARG002
        """Keep the rows of the open tab."""
        match self.value():
            case "waiting":
                return queryset.filter(status__in=UNDECIDED)
            case "disputed":
                return queryset.filter(status__in=UNDECIDED, disputed_at__isnull=False)
            case "decided":
                return queryset.exclude(status__in=UNDECIDED)
            case _:
                return queryset


@admin.register(Claim)
class ClaimAdmin(HistoryAdmin, ReadOnlyAdmin):
    """Claims for damage, losses and credits; what is done to them is done in dialogs."""

    list_display = ("number", "state", "ticket", "asset", "borrower", "figure", "filed")
    export_prefix = "C-"
    export_currency = "line__ticket__currency"
    list_display_links = ("number",)
    list_select_related = ("line__ticket__borrower", "line__asset")
    list_filter = (ClaimTabs, "kind")
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = ("line__asset__tag", "line__ticket__borrower__display_name")
    search_help_text = gettext_lazy("Tag or borrower")
    empty_text = gettext_lazy("No claims here. One is filed when an inspection finds damage.")
    ordering = ("-pk",)
    fields = ("estimate",)
    change_form_template = "tickets/claim_page.html"
    actions_detail = ("grant", "dismiss", "send_back", "dispute", "revise", "withdraw")

    class Media:
        """The style of the ticket page, its dialogs and the photos."""

        css: ClassVar[dict[str, Any]] = {
            "all": ("tickets/tickets.css", "tickets/comments.css", "tickets/claims.css")
        }

    def get_urls(self) -> "list[URLPattern]":
        """Add the page to file one, and the photos."""
        wrap = self.admin_site.admin_view
        return [
            path("file/<int:line_id>/", wrap(self.file_view), name="tickets_claim_file"),
            path(
                "<int:claim_id>/photo/<int:file_id>/",
                wrap(self.photo_view),
                name="tickets_claim_photo",
            ),
            *super().get_urls(),
        ]

    @display(description=gettext_lazy("claim"), ordering="pk")
    def number(self, claim: Claim) -> str:
        """Return C-12."""
        return str(claim)

    @display(
        description=gettext_lazy("status"),
        ordering="status",
        label={**VARIANTS, "disputed": "danger"},
    )
    def state(self, claim: Claim) -> tuple[str, str]:
        """Return the status as a coloured label; disputed ones are red."""
        if claim.is_undecided and claim.disputed_at:
            return "disputed", _("disputed")
        return claim.status, claim.get_status_display()

    @display(description=gettext_lazy("ticket"), ordering="line__ticket")
    def ticket(self, claim: Claim) -> str:
        """Return the ticket and the kind."""
        return f"{claim.line.ticket}: {claim.get_kind_display()}"

    @display(description=gettext_lazy("asset"))
    def asset(self, claim: Claim) -> str:
        """Return the asset."""
        return _unbroken(str(claim.line.asset))

    @display(description=gettext_lazy("filed"), ordering="opened_at")
    def filed(self, claim: Claim) -> str:
        """Return when it was filed."""
        return _unbroken(date_format(timezone.localtime(claim.opened_at), "j M Y H:i"))

    @display(description=gettext_lazy("borrower"))
    def borrower(self, claim: Claim) -> str:
        """Return who borrowed it."""
        return str(claim.line.ticket.borrower)

    @display(description=gettext_lazy("amount"), ordering="amount")
    def figure(self, claim: Claim) -> str:
        """Return what stands."""
        return money(claim.amount, claim.line.ticket.currency)

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Return what is possible now and permitted; a service refuses the rest in words."""
        claim = self.get_object(request, str(object_id))
        if claim is None:
            return []
        names = possible(claim, request.user)
        actions: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [
            one for one in actions if str(one.action_name).removeprefix("tickets_claim_") in names
        ]

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show what is claimed, its photos, what is said about it, and who would pay."""
        context = extra_context or {}
        claim = self.get_object(request, object_id)
        if claim is not None:
            context |= {"page": content_of(claim, user=request.user), "title": str(claim)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def file_view(self, request: StaffRequest, line_id: int) -> HttpResponse:
        """Inspect a line and claim its damage, with photos, which no dialog can take."""
        lines = TicketLine.objects.select_related("ticket__borrower", "asset")
        line = get_object_or_404(lines, pk=line_id)
        is_asked = request.method == "POST"
        if not is_asked and not request.user.has_perm("tickets.inspect_ticket"):
            raise PermissionDenied
        form = dialogs.FileClaimForm(
            line, request.POST if is_asked else None, request.FILES if is_asked else None
        )
        if form.is_valid() and _filed(request, form):
            return redirect("admin:tickets_ticket_change", line.ticket_id)
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Claim damage"),
            "line": line,
            "form": form,
            "can_inspect": LINE_LIFECYCLE.allows(LineAction.INSPECT, LineStatus(line.status)),
            "media": self.media + form.media,
        }
        return TemplateResponse(request, "tickets/file_claim.html", context)

    def photo_view(self, request: StaffRequest, claim_id: int, file_id: int) -> HttpResponse:
        """Hand out a photo of a claim; that somebody looked at it is kept."""
        claim = get_object_or_404(Claim, pk=claim_id)
        get_object_or_404(claim.line.files, pk=file_id)
        try:
            file, content = services.download(file_id, actor=request.user)
        except NotPermitted as denied:
            raise PermissionDenied(denied.message) from None
        response = as_download(content, name=file.name, content_type=file.content_type)
        if file.content_type.startswith("image/"):
            response["Content-Disposition"] = "inline"
        return response

    @action(
        description=gettext_lazy("Accept"),
        permissions=["view"],
        icon="check",
        dialog=dialogs.GRANT,
    )
    def grant(self, request: StaffRequest, form: dialogs.GrantForm, object_id: str) -> HttpResponse:  # noqa: ARG002
        """Agree to all of it, or less."""
        return _decide(request, form, dialogs.GRANT, Verdict.APPROVE, amount=form.in_minor_units)

    @action(
        description=gettext_lazy("Dismiss"),
        permissions=["view"],
        icon="block",
        variant=ActionVariant.DANGER,
        dialog=dialogs.DISMISS,
    )
    def dismiss(
        self,
        request: StaffRequest,
        form: dialogs.RefuseClaimForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Grant nothing."""
        return _decide(request, form, dialogs.DISMISS, Verdict.REJECT)

    @action(
        description=gettext_lazy("Request changes"),
        permissions=["view"],
        icon="edit_note",
        dialog=dialogs.SEND_BACK,
    )
    def send_back(
        self,
        request: StaffRequest,
        form: dialogs.RefuseClaimForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Let it be revised."""
        return _decide(request, form, dialogs.SEND_BACK, Verdict.RETURN)

    @action(
        description=gettext_lazy("Dispute"),
        permissions=["view"],
        icon="contract_delete",
        dialog=dialogs.DISPUTE,
    )
    def dispute(
        self,
        request: StaffRequest,
        form: dialogs.RefuseClaimForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Note for the borrower that they do not agree."""
        return _carry_out(
            request,
            form,
            dialogs.DISPUTE,
            partial(services.dispute, form.claim.pk, **_why(request, form)),
        )

    @action(
        description=gettext_lazy("Revise"),
        permissions=["view"],
        icon="edit",
        dialog=dialogs.REVISE,
    )
    def revise(
        self,
        request: StaffRequest,
        form: dialogs.ReviseForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Ask again."""
        deed = partial(
            services.revise,
            form.claim.pk,
            estimate=form.in_minor_units or 0,
            description=form.cleaned_data["reason"],
            actor=request.user,
        )
        return _carry_out(request, form, dialogs.REVISE, deed)

    @action(
        description=gettext_lazy("Withdraw"),
        permissions=["view"],
        icon="undo",
        dialog=dialogs.WITHDRAW,
    )
    def withdraw(
        self,
        request: StaffRequest,
        form: dialogs.RefuseClaimForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Claim nothing any more."""
        deed = partial(services.withdraw_claim, form.claim.pk, **_why(request, form))
        return _carry_out(request, form, dialogs.WITHDRAW, deed)


def _unbroken(text: str) -> str:
    return format_html('<span class="whitespace-nowrap">{}</span>', text)


def _filed(request: StaffRequest, form: dialogs.FileClaimForm) -> bool:
    """File the claim, or say on the form why not."""
    found = services.Finding(
        form.line.pk,
        form.in_minor_units or 0,
        form.cleaned_data["description"],
        photos=form.cleaned_data["photos"],
    )
    try:
        services.inspect(form.line.ticket_id, findings=[found], actor=request.user)
    except NotPermitted as denied:
        raise PermissionDenied(denied.message) from None
    except DomainError as refusal:
        form.add_error(None, refusal.message)
        return False
    messages.success(request, _("The claim is filed, and the borrower is told."))
    return True


def _why(request: StaffRequest, form: dialogs.ClaimDialog) -> dict[str, Any]:
    return {"reason": form.cleaned_data["reason"], "actor": request.user}


def _decide(
    request: StaffRequest,
    form: dialogs.ClaimDialog,
    dialog: "ActionDialog",
    verdict: Verdict,
    *,
    amount: int | None = None,
) -> HttpResponse:
    deed = partial(
        services.decide_claim,
        form.claim.pk,
        verdict=verdict,
        amount=amount,
        **_why(request, form),
    )
    return _carry_out(request, form, dialog, deed)


def _carry_out(
    request: StaffRequest,
    form: dialogs.ClaimDialog,
    dialog: "ActionDialog",
    deed: "Callable[[], Claim]",
) -> HttpResponse:
    def said(claim: Claim) -> str:
        status = ClaimStatus(claim.status).label
        return _("{claim}: {status}.").format(claim=claim, status=status)

    page = reverse(PAGE, args=(form.claim.pk,))
    return carry_out(request, form, dialog, deed, success=said, then=page)
