"""Utilisation: how much of a period each asset was lent, in the workshop, blocked, away or free."""

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports import income
from apps.reports.charts import Bar, Chart
from apps.reports.columns import Column, Kind, Link
from apps.reports.forms import PeriodForm
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals


class Detail(models.TextChoices):
    """What makes one line of the report."""

    ASSET = "asset", gettext_lazy("asset")
    CATEGORY = "category", gettext_lazy("category")


# Half-open, as reservations are: the midnight that ends the last day is outside.
_PERIOD = """
SELECT tstzrange(%(from_on)s::date::timestamp AT TIME ZONE %(zone)s,
                 (%(until_on)s::date + 1)::timestamp AT TIME ZONE %(zone)s) AS whole
"""

# From hand-over to return, however late; what is still out counts to the end of the period, and
# what was lost until somebody decided so.
_OUT = """
SELECT line.id, line.asset_id, line.handed_over_at AS since, ended.back
  FROM ticket_lines AS line
 CROSS JOIN period
 CROSS JOIN LATERAL (
       SELECT least(line.returned_at, (
           SELECT min(loss.decided_at) FROM ticket_claims AS loss
            WHERE loss.line_id = line.id AND loss.kind = 'loss'
              AND loss.status IN ('accepted', 'reduced'))) AS back) AS ended
 WHERE line.handed_over_at < upper(period.whole)
   AND (line.returned_at IS NULL OR line.returned_at > lower(period.whole))
   AND (ended.back IS NULL OR ended.back > lower(period.whole))
"""

# Each stretch of time belongs to the first that claims it: lent, away, maintenance, blackout.
# What an asset was, its history knows; who edits it meanwhile repeats the status.
_SPENT = """
WITH period AS ({period}), out AS ({out}), registered AS (
SELECT asset.*, tstzmultirange(period.whole) AS whole
  FROM assets AS asset, period
 WHERE asset.registered_at < upper(period.whole)
   AND NOT (asset.status = 'retired' AND EXISTS (
       SELECT FROM assets_history AS past WHERE past.id = asset.id AND past.status = 'retired'
          AND past.history_date <= lower(period.whole)))),
lent AS (
SELECT asset_id, count(*) AS loans,
       range_agg(tstzrange(since, CASE WHEN back < since THEN since ELSE back END)) AS stretch
  FROM out GROUP BY asset_id),
was AS (
SELECT past.id AS asset_id, past.status, range_agg(tstzrange(past.history_date, (
           SELECT min(next.history_date) FROM assets_history AS next
            WHERE next.id = past.id AND next.history_date > past.history_date
              AND next.status <> past.status))) AS stretch
  FROM assets_history AS past, period
 WHERE past.status IN ('in_maintenance', 'lost', 'retired')
   AND past.history_date < upper(period.whole)
 GROUP BY 1, 2),
taken AS (
SELECT asset_id, kind, range_agg(reservation.period) AS stretch
  FROM asset_reservations AS reservation, period
 WHERE reservation.is_holding AND reservation.kind <> 'loan'
   AND reservation.period && period.whole
 GROUP BY 1, 2),
claims AS (
SELECT asset.id, asset.tag || ' ' || asset.name AS name, asset.category_id, asset.lender_id,
       asset.currency, asset.whole, coalesce(lent.loans, 0) AS loans,
       asset.whole * coalesce(lent.stretch, '{{}}') AS lent,
       tstzmultirange(tstzrange(NULL, asset.registered_at))
       + coalesce(lost.stretch, '{{}}') + coalesce(retired.stretch, '{{}}') AS away,
       coalesce(workshop.stretch, '{{}}') + coalesce(planned.stretch, '{{}}') AS maintenance,
       coalesce(blocked.stretch, '{{}}') AS blackout
  FROM registered AS asset
  LEFT JOIN lent ON lent.asset_id = asset.id
  LEFT JOIN was AS lost ON lost.asset_id = asset.id AND lost.status = 'lost'
  LEFT JOIN was AS retired ON retired.asset_id = asset.id AND retired.status = 'retired'
  LEFT JOIN was AS workshop ON workshop.asset_id = asset.id
        AND workshop.status = 'in_maintenance'
  LEFT JOIN taken AS planned ON planned.asset_id = asset.id AND planned.kind = 'maintenance'
  LEFT JOIN taken AS blocked ON blocked.asset_id = asset.id AND blocked.kind = 'blackout'),
spent AS (
SELECT claims.id, claims.name, claims.category_id, claims.lender_id, claims.currency, claims.loans,
       {days_lent} AS lent, {days_away} AS away, {days_maintenance} AS maintenance,
       {days_blackout} AS blackout, {days_free} AS free, {days_whole} AS whole
  FROM claims)
"""

_DAYS = """(SELECT coalesce(sum(extract(epoch FROM upper(one) - lower(one))), 0) / 86400
              FROM unnest({stretch}) AS one)"""

_STRETCHES = {
    "lent": "lent",
    "away": "whole * away - lent",
    "maintenance": "whole * maintenance - lent - away",
    "blackout": "whole * blackout - lent - away - maintenance",
    "free": "whole - lent - away - maintenance - blackout",
    "whole": "whole",
}

_ROWS = """{spent},
fees AS (
SELECT line.asset_id, settled.currency, sum(line.fee)::bigint AS fee
  FROM ({settled}) AS settled
  JOIN ticket_lines AS line ON line.ticket_id = settled.id AND line.handed_over_at IS NOT NULL
 GROUP BY 1, 2)
SELECT {name}, count(*), {lender}, round(sum(spent.lent), 1), round(sum(spent.maintenance), 1),
       round(sum(spent.blackout), 1), round(sum(spent.away), 1), round(sum(spent.free), 1),
       round(100 * sum(spent.lent) / nullif(sum(spent.whole), 0), 1), sum(spent.loans)::bigint,
       coalesce(sum(fees.fee), 0)::bigint, spent.currency, {key}
  FROM spent
  JOIN asset_categories AS category ON category.id = spent.category_id
  JOIN users AS lender ON lender.id = spent.lender_id
  LEFT JOIN fees ON fees.asset_id = spent.id AND fees.currency = spent.currency
 GROUP BY {group}, spent.currency
 ORDER BY spent.currency, {name}, {group}
"""

_BY = {
    Detail.ASSET: {
        "name": "spent.name",
        "lender": "lender.display_name",
        "key": "spent.id",
        "group": "spent.id, spent.name, lender.display_name",
    },
    Detail.CATEGORY: {
        "name": "category.name",
        "lender": "''",
        "key": "NULL::bigint",
        "group": "category.id, category.name",
    },
}

# Without the arithmetic of ranges: a line lent twice at once would be counted twice here.
_PROOF = """{spent}
SELECT round(sum(spent.lent) * 1440)::bigint,
       (SELECT coalesce(round(sum(extract(epoch FROM
                   least(out.back, upper(period.whole)) - greatest(out.since, lower(period.whole))
               )) / 60), 0)::bigint
          FROM out, period),
       round(sum(spent.lent + spent.away + spent.maintenance + spent.blackout + spent.free)
             * 1440)::bigint,
       (SELECT round(count(*) * extract(epoch FROM upper(period.whole) - lower(period.whole)) / 60)
          FROM registered, period GROUP BY period.whole)::bigint,
       round(100 * sum(spent.lent) / nullif(sum(spent.whole), 0), 1)
  FROM spent
"""

_BY_CATEGORY = """{spent}
SELECT category.name, round(100 * sum(spent.lent) / sum(spent.whole), 1)
  FROM spent JOIN asset_categories AS category ON category.id = spent.category_id
 GROUP BY category.id HAVING sum(spent.whole) > 0
 ORDER BY 2 DESC, 1, category.id LIMIT 10
"""

_ESCROW = """
SELECT ledger.currency, ledger.amount, lines.deposit
  FROM (SELECT entry.currency, -sum(entry.amount)::bigint AS amount
          FROM ({settled}) AS settled
          JOIN ledger_entries AS entry ON entry.transaction_id = settled.settlement_id
          JOIN wallets AS wallet ON wallet.id = entry.wallet_id AND wallet.role = 'escrow'
         GROUP BY 1) AS ledger
  JOIN (SELECT settled.currency, sum(line.deposit)::bigint AS deposit
          FROM ({settled}) AS settled
          JOIN ticket_lines AS line ON line.ticket_id = settled.id
           AND line.handed_over_at IS NOT NULL
         GROUP BY 1) AS lines ON lines.currency = ledger.currency
 ORDER BY 1
"""


class UtilisationForm(PeriodForm):
    """A period, and what makes one line."""

    detail = forms.ChoiceField(
        label=gettext_lazy("Detail"), choices=Detail.choices, initial=Detail.ASSET
    )


class Utilisation(Report):
    """How much of a period each asset, or each category, was lent."""

    slug = "utilisation"
    title = gettext_lazy("Utilisation")
    description = gettext_lazy(
        "For each asset or category: days lent (to the return, however late), in maintenance, "
        "blocked, away (lost, retired or not yet registered) and free, the share that was lent, "
        "loans, and fees of the loans settled in the period. A day is 24 hours."
    )
    proof = gettext_lazy("loans added up one by one, and every hour of the period")
    icon = "monitoring"
    group = Group.LENDING
    permission = "tickets.view_ticket"
    form = UtilisationForm
    is_landscape = True
    is_by_currency = True
    columns = (
        Column("name", gettext_lazy("Of"), width=68, link=Link("assets_asset", by="asset_id")),
        Column("assets", gettext_lazy("Assets"), Kind.COUNT, width=16),
        Column("lender", gettext_lazy("Lender"), width=36),
        Column("lent", gettext_lazy("Lent"), Kind.DECIMAL, width=18, unit=gettext_lazy("days")),
        Column(
            "maintenance",
            gettext_lazy("Maintenance"),
            Kind.DECIMAL,
            width=25,
            unit=gettext_lazy("days"),
        ),
        Column(
            "blackout", gettext_lazy("Blocked"), Kind.DECIMAL, width=19, unit=gettext_lazy("days")
        ),
        Column("away", gettext_lazy("Away"), Kind.DECIMAL, width=18, unit=gettext_lazy("days")),
        Column("free", gettext_lazy("Free"), Kind.DECIMAL, width=18, unit=gettext_lazy("days")),
        Column("share", gettext_lazy("Share"), Kind.DECIMAL, width=16, unit="%"),
        Column("loans", gettext_lazy("Loans"), Kind.COUNT, width=15),
        Column("fee", gettext_lazy("Fees"), Kind.AMOUNT, width=24, is_summed=True),
        Column("currency", gettext_lazy("Currency")),
        Column("asset_id", gettext_lazy("Asset"), Kind.KEY),
    )
    row_key = ("currency", "name")

    def query(self, answers: Answers) -> Query:
        """Return assets or categories by name."""
        return self._asked(_ROWS, answers)

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that the loans lasted as long, and that every moment is counted once."""
        ((lent, lasted, counted, whole, share),) = self._asked(_PROOF, answers).rows()
        tie_outs = [
            TieOut(
                _("Time lent = time between hand-over and return, in minutes"),
                expected=lasted,
                found=lent or 0,
                source=_("lines of the tickets, one by one"),
            ),
            TieOut(
                _("Lent, maintenance, blocked, away and free = period × assets, in minutes"),
                expected=whole or 0,
                found=counted or 0,
                source=_("number of assets in the register"),
            ),
        ]
        tie_outs += [
            TieOut(
                _("Fees and deposits of settled loans = paid out of escrow"),
                expected=paid_out,
                found=totals.of("fee", currency) + deposit,
                currency=currency,
                source=_("entries of the settlements on the escrow wallet"),
            )
            for currency, paid_out, deposit in self._asked(_ESCROW, answers).rows()
        ]
        figures = [(_("Lent"), f"{share or 0} %")] + [
            (_("Fees, {currency}").format(currency=currency), format_amount(amount, currency))
            for currency in totals.sums
            if (amount := totals.of("fee", currency))
        ]
        return Frame(tie_outs=tie_outs, figures=figures[:4], chart=self._chart(answers))

    def _chart(self, answers: Answers) -> Chart:
        shares = self._asked(_BY_CATEGORY, answers).rows()
        bars = [Bar(name, round(share * 10), f"{share} %") for name, share in shares]
        return Chart(_("Share of the period that was lent, the ten highest categories"), bars)

    def _asked(self, sql: str, answers: Answers) -> Query:
        days = {f"days_{name}": _DAYS.format(stretch=of) for name, of in _STRETCHES.items()}
        return Query(
            sql.format(
                spent=_SPENT.format(period=_PERIOD, out=_OUT, **days),
                settled=income.SETTLED,
                **_BY[Detail(answers["detail"])],
            ),
            {**self.parameters(answers), "zone": settings.TIME_ZONE},
        )
