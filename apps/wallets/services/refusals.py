"""The database's refusals, told as facts of `errors`."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import Error

from apps.common.errors import DomainError
from apps.wallets import errors
from apps.wallets.states import WalletStatus

_FACTS: dict[str, type[DomainError]] = {
    "entry_amount_is_not_zero": errors.ZeroAmount,
    "entry_has_currency_of_wallet": errors.CurrencyMismatch,
    "hold_covers_capture": errors.HoldTooSmall,
    "hold_key_is_unique": errors.KeyReused,
    "hold_moves_forward": errors.HoldEnded,
    "reversal_is_final": errors.ReversalIsFinal,
    "reversal_mirrors_original": errors.ReversalDiffers,
    "transaction_is_balanced": errors.Unbalanced,
    "transaction_period_is_open": errors.PeriodClosed,
    "period_closes_in_order": errors.EarlierPeriodOpen,
    "period_reopens_last_first": errors.LaterPeriodClosed,
    "transaction_is_reversed_once": errors.AlreadyReversed,
    "transaction_key_is_unique": errors.KeyReused,
    "wallet_available_above_floor": errors.InsufficientFunds,
    "wallet_is_active": errors.WalletNotActive,
    "wallet_is_known": errors.UnknownWallet,
}
_TOO_LARGE = "22003"  # numeric_value_out_of_range: a sum that a bigint cannot hold
_COLLISIONS = {"40P01", "40001", "55P03"}  # deadlock, serialization failure, lock not available


@contextmanager
def explained(**known: object) -> Iterator[None]:
    """Raise what the ledger refuses inside the block as a `DomainError`; `known` are its facts too.

    The running transaction is lost, as after every error of the database.
    """
    try:
        yield
    except Error as error:
        refusal = _refusal(error, known)
        if refusal is None:
            raise
        raise refusal from error


def _refusal(error: Error, known: dict[str, object]) -> DomainError | None:
    diagnostics = getattr(error.__cause__, "diag", None)
    if diagnostics is None:
        return None
    if diagnostics.sqlstate == _TOO_LARGE:
        return errors.AmountTooLarge()
    if diagnostics.sqlstate in _COLLISIONS:
        return errors.Collision()
    fact = _FACTS.get(diagnostics.constraint_name or "")
    return fact(**{**known, **_facts(diagnostics.message_detail)}) if fact else None


def _facts(detail: str | None) -> dict[str, Any]:
    """Read the facts that our own functions put into the detail; PostgreSQL's own are prose."""
    if not detail or not detail.startswith("{"):
        return {}
    facts: dict[str, Any] = json.loads(detail)
    if facts.get("status") in WalletStatus.values:
        facts["status"] = WalletStatus(facts["status"]).label
    return facts
