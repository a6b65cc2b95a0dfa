"""Payouts: what went through payouts in transit and cash, as far as the ledger knows."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports.charts import Bar, Chart
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import PeriodForm, every_currency
from apps.reports.naming import counterparts_of
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.wallets.states import Role, TransactionKind

_MOVED = """
  FROM wallets AS wallet
  JOIN ledger_entries AS entry ON entry.wallet_id = wallet.id
  JOIN ledger_transactions AS movement ON movement.id = entry.transaction_id
 WHERE wallet.role IN ('payouts_in_transit', 'cash') AND %(currency)s IN ('', wallet.currency)
   AND entry.effective_on BETWEEN %(from_on)s AND %(until_on)s
"""
# Cash is ours, so a debit is money that came in; what is in transit we owe, so a credit is.
_ROWS = """
SELECT entry.effective_on, 'T-' || entry.transaction_id, {kind}, movement.description,
       {counterparts},
       CASE WHEN wallet.role <> 'cash' AND entry.amount > 0 THEN entry.amount END,
       CASE WHEN wallet.role <> 'cash' AND entry.amount < 0 THEN -entry.amount END,
       CASE WHEN wallet.role = 'cash' AND entry.amount < 0 THEN -entry.amount END,
       CASE WHEN wallet.role = 'cash' AND entry.amount > 0 THEN entry.amount END,
       wallet.currency, entry.line, entry.transaction_id
{moved} ORDER BY wallet.currency, entry.effective_on, entry.transaction_id, entry.line
"""
_BY_KIND = """
SELECT wallet.currency, {kind}, count(*), -sum(entry.amount)::bigint
{moved} AND wallet.role = 'cash' GROUP BY 1, 2 ORDER BY 1, 2
"""
_ENDS = """
SELECT wallet.currency, wallet.role, ledger_balance_on(wallet.id, %(from_on)s::date - 1),
       ledger_balance_on(wallet.id, %(until_on)s::date)
  FROM wallets AS wallet
 WHERE wallet.role IN ('payouts_in_transit', 'cash') AND %(currency)s IN ('', wallet.currency)
   AND EXISTS (SELECT FROM ledger_entries AS entry WHERE entry.wallet_id = wallet.id)
 ORDER BY wallet.currency, wallet.role DESC
"""


class MovementsForm(PeriodForm):
    """A period, and perhaps one currency."""

    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=every_currency, required=False
    )


class Payouts(Report):
    """One line for each entry on payouts in transit and on cash at bank."""

    slug = "payouts"
    title = gettext_lazy("Payouts")
    description = gettext_lazy(
        "What went into and out of payouts in transit, and into and out of cash at bank, in a "
        "period."
    )
    proof = gettext_lazy("opening balance and movements are the closing balance")
    icon = "output"
    group = Group.MONEY
    permission = "wallets.view_ledgerentry"
    form = MovementsForm
    is_landscape = is_by_currency = True
    row_key = ("transaction", "line")
    columns = (
        Column("effective_on", gettext_lazy("Date"), Kind.DATE, width=19),
        Column(
            "transaction",
            gettext_lazy("Transaction"),
            width=20,
            link=Link("wallets_ledgertransaction", "transaction_id"),
        ),
        Column("kind", gettext_lazy("Kind"), width=28),
        Column("description", gettext_lazy("Description"), width=52),
        Column("counterpart", gettext_lazy("From or to"), width=42),
        Column("sent", gettext_lazy("Into transit"), Kind.AMOUNT, width=28, is_summed=True),
        Column("arrived", gettext_lazy("Out of transit"), Kind.AMOUNT, width=28, is_summed=True),
        Column("cash_in", gettext_lazy("Cash in"), Kind.AMOUNT, width=28, is_summed=True),
        Column("cash_out", gettext_lazy("Cash out"), Kind.AMOUNT, width=28, is_summed=True),
        Column("currency", gettext_lazy("Currency")),
        Column("line", gettext_lazy("Line"), Kind.COUNT),
        Column("transaction_id", "transaction_id", Kind.KEY),
    )

    def query(self, answers: Answers) -> Query:
        """Return the entries of both wallets."""
        kind = label_of("movement.kind", TransactionKind.choices)
        sql = _ROWS.format(moved=_MOVED, kind=kind, counterparts=counterparts_of())
        return Query(sql, self.parameters(answers))

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that the movements explain both balances from one end to the other."""
        tie_outs, figures = [], []
        for currency, role, opening, closing in Query(_ENDS, self.parameters(answers)).rows():
            is_cash = role == Role.CASH
            more, less = ("cash_in", "cash_out") if is_cash else ("sent", "arrived")
            # Cash is a debit in the ledger; people read it as what there is.
            sign = -1 if is_cash else 1
            moved = totals.of(more, currency) - totals.of(less, currency)
            label = Role(role).label
            tie_outs.append(
                TieOut(
                    _("{account}: opening balance + movements").format(account=label),
                    expected=sign * closing,
                    found=sign * opening + moved,
                    currency=currency,
                    source=_("balance in the ledger at the end of the period"),
                )
            )
            if not is_cash:
                figures += [
                    (_("In transit before"), format_amount(opening, currency)),
                    (_("In transit after"), format_amount(closing, currency)),
                ]
        return Frame(tie_outs=tie_outs, figures=figures[:4], chart=self._by_kind(answers))

    def _by_kind(self, answers: Answers) -> Chart | None:
        """Draw what cash changed by, in the currency with most movements."""
        kind = label_of("movement.kind", TransactionKind.choices)
        sql = _BY_KIND.format(moved=_MOVED, kind=kind)
        rows = Query(sql, self.parameters(answers)).rows()
        if not rows:
            return None
        counts = {currency: 0 for currency, *_rest in rows}
        for currency, _kind, count, _amount in rows:
            counts[currency] += count
        shown = max(counts, key=counts.__getitem__)
        return Chart(
            _("Cash by kind, {currency}").format(currency=shown),
            [
                Bar(kind, amount, format_amount(amount, shown))
                for currency, kind, _count, amount in rows
                if currency == shown
            ],
        )
