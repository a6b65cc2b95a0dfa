"""Lender earnings: what each lender got for each ticket, and what was taken back."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports import income
from apps.reports.charts import Bar, Chart
from apps.reports.columns import Column, Kind, Link
from apps.reports.forms import PeriodForm
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals

# What a find costs the lender is what left their wallet; goodwill gives the rest.
_EARNED = """
SELECT line.lender_id, settled.id AS ticket_id, settled.borrower_id, settled.effective_on,
       settled.currency, line.fee, line.commission, line.damage, 0::bigint AS given_back
  FROM settled
  JOIN ticket_lines AS line ON line.ticket_id = settled.id AND line.handed_over_at IS NOT NULL
UNION ALL
SELECT line.lender_id, ticket.id, ticket.borrower_id, movement.effective_on, entry.currency, 0, 0,
       0, -entry.amount
  FROM ledger_transactions AS movement
  JOIN ticket_claims AS claim ON claim.posting_id = movement.id
  JOIN ticket_lines AS line ON line.id = claim.line_id
  JOIN tickets AS ticket ON ticket.id = line.ticket_id
  JOIN ledger_entries AS entry ON entry.transaction_id = movement.id
  JOIN wallets AS wallet ON wallet.id = entry.wallet_id AND wallet.owner_id = line.lender_id
 WHERE movement.effective_on BETWEEN %(from_on)s AND %(until_on)s
"""

_ROWS = """
WITH settled AS ({settled}), earned AS ({earned})
SELECT lender.display_name, 'TK-' || earned.ticket_id, earned.effective_on,
       sum(earned.fee)::bigint, sum(earned.commission)::bigint, sum(earned.damage)::bigint,
       sum(earned.given_back)::bigint,
       sum(earned.fee - earned.commission + earned.damage - earned.given_back)::bigint,
       earned.currency, lender.email, earned.ticket_id, lender.id
  FROM earned JOIN users AS lender ON lender.id = earned.lender_id
 GROUP BY lender.id, earned.ticket_id, earned.effective_on, earned.currency
 ORDER BY earned.currency, lender.display_name, lender.id, earned.effective_on, earned.ticket_id
"""

# Who lends to themselves has one entry for all of a ticket, which tells no share: left out.
_OWN = """
WITH settled AS ({settled}), earned AS ({earned})
SELECT currency, sum(fee - commission + damage - given_back)::bigint
  FROM earned WHERE lender_id = borrower_id GROUP BY 1
"""

_POSTED = """
SELECT currency, sum(share)::bigint, sum(commission)::bigint, sum(goodwill)::bigint
  FROM (SELECT entry.currency,
               CASE WHEN wallet.owner_id <> settled.borrower_id THEN entry.amount END AS share,
               CASE WHEN wallet.role = 'commission' THEN entry.amount END AS commission,
               NULL::bigint AS goodwill
          FROM ({settled}) AS settled
          JOIN ledger_entries AS entry ON entry.transaction_id = settled.settlement_id
          JOIN wallets AS wallet ON wallet.id = entry.wallet_id
         UNION ALL
        SELECT entry.currency,
               CASE WHEN wallet.owner_id <> ticket.borrower_id THEN entry.amount END, NULL,
               CASE WHEN wallet.role = 'goodwill' THEN -entry.amount END
          FROM ledger_transactions AS movement
          JOIN ticket_claims AS claim ON claim.posting_id = movement.id
          JOIN ticket_lines AS line ON line.id = claim.line_id
          JOIN tickets AS ticket ON ticket.id = line.ticket_id
          JOIN ledger_entries AS entry ON entry.transaction_id = movement.id
          JOIN wallets AS wallet ON wallet.id = entry.wallet_id
         WHERE movement.effective_on BETWEEN %(from_on)s AND %(until_on)s) AS posted
 GROUP BY currency
"""

_CREDITED = """
SELECT ticket.currency, sum(claim.amount)::bigint
  FROM ledger_transactions AS movement
  JOIN ticket_claims AS claim ON claim.posting_id = movement.id
  JOIN ticket_lines AS line ON line.id = claim.line_id
  JOIN tickets AS ticket ON ticket.id = line.ticket_id
 WHERE movement.effective_on BETWEEN %(from_on)s AND %(until_on)s
 GROUP BY 1
"""

_MOST = """
WITH settled AS ({settled}), earned AS ({earned}), sums AS (
SELECT currency, lender_id, count(*) AS loans,
       sum(fee - commission + damage - given_back)::bigint AS paid
  FROM earned GROUP BY 1, 2)
SELECT sums.currency, lender.display_name, sums.paid
  FROM sums JOIN users AS lender ON lender.id = sums.lender_id
 WHERE currency = (SELECT currency FROM sums GROUP BY 1 ORDER BY sum(loans) DESC, 1 LIMIT 1)
 ORDER BY paid DESC, lender.display_name, lender.id LIMIT 10
"""


class LenderEarnings(Report):
    """What each lender got for each ticket settled in a period."""

    slug = "lender-earnings"
    title = gettext_lazy("Lender earnings")
    description = gettext_lazy(
        "For each lender and ticket settled in a period: fee, commission, damage, and what was "
        "paid. Late fees are ours. What lenders give back after a find stands as its own line."
    )
    proof = gettext_lazy("what was posted to the lenders’ wallets")
    icon = "volunteer_activism"
    group = Group.LENDING
    permission = "tickets.view_ticket"
    form = PeriodForm
    columns = (
        Column(
            "lender",
            gettext_lazy("Lender"),
            width=42,
            link=Link("accounts_user", by="lender_id"),
        ),
        Column(
            "ticket", gettext_lazy("Ticket"), width=17, link=Link("tickets_ticket", by="ticket_id")
        ),
        Column("on", gettext_lazy("Date"), Kind.DATE, width=19),
        Column("fee", gettext_lazy("Fee"), Kind.AMOUNT, width=21, is_summed=True),
        Column("commission", gettext_lazy("Commission"), Kind.AMOUNT, width=21, is_summed=True),
        Column("damage", gettext_lazy("Damage"), Kind.AMOUNT, width=21, is_summed=True),
        Column("given_back", gettext_lazy("Given back"), Kind.AMOUNT, width=21, is_summed=True),
        Column("paid", gettext_lazy("Paid"), Kind.AMOUNT, width=24, is_summed=True),
        Column("currency", gettext_lazy("Currency")),
        Column("lender_email", gettext_lazy("Lender’s e-mail")),
        Column("ticket_id", gettext_lazy("Ticket"), Kind.KEY),
        Column("lender_id", gettext_lazy("Lender"), Kind.KEY),
    )
    row_key = ("lender_email", "ticket", "on")
    is_by_currency = True

    def query(self, answers: Answers) -> Query:
        """Return one line for each lender, ticket and day, by lender."""
        return self._asked(_ROWS, answers)

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that lenders' wallets got the shares, and that goodwill gave the rest."""
        own = dict(self._asked(_OWN, answers).rows())
        posted = {row[0]: row[1:] for row in self._asked(_POSTED, answers).rows()}
        credited = dict(self._asked(_CREDITED, answers).rows())
        return Frame(
            tie_outs=[
                tie_out
                for currency in sorted({*posted, *totals.sums})
                for tie_out in _tie_outs(
                    currency,
                    totals,
                    posted.get(currency, (0, 0, 0)),
                    own.get(currency, 0),
                    credited.get(currency, 0),
                )
            ],
            figures=[
                (f"{label}, {currency}", format_amount(totals.of(key, currency), currency))
                for currency in totals.sums
                for key, label in (("fee", _("Fees")), ("paid", _("Paid to lenders")))
            ][:4],
            chart=self._chart(answers),
        )

    def _asked(self, sql: str, answers: Answers) -> Query:
        return Query(sql.format(settled=income.SETTLED, earned=_EARNED), self.parameters(answers))

    def _chart(self, answers: Answers) -> Chart | None:
        most = self._asked(_MOST, answers).rows()
        if not most:
            return None
        return Chart(
            _("Paid to lenders, the ten highest, {currency}").format(currency=most[0][0]),
            [Bar(name, paid, format_amount(paid, currency)) for currency, name, paid in most],
        )


def _tie_outs(
    currency: str,
    totals: Totals,
    posted: tuple[int | None, int | None, int | None],
    own: int,
    credited: int,
) -> list[TieOut]:
    share, commission, goodwill = (amount or 0 for amount in posted)
    return [
        TieOut(
            _("Paid to lenders = entries on their wallets (loans to oneself left out)"),
            expected=share,
            found=totals.of("paid", currency) - own,
            currency=currency,
            source=_("entries of the settlements and credits on wallets of others than borrowers"),
        ),
        TieOut(
            _("Commission = posted to commission income"),
            expected=commission,
            found=totals.of("commission", currency),
            currency=currency,
            source=_("entries of the settlements on commission income"),
        ),
        TieOut(
            _("Fee − commission + damage − given back = paid"),
            expected=totals.of("paid", currency),
            found=totals.of("fee", currency)
            - totals.of("commission", currency)
            + totals.of("damage", currency)
            - totals.of("given_back", currency),
            currency=currency,
            source=_("the column “Paid”"),
        ),
        TieOut(
            _("Given back by lenders and goodwill = credits granted"),
            expected=credited,
            found=totals.of("given_back", currency) + goodwill,
            currency=currency,
            source=_("amounts of the claims after finds"),
        ),
    ]
