"""The deeds on an adjustment: each a dialog, each one call of a service."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.common.admin import DialogForm, HistoryAdmin, StaffRequest, carry_out
from apps.common.errors import MoveNotAllowed
from apps.wallets import services
from apps.wallets.admin.adjustment_drafts import page_url
from apps.wallets.admin.adjustment_page import balance_of, possible
from apps.wallets.models import Adjustment

if TYPE_CHECKING:
    from django.http import HttpRequest
    from unfold.dataclasses import ActionDialog, UnfoldAction


def _text(label: Any, *, required: bool, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=2000,
        help_text=help_text,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class AdjustmentDialog(DialogForm):
    """A dialog about one adjustment; shows what it does to the balance."""

    form_before_template = "wallets/adjustment_summary.html"

    def __init__(
        self, request: "HttpRequest", object_id: int | str | None = None, **options: Any
    ) -> None:
        """Read the adjustment as it is now."""
        super().__init__(request, object_id, **options)
        found = Adjustment.objects.select_related("wallet__owner", "reason_code", "transaction")
        if not str(object_id).isdecimal():
            raise Http404
        self.adjustment = get_object_or_404(found, pk=object_id)

    def get_before_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show the adjustment."""
        return {
            "adjustment": self.adjustment,
            "balance": balance_of(self.adjustment),
            "files": self.adjustment.evidence.all(),
        }


class SubmitForm(AdjustmentDialog):
    """Remembers the version that is submitted."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Keep the version."""
        super().__init__(*args, **options)
        self.initial["seen_version"] = self.adjustment.version


class WithdrawForm(AdjustmentDialog):
    """Lets the requester add a word."""

    reason = _text(_("Reason"), required=False, help_text=_("Optional."))


class DecisionForm(AdjustmentDialog):
    """Remembers the request that is open, so that nobody decides on one that they have not seen."""

    request_id = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Find the open request."""
        super().__init__(*args, **options)
        waiting = approval_questions.open_request_of(self.adjustment)
        self.initial["request_id"] = waiting.pk if waiting else None


class ApproveForm(DecisionForm):
    """Lets the decider add a word."""

    reason = _text(
        _("Comment"), required=False, help_text=_("Optional. Whoever asked can read it.")
    )


class RefuseForm(DecisionForm):
    """Asks why."""

    reason = _text(
        _("Reason"), required=True, help_text=_("Whoever asked reads it: say what they should do.")
    )


def _dialog(title: Any, form: type[DialogForm], button: Any, text: Any) -> "ActionDialog":
    return {"title": title, "description": text, "form_class": form, "form_submit_text": button}


SUBMIT = _dialog(
    _("Submit for approval"),
    SubmitForm,
    _("Submit"),
    _("From here on it does not change, and whoever decides is told."),
)
WITHDRAW = _dialog(
    _("Withdraw the adjustment"),
    WithdrawForm,
    _("Withdraw"),
    _("It ends. Nothing is posted, and this cannot be undone."),
)
APPROVE = _dialog(
    _("Approve"), ApproveForm, _("Approve"), _("On the last approval it is posted at once.")
)
REQUEST_CHANGES = _dialog(
    _("Request changes"),
    RefuseForm,
    _("Send back"),
    _("It goes back to whoever asked, who may change it and ask again."),
)
REJECT = _dialog(_("Reject"), RefuseForm, _("Reject"), _("It ends. The reason is kept, and sent."))


class AdjustmentDeeds(HistoryAdmin):
    """The buttons of the page: exactly what this person can do now."""

    # Whoever sees the page may press: the services say in words why not, and keep the attempt.
    actions_detail = ("submit", "approve", "request_changes", "reject", "withdraw")

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Return the buttons."""
        permitted: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        adjustment = self.get_object(request, str(object_id))
        names = possible(adjustment, request.user) if adjustment is not None else set()
        return [one for one in permitted if _name_of(one) in names]

    @action(
        description=_("Submit"),
        permissions=["view"],
        icon="send",
        variant=ActionVariant.PRIMARY,
        dialog=SUBMIT,
    )
    def submit(
        self,
        request: StaffRequest,
        form: SubmitForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Ask those who decide."""
        return _carry_out(
            request,
            form,
            SUBMIT,
            lambda: services.submit_adjustment(
                form.adjustment.pk,
                seen_version=form.cleaned_data["seen_version"],
                actor=request.user,
            ),
            _("{adjustment} waits for approval."),
        )

    @action(description=_("Withdraw"), permissions=["view"], icon="close", dialog=WITHDRAW)
    def withdraw(
        self,
        request: StaffRequest,
        form: WithdrawForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Take it back."""
        reason = form.cleaned_data["reason"]
        return _carry_out(
            request,
            form,
            WITHDRAW,
            lambda: services.withdraw_adjustment(
                form.adjustment.pk, actor=request.user, reason=reason
            ),
            _("{adjustment} is withdrawn."),
        )

    @action(
        description=_("Approve"),
        permissions=["view"],
        icon="check",
        variant=ActionVariant.PRIMARY,
        dialog=APPROVE,
    )
    def approve(
        self,
        request: StaffRequest,
        form: ApproveForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Agree, on the open level."""
        said = _("Your approval of {adjustment} is recorded.")
        return _carry_out(request, form, APPROVE, _decision(request, form, Verdict.APPROVE), said)

    @action(
        description=_("Request changes"),
        permissions=["view"],
        icon="edit_note",
        dialog=REQUEST_CHANGES,
    )
    def request_changes(
        self,
        request: StaffRequest,
        form: RefuseForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """Send it back."""
        said = _("{adjustment} is sent back for changes.")
        deed = _decision(request, form, Verdict.RETURN)
        return _carry_out(request, form, REQUEST_CHANGES, deed, said)

    @action(
        description=_("Reject"),
        permissions=["view"],
        icon="block",
        variant=ActionVariant.DANGER,
        dialog=REJECT,
    )
    def reject(
        self,
        request: StaffRequest,
        form: RefuseForm,
        object_id: str,  # noqa: ARG002
    ) -> HttpResponse:
        """End it."""
        said = _("{adjustment} is rejected.")
        return _carry_out(request, form, REJECT, _decision(request, form, Verdict.REJECT), said)


def _name_of(one: "UnfoldAction") -> str:
    return str(one.action_name).removeprefix("wallets_adjustment_")


def _decision(request: StaffRequest, form: DecisionForm, verdict: Verdict) -> Callable[[], object]:
    """Return the decision on the request that the dialog was opened for."""
    request_id, reason = form.cleaned_data["request_id"], form.cleaned_data["reason"]

    def decide() -> object:
        if request_id is None:
            status = form.adjustment.get_status_display()
            raise MoveNotAllowed(action=verdict.label, status=status)
        return approvals.decide(request_id, verdict=verdict, actor=request.user, reason=reason)

    return decide


def _carry_out(
    request: StaffRequest,
    form: AdjustmentDialog,
    dialog: "ActionDialog",
    deed: Callable[[], object],
    said: Any,
) -> HttpResponse:
    adjustment = form.adjustment
    said = said.format(adjustment=adjustment)
    return carry_out(request, form, dialog, deed, success=said, then=page_url(adjustment.pk))
