"""Bank reconciliation: the books beside what the bank says."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.errors import DomainError
from apps.common.money import format_amount, parse_amount, plain_amount
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import DayForm, currencies_in_use, first_of_last_month
from apps.reports.naming import counterparts_of
from apps.reports.report import Answers, Frame, Group, Line, Query, Report, TieOut, Totals
from apps.wallets.states import Role, TransactionKind

# Cash is ours: a debit is money that came in, and its balance is shown as what there is.
_ROWS = """
SELECT entry.effective_on, 'T-' || entry.transaction_id, {kind}, movement.description,
       {counterparts},
       CASE WHEN entry.amount < 0 THEN -entry.amount END,
       CASE WHEN entry.amount > 0 THEN entry.amount END,
       (-before.balance - sum(entry.amount) OVER (
           ORDER BY entry.effective_on, entry.transaction_id, entry.line))::bigint,
       wallet.currency, entry.line, entry.transaction_id
  FROM wallets AS wallet
 CROSS JOIN LATERAL ledger_balance_on(wallet.id, %(since)s::date - 1) AS before(balance)
  JOIN ledger_entries AS entry ON entry.wallet_id = wallet.id
  JOIN ledger_transactions AS movement ON movement.id = entry.transaction_id
 WHERE wallet.role = 'cash' AND wallet.currency = %(currency)s
   AND entry.effective_on BETWEEN %(since)s AND %(on)s
 ORDER BY entry.effective_on, entry.transaction_id, entry.line
"""
_BALANCES = """
SELECT wallet.role, ledger_balance_on(wallet.id, %(since)s::date - 1),
       ledger_balance_on(wallet.id, %(on)s::date)
  FROM wallets AS wallet
 WHERE wallet.role IN ('cash', 'payouts_in_transit', 'suspense')
   AND wallet.currency = %(currency)s
"""


class BankForm(DayForm):
    """A day and a currency, and what the bank says."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"), choices=currencies_in_use)
    balance = forms.CharField(
        label=gettext_lazy("Balance according to the bank"),
        max_length=40,
        help_text=gettext_lazy("at the end of that day, such as 1234.50"),
    )
    since = forms.DateField(label=gettext_lazy("Movements since"), initial=first_of_last_month)
    field_order = ("currency", "on", "balance", "since")

    def clean(self) -> dict[str, Any]:
        """Refuse what is no amount, and movements that begin after the day."""
        answers = super().clean() or {}
        since, on = answers.get("since"), answers.get("on")
        if since and on and on < since:
            self.add_error("since", _("This day must not be after the other one."))
        currency, balance = answers.get("currency"), answers.get("balance")
        if currency and balance:
            try:
                answers["balance"] = plain_amount(parse_amount(balance, currency), currency)
            except DomainError as refusal:
                self.add_error("balance", str(refusal))
        return answers


class BankReconciliation(Report):
    """One line for each movement of cash, between the balances of the books."""

    slug = "bank-reconciliation"
    title = gettext_lazy("Bank reconciliation")
    description = gettext_lazy(
        "Cash at bank in the books beside the balance that the bank states, with payouts in "
        "transit and the movements that lead there."
    )
    proof = gettext_lazy("the bank’s figure, item by item")
    icon = "compare_arrows"
    group = Group.MONEY
    permission = "wallets.view_ledgerentry"
    form = BankForm
    is_landscape = True
    row_key = ("transaction", "line")
    columns = (
        Column("effective_on", gettext_lazy("Date"), Kind.DATE, width=20),
        Column(
            "transaction",
            gettext_lazy("Transaction"),
            width=22,
            link=Link("wallets_ledgertransaction", "transaction_id"),
        ),
        Column("kind", gettext_lazy("Kind"), width=30),
        Column("description", gettext_lazy("Description"), width=64),
        Column("counterpart", gettext_lazy("From or to"), width=44),
        Column("cash_in", gettext_lazy("Cash in"), Kind.AMOUNT, width=31, is_summed=True),
        Column("cash_out", gettext_lazy("Cash out"), Kind.AMOUNT, width=31, is_summed=True),
        Column("balance", gettext_lazy("Balance"), Kind.AMOUNT, width=31),
        Column("currency", gettext_lazy("Currency")),
        Column("line", gettext_lazy("Line"), Kind.COUNT),
        Column("transaction_id", "transaction_id", Kind.KEY),
    )

    def query(self, answers: Answers) -> Query:
        """Return the movements of cash."""
        kind = label_of("movement.kind", TransactionKind.choices)
        sql = _ROWS.format(kind=kind, counterparts=counterparts_of())
        return Query(sql, self.parameters(answers))

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that the bank says what the books do, once what is in transit is added to it.

        What is in transit has left the bank, and cash in the books only when it has arrived.
        """
        currency = answers["currency"]
        stated = parse_amount(answers["balance"], currency)
        found = Query(_BALANCES, self.parameters(answers)).rows()
        ends = {role: (opening, closing) for role, opening, closing in found}
        opening, closing = (-balance for balance in ends.get(Role.CASH, (0, 0)))
        in_transit = ends.get(Role.PAYOUTS_IN_TRANSIT, (0, 0))[1]
        suspense = ends.get(Role.SUSPENSE, (0, 0))[1]
        moved = totals.of("cash_in", currency) - totals.of("cash_out", currency)
        figures = (
            (_("According to the bank"), stated),
            (_("Payouts in transit"), in_transit),
            (_("Cash in the books"), closing),
            (_("In suspense"), suspense),
        )
        return Frame(
            figures=[(label, format_amount(amount, currency)) for label, amount in figures],
            opening=Line(
                {"description": _("Cash in the books before"), "balance": opening}, currency
            ),
            closing=Line({"description": _("Cash in the books"), "balance": closing}, currency),
            tie_outs=(
                TieOut(
                    _("Bank + payouts in transit = cash in the books"),
                    expected=stated + in_transit,
                    found=closing,
                    currency=currency,
                    source=_("balance according to the bank, as it was typed"),
                ),
                TieOut(
                    _("Cash before + movements = cash in the books"),
                    expected=closing,
                    found=opening + moved,
                    currency=currency,
                    source=_("balance of the cash wallet at the end of that day"),
                ),
            ),
        )
