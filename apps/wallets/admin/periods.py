"""Periods: months of the books, closed and reopened by a controller, with what they said."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action
from unfold.enums import ActionVariant

from apps.audit.models import Outcome
from apps.audit.selectors import events_about
from apps.common.admin import (
    KeysetAdmin,
    ReadOnlyAdmin,
    ReasonForm,
    StaffRequest,
    carry_out,
    dangerous,
)
from apps.common.admin.exporting import is_export
from apps.wallets import services
from apps.wallets.charting import chart_of_accounts
from apps.wallets.models import Period
from apps.wallets.months import Month, last_closed, months, next_to_close, warnings_about

if TYPE_CHECKING:
    from datetime import date

    from django.http import HttpRequest
    from unfold.dataclasses import ActionDialog, UnfoldAction

LIST = "admin:wallets_period_changelist"
PAGE = "admin:wallets_period_change"
DEEDS = 20


class CloseForm(ReasonForm):
    """Which month, and why; says before what is unfinished in it."""

    form_before_template = "wallets/period_warnings.html"

    # What the person saw, not what is next by the time they press the button.
    month = forms.DateField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Ask about the month of the page, or about the one that is closed next."""
        super().__init__(*args, **options)
        month = _month_of(self.object_id)
        self.fields["month"].initial = month.starts_on if month else None

    def get_before_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,
    ) -> dict[str, Any]:
        """Return the month and what is unfinished in it."""
        month = _month_of(object_id)
        return {"month": month, "warnings": warnings_about(month) if month else ()}


CLOSE: "ActionDialog" = {
    "title": gettext_lazy("Close the month"),
    "description": gettext_lazy(
        "No entry takes effect in it or before it any more, and its trial balance is kept."
    ),
    "form_class": CloseForm,
    "form_submit_text": gettext_lazy("Close the month"),
}
REOPEN = dangerous(
    {
        "title": gettext_lazy("Reopen the month"),
        "description": gettext_lazy(
            "Entries may take effect in it again. What it said while it was closed is kept."
        ),
        "form_class": ReasonForm,
        "form_submit_text": gettext_lazy("Reopen"),
    }
)


@admin.register(Period)
class PeriodAdmin(KeysetAdmin, ReadOnlyAdmin):
    """The months, the newest first; changed by two dialogs alone."""

    change_list_template = "wallets/periods.html"
    change_form_template = "wallets/period_page.html"
    key = ("starts_on",)
    # The page has cards instead.
    fields = ("starts_on",)
    actions_list = ("close_next",)
    actions_detail = ("close", "reopen")

    class Media:
        """The style of the pages of money."""

        css: ClassVar[dict[str, Any]] = {"all": ("wallets/wallets.css",)}

    def has_close_permission(self, request: "HttpRequest", obj: object = None) -> bool:  # noqa: ARG002
        """Let those close and reopen who may."""
        return request.user.has_perm("wallets.close_period")

    def get_actions_list(self, request: "HttpRequest") -> "list[UnfoldAction]":
        """Return no button while no month is over."""
        permitted: list[UnfoldAction] = super().get_actions_list(request)
        is_over = bool(next_to_close())
        return [one for one in permitted if is_over or is_export(one)]

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Return what the month allows now: the next is closed, the last closed one reopened."""
        permitted: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        period = self.get_object(request, str(object_id))
        following, last = next_to_close(), last_closed()
        names = set()
        if period and following and following.starts_on == period.starts_on:
            names.add("wallets_period_close")
        if period and period == last:
            names.add("wallets_period_reopen")
        return [one for one in permitted if one.action_name in names]

    def changelist_view(
        self, request: "HttpRequest", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show every month, also those that nobody has closed."""
        context = {**(extra_context or {}), "months": months(), "following": next_to_close()}
        page: HttpResponse = super().changelist_view(request, context)
        return page

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the month with its trial balance and what was done to it."""
        context = extra_context or {}
        period = self.get_object(request, object_id)
        if period is not None and self.has_view_permission(request, period):
            context |= {"title": _name_of(period.starts_on), "page": _content_of(period, request)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(
        description=gettext_lazy("Close a month"),
        permissions=["close"],
        icon="lock",
        variant=ActionVariant.PRIMARY,
        dialog=CLOSE,
    )
    def close_next(self, request: StaffRequest, form: CloseForm) -> HttpResponse:
        """Close the month that the dialog named."""
        return _close(request, form)

    @action(
        description=gettext_lazy("Close the month"),
        permissions=["close"],
        icon="lock",
        dialog=CLOSE,
    )
    def close(self, request: StaffRequest, form: CloseForm, object_id: str) -> HttpResponse:  # noqa: ARG002
        """Close it again."""
        return _close(request, form)

    @action(
        description=gettext_lazy("Reopen"),
        permissions=["close"],
        icon="lock_open",
        variant=ActionVariant.DANGER,
        dialog=REOPEN,
    )
    def reopen(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Let it take entries again."""
        period = self.get_object(request, object_id)
        if period is None:
            raise Http404
        said = _("{month} is open again.").format(month=_name_of(period.starts_on))
        return _change(
            request,
            form,
            period.starts_on,
            dialog=REOPEN,
            service=services.reopen_period,
            said=said,
        )


def _close(request: StaffRequest, form: CloseForm) -> HttpResponse:
    month = form.cleaned_data["month"]
    said = _("{month} is closed.").format(month=_name_of(month))
    return _change(request, form, month, dialog=CLOSE, service=services.close_period, said=said)


def _change(
    request: StaffRequest,
    form: ReasonForm,
    month: "date",
    *,
    dialog: "ActionDialog",
    service: Callable[..., Period],
    said: str,
) -> HttpResponse:
    reason = form.cleaned_data["reason"]
    return carry_out(
        request,
        form,
        dialog,
        lambda: service(month, actor=request.user, reason=reason),
        success=said,
        then=lambda period: reverse(PAGE, args=(period.pk,)),
    )


def _month_of(object_id: int | str | None) -> Month | None:
    """Return the month of a page, or the one that is closed next."""
    if object_id is None:
        return next_to_close()
    is_number = str(object_id).isascii() and str(object_id).isdigit()
    period = Period.objects.filter(pk=object_id).first() if is_number else None
    return Month(period.starts_on, period) if period else None


def _name_of(month: "date") -> str:
    return date_format(month, "F Y")


def _content_of(period: Period, request: "HttpRequest") -> dict[str, Any]:
    """Return what the template prints: the kept balances, or those of now while it is open."""
    month = Month(period.starts_on, period)
    closing = _closing_of(month, request.GET.get("closing", ""))
    kept = (period.pk, closing) if closing else None
    sheets = chart_of_accounts(month.ends_on, kept=kept)
    return {
        "period": period,
        "month": month,
        "closings": range(1, period.closing_count + 1),
        "closing": closing,
        "sheets": sheets,
        "is_empty": all(sheet.is_empty for sheet in sheets),
        "deeds": events_about(period).filter(outcome=Outcome.DONE).order_by("-id")[:DEEDS],
        "warnings": () if month.is_closed else warnings_about(month),
    }


def _closing_of(month: Month, asked: str) -> int:
    """Return which of its closings to show: the last one of a closed month; 0 for as it is now."""
    count = month.period.closing_count if month.period else 0
    if asked in {str(closing) for closing in range(1, count + 1)}:
        return int(asked)
    return count if month.is_closed else 0
