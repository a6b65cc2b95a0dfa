"""The statement of one wallet: what it held, what moved, what it holds."""

from dataclasses import dataclass

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import PeriodForm
from apps.reports.naming import TICKET
from apps.reports.report import Answers, Frame, Group, Line, Query, Report, TieOut, Totals
from apps.wallets.models import Wallet
from apps.wallets.states import TransactionKind

# What an entry of an open wallet will have once it is rolled up.
_NEXT_POSITION = """(
    SELECT wallet.position + count(*) FROM wallets AS wallet
      JOIN ledger_entries AS waiting ON waiting.wallet_id = wallet.id
     WHERE wallet.id = entry.wallet_id AND waiting.position IS NULL AND waiting.id <= entry.id
     GROUP BY wallet.id)"""

_ROWS = """
SELECT coalesce(entry.position, {next_position}),
       entry.effective_on,
       'T-' || entry.transaction_id,
       {kind},
       coalesce(nullif(movement.description, ''), {kind}),
       CASE WHEN entry.amount < 0 THEN -entry.amount END,
       CASE WHEN entry.amount > 0 THEN entry.amount END,
       ((SELECT coalesce(sum(amount), 0) FROM ledger_entries
          WHERE wallet_id = %(wallet)s AND effective_on < %(from_on)s)
        + sum(entry.amount) OVER (ORDER BY entry.effective_on, entry.position, entry.id))::bigint,
       entry.currency,
       movement.posted_at,
       movement.id,
       CASE WHEN movement.about_type_id = {ticket} THEN movement.about_id END
  FROM ledger_entries AS entry
  JOIN ledger_transactions AS movement ON movement.id = entry.transaction_id
 WHERE entry.wallet_id = %(wallet)s
   AND entry.effective_on BETWEEN %(from_on)s AND %(until_on)s
 ORDER BY entry.effective_on, entry.position, entry.id
"""

_STANDING = """
SELECT wallet.posted + coalesce(sum(entry.amount) FILTER (WHERE entry.position IS NULL), 0)::bigint,
       wallet.position + count(entry.id) FILTER (WHERE entry.position IS NULL),
       count(entry.id),
       coalesce(sum(entry.amount) FILTER (WHERE entry.effective_on < %(from_on)s), 0)::bigint,
       coalesce(sum(entry.amount) FILTER (WHERE entry.effective_on > %(until_on)s), 0)::bigint
  FROM wallets AS wallet
  LEFT JOIN ledger_entries AS entry ON entry.wallet_id = wallet.id
 WHERE wallet.id = %(wallet)s
 GROUP BY wallet.id
"""


class WalletPeriodForm(PeriodForm):
    """One wallet and a period."""

    wallet = forms.ModelChoiceField(
        # Whoever makes a report may not read passwords.
        Wallet.objects.select_related("owner").defer("owner__password"),
        label=gettext_lazy("Wallet"),
    )
    field_order = ("wallet", "from_on", "until_on")


@dataclass(frozen=True)
class Standing:
    """What the ledger says about the wallet as a whole; amounts in minor units."""

    posted: int
    position: int
    entry_count: int
    opening: int
    after: int

    @property
    def closing(self) -> int:
        """The balance at the end of the period, found backwards from the balance of today."""
        return self.posted - self.after


class WalletStatement(Report):
    """One wallet over a period, with its running balance, by effective date."""

    slug = "wallet-statement"
    title = gettext_lazy("Wallet statement")
    description = gettext_lazy(
        "Every movement of one wallet in a period, with opening, running and closing balance."
    )
    proof = gettext_lazy("opening balance + movements = balance in the ledger")
    icon = "account_balance_wallet"
    group = Group.MONEY
    permission = "wallets.view_ledgerentry"
    form = WalletPeriodForm
    columns = (
        Column("position", gettext_lazy("No."), Kind.COUNT, width=13),
        Column("effective_on", gettext_lazy("Date"), Kind.DATE, width=20),
        Column(
            "transaction",
            gettext_lazy("Transaction"),
            width=22,
            link=Link("wallets_ledgertransaction", "transaction_id"),
        ),
        Column("kind", gettext_lazy("Kind")),
        Column(
            "description",
            gettext_lazy("Description"),
            width=56,
            link=Link("tickets_ticket", "ticket_id"),
        ),
        Column("debit", gettext_lazy("Debit"), Kind.AMOUNT, width=25, is_summed=True),
        Column("credit", gettext_lazy("Credit"), Kind.AMOUNT, width=25, is_summed=True),
        Column("balance", gettext_lazy("Balance"), Kind.AMOUNT, width=25, is_running=True),
        Column("currency", gettext_lazy("Currency")),
        Column("posted_at", gettext_lazy("Posted at"), Kind.MOMENT),
        *(Column(key, key, Kind.KEY) for key in ("transaction_id", "ticket_id")),
    )
    row_key = ("position",)

    def query(self, answers: Answers) -> Query:
        """Return the entries of the wallet in the period."""
        kind = label_of("movement.kind", TransactionKind.choices)
        sql = _ROWS.format(kind=kind, next_position=_NEXT_POSITION, ticket=TICKET)
        return Query(sql, self.parameters(answers))

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return the balances, and that the movements explain them without a gap."""
        currency = answers["wallet"].currency
        standing = Standing(*Query(_STANDING, self.parameters(answers)).rows()[0])
        credit, debit = totals.of("credit", currency), totals.of("debit", currency)
        figures = (
            (_("Opening balance"), standing.opening),
            (_("Credits"), credit),
            (_("Debits"), debit),
            (_("Closing balance"), standing.closing),
        )
        return Frame(
            figures=[(label, format_amount(amount, currency)) for label, amount in figures],
            opening=Line(
                {"description": _("Opening balance"), "balance": standing.opening}, currency
            ),
            closing=Line(
                {"description": _("Closing balance"), "balance": standing.closing}, currency
            ),
            tie_outs=(
                TieOut(
                    _("Opening balance + credits − debits = balance in the ledger at the end"),
                    expected=standing.closing,
                    found=standing.opening + credit - debit,
                    currency=currency,
                    source=_("balance of the wallet now, less what came after the period"),
                ),
                TieOut(
                    _("Entries of the wallet so far, without a gap"),
                    expected=standing.position,
                    found=standing.entry_count,
                    source=_("last position in the wallet"),
                ),
            ),
        )
