"""Late fees and damages: what loans cost beyond their fee, and what went back after a find."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports import income
from apps.reports.charts import Bar, Chart
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import PeriodForm
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.wallets.states import Role

_WHAT = (
    ("settled", gettext_lazy("settled")),
    ("found", gettext_lazy("found again")),
)

# Claims that were taken back, or annulled because the lost came back, claimed nothing in the end.
_CLAIMED = """
SELECT coalesce(sum(claim.estimate), 0)::bigint AS claimed,
       coalesce(sum(claim.amount) FILTER (WHERE claim.kind = 'damage'
                AND claim.status IN ('accepted', 'reduced')), 0)::bigint AS granted,
       coalesce(sum(claim.amount) FILTER (WHERE claim.kind = 'loss'
                AND claim.status IN ('accepted', 'reduced')), 0)::bigint AS lost
  FROM ticket_claims AS claim
 WHERE claim.line_id = line.id AND claim.kind <> 'credit' AND claim.status <> 'withdrawn'
"""

_CREDITS = """
SELECT claim.id, claim.line_id, claim.amount, movement.id AS posting_id, movement.effective_on
  FROM ledger_transactions AS movement JOIN ticket_claims AS claim ON claim.posting_id = movement.id
 WHERE movement.effective_on BETWEEN %(from_on)s AND %(until_on)s
"""

_ROWS = """
WITH settled AS ({settled}), elsewhere AS ({elsewhere}), happened AS (
SELECT settled.effective_on AS day, 'settled' AS what, line.id AS line_id, line.late_fee,
       claims.claimed, claims.granted, claims.lost, NULL::bigint AS credit
  FROM settled
  JOIN ticket_lines AS line ON line.ticket_id = settled.id AND line.handed_over_at IS NOT NULL
 CROSS JOIN LATERAL ({claimed}) AS claims
 WHERE line.late_fee > 0 OR line.damage > 0 OR claims.claimed > 0
UNION ALL
SELECT effective_on, 'found', line_id, NULL, NULL, NULL, NULL, amount FROM ({credits}) AS credits),
lines AS (
SELECT happened.day, {what} AS what, 'TK-' || ticket.id AS ticket,
       borrower.display_name AS borrower, asset.tag || ' ' || asset.name AS asset,
       lender.display_name AS lender, happened.late_fee, happened.claimed, happened.granted,
       happened.lost, happened.credit, ticket.currency, ticket.id AS ticket_id, asset.id AS asset_id
  FROM happened
  JOIN ticket_lines AS line ON line.id = happened.line_id
  JOIN tickets AS ticket ON ticket.id = line.ticket_id
  JOIN assets AS asset ON asset.id = line.asset_id
  JOIN users AS borrower ON borrower.id = ticket.borrower_id
  JOIN users AS lender ON lender.id = line.lender_id
UNION ALL
SELECT effective_on, kind, '', '', 'T-' || transaction_id, '', amount, NULL, NULL, NULL, NULL,
       currency, NULL, NULL
  FROM elsewhere)
SELECT * FROM lines
 ORDER BY currency, day, ticket_id NULLS LAST, asset_id, what, asset
"""

_CHARGED = """
WITH settled AS ({settled})
SELECT settled.currency, sum(line.damage)::bigint,
       (SELECT count(*) FROM ticket_claims AS claim JOIN ticket_lines AS line
            ON line.id = claim.line_id JOIN settled AS one ON one.id = line.ticket_id
          WHERE claim.kind <> 'credit' AND claim.status IN ('open', 'returned')
            AND one.currency = settled.currency)
  FROM settled
  JOIN ticket_lines AS line ON line.ticket_id = settled.id AND line.handed_over_at IS NOT NULL
 GROUP BY settled.currency
"""

_PAID_BACK = """
SELECT entry.currency, sum(entry.amount)::bigint
  FROM ({credits}) AS credits
  JOIN ticket_lines AS line ON line.id = credits.line_id
  JOIN tickets AS ticket ON ticket.id = line.ticket_id
  JOIN ledger_entries AS entry ON entry.transaction_id = credits.posting_id
  JOIN wallets AS wallet ON wallet.id = entry.wallet_id AND wallet.owner_id = ticket.borrower_id
 GROUP BY 1
"""


class LateFeesAndDamages(Report):
    """What each line settled in a period cost beyond its fee, and credits after finds."""

    slug = "late-fees-and-damages"
    title = gettext_lazy("Late fees and damages")
    description = gettext_lazy(
        "For each loan settled in a period that cost more than its fee: late fee, what was claimed "
        "and granted for damage or loss. Credits after a find, and what else moved late-fee "
        "income, stand as their own lines."
    )
    proof = gettext_lazy("the movement of late-fee income, and claims decided")
    icon = "build"
    group = Group.LENDING
    permission = "tickets.view_ticket"
    form = PeriodForm
    is_landscape = True
    is_by_currency = True
    columns = (
        Column("on", gettext_lazy("Date"), Kind.DATE, width=20),
        Column("what", gettext_lazy("What"), width=25),
        Column(
            "ticket", gettext_lazy("Ticket"), width=18, link=Link("tickets_ticket", by="ticket_id")
        ),
        Column("borrower", gettext_lazy("Borrower"), width=38),
        Column("asset", gettext_lazy("Asset"), width=57, link=Link("assets_asset", by="asset_id")),
        Column("lender", gettext_lazy("Lender")),
        Column("late_fee", gettext_lazy("Late fee"), Kind.AMOUNT, width=23, is_summed=True),
        Column("claimed", gettext_lazy("Claimed"), Kind.AMOUNT, width=23, is_summed=True),
        Column("granted", gettext_lazy("Damage"), Kind.AMOUNT, width=23, is_summed=True),
        Column("lost", gettext_lazy("Loss"), Kind.AMOUNT, width=23, is_summed=True),
        Column("credit", gettext_lazy("Credit"), Kind.AMOUNT, width=23, is_summed=True),
        Column("currency", gettext_lazy("Currency")),
        Column("ticket_id", gettext_lazy("Ticket"), Kind.KEY),
        Column("asset_id", gettext_lazy("Asset"), Kind.KEY),
    )
    row_key = ("on", "what", "ticket", "asset")

    def query(self, answers: Answers) -> Query:
        """Return what happened by day, and after each day what came from elsewhere."""
        return self._asked(_ROWS, answers)

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that late-fee income moved by as much, and that what was granted was charged."""
        moved = income.movement_of(Role.LATE_FEES, answers)
        charged = {row[0]: row[1:] for row in self._asked(_CHARGED, answers).rows()}
        paid_back = dict(self._asked(_PAID_BACK, answers).rows())
        tie_outs = []
        for currency in sorted({*moved, *charged, *totals.sums}):
            damage, undecided = charged.get(currency, (0, 0))
            tie_outs += [
                TieOut(
                    _("Late fees and what else moved them = movement of late-fee income"),
                    expected=moved.get(currency, 0),
                    found=totals.of("late_fee", currency),
                    currency=currency,
                    source=_("balances of the late-fee wallet at both ends of the period"),
                ),
                TieOut(
                    _("Damage and loss granted = charged at settlement"),
                    expected=damage,
                    found=totals.of("granted", currency) + totals.of("lost", currency),
                    currency=currency,
                    source=_("damage on the lines of the settled tickets"),
                ),
                TieOut(
                    _("Credits = paid into borrowers’ wallets"),
                    expected=paid_back.get(currency, 0),
                    found=totals.of("credit", currency),
                    currency=currency,
                    source=_("entries of the credits on borrowers’ wallets"),
                ),
                TieOut(
                    _("Claims on settled tickets that nobody has decided, {currency}").format(
                        currency=currency
                    ),
                    expected=0,
                    found=undecided,
                    source=_("a ticket is settled when every claim is decided"),
                ),
            ]
        return Frame(tie_outs=tie_outs, figures=_figures(totals), chart=_chart(totals))

    def _asked(self, sql: str, answers: Answers) -> Query:
        return Query(
            sql.format(
                settled=income.SETTLED,
                elsewhere=income.elsewhere(Role.LATE_FEES),
                claimed=_CLAIMED,
                credits=_CREDITS,
                what=label_of("happened.what", _WHAT),
            ),
            self.parameters(answers),
        )


def _figures(totals: Totals) -> list[tuple[str, str]]:
    return [
        (f"{label}, {currency}", format_amount(totals.of(key, currency), currency))
        for currency in totals.sums
        for key, label in (
            ("late_fee", _("Late fees")),
            ("granted", _("Damage")),
            ("lost", _("Loss")),
            ("credit", _("Credit")),
        )
    ][:4]


def _chart(totals: Totals) -> Chart | None:
    """Draw one currency: the one with the highest claims and fees."""
    sums = {
        one: sum(abs(value) for value in amounts.values()) for one, amounts in totals.sums.items()
    }
    if not sums:
        return None
    currency = max(sorted(sums), key=lambda one: sums[one])
    labels = (
        ("late_fee", _("Late fees")),
        ("claimed", _("Claimed")),
        ("granted", _("Damage")),
        ("lost", _("Loss")),
        ("credit", _("Credit")),
    )
    bars = [
        Bar(label, amount, format_amount(amount, currency))
        for key, label in labels
        if (amount := totals.of(key, currency)) or key == "late_fee"
    ]
    return Chart(_("What it came to, {currency}").format(currency=currency), bars)
