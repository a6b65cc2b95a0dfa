"""The queue: what waits for me, oldest first, with the buttons to decide."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin import SimpleListFilter
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action, display

from apps.approvals import scopes, selectors, services
from apps.approvals.admin.dialogs import (
    BULK_DIALOGS,
    DIALOGS,
    FORWARD,
    ApproveForm,
    ApproveManyForm,
    ForwardForm,
    RejectForm,
    RejectManyForm,
    ReturnForm,
)
from apps.approvals.models import ApprovalRequest
from apps.approvals.progress import (
    age_of,
    changes_of,
    happened_to,
    left_of,
    progress_of,
    standing_of,
)
from apps.approvals.services import Outcome
from apps.approvals.states import Status, Verdict
from apps.common.admin import (
    AS_TABS,
    BulkAdmin,
    KeysetAdmin,
    KeysetList,
    ReadOnlyAdmin,
    StaffRequest,
    TabFilter,
    carry_out,
    leave_dialog,
    money,
    selected_ids,
)
from apps.common.keyset import Walk

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from unfold.dataclasses import UnfoldAction
    from unfold.forms import BaseDialogForm

QUEUE = "admin:approvals_approvalrequest_changelist"
PAGE = "admin:approvals_approvalrequest_change"
SHOWN_PARTIES = 20


class QueueTabs(TabFilter):
    """Mine, everybody's, and what has been decided."""

    tabs = (
        ("mine", gettext_lazy("Waiting for me")),
        ("pending", gettext_lazy("All pending")),
        ("decided", gettext_lazy("Decided")),
    )

    def queryset(
        self,
        request: HttpRequest,
        queryset: "QuerySet[ApprovalRequest]",
    ) -> "QuerySet[ApprovalRequest]":
        """Keep the rows of the open tab."""
        if self.value() == "decided":
            return queryset.exclude(status=Status.PENDING).prefetch_related("decisions__decider")
        if self.value() == "pending":
            return queryset.filter(status=Status.PENDING)
        mine = selectors.waiting_for(request.user)  # type: ignore[arg-type]  # staff only
        return queryset.filter(pk__in=mine.values("pk"))


class ScopeFilter(SimpleListFilter):
    """Narrows the list to one kind of matter."""

    title = gettext_lazy("kind")
    parameter_name = "scope"

    def lookups(
        self,
        request: HttpRequest,  # noqa: ARG002
        model_admin: Any,  # noqa: ARG002
    ) -> list[tuple[str, Any]]:
        """Return the registered scopes."""
        return [(scope.slug, scope.label) for scope in scopes.registered.values()]

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: "QuerySet[ApprovalRequest]",
    ) -> "QuerySet[ApprovalRequest]":
        """Keep the rows of the chosen scope."""
        return queryset.filter(scope=self.value()) if self.value() else queryset


@admin.register(ApprovalRequest)
class ApprovalRequestAdmin(KeysetAdmin, BulkAdmin, ReadOnlyAdmin):
    """Requests for approval; decided on in dialogs, never edited."""

    list_display_links = None
    export_fields = (
        *("title", "scope", "status", "requester", "amount", "currency", "policy", "role"),
        *("requested_at", "due_at", "concluded_at", "why"),
    )
    list_select_related = ("requester", "role")
    list_filter = (QueueTabs, ScopeFilter)
    list_filter_options: ClassVar[dict[str, Any]] = AS_TABS
    search_fields = ("title", "requester__display_name")
    search_help_text = gettext_lazy("Search what is asked for, and who asks")
    change_list_template = "approvals/queue.html"
    change_form_after_template = "approvals/request.html"
    actions_list = ("approve_many", "reject_many")
    actions_detail = ("approve", "reject", "send_back", "forward")

    class Media:
        css: ClassVar[dict[str, list[str]]] = {
            "all": ["approvals/queue.css", "approvals/deciding.css"]
        }

    def get_columns(self, request: HttpRequest) -> tuple[str, ...]:
        """Show how it ended, or how long it has waited and the buttons."""
        if request.GET.get("tab") == "decided":
            return ("what", "requester", "figure", "ending")
        return ("what", "requester", "figure", "standing", "age", "buttons")

    def get_bulk_dialogs(self, request: HttpRequest) -> "list[UnfoldAction]":
        """Offer nothing over what has been decided."""
        return [] if request.GET.get("tab") == "decided" else super().get_bulk_dialogs(request)

    def get_fieldsets(self, request: HttpRequest, obj: object = None) -> list[Any]:  # noqa: ARG002
        """Return none: the page is a template."""
        return []

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:  # noqa: ARG002
        """Return none for the head of the page: the buttons stand beside the facts."""
        return []

    def get_queryset(self, request: HttpRequest) -> "QuerySet[ApprovalRequest]":
        """Mark the rows on which this person can decide."""
        rows = super().get_queryset(request)
        return selectors.marked_for(request.user, rows)  # type: ignore[arg-type]  # staff only

    def get_walk(self, request: HttpRequest, found: KeysetList) -> Walk[Any]:
        """Put the oldest first, but of the decided ones the newest; look for words row by row."""
        words = Q()
        for word in found.query.split():
            words &= Q(title__icontains=word) | Q(requester__display_name__icontains=word)
        tests = (words,) if words else ()
        if request.GET.get("tab") == "decided":
            return Walk(found.queryset, tests=tests)
        return Walk(found.queryset, ("requested_at", "pk"), tests, is_ascending=True)

    def get_search_results(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: "QuerySet[ApprovalRequest]",
        search_term: str,  # noqa: ARG002
    ) -> "tuple[QuerySet[ApprovalRequest], bool]":
        """Leave the words to the walk, which never looks at more than a stretch of the rows."""
        return queryset, False

    @display(description=gettext_lazy("what"))
    def what(self, asked: ApprovalRequest) -> SafeString:
        """Link to the request, and to what it is about."""
        scope = scopes.scope(asked.scope)
        return format_html(
            '<a class="text-important font-medium" href="{}">{}</a><br>'
            '<a class="office-soft text-xs hover:underline" href="{}">{}</a>',
            reverse(PAGE, args=(asked.pk,)),
            asked.title,
            scope.url(asked.subject_id),
            _("Open the {kind}").format(kind=str(scope.label).lower()),
        )

    @display(description=gettext_lazy("amount"), formatting="price")
    def figure(self, asked: ApprovalRequest) -> str:
        """Return the amount in its currency."""
        return money(asked.amount, asked.currency)

    @display(description=gettext_lazy("waits for"))
    def standing(self, asked: ApprovalRequest) -> SafeString:
        """Say which role is next, on which level."""
        return SafeString(render_to_string("approvals/standing.html", standing_of(asked)))

    @display(description=gettext_lazy("decided"))
    def ending(self, asked: ApprovalRequest) -> SafeString:
        """Say how it ended, by whom and when."""
        context = {"asked": asked, "decisions": list(asked.decisions.all())}
        return SafeString(render_to_string("approvals/ending.html", context))

    @display(description=gettext_lazy("age"))
    def age(self, asked: ApprovalRequest) -> SafeString:
        """Say how long it has waited, and by when somebody should decide."""
        return SafeString(render_to_string("approvals/age.html", age_of(asked, timezone.now())))

    @display(description=gettext_lazy("decide"))
    def buttons(self, asked: ApprovalRequest) -> SafeString | str:
        """Offer the dialogs to somebody who can decide."""
        if not asked.is_mine:  # type: ignore[attr-defined]  # annotated in get_queryset
            return ""
        context = {"asked": asked, "origin": "?from=queue"}
        return SafeString(render_to_string("approvals/buttons.html", context))

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the request with its levels, parties and decisions."""
        asked = self.get_object(request, object_id)
        context = extra_context or {}
        if asked is not None:
            scope = scopes.scope(asked.scope)
            context |= {
                "title": asked.title,
                "asked": asked,
                "scope": scope,
                "subject_url": scope.url(asked.subject_id),
                "levels": progress_of(asked),
                "happened": happened_to(asked),
                "changes": changes_of(asked),
                "left": left_of(asked),
                "stands_in_for": _absent_for(request) if asked.is_mine else [],
                "summary": scope.summary(asked.subject_id) if scope.summary else "",
                **_parties(asked),
                "my_parts": asked.parties.filter(person=request.user).values_list(
                    "part", flat=True
                ),
                "pending": Status.PENDING,
                **age_of(asked, timezone.now()),
            }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(
        description=gettext_lazy("Approve"), permissions=["view"], dialog=DIALOGS[Verdict.APPROVE]
    )
    def approve(self, request: StaffRequest, form: ApproveForm, object_id: str) -> HttpResponse:
        """Approve one request."""
        return self._decide(request, form, object_id, Verdict.APPROVE)

    @action(
        description=gettext_lazy("Reject"), permissions=["view"], dialog=DIALOGS[Verdict.REJECT]
    )
    def reject(self, request: StaffRequest, form: RejectForm, object_id: str) -> HttpResponse:
        """Reject one request."""
        return self._decide(request, form, object_id, Verdict.REJECT)

    @action(
        description=gettext_lazy("Request changes"),
        permissions=["view"],
        dialog=DIALOGS[Verdict.RETURN],
    )
    def send_back(self, request: StaffRequest, form: ReturnForm, object_id: str) -> HttpResponse:
        """Return one request to whoever asked."""
        return self._decide(request, form, object_id, Verdict.RETURN)

    @action(description=gettext_lazy("Forward"), permissions=["view"], dialog=FORWARD)
    def forward(self, request: StaffRequest, form: ForwardForm, object_id: str) -> HttpResponse:
        """Hand one request to a colleague."""
        colleague = form.cleaned_data["colleague"]
        return carry_out(
            request,
            form,
            FORWARD,
            lambda: services.forward(
                int(object_id),
                to=colleague,
                reason=form.cleaned_data["reason"],
                actor=request.user,
            ),
            success=_("{colleague} decides on it now.").format(colleague=colleague),
            then=reverse(QUEUE),
        )

    def _decide(
        self, request: StaffRequest, form: "BaseDialogForm", object_id: str, verdict: Verdict
    ) -> HttpResponse:
        asked = self.get_object(request, object_id)
        if asked is None:
            raise Http404
        then = reverse(QUEUE)
        following = selectors.waiting_for(request.user).exclude(pk=asked.pk).first()
        if following is not None and request.GET.get("from") != "queue":
            then = reverse(PAGE, args=(following.pk,))
        return carry_out(
            request,
            form,
            DIALOGS[verdict],
            lambda: services.decide(
                asked.pk, verdict=verdict, actor=request.user, reason=form.cleaned_data["reason"]
            ),
            success=_said,
            then=then,
        )

    @action(
        description=gettext_lazy("Approve"),
        icon="check",
        permissions=["view"],
        dialog=BULK_DIALOGS[Verdict.APPROVE],
    )
    def approve_many(self, request: StaffRequest, form: ApproveManyForm) -> HttpResponse:
        """Approve the ticked requests."""
        return _decide_many(request, form, Verdict.APPROVE)

    @action(
        description=gettext_lazy("Reject"),
        icon="close",
        permissions=["view"],
        dialog=BULK_DIALOGS[Verdict.REJECT],
    )
    def reject_many(self, request: StaffRequest, form: RejectManyForm) -> HttpResponse:
        """Reject the ticked requests."""
        return _decide_many(request, form, Verdict.REJECT)


def _absent_for(request: HttpRequest) -> list[str]:
    people = selectors.absent_for(request.user)  # type: ignore[arg-type]  # staff only
    return [str(person) for person in people]


def _parties(asked: ApprovalRequest) -> dict[str, Any]:
    """Return who may not decide, as far as there is room: a batch may concern thousands."""
    parties = list(asked.parties.select_related("person").order_by("pk")[: SHOWN_PARTIES + 1])
    return {"parties": parties[:SHOWN_PARTIES], "has_more_parties": len(parties) > SHOWN_PARTIES}


def _noted(title: str, role: object) -> str:
    text = _("Your approval of “{title}” is noted. It now waits for “{role}”.")
    return text.format(title=title, role=role)


def _said(asked: ApprovalRequest) -> str:
    """Say what became of the request."""
    if asked.status == Status.PENDING:
        return _noted(asked.title, asked.role)
    return _("“{title}”: {status}.").format(title=asked.title, status=asked.get_status_display())


def _decide_many(request: StaffRequest, form: "BaseDialogForm", verdict: Verdict) -> HttpResponse:
    outcomes = services.decide_many(
        selected_ids(request),
        verdict=verdict,
        actor=request.user,
        reason=form.cleaned_data["reason"],
    )
    _report(request, outcomes, verdict)
    return leave_dialog(QUEUE)


def _report(request: StaffRequest, outcomes: Sequence[Outcome], verdict: Verdict) -> None:
    if done := sum(not outcome.error and not outcome.waits_for for outcome in outcomes):
        text = (
            ngettext("{count} request approved.", "{count} requests approved.", done)
            if verdict == Verdict.APPROVE
            else ngettext("{count} request rejected.", "{count} requests rejected.", done)
        )
        messages.success(request, text.format(count=done))
    for outcome in outcomes:
        if outcome.waits_for:
            messages.success(request, _noted(outcome.title, outcome.waits_for))
        if outcome.error:
            text = _("{title} was refused: {why}")
            messages.error(request, text.format(title=outcome.title, why=outcome.error))
