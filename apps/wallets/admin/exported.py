"""What leaves of wallets, holds and the journal when their lists are exported."""

from django.db.models import BigIntegerField, ExpressionWrapper, F, TextField
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext_lazy as _

from apps.common.admin import ExportField, Shape
from apps.common.decimals import decimal_sql

# The stored sum lacks the entries of the last seconds; `posted_now` has them.
WALLET_FIELDS = (
    "number",
    ExportField("owner__display_name", _("Owner")),
    ExportField("owner__email", _("E-mail of the owner"), is_extra=True),
    ExportField("role", is_extra=True),
    ExportField("title", is_extra=True),
    ExportField("posted", _("Posted"), Shape.AMOUNT, expression=F("posted_now")),
    "held",
    ExportField(
        "available",
        _("Available"),
        Shape.AMOUNT,
        expression=ExpressionWrapper(F("posted_now") - F("held"), BigIntegerField()),
    ),
    ExportField("floor", is_extra=True),
    "currency",
    "status",
    ExportField("opened_at", is_extra=True),
)

HOLD_FIELDS = (
    ExportField("pk", _("Number"), prefix="H-"),
    ExportField("wallet__number", _("Wallet")),
    ExportField("wallet__owner__display_name", _("Owner")),
    "amount",
    ExportField(
        "rest",
        _("Still held"),
        Shape.AMOUNT,
        expression=ExpressionWrapper(
            F("amount") - F("captured") - F("released"), BigIntegerField()
        ),
    ),
    ExportField("captured", is_extra=True),
    ExportField("released", is_extra=True),
    ExportField("wallet__currency", _("Currency")),
    "status",
    "reason",
    ExportField("about_type__model", _("About"), is_extra=True),
    ExportField("about_id", _("About number"), is_extra=True),
    "placed_at",
    ExportField("placed_by", is_extra=True),
    "expires_at",
    ExportField("ended_at", is_extra=True),
)

# One transaction may move several currencies.
_MOVED = f"""
SELECT string_agg(moved.currency || ' ' || {decimal_sql("moved.amount", "moved.currency")}, ', '
                  ORDER BY moved.currency)
  FROM (SELECT entry.currency, -sum(entry.amount) AS amount
          FROM ledger_entries AS entry
         WHERE entry.transaction_id = ledger_transactions.id AND entry.amount < 0
         GROUP BY entry.currency) AS moved
"""  # noqa: S608  (our own names)

TRANSACTION_FIELDS = (
    ExportField("pk", _("Number"), prefix="T-"),
    "kind",
    ExportField("moved", _("Moved"), expression=RawSQL(_MOVED, (), TextField())),  # noqa: S611  # nosec B611
    "effective_on",
    "posted_at",
    "description",
    ExportField("actor__display_name", _("Posted by")),
    ExportField("reverses_id", _("Reverses"), prefix="T-"),
    ExportField("about_type__model", _("About"), is_extra=True),
    ExportField("about_id", _("About number"), is_extra=True),
    ExportField("hold_id", _("Hold"), prefix="H-", is_extra=True),
)
