"""The deeds on one adjustment."""

from typing import TYPE_CHECKING, Any

from apps.wallets import services
from apps.wallets.admin.adjustment_page import balance_of
from apps.wallets.admin.deciding import (
    Approving,
    Deeds,
    Refusing,
    SubjectDialog,
    Submitting,
    Withdrawing,
    button,
    dialogs_of,
)
from apps.wallets.models import Adjustment

if TYPE_CHECKING:
    from django.http import HttpRequest


class AdjustmentDialog(SubjectDialog):
    """Shows what the adjustment does to the balance."""

    subjects = Adjustment.objects.select_related("wallet__owner", "reason_code", "transaction")
    form_before_template = "wallets/adjustment_summary.html"

    def get_before_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show the adjustment."""
        return {
            "adjustment": self.subject,
            "balance": balance_of(self.subject),
            "files": self.subject.evidence.all(),
        }


class SubmitForm(AdjustmentDialog, Submitting):
    """Submits an adjustment."""


class WithdrawForm(AdjustmentDialog, Withdrawing):
    """Withdraws an adjustment."""


class ApproveForm(AdjustmentDialog, Approving):
    """Approves an adjustment."""


class RefuseForm(AdjustmentDialog, Refusing):
    """Rejects an adjustment, or sends it back."""


DIALOGS = dialogs_of(
    submitting=SubmitForm, withdrawing=WithdrawForm, approving=ApproveForm, refusing=RefuseForm
)


class AdjustmentDeeds(Deeds):
    """The buttons of the page."""

    dialogs = DIALOGS
    submits = staticmethod(services.submit_adjustment)
    withdraws = staticmethod(services.withdraw_adjustment)

    submit = button("submit", DIALOGS)
    approve = button("approve", DIALOGS)
    request_changes = button("request_changes", DIALOGS)
    reject = button("reject", DIALOGS)
    withdraw = button("withdraw", DIALOGS)
