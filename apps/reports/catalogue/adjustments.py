"""Adjustments: who asked for which change of a balance, who decided, and what was posted."""

from django import forms
from django.conf import settings
from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.reports.columns import Column, Kind, Link, label_of
from apps.reports.forms import PeriodForm, every_currency
from apps.reports.naming import account_of, day_of, type_of
from apps.reports.report import Answers, Frame, Group, Query, Report, TieOut, Totals
from apps.wallets.states import AdjustmentStatus


class By(models.TextChoices):
    """Which day of an adjustment decides whether it is in the period."""

    REQUESTED = "requested", gettext_lazy("day of the request")
    POSTED = "posted", gettext_lazy("day of posting")


_ONE, _BATCH = type_of("wallets", "adjustment"), type_of("wallets", "adjustmentbatch")
_WITHIN = """{moment} >= %(from_on)s::date::timestamp AT TIME ZONE %(zone)s
   AND {moment} < (%(until_on)s::date + 1)::timestamp AT TIME ZONE %(zone)s"""
_EVIDENCE = "(SELECT count(*) FROM adjustment_evidence AS file WHERE file.{subject} = asked.id)"
# One by one, and line by line of each batch's last file.
_ASKED = f"""
WITH asked AS (
    SELECT 'A-' || asked.id AS number, 1 AS place, asked.id AS subject_id, 0 AS line,
           {_ONE} AS type_id, asked.wallet_id, asked.direction, asked.amount, asked.reason_code_id,
           asked.note, asked.status, asked.requester_id, asked.transaction_id, asked.created_at,
           {_EVIDENCE.format(subject="adjustment_id")} AS evidence,
           asked.id AS adjustment_id
      FROM adjustments AS asked
     UNION ALL
    SELECT 'B-' || asked.id || '/' || line.number, 2, asked.id, line.number,
           {_BATCH}, line.wallet_id, line.direction, line.amount, line.reason_code_id,
           line.note, asked.status, asked.requester_id, asked.transaction_id, asked.created_at,
           {_EVIDENCE.format(subject="batch_id")}, NULL
      FROM adjustment_batches AS asked
      JOIN adjustment_lines AS line
        ON line.batch_id = asked.id AND line.file_number = asked.file_number
)"""  # noqa: S608  (our own names)
_FROM = """
  FROM asked
  JOIN wallets AS wallet ON wallet.id = asked.wallet_id
  JOIN reason_codes AS reason ON reason.id = asked.reason_code_id
  JOIN users AS requester ON requester.id = asked.requester_id
  LEFT JOIN users AS person ON person.id = wallet.owner_id
  LEFT JOIN ledger_transactions AS movement ON movement.id = asked.transaction_id
 WHERE {within} AND %(currency)s IN ('', wallet.currency)
"""
_DECIDERS = """(
    SELECT string_agg(decider.display_name, ', ' ORDER BY decision.decided_at, decision.id)
      FROM approval_requests AS request
      JOIN approval_decisions AS decision ON decision.request_id = request.id
      JOIN users AS decider ON decider.id = decision.decider_id
     WHERE request.subject_type_id = asked.type_id AND request.subject_id = asked.subject_id)"""
_ROWS = """{asked}
SELECT asked.number, {asked_on}, wallet.number, {account},
       CASE WHEN asked.direction = 'debit' THEN asked.amount END,
       CASE WHEN asked.direction = 'credit' THEN asked.amount END,
       reason.name, asked.evidence, requester.display_name, {deciders}, {status},
       'T-' || asked.transaction_id, {posted_on}, asked.note, wallet.currency,
       asked.adjustment_id, wallet.id, asked.transaction_id
{found} ORDER BY wallet.currency, asked.created_at, asked.place, asked.subject_id, asked.line
"""
_APPROVED = """{asked}
SELECT wallet.currency,
       coalesce(sum(asked.amount) FILTER (WHERE asked.direction = 'debit'), 0)::bigint,
       coalesce(sum(asked.amount) FILTER (WHERE asked.direction = 'credit'), 0)::bigint
{found} AND asked.status = 'approved' GROUP BY wallet.currency
"""
_POSTED = """
SELECT wallet.currency, coalesce(-sum(entry.amount) FILTER (WHERE entry.amount < 0), 0)::bigint,
       coalesce(sum(entry.amount) FILTER (WHERE entry.amount > 0), 0)::bigint
  FROM ledger_transactions AS movement
  JOIN ledger_entries AS entry ON entry.transaction_id = movement.id
  JOIN wallets AS wallet ON wallet.id = entry.wallet_id
 WHERE movement.kind = 'adjustment' AND wallet.owner_id IS NOT NULL AND {within}
   AND %(currency)s IN ('', wallet.currency)
 GROUP BY wallet.currency
"""
_REQUESTED = f"""(EXISTS (
        SELECT FROM adjustments AS one WHERE movement.about_type_id = {_ONE}
           AND one.id = movement.about_id AND {_WITHIN.format(moment="one.created_at")})
    OR EXISTS (
        SELECT FROM adjustment_batches AS batch WHERE movement.about_type_id = {_BATCH}
           AND batch.id = movement.about_id AND {_WITHIN.format(moment="batch.created_at")}))"""  # noqa: S608


class AdjustmentsForm(PeriodForm):
    """A period, by which day, and perhaps one currency."""

    by = forms.ChoiceField(label=gettext_lazy("By"), choices=By.choices, initial=By.REQUESTED)
    currency = forms.ChoiceField(
        label=gettext_lazy("Currency"), choices=every_currency, required=False
    )


class Adjustments(Report):
    """One line for each adjustment, and for each line of a batch."""

    slug = "adjustments"
    title = gettext_lazy("Adjustments")
    description = gettext_lazy(
        "Every change of a balance that was asked for in a period, one by one or in bulk: why, by "
        "whom, who decided, what was posted."
    )
    proof = gettext_lazy("what was posted as adjustments")
    icon = "tune"
    group = Group.MONEY
    permission = "wallets.view_adjustment"
    form = AdjustmentsForm
    is_landscape = is_by_currency = True
    row_key = ("number",)
    columns = (
        Column(
            "number",
            gettext_lazy("No."),
            width=18,
            link=Link("wallets_adjustment", "adjustment_id"),
        ),
        Column("requested_on", gettext_lazy("Requested"), Kind.DATE, width=20),
        Column(
            "wallet", gettext_lazy("Wallet"), width=26, link=Link("wallets_wallet", "wallet_id")
        ),
        Column("owner", gettext_lazy("Owner"), width=26),
        Column("debit", gettext_lazy("Debit"), Kind.AMOUNT, width=23, is_summed=True),
        Column("credit", gettext_lazy("Credit"), Kind.AMOUNT, width=23, is_summed=True),
        Column("reason", gettext_lazy("Reason"), width=31),
        Column("evidence", gettext_lazy("Files"), Kind.COUNT, width=11, unit=gettext_lazy("files")),
        Column("requester", gettext_lazy("Requested by"), width=24),
        Column("deciders", gettext_lazy("Decided by"), width=28),
        Column("status", gettext_lazy("Status"), width=24),
        Column(
            "transaction",
            gettext_lazy("Posted as"),
            width=19,
            link=Link("wallets_ledgertransaction", "transaction_id"),
        ),
        Column("posted_on", gettext_lazy("Posted"), Kind.DATE),
        Column("note", gettext_lazy("Note")),
        Column("currency", gettext_lazy("Currency")),
        *(Column(key, key, Kind.KEY) for key in ("adjustment_id", "wallet_id", "transaction_id")),
    )

    def query(self, answers: Answers) -> Query:
        """Return the adjustments, and the lines of batches."""
        return self._about(
            _ROWS,
            answers,
            account=account_of(),
            asked_on=day_of("asked.created_at"),
            posted_on=day_of("movement.posted_at"),
            deciders=_DECIDERS,
            status=label_of("asked.status", AdjustmentStatus.choices),
        )

    def frame(self, answers: Answers, totals: Totals) -> Frame:
        """Return that what was approved is what the ledger has of it."""
        approved = {currency: sides for currency, *sides in self._about(_APPROVED, answers).rows()}
        posted = {currency: sides for currency, *sides in self._posted(answers).rows()}
        labels = (_("Debits that were approved"), _("Credits that were approved"))
        return Frame(
            tie_outs=[
                TieOut(
                    label,
                    expected=posted.get(currency, (0, 0))[side],
                    found=approved.get(currency, (0, 0))[side],
                    currency=currency,
                    source=_("entries of the kind “adjustment” on people’s wallets"),
                )
                for currency in sorted(approved.keys() | posted.keys() | totals.sums.keys())
                for side, label in enumerate(labels)
            ]
        )

    def _about(self, sql: str, answers: Answers, **more: str) -> Query:
        is_posted = answers["by"] == By.POSTED
        moment = "movement.posted_at" if is_posted else "asked.created_at"
        found = _FROM.format(within=_WITHIN.format(moment=moment))
        return Query(sql.format(asked=_ASKED, found=found, **more), self._asked(answers))

    def _posted(self, answers: Answers) -> Query:
        is_posted = answers["by"] == By.POSTED
        within = _WITHIN.format(moment="movement.posted_at") if is_posted else _REQUESTED
        return Query(_POSTED.format(within=within), self._asked(answers))

    def _asked(self, answers: Answers) -> dict[str, str]:
        return {**self.parameters(answers), "zone": settings.TIME_ZONE}
