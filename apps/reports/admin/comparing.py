"""The dialog on a run's page that compares it with an earlier run."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from apps.common.admin import DialogForm
from apps.reports.admin.forms import FormatsForm
from apps.reports.models import ReportRun
from apps.reports.states import Format, Status

if TYPE_CHECKING:
    from apps.accounts.models import User

_OFFERED = 50


def earlier_runs(run: ReportRun, person: "User") -> list[ReportRun]:
    """Return the runs with which this person may compare a finished run; the likeliest first."""
    if run.status != Status.DONE or not run.files.filter(format=Format.CSV).exists():
        return []
    return list(ReportRun.objects.visible_to(person).comparable_with(run)[:_OFFERED])


class CompareForm(DialogForm, FormatsForm):
    """With which run, and what the comparison is saved as."""

    before = forms.ChoiceField(
        label=_("Earlier run"),
        widget=UnfoldAdminSelectWidget,
        help_text=_("those with the same parameters come first"),
    )
    field_order = ("before", "formats")

    def __init__(self, request: HttpRequest, object_id: Any = None, **options: Any) -> None:
        """Offer the earlier runs of the same report."""
        super().__init__(request, object_id, **options)
        run = ReportRun.objects.visible_to(request.user).filter(pk=object_id).first()  # type: ignore[arg-type]  # staff only
        earlier = earlier_runs(run, request.user) if run else []  # type: ignore[arg-type]  # staff only
        self.fields["before"].choices = [(one.pk, _named(one)) for one in earlier]  # type: ignore[attr-defined]  # a choice field


def _named(run: ReportRun) -> str:
    made_at = f"{timezone.localtime(run.finished_at):%Y-%m-%d %H:%M}"
    return " · ".join(part for part in (str(run), made_at, run.summary) if part)


COMPARE_DIALOG: dict[str, Any] = {
    "title": _("Compare with an earlier run"),
    "description": _("What was added, removed and changed since then, row by row."),
    "form_class": CompareForm,
    "form_submit_text": _("Compare"),
}
