"""The lending register: what was lent, by whom to whom, and what it brought."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import PeriodForm
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.tickets.states import LineStatus, Status

# A line that never went out owes nothing, so its quoted amounts are left out.
_ROWS = """
SELECT 'TK-' || ticket.id,
       borrower.display_name,
       lender.display_name,
       asset.tag || ' ' || asset.name,
       ticket.starts_at,
       line.due_at,
       {status},
       {line_status},
       line.handed_over_at,
       line.returned_at,
       CASE WHEN line.handed_over_at IS NOT NULL THEN line.fee END,
       CASE WHEN line.handed_over_at IS NOT NULL THEN line.deposit END,
       CASE WHEN line.handed_over_at IS NOT NULL THEN line.late_fee END,
       CASE WHEN line.handed_over_at IS NOT NULL THEN line.damage END,
       CASE WHEN line.handed_over_at IS NOT NULL THEN line.commission END,
       ticket.currency, ticket.id, asset.id, borrower.id, lender.id
  FROM tickets AS ticket
  JOIN ticket_lines AS line ON line.ticket_id = ticket.id
  JOIN assets AS asset ON asset.id = line.asset_id
  JOIN users AS borrower ON borrower.id = ticket.borrower_id
  JOIN users AS lender ON lender.id = line.lender_id
 WHERE {in_period}
 ORDER BY ticket.starts_at, ticket.id, line.id
"""

_IN_PERIOD = """ticket.status <> 'draft'
   AND ticket.starts_at >= %(from_on)s::date::timestamp AT TIME ZONE %(zone)s
   AND ticket.starts_at < (%(until_on)s::date + 1)::timestamp AT TIME ZONE %(zone)s"""

# Income of the settled tickets of the period: in the register, and in the ledger.
_SETTLED = """
SELECT ticket.currency,
       sum(lines.commission)::bigint, sum(lines.late_fee)::bigint,
       sum(ledger.commission)::bigint, sum(ledger.late_fee)::bigint
  FROM tickets AS ticket
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(line.commission), 0) AS commission,
              coalesce(sum(line.late_fee), 0) AS late_fee
         FROM ticket_lines AS line
        WHERE line.ticket_id = ticket.id AND line.handed_over_at IS NOT NULL) AS lines
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(entry.amount)
                       FILTER (WHERE wallet.role = 'commission'), 0) AS commission,
              coalesce(sum(entry.amount) FILTER (WHERE wallet.role = 'late_fees'), 0) AS late_fee
         FROM ledger_entries AS entry JOIN wallets AS wallet ON wallet.id = entry.wallet_id
        WHERE entry.transaction_id = ticket.settlement_id) AS ledger
 WHERE ticket.settlement_id IS NOT NULL AND {in_period}
 GROUP BY ticket.currency ORDER BY ticket.currency
"""

# What is out, or back and not settled, is owed from escrow: all of it, whatever its period.
_ESCROW = """
SELECT wallet.currency, known.balance,
       (SELECT coalesce(sum(line.fee + line.deposit), 0)
          FROM ticket_lines AS line JOIN tickets AS ticket ON ticket.id = line.ticket_id
         WHERE ticket.currency = wallet.currency AND ticket.settlement_id IS NULL
           AND line.handed_over_at IS NOT NULL)::bigint
  FROM wallets AS wallet JOIN ledger_balances_on() AS known ON known.wallet_id = wallet.id
 WHERE wallet.role = 'escrow'
   AND EXISTS (SELECT FROM ledger_entries AS entry WHERE entry.wallet_id = wallet.id)
 ORDER BY wallet.currency
"""


class LendingRegister(Report):
    """One line for each asset on each ticket whose loan begins in the period."""

    slug = "lending-register"
    title = gettext_lazy("Lending register")
    description = gettext_lazy(
        "Every asset asked for or lent in a period: who, what, when, fee, deposit and damage. "
        "Amounts are those of what was handed over."
    )
    proof = gettext_lazy("what open loans owe = escrow, income = what was posted")
    icon = "menu_book"
    group = Group.LENDING
    permission = "tickets.view_ticket"
    form = PeriodForm
    is_landscape = True
    columns = (
        Column(
            "ticket", gettext_lazy("Ticket"), width=15, link=Link("tickets_ticket", by="ticket_id")
        ),
        Column(
            "borrower",
            gettext_lazy("Borrower"),
            width=28,
            link=Link("accounts_user", by="borrower_id"),
        ),
        Column(
            "lender", gettext_lazy("Lender"), width=28, link=Link("accounts_user", by="lender_id")
        ),
        Column("asset", gettext_lazy("Asset"), width=41, link=Link("assets_asset", by="asset_id")),
        Column("starts_at", gettext_lazy("From"), Kind.MOMENT, width=18),
        Column("ends_at", gettext_lazy("Until"), Kind.MOMENT, width=18),
        Column("status", gettext_lazy("Status"), width=17),
        Column("line_status", gettext_lazy("Line")),
        Column("handed_over_at", gettext_lazy("Handed over at"), Kind.MOMENT),
        Column("returned_at", gettext_lazy("Returned at"), Kind.MOMENT),
        Column("fee", gettext_lazy("Fee"), Kind.AMOUNT, width=18, is_summed=True),
        Column("deposit", gettext_lazy("Deposit"), Kind.AMOUNT, width=19, is_summed=True),
        Column("late_fee", gettext_lazy("Late fee"), Kind.AMOUNT, width=17, is_summed=True),
        Column("damage", gettext_lazy("Damage"), Kind.AMOUNT, width=17, is_summed=True),
        Column("commission", gettext_lazy("Commission"), Kind.AMOUNT, width=20, is_summed=True),
        Column("currency", gettext_lazy("Currency"), width=17),
        Column("ticket_id", gettext_lazy("Ticket"), Kind.KEY),
        Column("asset_id", gettext_lazy("Asset"), Kind.KEY),
        Column("borrower_id", gettext_lazy("Borrower"), Kind.KEY),
        Column("lender_id", gettext_lazy("Lender"), Kind.KEY),
    )
    row_key = ("ticket", "asset")

    def query(self, answers: Answers) -> Query:
        """Return the lines of the tickets that begin in the period, drafts left out."""
        sql = _ROWS.format(
            status=label_of("ticket.status", Status.choices),
            line_status=label_of("line.status", LineStatus.choices),
            in_period=_IN_PERIOD,
        )
        return Query(sql, self._period(answers))

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that escrow holds what open loans owe, and that income is what was posted."""
        tie_outs = [
            TieOut(
                _("Fees and deposits of all open loans = escrow"),
                expected=posted,
                found=owed,
                currency=currency,
                source=_("balance of the escrow wallet"),
            )
            for currency, posted, owed in Query(_ESCROW).rows()
        ]
        settled = Query(_SETTLED.format(in_period=_IN_PERIOD), self._period(answers)).rows()
        for currency, commission, late_fee, posted_commission, posted_late_fee in settled:
            tie_outs += [
                TieOut(
                    _("Commission of settled loans = posted to commission income"),
                    expected=posted_commission,
                    found=commission,
                    currency=currency,
                    source=_("entries of the settlements on commission income"),
                ),
                TieOut(
                    _("Late fees of settled loans = posted to late-fee income"),
                    expected=posted_late_fee,
                    found=late_fee,
                    currency=currency,
                    source=_("entries of the settlements on late-fee income"),
                ),
            ]
        figures = [
            (f"{label}, {currency}", format_amount(totals.of(key, currency), currency))
            for currency in totals.sums
            for key, label in (("fee", _("Fees")), ("commission", _("Commission")))
        ]
        return Frame(tie_outs=tie_outs, figures=figures[:4])

    def _period(self, answers: Answers) -> dict[str, str]:
        return {**self.parameters(answers), "zone": settings.TIME_ZONE}
