"""The page of a ticket: the form around which everything that happened to it stands."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path, reverse

from apps.common.admin import StaffRequest
from apps.tickets.admin import page, pages
from apps.tickets.admin.approving import ApproveForm
from apps.tickets.admin.comments import EDIT, SAY, TicketComments
from apps.tickets.admin.deeds import TicketDeeds
from apps.tickets.admin.desk import DeskPages
from apps.tickets.admin.drafts import TicketDrafts
from apps.tickets.admin.extending import ExtensionDeeds, cards_of
from apps.tickets.admin.inspecting import InspectForm
from apps.tickets.admin.listing import TicketListing
from apps.tickets.admin.losses import TicketLosses
from apps.tickets.admin.picking import Assets, Borrowers
from apps.tickets.admin.repricing import RepriceDeed
from apps.tickets.models import Ticket
from apps.tickets.states import EDITABLE, Status

if TYPE_CHECKING:
    from django.urls import URLPattern


@admin.register(Ticket)
class TicketAdmin(
    TicketComments,
    TicketLosses,
    RepriceDeed,
    TicketDeeds,
    ExtensionDeeds,
    TicketDrafts,
    DeskPages,
    TicketListing,
):
    """Tickets from the first draft to the settlement."""

    change_form_template = "tickets/ticket_page.html"

    class Media:
        """The style of the ticket page and its dialogs."""

        css = {
            "all": (
                *("tickets/tickets.css", "tickets/evidence.css", "tickets/comments.css"),
                "approvals/deciding.css",
            ),
        }
        js = ("tickets/evidence.js", "tickets/mentions.js")

    def get_urls(self) -> "list[URLPattern]":
        """Add what the form and the dialogs ask while somebody types."""
        wrap = self.admin_site.admin_view
        return [
            path("borrowers/", wrap(Borrowers.as_view()), name="tickets_ticket_borrowers"),
            path("assets/", wrap(Assets.as_view()), name="tickets_ticket_assets"),
            path(
                "<int:ticket_id>/settlement/",
                wrap(self.settlement_view),
                name="tickets_ticket_settlement",
            ),
            path("<int:ticket_id>/terms/", wrap(self.terms_view), name="tickets_ticket_terms"),
            path(
                "<int:ticket_id>/photos/<int:file_id>/",
                wrap(pages.photo),
                name="tickets_ticket_photo",
            ),
            path(
                "<int:ticket_id>/receipts/<int:file_id>/",
                wrap(pages.receipt),
                name="tickets_ticket_receipt",
            ),
            *super().get_urls(),
        ]

    def terms_view(self, request: StaffRequest, ticket_id: int) -> HttpResponse:
        """Show what an approval of what is ticked so far would hold; nothing is decided."""
        if not self.has_approve_permission(request):
            raise PermissionDenied
        get_object_or_404(Ticket, pk=ticket_id)
        form = ApproveForm(request, ticket_id, data=request.GET)
        form.is_valid()
        context = form.get_after_template_context(request, ticket_id)
        return render(request, "tickets/dialog_terms.html", context)

    def settlement_view(self, request: StaffRequest, ticket_id: int) -> HttpResponse:
        """Show the settlement for the damage typed so far; nothing is posted."""
        if not self.has_inspect_permission(request):
            raise PermissionDenied
        get_object_or_404(Ticket, pk=ticket_id)
        form = InspectForm(request, ticket_id, data=request.GET)
        context = form.get_after_template_context(request, ticket_id)
        return render(request, "tickets/dialog_settlement.html", context)

    def changeform_view(
        self,
        request: StaffRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the ticket around the form; a form of what is no draft any more says so."""
        context = {
            **(extra_context or {}),
            "show_save_and_continue": False,
            "show_save_and_add_another": False,
        }
        ticket = self.get_object(request, object_id) if object_id else None
        if ticket and self.has_view_permission(request, ticket):
            refused: dict[str, Any] = {}
            if request.method == "POST" and {SAY, EDIT} & request.POST.keys():
                answer = self.take_comment(request, ticket)
                if isinstance(answer, HttpResponse):
                    return answer
                # The page is drawn as if it were opened: the form around it was not sent.
                refused, request.method = answer, "GET"
            elif request.method == "POST" and ticket.status not in EDITABLE:
                return self.refuse_late_form(request, ticket)
            context["page"] = {
                **self._content(request, ticket),
                **self.comment_content(request, ticket, refused),
            }
            context["title"] = str(ticket)
        response: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return response

    def _content(self, request: StaffRequest, ticket: Ticket) -> dict[str, Any]:
        buttons = self.get_actions_detail(request, ticket.pk)
        name = page.FIRST.get(Status(ticket.status))
        return {
            **page.content_of(ticket, user=request.user),
            "extensions": cards_of(ticket, request.user),
            "is_form": self.has_change_permission(request, ticket),
            "first": next(
                (
                    {
                        "title": one.description,
                        "icon": one.icon,
                        "path": reverse(f"admin:{one.action_name}", args=(ticket.pk,)),
                        "is_dialog": bool(one.dialog),
                    }
                    for one in buttons
                    if self.name_of(one) == name
                ),
                None,
            ),
        }
