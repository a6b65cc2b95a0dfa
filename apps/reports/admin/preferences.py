"""How a person's files are written: the options beside a run, and the page that keeps them."""

from typing import TYPE_CHECKING, Any, Self

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldBooleanSwitchWidget

from apps.common.admin import StaffRequest
from apps.common.errors import NotPermitted
from apps.reports import services
from apps.reports.models import ReportPreferences
from apps.reports.options import Options, PaperSize, Separator

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.http import QueryDict

    from apps.accounts.models import User


class OptionsForm(forms.Form):
    """How files are written."""

    separator = forms.ChoiceField(
        label=gettext_lazy("Separator of the CSV"),
        choices=Separator.choices,
        widget=UnfoldAdminSelectWidget(choices=Separator.choices),
        help_text=gettext_lazy("Spreadsheets set to a comma as decimal sign expect a semicolon."),
    )
    has_bom = forms.BooleanField(
        label=gettext_lazy("CSV begins with a byte-order mark"),
        required=False,
        widget=UnfoldBooleanSwitchWidget(),
        help_text=gettext_lazy("Excel then reads accents and other scripts rightly."),
    )
    paper = forms.ChoiceField(
        label=gettext_lazy("Paper of the PDF"),
        choices=PaperSize.choices,
        widget=UnfoldAdminSelectWidget(choices=PaperSize.choices),
    )

    @classmethod
    def asked(cls, data: "QueryDict | None", person: "User") -> Self:
        """Return the form with what was sent, or with what the person prefers."""
        preferred = ReportPreferences.of(person).as_json()
        return cls(data if data and "separator" in data else None, initial=preferred)

    @property
    def is_in_order(self) -> bool:
        """Tell whether nothing was sent, or all of it is valid."""
        return not self.is_bound or self.is_valid()

    @property
    def options(self) -> Options:
        """What was chosen."""
        return Options.of(self.cleaned_data if self.is_bound else self.initial)


def preferences(request: StaffRequest, page: "ModelAdmin[Any]") -> HttpResponse:
    """Show and keep how this person's files are written."""
    if request.method != "POST" and not request.user.has_perm("reports.run_report"):
        raise PermissionDenied
    form = OptionsForm.asked(request.POST, request.user)
    if form.is_valid():
        try:
            services.prefer(form.options, actor=request.user)
        except NotPermitted as denied:
            raise PermissionDenied(denied.message) from None
        messages.success(request, _("Your files are written like this from now on."))
        return redirect("admin:reports_reportrun_catalogue")
    context = {
        **page.admin_site.each_context(request),
        "title": _("How my files are written"),
        "subtitle": None,
        "form": form,
        "media": page.media + form.media,
    }
    return TemplateResponse(request, "reports/admin/preferences.html", context)
