"""The pages of the seals over the ledger."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from apps.common.admin import DialogForm, ReadOnlyAdmin, StaffRequest, leave_dialog
from apps.wallets.admin.wording import moment
from apps.wallets.checking import check_seal
from apps.wallets.models import LedgerSeal, LedgerTransaction

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.safestring import SafeString
    from unfold.dataclasses import ActionDialog

PAGE = "admin:wallets_ledgerseal_change"
VERIFY: "ActionDialog" = {
    "title": gettext_lazy("Verify this seal"),
    "description": gettext_lazy(
        "Computes the digest of each of its transactions with their entries, and its own hash, "
        "again."
    ),
    "form_class": DialogForm,
    "form_submit_text": gettext_lazy("Verify"),
}


@admin.register(LedgerSeal)
class LedgerSealAdmin(ReadOnlyAdmin):
    """The chain of seals over the ledger, the newest first."""

    list_display = (
        "number",
        "transaction_count",
        "entry_count",
        "sealed",
        "short_hash",
        "short_previous",
    )
    sortable_by = ()
    paginator = InfinitePaginator
    change_form_after_template = "wallets/seal.html"
    actions_detail = ("verify",)

    def get_queryset(self, request: HttpRequest) -> "QuerySet[LedgerSeal]":
        """Leave out what only checking reads: 40 bytes for each transaction."""
        seals: QuerySet[LedgerSeal] = super().get_queryset(request)
        return seals.defer("contents", "search")

    @display(description=gettext_lazy("sealed at"))
    def sealed(self, seal: LedgerSeal) -> str:
        """Return when it was made."""
        return moment(seal.sealed_at)

    @display(description=gettext_lazy("hash"))
    def short_hash(self, seal: LedgerSeal) -> "SafeString":
        """Show the beginning of the hash."""
        return format_html('<code title="{}">{}…</code>', seal.hash, seal.hash[:16])

    @display(description=gettext_lazy("seal before"))
    def short_previous(self, seal: LedgerSeal) -> "SafeString":
        """Show the beginning of the hash of the seal before."""
        return format_html(
            '<code title="{}">{}…</code>', seal.previous_hash, seal.previous_hash[:16]
        )

    def get_fieldsets(self, request: HttpRequest, obj: LedgerSeal | None = None) -> list[Any]:  # noqa: ARG002
        """Leave the page to its template."""
        return []

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the seal between its neighbours."""
        context = extra_context or {}
        seal = self.get_object(request, object_id)
        if seal is not None:
            near = LedgerSeal.objects.only("pk", "number")
            known = LedgerTransaction.objects.only("pk")
            context |= {
                "title": _("Seal {number}").format(number=seal.number),
                "seal": seal,
                "first": known.filter(pk=seal.first_id).first(),
                "last": known.filter(pk=seal.last_id).first(),
                "may_see_journal": request.user.has_perm("wallets.view_ledgertransaction"),
                "previous": near.filter(number=seal.number - 1).first(),
                "next": near.filter(number=seal.number + 1).first(),
            }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(
        description=gettext_lazy("Verify"), icon="verified", permissions=["view"], dialog=VERIFY
    )
    def verify(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:  # noqa: ARG002
        """Check one seal."""
        seal = self.get_object(request, object_id)
        if seal is None:
            raise Http404
        if fault := check_seal(seal):
            messages.error(request, fault)
        else:
            messages.success(
                request, _("This seal and all its transactions are as they were sealed.")
            )
        return leave_dialog(reverse(PAGE, args=(seal.pk,)))
