"""Pricing an approved ticket anew: every line before and after, and the reason."""

from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from apps.common.admin import BaseAdmin, StaffRequest, carry_out
from apps.common.errors import DomainError
from apps.tickets import selectors, services
from apps.tickets.admin.dialogs import TicketDialog, dialog, text_field
from apps.tickets.admin.drafts import page_url
from apps.tickets.services import repricing

if TYPE_CHECKING:
    from django.http import HttpRequest


class RepriceForm(TicketDialog):
    """Shows what each line costs so far and by today’s tariffs, and asks why."""

    form_before_template = "tickets/dialog_reprice.html"
    reason = text_field(_("Reason"), help_text=_("The borrower reads it."))

    def get_before_template_context(
        self, request: "HttpRequest", object_id: int | str | None = None
    ) -> dict[str, Any]:
        """Show the lines, and what the wallet would need more or less."""
        context = super().get_before_template_context(request, object_id)
        before = self.ticket.price
        try:
            repriced = repricing.compared(self.ticket)
        except DomainError as refusal:
            return {**context, "refusal": refusal.message}
        more = self.ticket.price - before
        available = selectors.spendable_of(context["wallet"])
        return {
            **context,
            "repriced": repriced,
            "before": before,
            "after": self.ticket.price,
            "missing": max(more - available, 0),
        }


REPRICE = dialog(
    _("Price anew"),
    RepriceForm,
    _("Price anew"),
    _("By today’s tariffs, discounts and values. What is held is let go of and held anew."),
)


class RepriceDeed(BaseAdmin):
    """The button of those who may price a ticket anew."""

    def has_reprice_permission(self, request: "HttpRequest", _obj: Any = None) -> bool:
        """Ask for the permission; what is possible now is another question."""
        return bool(request.user.has_perm("tickets.reprice_ticket"))

    @action(
        description=_("Price anew"),
        permissions=["reprice"],
        icon="price_change",
        dialog=REPRICE,
    )
    def reprice(
        self,
        request: StaffRequest,
        form: RepriceForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Let it cost what today’s tariffs say."""
        deed = partial(
            services.reprice,
            form.ticket.pk,
            reason=form.cleaned_data["reason"],
            actor=request.user,
            seen_version=form.cleaned_data["seen_version"],
        )
        return carry_out(
            request,
            form,
            REPRICE,
            deed,
            success=lambda ticket: _("{ticket} is priced anew.").format(ticket=ticket),
            then=page_url(form.ticket.pk),
        )
