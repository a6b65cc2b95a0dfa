"""Where the API shows a thing that something else is about."""

from functools import cache
from typing import TYPE_CHECKING

from django.urls import Resolver404, resolve
from pydantic import ConfigDict, Field

from apps.api.schemas import Out, example

if TYPE_CHECKING:
    from django.contrib.contenttypes.models import ContentType

ROOT = "/api/v1"
_PATHS = {
    "accounts.user": "/people/{id}",
    "approvals.approvalrequest": "/approvals/{id}",
    "assets.asset": "/assets/{id}",
    "audit.auditevent": "/audit/events/{id}",
    "reports.reportrun": "/report-runs/{id}",
    "reports.reportschedule": "/report-schedules/{id}",
    "tickets.claim": "/claims/{id}",
    "tickets.extension": "/extensions/{id}",
    "tickets.receivable": "/receivables/{id}",
    "tickets.ticket": "/tickets/{id}",
    "wallets.adjustment": "/adjustments/{id}",
    "wallets.adjustmentbatch": "/adjustment-batches/{id}",
    "wallets.hold": "/holds/{id}",
    "wallets.ledgertransaction": "/journal/{id}",
    "wallets.wallet": "/wallets/{id}",
}


class About(Out):
    """The thing that something is about."""

    model_config = ConfigDict(
        json_schema_extra=example(type="tickets.ticket", id="12", path="/api/v1/tickets/12")
    )

    type: str = Field(description="what it is, as app.model")
    id: str
    path: str | None = Field(description="where to read it; null when the API does not show it")

    @classmethod
    def of(cls, kind: "ContentType | None", key: object) -> "About | None":
        """Return what and where it is; nothing when there is no such thing."""
        if kind is None or key in {None, ""}:
            return None
        label = f"{kind.app_label}.{kind.model}"
        return cls(type=label, id=str(key), path=path_of(label, key))


def path_of(label: str, key: object) -> str | None:
    """Return the path of the thing of that kind (`app.model`), if the API has such things."""
    return f"{ROOT}{_PATHS[label].format(id=key)}" if _is_there(label) else None


@cache
def _is_there(label: str) -> bool:
    if label not in _PATHS:
        return False
    try:
        match = resolve(f"{ROOT}{_PATHS[label].format(id=1)}")
    except Resolver404:
        return False
    # Behind the last resource stands the page that says: nothing here.
    return bool(match.namespaces)
