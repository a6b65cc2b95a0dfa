"""What the tests of the pages of adjustments share: adjustments, and what a form sends."""

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from apps.accounts.models import User
from apps.wallets import services as wallets
from apps.wallets.models import Adjustment, ReasonCode, Wallet
from apps.wallets.states import Direction
from apps.wallets.tests.browsing import url_of

LIST = url_of("adjustment_changelist")
ADD = url_of("adjustment_add")
DEEDS = {"submit", "withdraw", "approve", "request_changes", "reject"}


def code(name: str) -> ReasonCode:
    return ReasonCode.objects.get(code=name)


def a_file(name: str = "statement.txt", content: bytes = b"Line 4711\n") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def page_of(adjustment: Adjustment) -> str:
    return url_of("adjustment_change", adjustment.pk)


def deed_on(adjustment: Adjustment, deed: str) -> str:
    return url_of(f"adjustment_{deed}", adjustment.pk)


def typed(wallet: Wallet, /, **fields: Any) -> dict[str, Any]:
    """Return what the form sends."""
    return {
        "wallet": wallet.pk,
        "direction": "credit",
        "amount": "25.00",
        "reason_code": code("goodwill").pk,
        "note": "Was not charged",
        **fields,
    }


def draft(wallet: Wallet, actor: User, **fields: Any) -> Adjustment:
    return wallets.request_adjustment(
        **{
            "wallet_id": wallet.pk,
            "direction": Direction.CREDIT,
            "amount": 2500,
            "reason_code": code("goodwill"),
            "note": "Was not charged",
            "actor": actor,
            **fields,
        }
    )


def pending(wallet: Wallet, actor: User, **fields: Any) -> Adjustment:
    return wallets.submit_adjustment(draft(wallet, actor, **fields).pk, actor=actor)


def now(adjustment: Adjustment) -> Adjustment:
    return Adjustment.objects.get(pk=adjustment.pk)


def errors_of(answer: Any) -> dict[str, list[str]]:
    assert answer.status_code == 200
    errors: dict[str, list[str]] = answer.context["adminform"].form.errors
    return errors
