"""What the dialogs ask before somebody decides, and the summary of what they decide on."""

from typing import Any

from django import forms
from django.http import Http404, HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.approvals.models import ApprovalRequest
from apps.approvals.progress import standing_of
from apps.approvals.states import Status, Verdict
from apps.common.admin import BulkDialogForm, DialogForm, selected_ids


def _summary(**which: Any) -> dict[str, Any]:
    requests = ApprovalRequest.objects.filter(**which).select_related("requester", "role")
    return {"rows": [standing_of(asked) for asked in requests], "pending": Status.PENDING}


class _CommentForm(forms.Form):
    """Lets the decider add a word."""

    reason = forms.CharField(
        label=_("Comment"),
        help_text=_("Optional. Whoever asked can read it."),
        required=False,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
    )


class _ReasonForm(forms.Form):
    """Asks why."""

    reason = forms.CharField(
        label=_("Reason"),
        help_text=_("Whoever asked reads it: say what they should do."),
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
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


class ApproveForm(_OneForm, _CommentForm):
    """Approves one request."""


class RefuseForm(_OneForm, _ReasonForm):
    """Rejects or returns one request."""


class ApproveManyForm(_ManyForm, _CommentForm):
    """Approves the ticked requests."""


class RefuseManyForm(_ManyForm, _ReasonForm):
    """Rejects the ticked requests."""


DIALOGS = {
    Verdict.APPROVE: {
        "title": _("Approve"),
        "form_class": ApproveForm,
        "form_submit_text": _("Approve"),
    },
    Verdict.REJECT: {
        "title": _("Reject"),
        "form_class": RefuseForm,
        "form_submit_text": _("Reject"),
    },
    Verdict.RETURN: {
        "title": _("Request changes"),
        "description": _("It goes back to whoever asked, who may change it and ask again."),
        "form_class": RefuseForm,
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
    Verdict.REJECT: {
        "title": _("Reject the ticked requests"),
        "description": _("The same reason goes to all who asked."),
        "form_class": RefuseManyForm,
        "form_submit_text": _("Reject all"),
    },
}
