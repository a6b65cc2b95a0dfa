"""Overdue loans: what should have been back by the end of a day, and was still out."""

from datetime import datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports.charts import Bar, Chart
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import DayForm
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.tickets import selectors

_AGES = (
    ("week", gettext_lazy("up to 7 days")),
    ("month", gettext_lazy("8 to 30 days")),
    ("quarter", gettext_lazy("31 to 90 days")),
    ("longer", gettext_lazy("more than 90 days")),
)

# The first condition of those still out, or back later, is what an index knows; no grace is
# negative. What was lost is out until somebody decided so; a find comes after that.
_OVERDUE = """
SELECT line.*, extract(epoch FROM %(end)s - line.due_at) AS late_by
  FROM ticket_lines AS line
  JOIN assets AS asset ON asset.id = line.asset_id
  JOIN asset_categories AS category ON category.id = asset.category_id
  LEFT JOIN tariffs AS own ON own.id = asset.tariff_id
  LEFT JOIN tariffs AS usual ON usual.id = category.tariff_id
 WHERE line.due_at < %(end)s AND line.handed_over_at < %(end)s
   AND line.due_at + coalesce(own.grace, usual.grace) < %(end)s
   AND (line.status = 'on_loan' OR line.returned_at >= %(end)s OR line.status IN ('lost', 'found'))
   AND NOT EXISTS (SELECT FROM ticket_claims AS loss
                    WHERE loss.line_id = line.id AND loss.kind = 'loss'
                      AND loss.status IN ('accepted', 'reduced') AND loss.decided_at < %(end)s)
"""

# As apps.assets.pricing.late_fee, by the terms fixed for the ticket: each unit that has begun after
# the grace, up to the cap; a part of a kit costs nothing, and what extensions settled stays.
_LATE_FEE = """
  CROSS JOIN LATERAL (
       SELECT ticket.quote #> ARRAY['lines', line.asset_id::text, 'late'] AS late) AS fixed
  CROSS JOIN LATERAL (
       SELECT ceil((line.late_by - (late ->> 'grace')::numeric)
                   / CASE late ->> 'late_fee_unit' WHEN 'hour' THEN 3600 WHEN 'week' THEN 604800
                          WHEN 'month' THEN 2592000 ELSE 86400 END)
              * (late ->> 'late_fee')::numeric AS price) AS begun
  CROSS JOIN LATERAL (
       SELECT CASE WHEN line.kit_line_id IS NOT NULL THEN 0
                   ELSE least(greatest(begun.price, 0), (late ->> 'late_fee_cap')::numeric)
              END::bigint AS amount) AS running
  CROSS JOIN LATERAL (
       SELECT coalesce(sum(one.late_fee), 0)::bigint AS amount
         FROM ticket_extension_lines AS one
         JOIN ticket_extensions AS extension ON extension.id = one.extension_id
        WHERE one.line_id = line.id AND one.dropped_at IS NULL
          AND extension.status = 'approved' AND extension.concluded_at < %(end)s) AS settled
"""

_ROWS = """
WITH line AS ({overdue})
SELECT 'TK-' || line.ticket_id, borrower.display_name, asset.tag || ' ' || asset.name,
       lender.display_name, line.due_at, round(line.late_by / 86400, 1), {age},
       running.amount + settled.amount, line.deposit, ticket.currency,
       ticket.id, line.asset_id, ticket.borrower_id, line.lender_id
  FROM line
  JOIN tickets AS ticket ON ticket.id = line.ticket_id
  JOIN assets AS asset ON asset.id = line.asset_id
  JOIN users AS borrower ON borrower.id = ticket.borrower_id
  JOIN users AS lender ON lender.id = line.lender_id
  {late_fee}
 ORDER BY ticket.currency, line.due_at, line.id
"""

_AGE = """CASE WHEN late_by <= 7 * 86400 THEN 'week' WHEN late_by <= 30 * 86400 THEN 'month'
               WHEN late_by <= 90 * 86400 THEN 'quarter' ELSE 'longer' END"""

_BY_AGE = "SELECT {age}, count(*) FROM ({overdue}) AS line GROUP BY 1"

_STILL_OUT = """
SELECT count(DISTINCT ticket_id) FROM ({overdue}) AS line WHERE status = 'on_loan'
"""

# What went into escrow for these tickets by then, and what their lines say that it was: what an
# extension cost came later when the extension was granted later.
_ESCROW = """
WITH late AS (SELECT DISTINCT ticket_id FROM ({overdue}) AS line)
SELECT ticket.currency, sum(lines.amount)::bigint, sum(ledger.amount)::bigint
  FROM late JOIN tickets AS ticket ON ticket.id = late.ticket_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(line.fee + line.deposit - coalesce((
                 SELECT sum(one.fee) FROM ticket_extension_lines AS one
                   JOIN ticket_extensions AS extension ON extension.id = one.extension_id
                  WHERE one.line_id = line.id AND one.dropped_at IS NULL
                    AND extension.status = 'approved' AND extension.concluded_at >= %(end)s
              ), 0)), 0) AS amount
         FROM ticket_lines AS line
        WHERE line.ticket_id = ticket.id AND line.handed_over_at < %(end)s) AS lines
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(entry.amount), 0) AS amount
         FROM ledger_transactions AS movement
         JOIN ledger_entries AS entry ON entry.transaction_id = movement.id
         JOIN wallets AS wallet ON wallet.id = entry.wallet_id AND wallet.role = 'escrow'
        WHERE movement.about_type_id = (SELECT id FROM django_content_type
                                         WHERE app_label = 'tickets' AND model = 'ticket')
          AND movement.about_id = ticket.id AND movement.effective_on <= %(on)s) AS ledger
 GROUP BY ticket.currency ORDER BY ticket.currency
"""


class OverdueLoans(Report):
    """What was out past its due time and the grace of its tariff at the end of a day."""

    slug = "overdue-loans"
    title = gettext_lazy("Overdue loans")
    description = gettext_lazy(
        "What should have been back by the end of a day and was still out, the oldest first. The "
        "due time is the one that holds now, so that extensions granted since count; the late fee "
        "is what a return at that moment would have cost."
    )
    proof = gettext_lazy("the queue of the desk, and escrow")
    icon = "alarm"
    group = Group.LENDING
    permission = "tickets.view_ticket"
    form = DayForm
    is_landscape = True
    is_by_currency = True
    columns = (
        Column(
            "ticket", gettext_lazy("Ticket"), width=18, link=Link("tickets_ticket", by="ticket_id")
        ),
        Column(
            "borrower",
            gettext_lazy("Borrower"),
            width=42,
            link=Link("accounts_user", by="borrower_id"),
        ),
        Column("asset", gettext_lazy("Asset"), width=58, link=Link("assets_asset", by="asset_id")),
        Column(
            "lender", gettext_lazy("Lender"), width=40, link=Link("accounts_user", by="lender_id")
        ),
        Column("due_at", gettext_lazy("Due back"), Kind.MOMENT, width=27),
        Column(
            "days", gettext_lazy("Days late"), Kind.DECIMAL, width=16, unit=gettext_lazy("days")
        ),
        Column("age", gettext_lazy("Age"), width=26),
        Column("late_fee", gettext_lazy("Late fee"), Kind.AMOUNT, width=22, is_summed=True),
        Column("deposit", gettext_lazy("Deposit"), Kind.AMOUNT, width=24, is_summed=True),
        Column("currency", gettext_lazy("Currency")),
        Column("ticket_id", gettext_lazy("Ticket"), Kind.KEY),
        Column("asset_id", gettext_lazy("Asset"), Kind.KEY),
        Column("borrower_id", gettext_lazy("Borrower"), Kind.KEY),
        Column("lender_id", gettext_lazy("Lender"), Kind.KEY),
    )
    row_key = ("ticket", "asset")

    def query(self, answers: Answers) -> Query:
        """Return the overdue lines, the longest first."""
        return self._asked(_ROWS, answers)

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that the desk counts the same, and that escrow holds what they paid in."""
        ((still_out,),) = self._asked(_STILL_OUT, answers).rows()
        tie_outs = [
            TieOut(
                _("Tickets of which something is still out = overdue at the desk"),
                expected=selectors.overdue(_end_of(answers)).count(),
                found=still_out,
                source=_("tickets on loan that the desk lists as overdue at that moment"),
            )
        ]
        tie_outs += [
            TieOut(
                _("Fees and deposits of these tickets = taken into escrow for them"),
                expected=posted,
                found=paid,
                currency=currency,
                source=_("entries about these tickets on the escrow wallet"),
            )
            for currency, paid, posted in self._asked(_ESCROW, answers).rows()
        ]
        figures = [(_("Overdue loans"), f"{totals.row_count:,}")]
        for currency in totals.sums:
            for key, label in (("late_fee", _("Late fees")), ("deposit", _("Deposits"))):
                amount = format_amount(totals.of(key, currency), currency)
                figures.append((f"{label}, {currency}", amount))
        return Frame(tie_outs=tie_outs, figures=figures[:4], chart=self._chart(answers))

    def _chart(self, answers: Answers) -> Chart:
        counts = dict(self._asked(_BY_AGE, answers).rows())
        return Chart(
            _("Overdue loans by age"),
            [Bar(str(label), counts.get(age, 0), str(counts.get(age, 0))) for age, label in _AGES],
        )

    def _asked(self, sql: str, answers: Answers) -> Query:
        # `label_of` in the rows, the bare age in the figures.
        age = label_of(f"({_AGE})", _AGES) if sql is _ROWS else _AGE
        return Query(
            sql.format(overdue=_OVERDUE, late_fee=_LATE_FEE, age=age),
            {"on": answers["on"], "end": _end_of(answers)},
        )


def _end_of(answers: Answers) -> datetime:
    """Return the midnight that ends the day at the office."""
    return timezone.make_aware(datetime.combine(answers["on"] + timedelta(days=1), time()))
