"""The report itself on the screen: a page of rows at once, sums and proof by a second request."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from apps.common.admin import StaffRequest
from apps.common.errors import DomainError, NotPermitted
from apps.reports import showing
from apps.reports.addresses import form_of, on_screen, query_of
from apps.reports.admin.table import laid_out
from apps.reports.showing import DEEPEST, ON_A_PAGE, Page

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.forms import Form
    from django.http import QueryDict

    from apps.reports.report import Answers, Report


def given(report: "Report", data: "QueryDict") -> "Form":
    """Return the report's form with what the address says; with its defaults if that is nothing."""
    if any(name in data for name in report.form.base_fields):
        return report.form(data)
    form = report.form()
    return report.form(
        {name: form.get_initial_for_field(field, name) for name, field in form.fields.items()}
    )


def show(
    request: StaffRequest, page: "ModelAdmin[Any]", report: "Report", form: "Form"
) -> HttpResponse:
    """Show the page of rows that the address asks for."""
    skipped = _skipped(request)
    parameters = report.parameters(form.cleaned_data)
    context: dict[str, Any] = {
        **page.admin_site.each_context(request),
        "media": page.media,
        "title": report.title,
        "subtitle": None,
        "report": report,
        "facts": report.described(form.cleaned_data),
        "ask_url": form_of(report.slug, parameters),
    }
    try:
        report, answers = showing.show(
            report.slug, parameters=parameters, skipped=skipped, actor=request.user
        )
        found = showing.page_of(report, answers, skipped)
    except NotPermitted as denied:
        raise PermissionDenied(denied.message) from None
    except DomainError as refusal:
        context["refusal"] = refusal.message
    else:
        context |= {"report": report, **_content(request, report, answers, found)}
    return TemplateResponse(request, "reports/admin/show.html", context)


def closing(request: StaffRequest, report: "Report", form: "Form") -> HttpResponse:
    """Return sums, opening and closing lines and tie-outs, for the page that shows the rows."""
    context: dict[str, Any] = {"report": report}
    parameters = report.parameters(form.cleaned_data)
    try:
        report, answers = showing.permitted(report.slug, parameters, request.user)
        proof = showing.proof_of(report, answers)
    except NotPermitted as denied:
        raise PermissionDenied(denied.message) from None
    except DomainError as refusal:
        context["refusal"] = refusal.message
    else:
        table = laid_out(
            report,
            answers,
            request.GET.getlist("shown"),
            request.user,
            is_full="every_column" in request.GET,
        )
        context |= {
            "report": report,
            "proof": proof,
            "summed": [column for column in report.columns if column.is_summed],
            "totals": list(table.totals(proof.totals)),
            "opening": table.balance(proof.frame.opening),
            "ending": table.balance(proof.frame.closing),
            "chart": proof.frame.chart,
            "tie_outs": proof.frame.tie_outs,
            "is_tied": proof.frame.is_tied,
            "has_moved": request.GET.get("position") != str(proof.position.last_id),
        }
    return TemplateResponse(request, "reports/admin/show_closing.html", context)


def _content(
    request: StaffRequest, report: "Report", answers: "Answers", page: Page
) -> dict[str, Any]:
    is_full = "every_column" in request.GET
    shown = sorted({str(row["currency"]) for row in page.rows if "currency" in row})
    table = laid_out(report, answers, shown, request.user, is_full=is_full)
    parameters = report.parameters(answers)
    here = on_screen(report.slug, parameters)
    widened = f"{here}&every_column=1"
    deeper = widened if is_full else here
    asked = query_of({"shown": shown, "position": page.position.last_id})
    closing_url = reverse("admin:reports_reportrun_closing", args=(report.slug,))
    before = page.skipped - ON_A_PAGE
    return {
        "page": page,
        "table": table,
        "sections": table.sections(page),
        "first": page.skipped + 1,
        "last": page.skipped + len(page.rows),
        "deepest": DEEPEST,
        "closing_url": f"{closing_url}?{deeper.partition('?')[2]}&{asked}",
        "previous_url": f"{deeper}&skipped={before}" if before >= 0 else "",
        "next_url": f"{deeper}&skipped={page.next_skipped}" if page.next_skipped else "",
        "columns_url": here if is_full else widened,
        "columns_label": _("Fewer columns") if is_full else _("All columns"),
        "has_other_columns": len(table.columns) < len(report.columns) or is_full,
    }


def _skipped(request: StaffRequest) -> int:
    """Return how many rows stand before the page: a whole number of pages, not too many."""
    text = request.GET.get("skipped", "0")
    wanted = int(text) if text.isdecimal() and len(text) < len(str(DEEPEST)) + 1 else 0
    return min(wanted, DEEPEST - ON_A_PAGE) // ON_A_PAGE * ON_A_PAGE
