"""Commission: what we kept of the fees, by month, lender, category or ticket."""

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports import income
from apps.reports.charts import Bar, Chart
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import PeriodForm
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.wallets.states import Role


class Detail(models.TextChoices):
    """What makes one line of the report."""

    MONTH = "month", gettext_lazy("month")
    LENDER = "lender", gettext_lazy("month and lender")
    CATEGORY = "category", gettext_lazy("month and category")
    TICKET = "ticket", gettext_lazy("ticket")


# What a line is called, and the key by which equal names stay apart.
_NAMES = {
    Detail.MONTH: ("{all}", "NULL::bigint"),
    Detail.LENDER: ("lender.display_name", "lender.id"),
    Detail.CATEGORY: ("category.name", "category.id"),
    Detail.TICKET: ("'TK-' || settled.id", "settled.id"),
}

# The last two lines of the order put what settled no ticket after the rest of its month.
_ROWS = """
WITH settled AS ({settled}), elsewhere AS ({elsewhere}), lines AS (
SELECT settled.currency, to_char(settled.effective_on, 'YYYY-MM') AS month, false AS is_other,
       {name} AS name, {key} AS key, count(*) AS loans, sum(line.fee)::bigint AS fee,
       sum(line.commission)::bigint AS commission
  FROM settled
  JOIN ticket_lines AS line ON line.ticket_id = settled.id AND line.handed_over_at IS NOT NULL
  JOIN users AS lender ON lender.id = line.lender_id
  JOIN assets AS asset ON asset.id = line.asset_id
  JOIN asset_categories AS category ON category.id = asset.category_id
 GROUP BY 1, 2, 4, 5
UNION ALL
SELECT currency, to_char(effective_on, 'YYYY-MM'), true, kind || ' T-' || transaction_id,
       transaction_id, NULL, NULL, sum(amount)::bigint
  FROM elsewhere GROUP BY 1, 2, 4, 5)
SELECT month, name, loans, fee, commission, round(100.0 * commission / nullif(fee, 0), 1), currency,
       {ticket_key}
  FROM lines
 ORDER BY currency, month, is_other, name, key
"""

_BY_MONTH = """
SELECT "currency", "month", sum("commission")::bigint FROM ({rows}) AS answer ({names})
 WHERE "currency" = (SELECT "currency" FROM ({rows}) AS answer ({names})
                      GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1)
 GROUP BY 1, 2 ORDER BY 2
"""


class CommissionForm(PeriodForm):
    """A period, and what makes one line."""

    detail = forms.ChoiceField(
        label=gettext_lazy("Detail"), choices=Detail.choices, initial=Detail.LENDER
    )


class Commission(Report):
    """What we kept of the fees of the tickets settled in a period."""

    slug = "commission"
    title = gettext_lazy("Commission")
    description = gettext_lazy(
        "What was kept of the fees of the tickets settled in a period, and what else moved "
        "commission income."
    )
    proof = gettext_lazy("the movement of commission income")
    icon = "percent"
    group = Group.LENDING
    permission = "tickets.view_ticket"
    form = CommissionForm
    columns = (
        Column("month", gettext_lazy("Month"), width=20),
        Column("name", gettext_lazy("Of"), width=70, link=Link("tickets_ticket", by="ticket_id")),
        Column("loans", gettext_lazy("Loans"), Kind.COUNT, width=18),
        Column("fee", gettext_lazy("Fees"), Kind.AMOUNT, width=29, is_summed=True),
        Column("commission", gettext_lazy("Commission"), Kind.AMOUNT, width=29, is_summed=True),
        Column("share", gettext_lazy("Share"), Kind.DECIMAL, width=20, unit="%"),
        Column("currency", gettext_lazy("Currency")),
        Column("ticket_id", gettext_lazy("Ticket"), Kind.KEY),
    )
    row_key = ("currency", "month", "name")
    is_by_currency = True

    def query(self, answers: Answers) -> Query:
        """Return the settled tickets as asked, and after each month what came from elsewhere."""
        detail = Detail(answers["detail"])
        name, key = _NAMES[detail]
        sql = _ROWS.format(
            settled=income.SETTLED,
            elsewhere=income.elsewhere(Role.COMMISSION),
            name=name.format(all=label_of("'all'", [("all", _("all tickets"))])),
            key=key,
            ticket_key="CASE WHEN NOT is_other THEN key END"
            if detail == Detail.TICKET
            else "NULL::bigint",
        )
        return Query(sql, self.parameters(answers))

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that the wallet of commission income moved by what the lines add up to."""
        moved = income.movement_of(Role.COMMISSION, answers)
        return Frame(
            tie_outs=[
                TieOut(
                    _("Commission and what else moved it = movement of commission income"),
                    expected=moved.get(currency, 0),
                    found=totals.of("commission", currency),
                    currency=currency,
                    source=_("balances of the commission wallet at both ends of the period"),
                )
                for currency in sorted({*moved, *totals.sums})
            ],
            figures=[
                (f"{label}, {currency}", format_amount(totals.of(key, currency), currency))
                for currency in totals.sums
                for key, label in (("fee", _("Fees")), ("commission", _("Commission")))
            ][:4],
            chart=self._chart(answers),
        )

    def _chart(self, answers: Answers) -> Chart | None:
        query = self.query(answers)
        names = ", ".join(f'"{column.key}"' for column in self.columns)
        months = Query(_BY_MONTH.format(rows=query.sql, names=names), query.parameters).rows()
        bars = [Bar(month, sum_, format_amount(sum_, one)) for one, month, sum_ in months]
        if not bars:
            return None
        return Chart(_("Commission by month, {currency}").format(currency=months[0][0]), bars)
