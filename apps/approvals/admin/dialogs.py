"""What the dialogs ask before somebody decides, and the summary of what they decide on."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from apps.accounts.models import User
from apps.approvals import selectors
from apps.approvals.admin.reasons import reason_field
from apps.approvals.models import ApprovalRequest
from apps.approvals.progress import changes_of, left_of, standing_of
from apps.approvals.states import Status, Verdict
from apps.common.admin import (
    BulkDialogForm,
    DialogForm,
    dangerous,
    selected_ids,
)

if TYPE_CHECKING:
    from unfold.dataclasses import ActionDialog


def _summary(**which: Any) -> dict[str, Any]:
    requests = ApprovalRequest.objects.filter(**which).select_related("requester", "role")
    return {
        "rows": [
            {**standing_of(asked), "changes": changes_of(asked), "left": left_of(asked)}
            for asked in requests
        ],
        "pending": Status.PENDING,
    }


def _comment(verdict: Verdict) -> forms.CharField:
    return reason_field(
        verdict,
        label=_("Comment"),
        help_text=_("Optional. Whoever asked can read it."),
        required=False,
        has_focus=True,
    )


def _reason(verdict: Verdict) -> forms.CharField:
    return reason_field(
        verdict,
        label=_("Reason"),
        help_text=_("Whoever asked reads it: say what they should do."),
        required=True,
        has_focus=True,
    )


class _OneForm(DialogForm):
    """Shows the request that is decided on."""

    form_before_template = "approvals/summary.html"

    def get_before_template_context(
        self,
        request: HttpRequest,  # noqa: ARG002
        object_id: int | str | None = None,
    ) -> dict[str, Any]:
        """Return the request of the dialog."""
        if not str(object_id).isdecimal():
            raise Http404
        return _summary(pk=object_id)


class _ManyForm(BulkDialogForm):
    """Shows the requests that are ticked."""

    form_before_template = "approvals/summary.html"

    def get_before_template_context(
        self,
        request: HttpRequest,
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Return the ticked requests."""
        return _summary(pk__in=selected_ids(request))


class ApproveForm(_OneForm):
    """Approves one request."""

    reason = _comment(Verdict.APPROVE)


class RejectForm(_OneForm):
    """Rejects one request."""

    reason = _reason(Verdict.REJECT)


class ReturnForm(_OneForm):
    """Returns one request to whoever asked."""

    reason = _reason(Verdict.RETURN)


class ForwardForm(_OneForm):
    """Hands one request to a colleague."""

    colleague = forms.ModelChoiceField(
        User.objects.none(),
        label=_("Colleague"),
        help_text=_("Those whose roles decide on such matters."),
        widget=UnfoldAdminSelectWidget,
    )
    reason = forms.CharField(
        label=_("Why"),
        help_text=_("The colleague reads it."),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )

    def __init__(
        self, request: HttpRequest, object_id: int | str | None = None, **options: Any
    ) -> None:
        """Offer the colleagues who could decide on this request."""
        super().__init__(request, object_id, **options)
        if not str(object_id).isdecimal():
            raise Http404
        asked = get_object_or_404(ApprovalRequest, pk=object_id)
        colleagues = selectors.colleagues_for(asked).exclude(pk__in=[request.user.pk])
        self.fields["colleague"].queryset = colleagues


class ApproveManyForm(_ManyForm):
    """Approves the ticked requests."""

    reason = _comment(Verdict.APPROVE)


class RejectManyForm(_ManyForm):
    """Rejects the ticked requests."""

    reason = _reason(Verdict.REJECT)


FORWARD: "ActionDialog" = {
    "title": _("Forward to a colleague"),
    "description": _(
        "The colleague decides instead of you, on this level of this request and no other."
    ),
    "form_class": ForwardForm,
    "form_submit_text": _("Forward"),
}
DIALOGS = {
    Verdict.APPROVE: {
        "title": _("Approve"),
        "form_class": ApproveForm,
        "form_submit_text": _("Approve"),
    },
    Verdict.REJECT: dangerous(
        {
            "title": _("Reject"),
            "form_class": RejectForm,
            "form_submit_text": _("Reject"),
        }
    ),
    Verdict.RETURN: {
        "title": _("Request changes"),
        "description": _("It goes back to whoever asked, who may change it and ask again."),
        "form_class": ReturnForm,
        "form_submit_text": _("Request changes"),
    },
}
BULK_DIALOGS = {
    Verdict.APPROVE: {
        "title": _("Approve the ticked requests"),
        "description": _(
            "Each is decided by itself; one that is refused does not stop the others."
        ),
        "form_class": ApproveManyForm,
        "form_submit_text": _("Approve all"),
    },
    Verdict.REJECT: dangerous(
        {
            "title": _("Reject the ticked requests"),
            "description": _("The same reason goes to all who asked."),
            "form_class": RejectManyForm,
            "form_submit_text": _("Reject all"),
        }
    ),
}
