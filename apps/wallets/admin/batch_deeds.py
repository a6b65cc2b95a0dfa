"""The deeds on one batch of adjustments."""

from typing import TYPE_CHECKING, Any

from apps.wallets import batch_summary, services
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
from apps.wallets.models import AdjustmentBatch

if TYPE_CHECKING:
    from django.http import HttpRequest


class BatchDialog(SubjectDialog):
    """Shows what the batch moves."""

    subjects = AdjustmentBatch.objects.all()
    form_before_template = "wallets/batch_facts.html"

    def get_before_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show the batch."""
        return batch_summary.facts_of(self.subject)


class SubmitForm(BatchDialog, Submitting):
    """Submits a batch."""


class WithdrawForm(BatchDialog, Withdrawing):
    """Withdraws a batch."""


class ApproveForm(BatchDialog, Approving):
    """Approves a batch."""


class RefuseForm(BatchDialog, Refusing):
    """Rejects a batch, or sends it back."""


DIALOGS = dialogs_of(
    submitting=SubmitForm, withdrawing=WithdrawForm, approving=ApproveForm, refusing=RefuseForm
)


class BatchDeeds(Deeds):
    """The buttons of the page."""

    dialogs = DIALOGS
    submits = staticmethod(services.submit_batch)
    withdraws = staticmethod(services.withdraw_batch)

    submit = button("submit", DIALOGS)
    approve = button("approve", DIALOGS)
    request_changes = button("request_changes", DIALOGS)
    reject = button("reject", DIALOGS)
    withdraw = button("withdraw", DIALOGS)
