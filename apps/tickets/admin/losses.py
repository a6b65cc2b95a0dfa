"""The deeds for what is lost, and found again: each a dialog, each one call of a service."""

from functools import partial
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action

from apps.common.admin import HistoryAdmin, StaffRequest
from apps.tickets import services
from apps.tickets.admin import claim_dialogs as dialogs
from apps.tickets.admin.deeds import carry_out_on_page, who_and_when


class TicketLosses(HistoryAdmin):
    """Two buttons of the ticket page."""

    def has_lose_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Tell whether this person may report losses and finds."""
        return request.user.has_perm("tickets.take_back_ticket")

    @action(
        description=_("Report lost"),
        permissions=["lose"],
        icon="search_off",
        dialog=dialogs.LOSS,
    )
    def declare_lost(
        self,
        request: StaffRequest,
        form: dialogs.LossForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Ask to have a line treated as lost."""
        deed = partial(
            services.declare_lost,
            form.ticket.pk,
            line_id=form.cleaned_data["line"],
            reason=form.cleaned_data["reason"],
            value=form.in_minor_units,
            **who_and_when(request, form),
        )
        return carry_out_on_page(
            request, form, dialogs.LOSS, deed, _("The loss on {ticket} waits for a decision.")
        )

    @action(
        description=_("Found again"),
        permissions=["lose"],
        icon="where_to_vote",
        dialog=dialogs.FIND,
    )
    def found_again(
        self,
        request: StaffRequest,
        form: dialogs.FindForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Have back what was paid for as lost."""
        deed = partial(
            services.found_again,
            form.cleaned_data["line"],
            condition=form.cleaned_data["condition"],
            note=form.cleaned_data["note"],
            actor=request.user,
        )
        return carry_out_on_page(
            request, form, dialogs.FIND, deed, _("The asset is here; the credit is asked for.")
        )
