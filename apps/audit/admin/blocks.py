"""The pages of the seals."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display

from apps.audit.checking import check, check_block
from apps.audit.models import AuditBlock
from apps.common.admin import DialogForm, KeysetAdmin, ReadOnlyAdmin, StaffRequest, leave_dialog

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from unfold.dataclasses import ActionDialog

LIST = "admin:audit_auditblock_changelist"
PAGE = "admin:audit_auditblock_change"
# More would keep the browser waiting; the command has the time.
AT_ONCE = 20

VERIFY_ALL: "ActionDialog" = {
    "title": gettext_lazy("Verify the audit log"),
    "description": gettext_lazy(
        "Computes every seal again, and names the first row that is not as it was."
    ),
    "form_class": DialogForm,
    "form_submit_text": gettext_lazy("Verify"),
}
VERIFY: "ActionDialog" = {
    "title": gettext_lazy("Verify this block"),
    "description": gettext_lazy(
        "Computes the digest of each of its events, and its own hash, again."
    ),
    "form_class": DialogForm,
    "form_submit_text": gettext_lazy("Verify"),
}


@admin.register(AuditBlock)
class AuditBlockAdmin(KeysetAdmin, ReadOnlyAdmin):
    """The chain of seals, the newest first."""

    list_display = ("number", "event_count", "sealed_at", "short_hash", "short_previous")
    key = ("number",)
    change_form_after_template = "audit/block.html"
    actions_list = ("verify_all",)
    actions_detail = ("verify",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[AuditBlock]":
        """Leave out what only checking reads: a third of a megabyte for each block."""
        blocks: QuerySet[AuditBlock] = super().get_queryset(request)
        return blocks.defer("event_ids", "digests")

    @display(description=gettext_lazy("hash"))
    def short_hash(self, block: AuditBlock) -> SafeString:
        """Show the beginning of the hash."""
        return format_html('<code title="{}">{}…</code>', block.hash, block.hash[:16])

    @display(description=gettext_lazy("block before"))
    def short_previous(self, block: AuditBlock) -> SafeString:
        """Show the beginning of the hash of the block before."""
        return format_html(
            '<code title="{}">{}…</code>', block.previous_hash, block.previous_hash[:16]
        )

    def get_fieldsets(self, request: HttpRequest, obj: AuditBlock | None = None) -> list[Any]:  # noqa: ARG002
        """Leave the page to its template."""
        return []

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the block between its neighbours."""
        context = extra_context or {}
        block = self.get_object(request, object_id)
        if block is not None:
            near = AuditBlock.objects.only("pk", "number")
            context |= {
                "title": _("Block {number}").format(number=block.number),
                "seal": block,
                "first_id": block.event_ids[0],
                "last_id": block.event_ids[-1],
                "previous": near.filter(number=block.number - 1).first(),
                "next": near.filter(number=block.number + 1).first(),
            }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(
        description=gettext_lazy("Verify"),
        icon="verified",
        permissions=["view"],
        dialog=VERIFY_ALL,
    )
    def verify_all(self, request: StaffRequest, form: DialogForm) -> HttpResponse:  # noqa: ARG002
        """Check the whole chain while the person waits, when it is short."""
        if AuditBlock.objects.count() > AT_ONCE:
            messages.warning(
                request,
                _(
                    "There are more than {count} blocks: verify one on its page, "
                    "or all with “manage.py check_audit”."
                ).format(count=AT_ONCE),
            )
            return leave_dialog(LIST)
        verdict = check()
        if verdict.ok:
            messages.success(
                request,
                _(
                    "The audit log is as it was written: {events} events in {blocks} blocks, "
                    "{unsealed} not sealed yet."
                ).format(
                    events=verdict.event_count - verdict.unsealed_count,
                    blocks=verdict.block_count,
                    unsealed=verdict.unsealed_count,
                ),
            )
        else:
            messages.error(request, verdict.fault)
        return leave_dialog(LIST)

    @action(
        description=gettext_lazy("Verify"), icon="verified", permissions=["view"], dialog=VERIFY
    )
    def verify(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:  # noqa: ARG002
        """Check one block."""
        block = self.get_object(request, object_id)
        if block is None:
            raise Http404
        if fault := check_block(block):
            messages.error(request, fault)
        else:
            messages.success(request, _("This block and all its events are as they were sealed."))
        return leave_dialog(reverse(PAGE, args=(block.pk,)))
