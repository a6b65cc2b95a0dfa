"""The chart of accounts and the reason codes, loaded from the reference data."""

from collections.abc import Iterable, Mapping
from typing import Any

from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import decimals_of
from apps.wallets.errors import NoChart
from apps.wallets.models import ReasonCode, Wallet
from apps.wallets.services.keeping import keep
from apps.wallets.states import Direction, Role


def system_wallet(role: Role, currency: str) -> Wallet:
    """Return the wallet with that place in the chart.

    Raises:
        NoChart: the currency has no chart of accounts.
    """
    try:
        return Wallet.objects.of_the_system().get(role=role, currency=currency)
    except Wallet.DoesNotExist:
        raise NoChart(currency=currency) from None


@deed
def load_chart(rows: Iterable[Mapping[str, Any]]) -> int:
    """Open the system wallets that are missing; return how many the chart has.

    A row is `{"role": …, "currency": …}`. Wallets of the chart have no floor.
    """
    system = User.objects.system()
    rows = list(rows)
    known = set(Wallet.objects.of_the_system().values_list("role", "currency"))
    for row in rows:
        role, currency = Role(row["role"]), row["currency"]
        if (role.value, currency) in known:
            continue
        decimals_of(currency)
        wallet = Wallet(
            number=f"{currency}-{role.upper().replace('_', '-')}", role=role, currency=currency
        )
        keep(wallet, actor=system)
        audit.record("wallets.opened", actor=system, target=wallet, after={"currency": currency})
    return len(rows)


@deed
def load_reason_codes(rows: Iterable[Mapping[str, Any]]) -> int:
    """Create the reason codes that are missing by code, and leave those that were changed since."""
    system = User.objects.system()
    rows = list(rows)
    known = set(ReasonCode.objects.values_list("code", flat=True))
    for row in rows:
        if row["code"] in known:
            continue
        reason_code = ReasonCode(
            code=row["code"],
            name=row["name"],
            contra_role=Role(row["contra_role"]),
            direction=Direction(row["direction"]) if row["direction"] else "",
            is_evidence_required=row["is_evidence_required"],
        )
        reason_code.full_clean()
        keep(reason_code, actor=system)
        audit.record("wallets.reasoncode_added", actor=system, target=reason_code, after=dict(row))
    return len(rows)
