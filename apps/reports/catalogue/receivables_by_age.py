"""Receivables by age: who owes us what after a settlement, and for how long."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.reports.ages import age_of, chart_of, step_of
from apps.reports.columns import Column, Kind, Link
from apps.reports.forms import AgeForm
from apps.reports.naming import day_of
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals

_DAYS = f"greatest(%(on)s::date - {day_of('debt.due_at')}, 0)"
_OPEN = """
  FROM receivables AS debt JOIN users AS borrower ON borrower.id = debt.borrower_id
 WHERE debt.status = 'open' AND %(currency)s IN ('', debt.currency)
"""
_ROWS = """
SELECT 'R-' || debt.id, borrower.display_name, 'TK-' || debt.ticket_id,
       {due_on}, {days}, {age}, debt.reminder_count,
       debt.amount, debt.paid, debt.amount - debt.paid, debt.currency, debt.id, debt.ticket_id
{open} ORDER BY debt.currency, debt.due_at, debt.id
"""
_BY_AGE = """
SELECT debt.currency, {step}, count(*), sum(debt.amount - debt.paid)::bigint
{open} GROUP BY 1, 2 ORDER BY 1, 2
"""
_LEDGER = """
SELECT wallet.currency, -known.balance
  FROM wallets AS wallet JOIN ledger_balances_on() AS known ON known.wallet_id = wallet.id
 WHERE wallet.role = 'receivables' AND %(currency)s IN ('', wallet.currency) AND known.balance <> 0
"""


class ReceivablesByAge(Report):
    """One line for each receivable that is open now, the oldest first."""

    slug = "receivables-by-age"
    title = gettext_lazy("Receivables by age")
    description = gettext_lazy(
        "What borrowers owe now after the settlement of tickets: since when, what is paid, how "
        "often they were reminded."
    )
    proof = gettext_lazy("the balance of receivables")
    icon = "request_quote"
    group = Group.MONEY
    permission = "tickets.view_receivable"
    form = AgeForm
    is_by_currency = True
    row_key = ("receivable",)
    columns = (
        Column(
            "receivable",
            gettext_lazy("No."),
            width=15,
            link=Link("tickets_receivable", "receivable_id"),
        ),
        Column("borrower", gettext_lazy("Borrower"), width=32),
        Column(
            "ticket", gettext_lazy("Ticket"), width=15, link=Link("tickets_ticket", "ticket_id")
        ),
        Column("due_on", gettext_lazy("Due"), Kind.DATE, width=18),
        Column("days", gettext_lazy("Days"), Kind.COUNT, unit=gettext_lazy("days")),
        Column("age", gettext_lazy("Age"), width=20),
        Column("reminder_count", gettext_lazy("Reminders"), Kind.COUNT, width=17),
        Column("owed", gettext_lazy("Owed"), Kind.AMOUNT, width=23, is_summed=True),
        Column("paid", gettext_lazy("Paid"), Kind.AMOUNT, width=23, is_summed=True),
        Column("open", gettext_lazy("Open"), Kind.AMOUNT, width=23, is_summed=True),
        Column("currency", gettext_lazy("Currency")),
        *(Column(key, key, Kind.KEY) for key in ("receivable_id", "ticket_id")),
    )

    def query(self, answers: Answers) -> Query:
        """Return the open receivables."""
        sql = _ROWS.format(open=_OPEN, due_on=day_of("debt.due_at"), days=_DAYS, age=age_of(_DAYS))
        return Query(sql, self._asked(answers))

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that what is open is what the ledger shows on the receivables wallet."""
        asked = self._asked(answers)
        ledger = dict(Query(_LEDGER, asked).rows())
        by_age = Query(_BY_AGE.format(step=step_of(_DAYS), open=_OPEN), asked).rows()
        return Frame(
            tie_outs=[
                TieOut(
                    _("Open receivables = receivables in the ledger"),
                    expected=ledger.get(currency, 0),
                    found=totals.of("open", currency),
                    currency=currency,
                    source=_("balance of the receivables wallet"),
                )
                for currency in sorted(ledger.keys() | totals.sums.keys())
            ],
            chart=chart_of(_("Open by age"), by_age),
        )

    def _asked(self, answers: Answers) -> dict[str, str]:
        return {**self.parameters(answers), "zone": settings.TIME_ZONE}
