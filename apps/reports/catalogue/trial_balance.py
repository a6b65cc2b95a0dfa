"""The trial balance: every account with its balance, debits beside credits."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports.addresses import on_screen
from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import ParameterForm
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.wallets.states import CHART, CLASS_OF, AccountClass, Role


class Detail(models.TextChoices):
    """How far people's wallets are told apart."""

    CHART = "chart", gettext_lazy("people’s wallets as one line")
    WALLETS = "wallets", gettext_lazy("every wallet")


# Of the wallets that were ever used, as the ledger remembers them.
_BALANCES = """
SELECT wallet.id, wallet.number, wallet.role, wallet.title, wallet.general_class,
       wallet.currency, wallet.owner_id, known.balance
  FROM wallets AS wallet JOIN ledger_balances_on(%(as_of)s::date) AS known
    ON known.wallet_id = wallet.id
 WHERE EXISTS (SELECT FROM ledger_entries AS entry WHERE entry.wallet_id = wallet.id)
"""

_ROWS = """
WITH balances AS ({balances}),
accounts AS (
    SELECT currency, role, general_class, number, title AS name, balance, id
      FROM balances WHERE owner_id IS NULL
    UNION ALL
    {people}
)
SELECT currency, {account_class}, number, CASE WHEN name = '' THEN {name} ELSE name END,
       CASE WHEN balance < 0 THEN -balance END,
       CASE WHEN balance > 0 THEN balance END,
       id
  FROM accounts
 WHERE balance <> 0 OR role <> ''
 ORDER BY currency, {order}, name, number
"""

_EVERY_WALLET = """
SELECT currency, role, general_class, number, person.display_name, balance, balances.id
  FROM balances JOIN users AS person ON person.id = owner_id
"""

_ONE_LINE = """
SELECT currency, '', '', '', '', sum(balance)::bigint, NULL::bigint
  FROM balances WHERE owner_id IS NOT NULL GROUP BY currency
"""

_PROOF = """
SELECT currency, coalesce(sum(total), 0)::bigint, count(*) FILTER (WHERE total <> balance)
  FROM (SELECT wallet.currency, wallet.balance,
               (SELECT coalesce(sum(entry.amount), 0) FROM ledger_entries AS entry
                 WHERE entry.wallet_id = wallet.id
                   AND (%(as_of)s::date IS NULL OR entry.effective_on <= %(as_of)s::date)) AS total
          FROM ({balances}) AS wallet) AS recomputed
 GROUP BY currency ORDER BY currency
"""


def _by_class(labels: Mapping[AccountClass, str]) -> str:
    """Return SQL that gives the label of an account's class.

    A general account has its class in its row; people's wallets have no role, and what we owe them
    is a liability.
    """
    by_role = label_of(
        "role",
        [(role, labels[found]) for role, found in CLASS_OF.items()],
        otherwise=labels[AccountClass.LIABILITY],
    )
    general = label_of("general_class", labels.items())
    return f"CASE WHEN role = '{Role.GENERAL}' THEN {general} ELSE {by_role} END"


_WALLET = Link("wallets_wallet", "wallet_id")


class AsOfForm(ParameterForm):
    """A day, or now."""

    as_of = forms.DateField(
        label=gettext_lazy("At the end of"),
        required=False,
        help_text=gettext_lazy("empty: everything that is posted by now"),
    )
    detail = forms.ChoiceField(
        label=gettext_lazy("Detail"), choices=Detail.choices, initial=Detail.CHART
    )


class TrialBalance(Report):
    """Every account of the ledger with its balance; debits equal credits in each currency."""

    slug = "trial-balance"
    title = gettext_lazy("Trial balance")
    description = gettext_lazy(
        "The balance of every account at a date or now, debits beside credits, by currency."
    )
    proof = gettext_lazy("debits equal credits, entries add up to zero")
    icon = "balance"
    group = Group.MONEY
    permission = "wallets.view_ledgerentry"
    form = AsOfForm
    columns = (
        Column("currency", gettext_lazy("Currency")),
        Column("class", gettext_lazy("Class"), width=22),
        Column(
            "number", gettext_lazy("Wallet"), width=40, link=Link("wallets_wallet", "wallet_id")
        ),
        Column("account", gettext_lazy("Account"), width=64),
        Column("debit", gettext_lazy("Debit"), Kind.AMOUNT, width=30, is_summed=True),
        Column("credit", gettext_lazy("Credit"), Kind.AMOUNT, width=30, is_summed=True),
        Column("wallet_id", gettext_lazy("Wallet"), Kind.KEY),
    )
    row_key = ("currency", "class", "number", "account")
    is_by_currency = True

    def query(self, answers: Answers) -> Query:
        """Return the accounts in the order of the chart, people's wallets after their class."""
        every = answers["detail"] == Detail.WALLETS
        sql = _ROWS.format(
            balances=_BALANCES,
            people=_EVERY_WALLET if every else _ONE_LINE,
            name=label_of("role", CHART, otherwise=_("People’s wallets")),
            account_class=_by_class({one: str(one.label) for one in AccountClass}),
            order=_by_class({one: str(place) for place, one in enumerate(AccountClass)}),
        )
        return Query(sql, self.parameters(answers))

    def drill(self, answers: Answers, key: str, row: Mapping[str, Any]) -> str:
        """Lead from a balance to the wallet's year so far, and from all people to each."""
        if key not in {"debit", "credit"}:
            return ""
        if row["wallet_id"] is None:
            return on_screen(self.slug, {**self.parameters(answers), "detail": Detail.WALLETS})
        day = answers["as_of"] or timezone.localdate()
        period = {"from_on": day.replace(month=1, day=1), "until_on": day}
        return on_screen("wallet-statement", {"wallet": row["wallet_id"], **period})

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that each currency sums to zero, in the report and in the entries."""
        proof = Query(_PROOF.format(balances=_BALANCES), self.parameters(answers)).rows()
        tie_outs = [
            tie_out
            for currency, entries, _differing in proof
            for tie_out in (
                TieOut(
                    _("Debits equal credits"),
                    expected=totals.of("debit", currency),
                    found=totals.of("credit", currency),
                    currency=currency,
                    source=_("the other side of this report"),
                ),
                TieOut(
                    _("Sum of all entries is zero"),
                    expected=0,
                    found=entries,
                    currency=currency,
                    source=_("double entry: every transaction sums to zero"),
                ),
            )
        ]
        differing = sum(count for _currency, _entries, count in proof)
        tie_outs.append(
            TieOut(
                _("Wallets whose balance differs from their entries"),
                0,
                differing,
                source=_("entries added up wallet by wallet"),
            )
        )
        return Frame(
            tie_outs=tie_outs,
            figures=[
                (
                    _("Each side, {currency}").format(currency=currency),
                    format_amount(totals.of("debit", currency), currency),
                )
                for currency in totals.sums
            ][:4],
        )
