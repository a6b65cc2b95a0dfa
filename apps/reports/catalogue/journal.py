"""The journal: every entry of every transaction in a period."""

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import PeriodForm, every_currency
from apps.reports.naming import account_of
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.wallets.states import TransactionKind


class By(models.TextChoices):
    """Which day of a transaction decides whether it is in the period."""

    EFFECTIVE = "effective", gettext_lazy("effective day")
    POSTED = "posted", gettext_lazy("day of posting")


_IN_PERIOD = {
    By.EFFECTIVE: "movement.effective_on BETWEEN %(from_on)s AND %(until_on)s",
    By.POSTED: """movement.posted_at >= %(from_on)s::date::timestamp AT TIME ZONE %(zone)s
   AND movement.posted_at < (%(until_on)s::date + 1)::timestamp AT TIME ZONE %(zone)s""",
}
_ORDER = {By.EFFECTIVE: "movement.effective_on", By.POSTED: "movement.posted_at"}
_ENTRIES = """
  FROM ledger_transactions AS movement
  JOIN ledger_entries AS entry ON entry.transaction_id = movement.id
 WHERE {in_period} AND %(kind)s IN ('', movement.kind) AND %(currency)s IN ('', entry.currency)
"""
_ROWS = """
SELECT kept.effective_on, kept.posted_at, 'T-' || kept.transaction_id, kept.line, {kind},
       kept.description, wallet.number, {account},
       CASE WHEN kept.amount < 0 THEN -kept.amount END,
       CASE WHEN kept.amount > 0 THEN kept.amount END,
       kept.currency, kept.transaction_id, wallet.id
  FROM (SELECT movement.effective_on, movement.posted_at, movement.kind, movement.description,
               entry.transaction_id, entry.line, entry.wallet_id, entry.amount, entry.currency
        {entries}) AS kept
  JOIN wallets AS wallet ON wallet.id = kept.wallet_id
  LEFT JOIN users AS person ON person.id = wallet.owner_id
 ORDER BY {order}, kept.transaction_id, kept.line
"""
_TOLD = """
SELECT count(*), coalesce(sum(last_line), 0)::bigint
  FROM (SELECT max(entry.line) AS last_line {entries} GROUP BY movement.id) AS told
"""
_COUNTED = """
SELECT count(*) FROM ledger_transactions AS movement
 WHERE {in_period} AND %(kind)s IN ('', movement.kind)
   AND (%(currency)s = '' OR EXISTS (
       SELECT FROM ledger_entries AS entry
        WHERE entry.transaction_id = movement.id AND entry.currency = %(currency)s))
"""
_DIFFERING = """
SELECT count(*)
  FROM ledger_balances_on(%(until_on)s::date) AS closing
  JOIN ledger_balances_on(%(from_on)s::date - 1) AS opening USING (wallet_id)
  JOIN wallets AS wallet ON wallet.id = wallet_id
  LEFT JOIN (SELECT entry.wallet_id, sum(entry.amount) AS total {entries}
              GROUP BY entry.wallet_id) AS told USING (wallet_id)
 WHERE closing.balance - opening.balance <> coalesce(told.total, 0)
   AND %(currency)s IN ('', wallet.currency)
"""


class JournalForm(PeriodForm):
    """A period, by which day, and perhaps one kind and one currency."""

    by = forms.ChoiceField(label=gettext_lazy("By"), choices=By.choices, initial=By.EFFECTIVE)
    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("", gettext_lazy("every kind")), *TransactionKind.choices],
        required=False,
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=every_currency, required=False
    )


class Journal(Report):
    """One line for each entry, transaction by transaction."""

    slug = "journal"
    title = gettext_lazy("Journal")
    description = gettext_lazy(
        "Every entry of every ledger transaction in a period, with wallet, debit and credit."
    )
    proof = gettext_lazy("debits equal credits, and the balances at both ends")
    icon = "receipt_long"
    group = Group.MONEY
    permission = "wallets.view_ledgerentry"
    form = JournalForm
    is_landscape = True
    row_key = ("transaction", "line")
    columns = (
        Column("effective_on", gettext_lazy("Date"), Kind.DATE, width=19),
        Column("posted_at", gettext_lazy("Posted at"), Kind.MOMENT, width=27),
        Column(
            "transaction",
            gettext_lazy("Transaction"),
            width=19,
            link=Link("wallets_ledgertransaction", "transaction_id"),
        ),
        Column("line", gettext_lazy("Line"), Kind.COUNT),
        Column("kind", gettext_lazy("Kind"), width=25),
        Column("description", gettext_lazy("Description"), width=50),
        Column(
            "wallet", gettext_lazy("Wallet"), width=32, link=Link("wallets_wallet", "wallet_id")
        ),
        Column("account", gettext_lazy("Account"), width=34),
        Column("debit", gettext_lazy("Debit"), Kind.AMOUNT, width=25, is_summed=True),
        Column("credit", gettext_lazy("Credit"), Kind.AMOUNT, width=25, is_summed=True),
        Column("currency", gettext_lazy("Currency"), width=17),
        *(Column(key, key, Kind.KEY) for key in ("transaction_id", "wallet_id")),
    )

    def query(self, answers: Answers) -> Query:
        """Return the entries."""
        kind, order = label_of("kept.kind", TransactionKind.choices), _ORDER[By(answers["by"])]
        return self._about(
            _ROWS, answers, kind=kind, account=account_of(), order=order.replace("movement", "kept")
        )

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that both sides are equal, nothing is missing, and balances moved by as much."""
        (counted,) = self._about(_COUNTED, answers).rows()[0]
        told, last_lines = self._about(_TOLD, answers).rows()[0]
        tie_outs = [
            TieOut(
                _("Debits equal credits"),
                expected=totals.of("debit", currency),
                found=totals.of("credit", currency),
                currency=currency,
                source=_("double entry: every transaction sums to zero"),
            )
            for currency in totals.sums
        ]
        tie_outs.append(
            TieOut(_("Transactions"), counted, told, source=_("transactions counted in the ledger"))
        )
        if not answers["currency"]:
            tie_outs.append(
                TieOut(
                    _("Entries, without a gap"),
                    expected=last_lines,
                    found=totals.row_count,
                    source=_("last line of each transaction"),
                )
            )
        if answers["by"] == By.EFFECTIVE and not answers["kind"]:
            (differing,) = self._about(_DIFFERING, answers).rows()[0]
            tie_outs.append(
                TieOut(
                    _("Wallets whose entries are not what their balance moved by"),
                    expected=0,
                    found=differing,
                    source=_("trial balances at both ends of the period, wallet by wallet"),
                )
            )
        return Frame(tie_outs=tie_outs, figures=[(_("Transactions"), f"{told:,}")])

    def _about(self, sql: str, answers: Answers, **more: str) -> Query:
        in_period = _IN_PERIOD[By(answers["by"])]
        entries = _ENTRIES.format(in_period=in_period)
        asked = {**self.parameters(answers), "zone": settings.TIME_ZONE}
        return Query(sql.format(in_period=in_period, entries=entries, **more), asked)
