"""The journal: every movement of money, the newest first."""

from django.contrib import admin
from unfold.paginator import InfinitePaginator

from apps.common.admin import ReadOnlyAdmin
from apps.wallets.models import LedgerTransaction


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(ReadOnlyAdmin):
    """Transactions with their entries; corrected only by their reversal."""

    list_display = ("__str__", "kind", "effective_on", "posted_at", "description", "actor")
    list_select_related = ("actor",)
    paginator = InfinitePaginator
    sortable_by = ()
