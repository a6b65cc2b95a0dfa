"""The calendars: of a category with a row for each asset, and of one asset."""

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.assets import calendar
from apps.assets.calendar import Span, Strip
from apps.assets.models import Asset, Category
from apps.assets.states import Status
from apps.common.admin import BaseAdmin, StaffRequest

if TYPE_CHECKING:
    from django.db.models import Model
    from django.http import HttpResponse
    from django.urls import URLPattern

    from apps.accounts.models import User

ROWS = 25


class CalendarForm(forms.Form):
    """Which category, how much of the calendar, and beginning with which day and row."""

    category = forms.ModelChoiceField(
        Category.objects.all(), label=gettext_lazy("Category"), required=False, empty_label=None
    )
    span = forms.ChoiceField(
        label=gettext_lazy("Show"),
        choices=[("month", gettext_lazy("Month")), ("week", gettext_lazy("Week"))],
        required=False,
    )
    on = forms.DateField(
        label=gettext_lazy("Day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    after = forms.CharField(required=False, widget=forms.HiddenInput)


@dataclass(frozen=True)
class Asked:
    """What the address asks for."""

    form: CalendarForm
    span: Span
    first: date

    @property
    def last(self) -> date:
        """The first day after what is shown."""
        return self.span.next(self.first)

    def address(self, **other: Any) -> str:
        """Return the query of the same page with something changed."""
        asked = {"span": self.span.value, "on": self.first.isoformat()}
        if category := self.form.cleaned_data.get("category"):
            asked["category"] = str(category.pk)
        return "?" + urlencode({**asked, **other})

    def in_words(self) -> str:
        """Name the month, or the week by its first and last day."""
        if self.span is Span.MONTH:
            return date_format(self.first, "F Y")
        sunday = date.fromordinal(self.last.toordinal() - 1)
        return f"{date_format(self.first, 'j M')} – {date_format(sunday, 'j M Y')}"


class CalendarPages(BaseAdmin):
    """Both calendars, for whoever sees assets."""

    def get_urls(self) -> "list[URLPattern]":
        """Put the calendars before the pages of single assets."""
        wrap = self.admin_site.admin_view
        return [
            path("calendar/", wrap(self.calendar_view), name="assets_asset_calendar"),
            path(
                "<int:asset_id>/calendar/",
                wrap(self.asset_calendar_view),
                name="assets_asset_calendar_of",
            ),
            *super().get_urls(),
        ]

    def calendar_view(self, request: StaffRequest) -> "HttpResponse":
        """Show a category: each asset a row, some rows at a time."""
        if not request.user.has_perm("assets.view_asset"):
            raise PermissionDenied
        asked = _asked(request)
        category = asked.form.cleaned_data.get("category") or Category.objects.first()
        after = asked.form.cleaned_data.get("after", "")
        rows = _rows(category, after)
        shown, more = rows[:ROWS], rows[ROWS:]
        strips = calendar.of_assets(shown, asked.first, asked.last, now=timezone.now())
        context = {
            "title": _("Calendar"),
            "category": category,
            "is_of_category": True,
            "is_later": bool(after),
            "next_rows": asked.address(after=shown[-1].tag) if more else "",
            "first_rows": asked.address(),
        }
        return self._calendar(request, asked, strips, context)

    def asset_calendar_view(self, request: StaffRequest, asset_id: int) -> "HttpResponse":
        """Show one asset: the weeks of a month, or the days of a week."""
        if not request.user.has_perm("assets.view_asset"):
            raise PermissionDenied
        asset = self.get_queryset(request).filter(pk=asset_id).first()
        if asset is None:
            raise Http404
        asked = _asked(request)
        strips = calendar.of_asset(asset, asked.span, asked.first, now=timezone.now())
        context = {
            "title": _("Calendar of {asset}").format(asset=asset),
            "asset": asset,
            "category": asset.category,
        }
        return self._calendar(request, asked, strips, context)

    def _calendar(
        self, request: StaffRequest, asked: Asked, strips: list[Strip], context: dict[str, Any]
    ) -> "HttpResponse":
        today = timezone.localdate()
        facts = {
            **self.admin_site.each_context(request),
            "asked": asked,
            "form": asked.form,
            "period": asked.in_words(),
            "previous": asked.address(on=asked.span.previous(asked.first).isoformat()),
            "next": asked.address(on=asked.span.next(asked.first).isoformat()),
            "today": asked.address(on=today.isoformat()),
            "spans": [
                (label, asked.address(span=value), value == asked.span.value)
                for value, label in asked.form.fields["span"].choices  # type: ignore[attr-defined]
            ],
            "rows": [
                (strip, [(bar, _url_of(bar, request.user)) for bar in strip.bars])
                for strip in strips
            ],
            "columns": strips[0].columns if strips else (),
            **context,
        }
        return TemplateResponse(request, "assets/calendar.html", facts)


def _asked(request: StaffRequest) -> Asked:
    """Read the address; what makes no sense there is as if it were not."""
    form = CalendarForm(request.GET)
    form.is_valid()
    span = Span(form.cleaned_data.get("span") or Span.MONTH.value)
    on = form.cleaned_data.get("on") or timezone.localdate()
    # The calendar of computers ends, and the page after the last one would be none.
    on = min(max(on, date(1970, 1, 1)), date(9000, 1, 1))
    return Asked(form, span, span.first_day(on))


def _rows(category: Category | None, after: str) -> list[Asset]:
    """Return the next assets of the register by their tags, and one more."""
    assets = Asset.objects.filter(category=category, tag__gt=after).exclude(status=Status.RETIRED)
    return list(assets.select_related("category").order_by("tag")[: ROWS + 1])


def _url_of(bar: calendar.Bar, user: "User") -> str:
    """Return the page of what stands behind a bar, if this person may see it."""
    target: Model | None = bar.promise.about if bar.promise else bar.reservation
    return url_of(target, user) or url_of(bar.reservation, user)


def url_of(target: "Model | None", user: "User") -> str:
    """Return the page of a row, if this person may see it."""
    if target is None:
        return ""
    options = target._meta
    if not user.has_perm(f"{options.app_label}.view_{options.model_name}"):
        return ""
    return reverse(f"admin:{options.app_label}_{options.model_name}_change", args=(target.pk,))
