"""The reference data of `fixtures/reference`: loaded again and again, it ends in the same state."""

import json
from pathlib import Path
from typing import Any

from django.db import transaction

from apps.accounts import services as accounts
from apps.approvals import services as approvals
from apps.reports.retention import load_retentions
from apps.tickets import services as tickets
from apps.wallets import services as wallets

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "reference"


def _rows(name: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return rows


@transaction.atomic
def load() -> dict[str, int]:
    """Load roles, the chart, reason codes, limits and policies; return how many of each."""
    return {
        "roles": accounts.load_roles(_rows("roles")),
        "wallets of the chart": wallets.load_chart(_rows("chart")),
        "reason codes": wallets.load_reason_codes(_rows("reason_codes")),
        "business limits": wallets.load_business_limits(_rows("business_limits")),
        "approval policies": approvals.load_policies(_rows("approval_policies")),
        "retentions of reports": load_retentions(_rows("report_retentions")),
        "strike policies": tickets.load_strike_policies(_rows("strike_policies")),
    }
