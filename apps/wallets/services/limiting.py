"""The limits of a person's day, as they come with the product."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.models import Group

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.wallets.models import BusinessLimit
from apps.wallets.services.keeping import keep
from apps.wallets.states import LimitKind


@deed
def load_business_limits(rows: Iterable[Mapping[str, Any]]) -> int:
    """Create the limits that are missing, and leave those that were changed since."""
    system = User.objects.system()
    rows = list(rows)
    known = set(BusinessLimit.objects.values_list("kind", "role__name", "currency"))
    for row in rows:
        if (row["kind"], row["role"], row["currency"]) in known:
            continue
        limit = BusinessLimit(
            kind=LimitKind(row["kind"]),
            role=Group.objects.get(name=row["role"]) if row["role"] else None,
            currency=row["currency"],
            count_per_day=row["count_per_day"],
            amount_per_day=row["amount_per_day"],
        )
        limit.full_clean()
        keep(limit, actor=system)
        audit.record("wallets.businesslimit_added", actor=system, target=limit, after=dict(row))
    return len(rows)
