"""What leaves of a ticket when its list is exported."""

from django.contrib.postgres.aggregates import StringAgg
from django.db.models import BigIntegerField, OuterRef, Subquery, Value
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from apps.common.admin import ExportField, Shape
from apps.tickets.models import TicketLine

_tags = (
    TicketLine.objects.order_by()
    .filter(ticket=OuterRef("pk"))
    .values("ticket")
    .annotate(tags=StringAgg("asset__tag", Value(", "), order_by="asset__tag"))
    .values("tags")
)


def _quoted(name: str) -> Coalesce:
    amount = Cast(KeyTextTransform(name, "quote"), BigIntegerField())
    return Coalesce(amount, Value(0), output_field=BigIntegerField())


TICKET_FIELDS = (
    ExportField("pk", _("Number"), prefix="TK-"),
    "status",
    ExportField("borrower__display_name", _("Borrower")),
    ExportField("borrower__email", _("E-mail of the borrower"), is_extra=True),
    ExportField("assets", _("Assets"), expression=Subquery(_tags)),
    "starts_at",
    "ends_at",
    ExportField("fee", _("Fee"), Shape.AMOUNT, expression=_quoted("fee")),
    ExportField("deposit", _("Deposit"), Shape.AMOUNT, expression=_quoted("deposit")),
    "currency",
    "submitted_at",
    ExportField("entered_by", is_extra=True),
    ExportField("came_by", is_extra=True),
    ExportField("purpose", is_extra=True),
    ExportField("ending_reason", is_extra=True),
    ExportField("created_at", is_extra=True),
    ExportField("closed_at", is_extra=True),
    ExportField("settlement_id", _("Settlement"), prefix="T-", is_extra=True),
)
