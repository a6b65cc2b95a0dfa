"""The deeds of a ticket: each a dialog, each one call of a service."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant

from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.common.admin import HistoryAdmin, StaffRequest, carry_out
from apps.common.errors import MoveNotAllowed
from apps.tickets import services
from apps.tickets.admin import approving, dialogs, pages
from apps.tickets.admin.drafts import page_url
from apps.tickets.admin.substituting import SUBSTITUTE, SubstituteForm
from apps.tickets.models import Ticket
from apps.tickets.selectors.moves import possible

if TYPE_CHECKING:
    from django.http import HttpRequest
    from unfold.dataclasses import ActionDialog, UnfoldAction


def _permission(codename: str) -> "Callable[..., bool]":
    """Return a method that asks for the permission; what is possible now is another question."""

    def has_permission(_self: Any, request: "HttpRequest", _obj: Any = None) -> bool:
        return bool(request.user.has_perm(f"tickets.{codename}_ticket"))

    return has_permission


class TicketDeeds(HistoryAdmin):
    """The buttons of the ticket page: exactly what is possible now and permitted."""

    actions_detail = (
        "submit",
        "approve",
        "request_changes",
        "reject",
        "hand_over",
        "substitute",
        "take_back",
        "extend",
        "inspect",
        "release",
        "declare_lost",
        "found_again",
        "reprice",
        "comment",
        "cancel",
    )

    has_submit_permission = _permission("submit")
    has_approve_permission = _permission("approve")
    has_cancel_permission = _permission("cancel")
    has_hand_over_permission = _permission("hand_over")
    has_take_back_permission = _permission("take_back")
    has_inspect_permission = _permission("inspect")
    has_comment_permission = _permission("comment")

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Return the buttons; a service refuses the rest in words, should somebody press twice."""
        permitted: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        ticket = self.get_object(request, str(object_id))
        if ticket is None:
            return []
        names = possible(ticket, list(ticket.lines.all()), request.user)
        return [one for one in permitted if self.name_of(one) in names]

    def name_of(self, one: "UnfoldAction") -> str:
        """Return the name of the method."""
        return str(one.action_name).removeprefix("tickets_ticket_")

    @action(
        description=_("Submit"),
        permissions=["submit"],
        icon="send",
        dialog=dialogs.SUBMIT,
    )
    def submit(
        self,
        request: StaffRequest,
        form: dialogs.SubmitForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Ask those who decide."""
        deed = partial(services.submit, form.ticket.pk, **who_and_when(request, form))
        return carry_out_on_page(
            request, form, dialogs.SUBMIT, deed, _("{ticket} waits for approval.")
        )

    @action(
        description=_("Approve"),
        permissions=["approve"],
        icon="check",
        dialog=approving.APPROVE,
    )
    def approve(
        self,
        request: StaffRequest,
        form: approving.ApproveForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Agree, on the open level."""
        deed = partial(_decide, request, form, Verdict.APPROVE)
        return carry_out_on_page(
            request, form, approving.APPROVE, deed, _("Your approval of {ticket} is recorded.")
        )

    @action(
        description=_("Request changes"),
        permissions=["approve"],
        icon="edit_note",
        dialog=dialogs.REQUEST_CHANGES,
    )
    def request_changes(
        self,
        request: StaffRequest,
        form: dialogs.ReturnForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Send it back."""
        deed = partial(_decide, request, form, Verdict.RETURN)
        return carry_out_on_page(
            request, form, dialogs.REQUEST_CHANGES, deed, _("{ticket} is sent back for changes.")
        )

    @action(
        description=_("Reject"),
        permissions=["approve"],
        icon="block",
        variant=ActionVariant.DANGER,
        dialog=dialogs.REJECT,
    )
    def reject(
        self,
        request: StaffRequest,
        form: dialogs.RejectForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """End it."""
        deed = partial(_decide, request, form, Verdict.REJECT)
        return carry_out_on_page(request, form, dialogs.REJECT, deed, _("{ticket} is rejected."))

    @action(
        description=_("Hand over"),
        permissions=["hand_over"],
        icon="output",
        url_path="hand-over",
    )
    def hand_over(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Open the page on which assets go out."""
        return pages.hand_over(self, request, object_id)

    @action(
        description=_("Substitute"),
        permissions=["hand_over"],
        icon="swap_horiz",
        dialog=SUBSTITUTE,
    )
    def substitute(
        self,
        request: StaffRequest,
        form: SubstituteForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Lend other assets instead."""
        deed = partial(form.substitute, actor=request.user)
        return carry_out_on_page(
            request, form, SUBSTITUTE, deed, _("{ticket} gets what you chose instead.")
        )

    @action(
        description=_("Take back"),
        permissions=["take_back"],
        icon="input",
        url_path="take-back",
    )
    def take_back(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Open the page on which assets come back."""
        return pages.take_back(self, request, object_id)

    @action(
        description=_("Inspect"),
        permissions=["inspect"],
        icon="search_check",
        url_path="inspect",
    )
    def inspect(self, request: StaffRequest, object_id: str) -> HttpResponse:
        """Open the page on which out and in stand side by side."""
        return pages.inspect(self, request, object_id)

    @action(
        description=_("Not collected"),
        permissions=["cancel"],
        icon="event_busy",
        dialog=dialogs.RELEASE,
    )
    def release(
        self,
        request: StaffRequest,
        form: dialogs.ReleaseForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Let go of what nobody collects."""
        deed = partial(
            services.release_lines,
            form.ticket.pk,
            line_ids=[line.pk for line, _values in form.ticked()],
            reason=form.cleaned_data["reason"],
            **who_and_when(request, form),
        )
        return carry_out_on_page(
            request,
            form,
            dialogs.RELEASE,
            deed,
            _("What was not collected of {ticket} is free again."),
        )

    @action(description=_("Comment"), permissions=["comment"], icon="chat")
    def comment(self, request: StaffRequest, object_id: str) -> HttpResponse:  # noqa: ARG002
        """Lead to the form, which takes files, as a dialog cannot."""
        return HttpResponseRedirect(f"{page_url(int(object_id))}#say")

    @action(
        description=_("Cancel"),
        permissions=["cancel"],
        icon="close",
        dialog=dialogs.CANCEL,
    )
    def cancel(
        self,
        request: StaffRequest,
        form: dialogs.CancelForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """End it before anything is handed over."""
        deed = partial(
            services.cancel,
            form.ticket.pk,
            reason=form.cleaned_data["reason"],
            **who_and_when(request, form),
        )
        return carry_out_on_page(request, form, dialogs.CANCEL, deed, _("{ticket} is cancelled."))


def who_and_when(request: StaffRequest, form: dialogs.TicketDialog) -> dict[str, Any]:
    return {"actor": request.user, "seen_version": form.cleaned_data["seen_version"]}


def _decide(request: StaffRequest, form: dialogs.DecisionForm, verdict: Verdict) -> object:
    """Decide on the request that the dialog was opened for."""
    request_id = form.cleaned_data["request_id"]
    if request_id is None:
        status = form.ticket.get_status_display()
        raise MoveNotAllowed(action=verdict.label, status=status)
    reason = form.cleaned_data["reason"]
    terms = form.terms() if isinstance(form, approving.ApproveForm) else None
    return approvals.decide(
        request_id, verdict=verdict, actor=request.user, reason=reason, terms=terms
    )


def carry_out_on_page(
    request: StaffRequest,
    form: dialogs.TicketDialog,
    dialog: "ActionDialog",
    deed: Callable[[], object],
    success: Any,
) -> HttpResponse:
    def said(_result: object) -> str:
        ticket = Ticket.objects.get(pk=form.ticket.pk)
        return str(success.format(ticket=ticket, status=ticket.get_status_display()))

    return carry_out(request, form, dialog, deed, success=said, then=page_url(form.ticket.pk))
