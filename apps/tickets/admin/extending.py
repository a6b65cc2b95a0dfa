"""Extensions on a ticket’s page: the dialogs, the price as it is typed, and the cards."""

from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.approvals import selectors as approvals
from apps.assets.wording import moment
from apps.common.admin import HistoryAdmin, ReasonForm, StaffRequest, carry_out
from apps.common.errors import DomainError
from apps.tickets import selectors, services
from apps.tickets.admin.dialogs import LinesForm, dialog, text_field
from apps.tickets.admin.drafts import page_url
from apps.tickets.admin.lines import LineField
from apps.tickets.admin.page import url_of
from apps.tickets.extension_summary import facts_of
from apps.tickets.models import Extension, Ticket
from apps.tickets.services import extending
from apps.tickets.states import LineStatus

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import URLPattern

    from apps.accounts.models import User
    from apps.tickets.models import TicketLine


def moment_field(label: Any, **options: Any) -> forms.DateTimeField:
    """Ask for a moment with the browser’s own field: a dialog has no calendar of ours."""
    widget = UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"})
    return forms.DateTimeField(label=label, widget=widget, **options)


class ExtendForm(LinesForm):
    """Which lines are kept longer, until when, and why; shows the price as it is typed."""

    status = LineStatus.ON_LOAN
    form_after_template = "tickets/dialog_extension.html"
    until = moment_field(_("Until"))
    reason = text_field(_("Reason"), help_text=_("Whoever decides reads it."))

    def __init__(self, *args: Any, **options: Any) -> None:
        """Begin with a day more."""
        super().__init__(*args, **options)
        later = max([timezone.now(), *(line.due_at for line in self.lines)]) + timedelta(days=1)
        self.initial["until"] = timezone.localtime(later).strftime("%Y-%m-%dT%H:%M")
        self.default_until = later

    def card(self, line: "TicketLine") -> LineField:
        """Ask only for the tick."""
        return LineField(
            line, {}, remarks=[str(_("Due back {due}.")).format(due=moment(line.due_at))]
        )

    def get_after_template_context(
        self,
        request: "StaffRequest",
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show what is typed so far: the price, or why it cannot be."""
        if self.is_bound and "until" in self.errors:
            return {"ticket": self.ticket, "is_unclear": True}
        until = self.cleaned_data["until"] if self.is_bound else self.default_until
        lines = [line for line, _values in self.ticked()] if self.is_bound else self.lines
        return {"ticket": self.ticket, **offer_of(self.ticket, lines, until, user=request.user)}


def offer_of(
    ticket: Ticket, lines: "list[TicketLine]", until: Any, *, user: "User"
) -> dict[str, Any]:
    """Return what keeping these lines until then would cost, and why it cannot be."""
    if not lines:
        return {"rows": []}
    now = timezone.now()
    for line in lines:
        line.ticket = ticket
    refusal = ""
    try:
        extending.refuse(lines, until, now=now, actor=user)
    except DomainError as why:
        refusal = why.message
    wish = Extension(ticket=ticket, ends_at=until)
    rows = []
    if until > max(now, *(line.due_at for line in lines)):
        rows = [extending.priced(wish, line, now=now) for line in lines]
    fee = sum(row.fee for row in rows)
    available = selectors.spendable_of(selectors.wallet_of(ticket))
    return {
        "refusal": refusal,
        "rows": rows,
        "fee": fee,
        "available": available,
        "missing": max(fee - available, 0),
    }


EXTEND = dialog(
    _("Ask for an extension"),
    ExtendForm,
    _("Ask for it"),
    _("Tick what is kept longer. The price is held at once, and taken when it is approved."),
)
WITHDRAW = dialog(
    _("Withdraw the extension"),
    ReasonForm,
    _("Withdraw it"),
    _("What is held for it is let go. What is out stays due when it was."),
)


class ExtensionDeeds(HistoryAdmin):
    """The button on the ticket page, and what its dialog asks while somebody types."""

    def has_extend_permission(self, request: "HttpRequest", _obj: Any = None) -> bool:
        """Tell who may ask for everybody."""
        return bool(request.user.has_perm(extending.PERMISSION))

    def get_urls(self) -> "list[URLPattern]":
        """Add the price."""
        view = self.admin_site.admin_view(self.extension_view)
        address = path("<int:ticket_id>/extension/", view, name="tickets_ticket_extension")
        return [address, *super().get_urls()]

    def extension_view(self, request: StaffRequest, ticket_id: int) -> HttpResponse:
        """Show the price of what is typed so far; nothing is asked for by that."""
        if not self.has_extend_permission(request):
            raise PermissionDenied
        get_object_or_404(Ticket, pk=ticket_id)
        form = ExtendForm(request, ticket_id, data=request.GET)
        form.is_valid()
        context = form.get_after_template_context(request, ticket_id)
        return render(request, "tickets/dialog_extension.html", context)

    @action(
        description=_("Extend"),
        permissions=["extend"],
        icon="more_time",
        dialog=EXTEND,
    )
    def extend(
        self,
        request: StaffRequest,
        form: ExtendForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Ask to keep the ticked lines longer."""
        deed = partial(
            services.request_extension,
            form.ticket.pk,
            line_ids=[line.pk for line, _values in form.ticked()],
            until=form.cleaned_data["until"],
            reason=form.cleaned_data["reason"],
            actor=request.user,
            seen_version=form.cleaned_data["seen_version"],
        )
        return carry_out(
            request,
            form,
            EXTEND,
            deed,
            success=lambda asked: _("{extension} is {status}.").format(
                extension=asked, status=asked.get_status_display()
            ),
            then=page_url(form.ticket.pk),
        )


def cards_of(ticket: Ticket, user: "User") -> "list[dict[str, Any]]":
    """Return what the page of a ticket shows of its extensions, newest first."""
    return [card_of(one, user) for one in ticket.extensions.select_related("requested_by")]


def card_of(extension: Extension, user: "User") -> dict[str, Any]:
    """Return what is shown of one extension: its lines, their arithmetic, and who may decide."""
    waiting = approvals.open_request_of(extension) if extension.concluded_at is None else None
    is_mine = waiting and approvals.waiting_for(user).filter(pk=waiting.pk).exists()
    return {
        **facts_of(extension),
        "url": url_of(extension, user),
        "asked": waiting if is_mine else None,
        "waits_for": waiting.role if waiting else "",
        "may_withdraw": waiting is not None and user.has_perm(extending.PERMISSION),
    }
