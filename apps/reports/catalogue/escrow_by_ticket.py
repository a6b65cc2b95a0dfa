"""Escrow by ticket: whose money we keep while loans run."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import ParameterForm, every_currency
from apps.reports.naming import TICKET
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.tickets.states import Status

# What the ledger keeps for each ticket, and for none; and what the lending register says of loans
# that are not settled.
_KEPT = """
WITH ledger AS (
    SELECT wallet.currency,
           CASE WHEN movement.about_type_id = {ticket} THEN movement.about_id END AS ticket_id,
           sum(entry.amount) FILTER (
               WHERE movement.kind = 'capture' AND longer.id IS NULL) AS captured,
           sum(entry.amount) FILTER (WHERE longer.id IS NOT NULL) AS extended,
           sum(entry.amount) FILTER (WHERE movement.kind = 'opening') AS taken_over,
           sum(entry.amount) FILTER (WHERE movement.kind NOT IN ('capture', 'opening')) AS other,
           sum(entry.amount)::bigint AS total
      FROM wallets AS wallet
      JOIN ledger_entries AS entry ON entry.wallet_id = wallet.id
      JOIN ledger_transactions AS movement ON movement.id = entry.transaction_id
      LEFT JOIN ticket_extension_lines AS longer ON longer.hold_id = movement.hold_id
     WHERE wallet.role = 'escrow' AND %(currency)s IN ('', wallet.currency)
     GROUP BY 1, 2 HAVING sum(entry.amount) <> 0
), loans AS (
    SELECT ticket.currency, ticket.id AS ticket_id, sum(line.fee + line.deposit)::bigint AS owed
      FROM tickets AS ticket JOIN ticket_lines AS line ON line.ticket_id = ticket.id
     WHERE ticket.settlement_id IS NULL AND line.handed_over_at IS NOT NULL
       AND %(currency)s IN ('', ticket.currency)
     GROUP BY 1, 2 HAVING sum(line.fee + line.deposit) <> 0
), kept AS (
    SELECT * FROM ledger FULL JOIN loans USING (currency, ticket_id)
)
"""
_ROWS = """{kept}
SELECT coalesce('TK-' || kept.ticket_id, {none}), borrower.display_name, {status},
       kept.captured::bigint, kept.extended::bigint, kept.taken_over::bigint, kept.other::bigint,
       kept.total, kept.owed, kept.currency, kept.ticket_id
  FROM kept
  LEFT JOIN tickets AS ticket ON ticket.id = kept.ticket_id
  LEFT JOIN users AS borrower ON borrower.id = ticket.borrower_id
 ORDER BY kept.currency, kept.ticket_id NULLS LAST
"""
_DIFFERING = """{kept}
SELECT count(*) FROM kept WHERE kept.total IS DISTINCT FROM kept.owed
"""
_LEDGER = """
SELECT wallet.currency, known.balance
  FROM wallets AS wallet JOIN ledger_balances_on() AS known ON known.wallet_id = wallet.id
 WHERE wallet.role = 'escrow' AND %(currency)s IN ('', wallet.currency) AND known.balance <> 0
"""


class EscrowForm(ParameterForm):
    """Perhaps one currency."""

    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=every_currency, required=False
    )


class EscrowByTicket(Report):
    """One line for each ticket with money in escrow now, and one for what belongs to none."""

    slug = "escrow-by-ticket"
    title = gettext_lazy("Escrow by ticket")
    description = gettext_lazy(
        "What each ticket has in escrow now, from the entries of the ledger, beside what its loan "
        "owes by the lending register."
    )
    proof = gettext_lazy("the balance of escrow, and what open loans owe")
    icon = "lock"
    group = Group.MONEY
    permission = "wallets.view_ledgerentry"
    form = EscrowForm
    is_landscape = is_by_currency = True
    row_key = ("ticket", "currency")
    columns = (
        Column(
            "ticket", gettext_lazy("Ticket"), width=22, link=Link("tickets_ticket", "ticket_id")
        ),
        Column("borrower", gettext_lazy("Borrower"), width=47),
        Column("status", gettext_lazy("Status"), width=24),
        Column("captured", gettext_lazy("Fee and deposit"), Kind.AMOUNT, width=30, is_summed=True),
        Column("extended", gettext_lazy("Extensions"), Kind.AMOUNT, width=30, is_summed=True),
        Column("taken_over", gettext_lazy("Taken over"), Kind.AMOUNT, width=30, is_summed=True),
        Column("other", gettext_lazy("Other movements"), Kind.AMOUNT, width=30, is_summed=True),
        Column("in_escrow", gettext_lazy("In escrow"), Kind.AMOUNT, width=30, is_summed=True),
        Column("owed", gettext_lazy("Owed by the loan"), Kind.AMOUNT, width=30, is_summed=True),
        Column("currency", gettext_lazy("Currency")),
        Column("ticket_id", "ticket_id", Kind.KEY),
    )

    def query(self, answers: Answers) -> Query:
        """Return the tickets."""
        none = _("no ticket").replace("'", "''").replace("%", "%%")
        status = label_of("ticket.status", Status.choices)
        return self._kept(_ROWS, answers, none=f"'{none}'", status=status)

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that all tickets together are escrow, as the ledger and as the loans have it."""
        ledger = dict(Query(_LEDGER, self.parameters(answers)).rows())
        (differing,) = self._kept(_DIFFERING, answers).rows()[0]
        tie_outs = [
            TieOut(label, ledger.get(currency, 0), totals.of(key, currency), currency, source)
            for currency in sorted(ledger.keys() | totals.sums.keys())
            for key, label, source in (
                ("in_escrow", _("All tickets = escrow"), _("balance of the escrow wallet")),
                ("owed", _("Owed by open loans = escrow"), _("balance of the escrow wallet")),
            )
        ]
        tie_outs.append(
            TieOut(
                _("Tickets whose escrow is not what their loan owes"),
                expected=0,
                found=differing,
                source=_("fees and deposits in the lending register"),
            )
        )
        return Frame(tie_outs=tie_outs)

    def _kept(self, sql: str, answers: Answers, **more: str) -> Query:
        return Query(sql.format(kept=_KEPT.format(ticket=TICKET), **more), self.parameters(answers))
