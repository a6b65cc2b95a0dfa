"""Balances at a date: every wallet with what was posted on it."""

from django import forms
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import ParameterForm, every_currency
from apps.reports.naming import account_of
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.wallets.states import WalletStatus


class Whose(models.TextChoices):
    """Which wallets."""

    ALL = "all", gettext_lazy("everybody’s and the chart’s")
    PEOPLE = "people", gettext_lazy("people’s")
    SYSTEM = "system", gettext_lazy("the chart’s")


class Zeros(models.TextChoices):
    """What becomes of wallets without a balance."""

    HIDDEN = "hidden", gettext_lazy("left out")
    SHOWN = "shown", gettext_lazy("shown")


_CHOSEN = """%(currency)s IN ('', wallet.currency)
   AND (%(whose)s = 'all' OR (%(whose)s = 'people') = (wallet.owner_id IS NOT NULL))"""
# What is held is known of this moment alone.
_ROWS = """
SELECT wallet.number, {account}, {status},
       CASE WHEN known.balance < 0 THEN -known.balance END,
       CASE WHEN known.balance > 0 THEN known.balance END,
       CASE WHEN %(as_of)s::date IS NULL THEN wallet.held END,
       CASE WHEN %(as_of)s::date IS NULL AND wallet.owner_id IS NOT NULL
            THEN known.balance - wallet.held END,
       CASE WHEN wallet.owner_id IS NOT NULL THEN wallet.floor END, wallet.currency, wallet.id
  FROM wallets AS wallet JOIN ledger_balances_on(%(as_of)s::date) AS known
    ON known.wallet_id = wallet.id
  LEFT JOIN users AS person ON person.id = wallet.owner_id
 WHERE {chosen}
   AND (%(zeros)s = 'shown' OR known.balance <> 0 OR %(as_of)s::date IS NULL AND wallet.held <> 0)
 ORDER BY wallet.currency, wallet.owner_id IS NOT NULL, wallet.number
"""
_PROOF = """
SELECT wallet.currency, coalesce(sum(told.total), 0)::bigint,
       count(*) FILTER (WHERE coalesce(told.total, 0) <> known.balance),
       coalesce(sum(held.total), 0)::bigint
  FROM wallets AS wallet JOIN ledger_balances_on(%(as_of)s::date) AS known
    ON known.wallet_id = wallet.id
  LEFT JOIN (SELECT entry.wallet_id, sum(entry.amount) AS total FROM ledger_entries AS entry
              WHERE %(as_of)s::date IS NULL OR entry.effective_on <= %(as_of)s::date
              GROUP BY entry.wallet_id) AS told ON told.wallet_id = wallet.id
  LEFT JOIN (SELECT hold.wallet_id, sum(hold.amount - hold.captured - hold.released) AS total
               FROM ledger_holds AS hold WHERE hold.status = 'active'
              GROUP BY hold.wallet_id) AS held ON held.wallet_id = wallet.id
 WHERE {chosen} GROUP BY wallet.currency ORDER BY wallet.currency
"""


class BalancesForm(ParameterForm):
    """A day or now, and which wallets."""

    as_of = forms.DateField(
        label=gettext_lazy("At the end of"),
        required=False,
        help_text=gettext_lazy("empty: now, with what is held and available"),
    )
    whose = forms.ChoiceField(
        label=gettext_lazy("Wallets"), choices=Whose.choices, initial=Whose.ALL
    )
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=every_currency, required=False
    )
    zeros = forms.ChoiceField(
        label=gettext_lazy("Without a balance"), choices=Zeros.choices, initial=Zeros.HIDDEN
    )


class Balances(Report):
    """One line for each wallet."""

    slug = "balances"
    title = gettext_lazy("Balances at a date")
    description = gettext_lazy(
        "The balance of every wallet at a date, or now with what is held and available."
    )
    proof = gettext_lazy("every entry of each wallet, added up")
    icon = "account_balance"
    group = Group.MONEY
    permission = "wallets.view_ledgerentry"
    form = BalancesForm
    is_by_currency = True
    row_key = ("number",)
    columns = (
        Column(
            "number", gettext_lazy("Wallet"), width=36, link=Link("wallets_wallet", "wallet_id")
        ),
        Column("account", gettext_lazy("Account"), width=42),
        Column("status", gettext_lazy("Status")),
        Column("debit", gettext_lazy("Debit"), Kind.AMOUNT, width=27, is_summed=True),
        Column("credit", gettext_lazy("Credit"), Kind.AMOUNT, width=27, is_summed=True),
        Column("held", gettext_lazy("Held"), Kind.AMOUNT, width=27, is_summed=True),
        Column("available", gettext_lazy("Available"), Kind.AMOUNT, width=27),
        Column("floor", gettext_lazy("Floor"), Kind.AMOUNT),
        Column("currency", gettext_lazy("Currency")),
        Column("wallet_id", "wallet_id", Kind.KEY),
    )

    def query(self, answers: Answers) -> Query:
        """Return the wallets, the chart's before people's."""
        status = label_of("wallet.status", WalletStatus.choices)
        sql = _ROWS.format(account=account_of(), status=status, chosen=_CHOSEN)
        return Query(sql, self.parameters(answers))

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that the balances are what the entries add up to, and held what holds do."""
        proof = Query(_PROOF.format(chosen=_CHOSEN), self.parameters(answers)).rows()
        tie_outs = []
        for currency, entries, _differing, held in proof:
            debit, credit = totals.of("debit", currency), totals.of("credit", currency)
            if not entries and not debit and not credit and not held:
                continue
            tie_outs.append(
                TieOut(
                    _("Credits − debits = trial balance"),
                    expected=entries,
                    found=credit - debit,
                    currency=currency,
                    source=_("entries of these wallets up to that day, added up"),
                )
            )
            if answers["as_of"] is None:
                tie_outs.append(
                    TieOut(
                        _("Held = active holds"),
                        expected=held,
                        found=totals.of("held", currency),
                        currency=currency,
                        source=_("what is left of the active holds"),
                    )
                )
        tie_outs.append(
            TieOut(
                _("Wallets whose balance differs from their entries"),
                expected=0,
                found=sum(differing for _currency, _entries, differing, _held in proof),
                source=_("entries added up wallet by wallet"),
            )
        )
        return Frame(tie_outs=tie_outs)
