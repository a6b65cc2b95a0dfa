"""The form of a schedule: the report's own parameters, with days that may be words."""

from collections.abc import Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from apps.accounts.models import User
from apps.common.admin import DialogForm, ReasonForm
from apps.reports import relative
from apps.reports.admin.forms import FormatsForm, dressed
from apps.reports.receiving import may_receive
from apps.reports.scheduling.wish import Wish
from apps.reports.states import Format

if TYPE_CHECKING:
    from apps.reports.models import ReportSchedule
    from apps.reports.report import Report

DAYS_LIST = "relative-days"
_WORDS_HELP = gettext_lazy("words that follow the due day (clear the field to see all), or a day")

PAUSE_DIALOG: dict[str, Any] = {
    "title": gettext_lazy("Pause this schedule?"),
    "description": gettext_lazy("It does not run until it is resumed. Say why."),
    "form_class": ReasonForm,
    "form_submit_text": gettext_lazy("Pause"),
}
RESUME_DIALOG: dict[str, Any] = {
    "title": gettext_lazy("Resume this schedule?"),
    "description": gettext_lazy("It runs from its next moment on. What it missed stays missed."),
    "form_class": DialogForm,
    "form_submit_text": gettext_lazy("Resume"),
}
RUN_NOW_DIALOG: dict[str, Any] = {
    "title": gettext_lazy("Run it now?"),
    "description": gettext_lazy("Once, with today’s days, and it goes to the recipients too."),
    "form_class": DialogForm,
    "form_submit_text": gettext_lazy("Run now"),
}


class KeepForm(DialogForm):
    """Until when files stay, and why."""

    until_on = forms.DateField(
        label=gettext_lazy("Keep until"),
        widget=UnfoldAdminTextInputWidget(attrs={"placeholder": "2030-12-31"}),
        help_text=gettext_lazy("year-month-day, this day included; ten years at the most"),
    )
    reason = forms.CharField(
        label=gettext_lazy("Why"),
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        max_length=2000,
    )


KEEP_DIALOG: dict[str, Any] = {
    "title": gettext_lazy("Keep the files longer?"),
    "description": gettext_lazy("They would be deleted on their day otherwise."),
    "form_class": KeepForm,
    "form_submit_text": gettext_lazy("Keep"),
}


class RelativeDayField(forms.CharField):
    """A day, or the words for one that follows the due day; `said` is what is kept of it."""

    said = ""

    def clean(self, value: Any) -> date | None:
        """Return the day that is meant today, with which the form checks the others."""
        typed = str(super().clean(value)).strip()
        for name, (title, meant) in relative.WORDS.items():
            if typed.lower() in {name, str(title).lower()}:
                self.said = name
                return meant(timezone.localdate())
        try:
            day = date.fromisoformat(typed) if typed else None
        except ValueError:
            raise forms.ValidationError(
                _("Choose words from the list, or type a day such as 2026-01-31.")
            ) from None
        self.said = day.isoformat() if day else ""
        return day

    def prepare_value(self, value: Any) -> Any:
        """Show the words."""
        return str(relative.WORDS[value][0]) if value in relative.WORDS else value


class ScheduleForm(FormatsForm):
    """When, for whom, and how."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=UnfoldAdminTextInputWidget
    )
    cron = forms.CharField(
        label=gettext_lazy("When"),
        max_length=100,
        initial="30 6 1 * *",
        help_text=gettext_lazy(
            "minute, hour, day of the month, month, day of the week; "
            "“0 7 * * MON-FRI” is each working day at 7:00"
        ),
    )
    recipients = forms.ModelMultipleChoiceField(
        label=gettext_lazy("Recipients"),
        queryset=User.objects.none(),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=gettext_lazy("besides yourself; who may run and download this report"),
    )
    attached = forms.ChoiceField(
        label=gettext_lazy("Attach"),
        required=False,
        choices=[("", gettext_lazy("nothing; the e-mail has a link")), *Format.choices],
        widget=UnfoldAdminSelectWidget,
    )
    field_order = ("name", "cron", "recipients", "formats", "attached")

    def __init__(
        self, *args: Any, report: "Report", owner: User, moments_url: str, **options: Any
    ) -> None:
        """Offer whoever may have the report."""
        super().__init__(*args, **options)
        people = User.objects.filter(is_active=True, is_staff=True).exclude(pk=owner.pk)
        able = [person.pk for person in people if may_receive(person, report.slug)]
        field: Any = self.fields["recipients"]
        field.queryset = User.objects.filter(pk__in=able).order_by("display_name", "pk")
        self.fields["cron"].widget = UnfoldAdminTextInputWidget(
            attrs={
                "hx-get": moments_url,
                "hx-trigger": "load, input changed delay:400ms",
                "hx-target": "#schedule-moments",
                "aria-describedby": "schedule-moments",
            }
        )
        if not owner.has_perm("reports.attach_report"):
            del self.fields["attached"]


def parameters_form(report: "Report", data: Any, initial: Mapping[str, Any]) -> forms.Form:
    """Return the report's parameters, in which days may be words."""
    form = dressed(report, data, initial=dict(initial))
    for name in relative.date_fields(report):
        was = form.fields[name]
        form.fields[name] = RelativeDayField(
            label=was.label,
            help_text=" · ".join(str(text) for text in (was.help_text, _WORDS_HELP) if text),
            required=was.required,
            widget=UnfoldAdminTextInputWidget(attrs={"list": DAYS_LIST, "autocomplete": "off"}),
        )
    return form


def wish_of(schedule: ScheduleForm, parameters: forms.Form, report: "Report") -> Wish:
    """Return what was typed; days that are words stay words."""
    answers = schedule.cleaned_data
    said = {
        name: field.said or None
        for name, field in parameters.fields.items()
        if isinstance(field, RelativeDayField)
    }
    return Wish(
        name=answers["name"],
        parameters=report.parameters(parameters.cleaned_data) | said,
        formats=answers["formats"],
        cron=answers["cron"],
        recipients=list(answers["recipients"]),
        attached=answers.get("attached", ""),
    )


def initial_of(schedule: "ReportSchedule") -> dict[str, Any]:
    """Return what the form shows of a schedule that exists."""
    return {
        "name": schedule.name,
        "cron": schedule.cron,
        "recipients": schedule.recipients.all(),
        "formats": schedule.formats,
        "attached": schedule.attached,
        **schedule.parameters,
    }
