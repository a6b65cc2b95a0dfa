"""Holds by age: what is set aside in people's wallets, for whom and for how long."""

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.reports.ages import age_of, chart_of, step_of
from apps.reports.columns import Column, Kind, Link
from apps.reports.forms import AgeForm
from apps.reports.naming import TICKET, account_of, day_of
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals

_DAYS = f"greatest(%(on)s::date - {day_of('hold.placed_at')}, 0)"
_ACTIVE = """
  FROM ledger_holds AS hold
  JOIN wallets AS wallet ON wallet.id = hold.wallet_id
  LEFT JOIN users AS person ON person.id = wallet.owner_id
 WHERE hold.status = 'active' AND %(currency)s IN ('', wallet.currency)
"""
_ROWS = """
SELECT 'H-' || hold.id, wallet.number, {account}, hold.reason,
       CASE WHEN hold.about_type_id = {ticket} THEN 'TK-' || hold.about_id END,
       {placed_on}, {days}, {age}, {expires_on}, hold.amount,
       hold.amount - hold.captured - hold.released, wallet.currency, hold.id, wallet.id,
       CASE WHEN hold.about_type_id = {ticket} THEN hold.about_id END
{active} ORDER BY wallet.currency, hold.placed_at, hold.id
"""
_BY_AGE = """
SELECT wallet.currency, {step}, count(*), sum(hold.amount - hold.captured - hold.released)::bigint
{active} GROUP BY 1, 2 ORDER BY 1, 2
"""
_HELD = """
SELECT currency, sum(held)::bigint FROM wallets
 WHERE %(currency)s IN ('', currency) GROUP BY currency HAVING sum(held) <> 0 ORDER BY currency
"""


class HoldsByAge(Report):
    """One line for each hold that is active now, the oldest first."""

    slug = "holds-by-age"
    title = gettext_lazy("Holds by age")
    description = gettext_lazy(
        "What is set aside in wallets now: for whom, for which ticket, since when, and how much is "
        "left of it."
    )
    proof = gettext_lazy("what the wallets say is held")
    icon = "hourglass_top"
    group = Group.MONEY
    permission = "wallets.view_hold"
    form = AgeForm
    is_landscape = is_by_currency = True
    row_key = ("hold",)
    columns = (
        Column("hold", gettext_lazy("Hold"), width=17, link=Link("wallets_hold", "hold_id")),
        Column(
            "wallet", gettext_lazy("Wallet"), width=30, link=Link("wallets_wallet", "wallet_id")
        ),
        Column("owner", gettext_lazy("Owner"), width=36),
        Column("reason", gettext_lazy("What for"), width=43),
        Column(
            "ticket", gettext_lazy("Ticket"), width=17, link=Link("tickets_ticket", "ticket_id")
        ),
        Column("placed_on", gettext_lazy("Placed"), Kind.DATE, width=20),
        Column("days", gettext_lazy("Days"), Kind.COUNT, width=13, unit=gettext_lazy("days")),
        Column("age", gettext_lazy("Age"), width=23),
        Column("expires_on", gettext_lazy("Expires"), Kind.DATE, width=20),
        Column("amount", gettext_lazy("Amount"), Kind.AMOUNT, width=27, is_summed=True),
        Column("remaining", gettext_lazy("Remaining"), Kind.AMOUNT, width=27, is_summed=True),
        Column("currency", gettext_lazy("Currency")),
        *(Column(key, key, Kind.KEY) for key in ("hold_id", "wallet_id", "ticket_id")),
    )

    def query(self, answers: Answers) -> Query:
        """Return the active holds."""
        sql = _ROWS.format(
            active=_ACTIVE,
            account=account_of(),
            ticket=TICKET,
            days=_DAYS,
            age=age_of(_DAYS),
            placed_on=day_of("hold.placed_at"),
            expires_on=day_of("hold.expires_at"),
        )
        return Query(sql, self._asked(answers))

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that the holds are what the wallets say is held."""
        asked = self._asked(answers)
        held = dict(Query(_HELD, asked).rows())
        by_age = Query(_BY_AGE.format(step=step_of(_DAYS), active=_ACTIVE), asked).rows()
        return Frame(
            tie_outs=[
                TieOut(
                    _("Remaining of all active holds = held"),
                    expected=held.get(currency, 0),
                    found=totals.of("remaining", currency),
                    currency=currency,
                    source=_("“held” of the wallets"),
                )
                for currency in sorted(held.keys() | totals.sums.keys())
            ],
            chart=chart_of(_("Remaining by age"), by_age),
        )

    def _asked(self, answers: Answers) -> dict[str, str]:
        return {**self.parameters(answers), "zone": settings.TIME_ZONE}
