"""Shapes that the resources of money share."""

from datetime import date
from typing import TYPE_CHECKING, Annotated

from django.contrib.contenttypes.models import ContentType
from django.db.models import OuterRef, Subquery
from django.utils.translation import gettext as _
from pydantic import ConfigDict, Field

from apps.api.addresses import About
from apps.api.errors import FieldsRefused
from apps.api.problems import FieldProblem
from apps.api.schemas import In, Out, Reason, example
from apps.approvals.models import ApprovalRequest
from apps.approvals.states import Verdict
from apps.wallets.models import ReasonCode, Wallet

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet

    from apps.wallets.models import Hold, LedgerTransaction

Amount = Annotated[int, Field(description="minor units")]
Number = Annotated[str, Field(max_length=40, description="the number of a wallet")]
_MONTH_LENGTH = 7


class WalletName(Out):
    """A wallet, by its number."""

    model_config = ConfigDict(json_schema_extra=example(id=4, number="W-000004", currency="EUR"))

    id: int
    number: str
    currency: str

    @classmethod
    def of(cls, wallet: Wallet) -> "WalletName":
        """Return which it is."""
        return cls(id=wallet.pk, number=wallet.number, currency=wallet.currency)


def about_of(row: "Hold | LedgerTransaction") -> About | None:
    """Return what money was held or moved for, if anything; asks the database for nothing."""
    if row.about_type_id is None:
        return None
    return About.of(ContentType.objects.get_for_id(row.about_type_id), row.about_id)


class Why(In):
    """Why somebody does this; kept in the audit log."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(reason="Fraud was reported.")
    )

    reason: Reason


class MaybeWhy(In):
    """Why somebody does this, if they say so; kept in the audit log."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(reason="The invoice was wrong.")
    )

    reason: str = Field(default="", max_length=1000)


class DecisionIn(In):
    """What somebody answers, and why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(verdict="reject", reason="The receipt is missing")
    )

    verdict: Verdict
    reason: str = Field(default="", max_length=1000, description="needed unless you approve")


def with_request[M: "Model"](rows: "QuerySet[M, M]") -> "QuerySet[M, M]":
    """Fetch along which request for approval is about each row; see `request_of`."""
    requests = ApprovalRequest.objects.filter(
        subject_type=ContentType.objects.get_for_model(rows.model), subject_id=OuterRef("pk")
    )
    newest = requests.order_by("-pk").values("pk")[:1]
    annotated: QuerySet[M, M] = rows.annotate(newest_request=Subquery(newest))  # type: ignore[assignment]  # the plugin loses M
    return annotated


def request_of(row: "Model") -> int | None:
    """Return the id of the newest request for approval of a row, if there was any."""
    newest: int | None = row.newest_request  # type: ignore[attr-defined]  # see `with_request`
    return newest


def reason_code_named(code: str) -> ReasonCode:
    """Return the reason code of that code.

    Raises:
        FieldsRefused: there is none.
    """
    found = ReasonCode.objects.filter(code=code).first()
    if found is None:
        message = _("There is no reason code “{code}”. Send one of /reason-codes.")
        raise FieldsRefused([FieldProblem(field="reason_code", message=message.format(code=code))])
    return found


def month_of(text: str) -> date:
    """Return the first day of a month such as 2026-10.

    Raises:
        FieldsRefused: it names no month of our time.
    """
    try:
        day = date.fromisoformat(f"{text}-01") if len(text) == _MONTH_LENGTH else None
    except ValueError:
        day = None
    if day is None or not 1900 <= day.year < 3000:  # noqa: PLR2004
        message = _("Send a month such as 2026-10.")
        raise FieldsRefused([FieldProblem(field="month", message=message)])
    return day
