"""Any list of the back office as a report: its rows as the requester sees them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import QueryDict
from django.utils.text import capfirst, slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.admin import BaseAdmin
from apps.reports.columns import Column, Kind
from apps.reports.errors import ParametersRefused
from apps.reports.forms import ParameterForm
from apps.reports.lists.offering import CURRENCY, Offered, currency_of, offered_by
from apps.reports.lists.paper import on_paper
from apps.reports.lists.shown import Shown, page_of, shown_to, without_pages
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrOrPromise

    from apps.accounts.models import User


class _ColumnsField(forms.Field):
    """Names of columns; which there are, the list says."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: object) -> list[str]:
        """Return the names."""
        return [str(name) for name in value] if isinstance(value, (list, tuple)) else []


# The form has a field `list`, which hides the type.
type _Facts = list[tuple[str, str]]


class ListForm(ParameterForm):
    """Which list, how it is filtered, and which columns leave."""

    list = forms.CharField(label=gettext_lazy("List"), max_length=100)
    filter = forms.CharField(label=gettext_lazy("Filter"), required=False, strip=False)
    columns = _ColumnsField(label=gettext_lazy("Columns"))

    def clean_list(self) -> str:
        """Refuse a list that there is not."""
        name: str = self.cleaned_data["list"]
        if page_of(name) is None:
            raise forms.ValidationError(_("There is no list “{name}”.").format(name=name))
        return name

    def clean_filter(self) -> str:
        """Keep what narrows and orders the rows."""
        return without_pages(self.cleaned_data["filter"])

    @classmethod
    def in_words(cls, answers: Mapping[str, Any]) -> _Facts:
        """Return the list and the words of its address."""
        page = page_of(answers["list"])
        facts = [(str(_("List")), _name(page) if page else answers["list"])]
        asked = QueryDict(answers["filter"])
        words = [f"{name}: {value}" for name in asked for value in asked.getlist(name) if value]
        return [*facts, (str(_("Filter")), " · ".join(words))] if words else facts


def _name(page: BaseAdmin) -> str:
    return str(capfirst(str(page.opts.verbose_name_plural)))


class ListExport(Report):
    """The rows of a list, on all its pages, in the order of the list."""

    slug = "list-export"
    title: "_StrOrPromise" = gettext_lazy("List")
    description = gettext_lazy("The rows of a list as it is filtered and ordered.")
    icon = "download"
    group = Group.CONTROL
    permission = running = "reports.export_list"
    is_personal = True
    # What one person sees of a list is not held against what another does.
    is_comparable = False
    form = ListForm
    columns: tuple[Column, ...] = ()
    row_key: tuple[str, ...] = ()

    def settled(self, answers: Answers, requester: "User") -> Report:
        """Return the list as the requester sees it, with the columns that were chosen.

        Raises:
            NotPermitted: they may not see or not export the list.
            ParametersRefused: the list has no such filter or column.
        """
        page = page_of(answers["list"])
        assert page is not None, "the form has looked"
        return SettledList(page, shown_to(requester, page, answers["filter"]), answers["columns"])

    def file_stem(self, parameters: Mapping[str, Any]) -> str:
        """Return the name of the list, for a file."""
        return slugify(self.title_for(parameters)) or self.slug

    def title_for(self, parameters: Mapping[str, Any]) -> str:
        """Return the name of the list."""
        page = page_of(str(parameters.get("list", "")))
        return _("{rows} (list)").format(rows=_name(page)) if page else str(self.title)


class SettledList(ListExport):
    """One list with its rows and columns."""

    def __init__(self, page: BaseAdmin, shown: Shown, chosen: Sequence[str]) -> None:
        """Choose among the columns that may leave."""
        self.title = _("{rows} (list)").format(rows=_name(page))
        self.asks_for_step_up = page.export_asks_for_step_up
        self.facts = [(str(_("List")), _name(page)), *shown.facts]
        self._rows: QuerySet[Any] = shown.rows
        self._chosen = _among(page, chosen)
        plain = [Column(one.key, one.title, one.kind) for one in self._chosen]
        printed = on_paper(plain)
        self.fits_paper = printed is not None
        self.columns, self.is_landscape = printed or (tuple(plain), False)
        self.row_key = (self.columns[0].key,)

    def query(self, answers: Answers) -> Query:  # noqa: ARG002  (it was told before)
        """Return the rows in the order of the list."""
        return _asked(self._rows, *(one.expression for one in self._chosen))

    def frame(self, answers: Answers, totals: Totals) -> Frame:  # noqa: ARG002
        """Return that no row was lost or doubled by what was read along with it."""
        counted = _asked(self._rows.order_by(), "pk")
        sql = f"SELECT count(*) FROM ({counted.sql}) AS listed"  # noqa: S608  (our own names)
        ((row_count,),) = Query(sql, counted.parameters).rows()
        return Frame(
            [
                TieOut(
                    _("Rows of the file = rows of the list"),
                    expected=row_count,
                    found=totals.row_count,
                    source=_("count of the list"),
                )
            ]
        )

    def described(self, answers: Answers) -> list[tuple[str, str]]:  # noqa: ARG002
        """Return the list and its filters as the page names them."""
        return self.facts


def _among(page: BaseAdmin, chosen: Sequence[str]) -> list[Offered]:
    offered = {one.key: one for one in offered_by(page)}
    unknown = [name for name in chosen if name not in offered]
    if unknown:
        why = _("“{name}” is no column of this list.").format(name=unknown[0])
        raise ParametersRefused(why=why)
    # In the order of the list, whatever the order of the ticks.
    columns = [one for key, one in offered.items() if key in chosen]
    is_money = any(one.kind is Kind.AMOUNT for one in columns)
    currency = currency_of(page)
    if is_money and currency is not None and CURRENCY not in chosen:
        columns.append(Offered(CURRENCY, str(_("Currency")), Kind.TEXT, currency))
    return columns


def _asked(rows: "QuerySet[Any]", *columns: Any) -> Query:
    query = Query.of(rows.values_list(*columns))
    # Every statement of a run sees one moment, as it sees one state of the database.
    return Query(
        query.sql.replace("STATEMENT_TIMESTAMP()", "TRANSACTION_TIMESTAMP()"), query.parameters
    )
