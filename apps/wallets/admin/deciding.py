"""The deeds on what is asked for, an adjustment or a batch: each a dialog, each one service call.

A page gives its dialogs (`dialogs_of`), its two services, and a `button` for each deed.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.common.admin import (
    DialogForm,
    HistoryAdmin,
    StaffRequest,
    carry_out,
    dangerous,
)
from apps.common.errors import MoveNotAllowed
from apps.wallets.states import AdjustmentStatus

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from unfold.dataclasses import ActionDialog, UnfoldAction

    from apps.accounts.models import User


def _text(label: Any, *, required: bool, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=2000,
        help_text=help_text,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
    )


class SubjectDialog(DialogForm):
    """A dialog about one row, as it is now; a subclass shows what it does to balances."""

    subjects: "ClassVar[QuerySet[Any]]"

    def __init__(
        self, request: "HttpRequest", object_id: int | str | None = None, **options: Any
    ) -> None:
        """Read the row."""
        super().__init__(request, object_id, **options)
        if not str(object_id).isdecimal():
            raise Http404
        self.subject = get_object_or_404(self.subjects.all(), pk=object_id)


class Submitting(SubjectDialog):
    """Remembers the version that is submitted."""

    seen_version = forms.IntegerField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Keep the version."""
        super().__init__(*args, **options)
        self.initial["seen_version"] = self.subject.version


class Withdrawing(SubjectDialog):
    """Lets the requester add a word."""

    reason = _text(_("Reason"), required=False, help_text=_("Optional."))


class Deciding(SubjectDialog):
    """Remembers the request that is open, so that nobody decides on one that they have not seen."""

    request_id = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, **options: Any) -> None:
        """Find the open request."""
        super().__init__(*args, **options)
        waiting = approval_questions.open_request_of(self.subject)
        self.initial["request_id"] = waiting.pk if waiting else None


class Approving(Deciding):
    """Lets the decider add a word."""

    reason = _text(
        _("Comment"), required=False, help_text=_("Optional. Whoever asked can read it.")
    )


class Refusing(Deciding):
    """Asks why."""

    reason = _text(
        _("Reason"), required=True, help_text=_("Whoever asked reads it: say what they should do.")
    )


def dialogs_of(
    *,
    submitting: type[Submitting],
    withdrawing: type[Withdrawing],
    approving: type[Approving],
    refusing: type[Refusing],
) -> "dict[str, ActionDialog]":
    """Return the dialogs by the name of their deed."""
    return {
        "submit": _dialog(
            _("Submit for approval"),
            submitting,
            _("Submit"),
            _("From here on it does not change, and whoever decides is told."),
        ),
        "approve": _dialog(
            _("Approve"),
            approving,
            _("Approve"),
            _("On the last approval it is posted at once."),
        ),
        "request_changes": _dialog(
            _("Request changes"),
            refusing,
            _("Send back"),
            _("It goes back to whoever asked, who may change it and ask again."),
        ),
        "reject": dangerous(
            _dialog(_("Reject"), refusing, _("Reject"), _("It ends. The reason is kept, and sent."))
        ),
        "withdraw": _dialog(
            _("Withdraw"),
            withdrawing,
            _("Withdraw"),
            _("It ends. Nothing is posted, and this cannot be undone."),
        ),
    }


def _dialog(title: Any, form: type[DialogForm], button: Any, text: Any) -> "ActionDialog":
    return {"title": title, "description": text, "form_class": form, "form_submit_text": button}


class Deeds(HistoryAdmin):
    """The buttons of a page: exactly what this person can do now."""

    # Whoever sees the page may press: the services say in words why not, and keep the attempt.
    actions_detail = ("submit", "approve", "request_changes", "reject", "withdraw")
    dialogs: "ClassVar[Mapping[str, ActionDialog]]"
    submits: "ClassVar[Callable[..., object]]"
    withdraws: "ClassVar[Callable[..., object]]"

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Return the buttons."""
        permitted: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        subject = self.get_object(request, str(object_id))
        names = possible(subject, request.user) if subject is not None else set()
        prefix = f"{self.opts.app_label}_{self.opts.model_name}_"
        return [one for one in permitted if str(one.action_name).removeprefix(prefix) in names]

    def carry_out(
        self,
        request: StaffRequest,
        form: SubjectDialog,
        name: str,
        deed: Callable[[], object],
        said: Any,
    ) -> HttpResponse:
        """Do it and return to the page, or keep the dialog open with the refusal."""
        subject = form.subject
        page = f"admin:{self.opts.app_label}_{self.opts.model_name}_change"
        return carry_out(
            request,
            form,
            self.dialogs[name],
            deed,
            success=said.format(subject=subject),
            then=reverse(page, args=(subject.pk,)),
        )


def possible(subject: Any, user: "User") -> set[str]:
    """Return the names of the deeds that this person can do on it at this moment."""
    names = set()
    is_own = subject.requester_id == user.pk
    if subject.status == AdjustmentStatus.DRAFT and is_own:
        names |= {"submit", "withdraw"}
    if subject.status == AdjustmentStatus.PENDING:
        if is_own:
            names.add("withdraw")
        waiting = approval_questions.open_request_of(subject)
        if waiting and approval_questions.waiting_for(user).filter(pk=waiting.pk).exists():
            names |= {"approve", "request_changes", "reject"}
    return names


def submit(page: Deeds, request: StaffRequest, form: Submitting, object_id: str) -> HttpResponse:  # noqa: ARG001
    """Ask those who decide."""
    version = form.cleaned_data["seen_version"]
    return page.carry_out(
        request,
        form,
        "submit",
        lambda: page.submits(form.subject.pk, seen_version=version, actor=request.user),
        _("{subject} waits for approval."),
    )


def withdraw(page: Deeds, request: StaffRequest, form: Withdrawing, object_id: str) -> HttpResponse:  # noqa: ARG001
    """Take it back."""
    reason = form.cleaned_data["reason"]
    return page.carry_out(
        request,
        form,
        "withdraw",
        lambda: page.withdraws(form.subject.pk, actor=request.user, reason=reason),
        _("{subject} is withdrawn."),
    )


def approve(page: Deeds, request: StaffRequest, form: Approving, object_id: str) -> HttpResponse:  # noqa: ARG001
    """Agree, on the open level."""
    deed = _decision(request, form, Verdict.APPROVE)
    return page.carry_out(
        request, form, "approve", deed, _("Your approval of {subject} is recorded.")
    )


def request_changes(
    page: Deeds,
    request: StaffRequest,
    form: Refusing,
    object_id: str,  # noqa: ARG001
) -> HttpResponse:
    """Send it back."""
    deed = _decision(request, form, Verdict.RETURN)
    return page.carry_out(
        request, form, "request_changes", deed, _("{subject} is sent back for changes.")
    )


def reject(page: Deeds, request: StaffRequest, form: Refusing, object_id: str) -> HttpResponse:  # noqa: ARG001
    """End it."""
    deed = _decision(request, form, Verdict.REJECT)
    return page.carry_out(request, form, "reject", deed, _("{subject} is rejected."))


def _decision(request: StaffRequest, form: Deciding, verdict: Verdict) -> Callable[[], object]:
    """Return the decision on the request that the dialog was opened for."""
    request_id, reason = form.cleaned_data["request_id"], form.cleaned_data["reason"]

    def decide() -> object:
        if request_id is None:
            status = form.subject.get_status_display()
            raise MoveNotAllowed(action=verdict.label, status=status)
        return approvals.decide(request_id, verdict=verdict, actor=request.user, reason=reason)

    return decide


_LOOKS: dict[str, tuple[Callable[..., HttpResponse], Any, str, ActionVariant]] = {
    "submit": (submit, _("Submit"), "send", ActionVariant.PRIMARY),
    "approve": (approve, _("Approve"), "check", ActionVariant.PRIMARY),
    "request_changes": (
        request_changes,
        _("Request changes"),
        "edit_note",
        ActionVariant.DEFAULT,
    ),
    "reject": (reject, _("Reject"), "block", ActionVariant.DANGER),
    "withdraw": (withdraw, _("Withdraw"), "close", ActionVariant.DEFAULT),
}


def button(name: str, dialogs: "Mapping[str, ActionDialog]") -> Any:
    """Return the deed of that name as an action of a page, which asks in its dialog."""
    function, text, icon, variant = _LOOKS[name]
    decorate = action(
        description=text, permissions=["view"], icon=icon, variant=variant, dialog=dialogs[name]
    )
    return decorate(function)
