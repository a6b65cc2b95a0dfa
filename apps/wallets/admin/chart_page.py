"""The page of the chart of accounts: every balance of a currency, and whether both sides agree."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.wallets.charting import chart_of_accounts

if TYPE_CHECKING:
    from django.contrib.admin import AdminSite
    from django.http import HttpRequest, HttpResponse


class DayForm(forms.Form):
    """The day whose end the balances are of; empty for now."""

    on = forms.DateField(
        label=gettext_lazy("At the end of the effective day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )


def chart_view(site: "AdminSite", request: "HttpRequest") -> "HttpResponse":
    """Show the chart of each currency to whoever may read the ledger."""
    if not request.user.has_perm("wallets.view_ledgerentry"):
        raise PermissionDenied
    form = DayForm({"on": request.GET.get("on", "")})
    day = form.cleaned_data["on"] if form.is_valid() else None
    context: dict[str, Any] = {
        **site.each_context(request),
        "title": _("Chart of accounts"),
        "form": form,
        "day": day,
        "now": timezone.localtime(),
        "sheets": chart_of_accounts(day) if form.is_valid() else (),
    }
    return TemplateResponse(request, "wallets/chart_page.html", context)
