"""The journal: every movement of money, the newest first."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.enums import ActionVariant

from apps.common.admin import (
    KeysetAdmin,
    KeysetList,
    ReadOnlyAdmin,
    ReasonForm,
    StaffRequest,
    carry_out,
    dangerous,
    money,
)
from apps.common.keyset import Walk
from apps.wallets import services
from apps.wallets.admin.exported import TRANSACTION_FIELDS
from apps.wallets.admin.journal_files import JournalFiles
from apps.wallets.admin.journal_filter import JournalFilter
from apps.wallets.admin.journal_list import JournalList
from apps.wallets.admin.linking import about_column
from apps.wallets.admin.transaction_page import content_of, is_reversible
from apps.wallets.admin.wording import day, moment
from apps.wallets.models import LedgerTransaction

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest
    from unfold.dataclasses import UnfoldAction

PAGE = "admin:wallets_ledgertransaction_change"
REVERSE = dangerous(
    {
        "title": gettext_lazy("Reverse the transaction"),
        "description": gettext_lazy(
            "Its mirror image is posted today. Both stay in the journal, and this cannot be undone."
        ),
        "form_class": ReasonForm,
        "form_submit_text": gettext_lazy("Reverse"),
    }
)


@admin.register(LedgerTransaction)
class LedgerTransactionAdmin(JournalFiles, KeysetAdmin, ReadOnlyAdmin):
    """Transactions with their entries; corrected only by their reversal."""

    export_fields = TRANSACTION_FIELDS
    export_prefix = "T-"
    list_display_links = ("number",)
    list_filter = (JournalFilter,)
    list_filter_sheet = True
    list_before_template = "wallets/journal_asked.html"
    empty_text = gettext_lazy("No money has moved yet.")
    # The field only shows the box: `JournalList` asks the indexes.
    search_fields = ("key",)
    search_help_text = gettext_lazy(
        "Number of a transaction, a wallet or an import (I-3), or a whole idempotency key"
    )
    # The page has cards instead.
    fields = ("kind",)
    change_form_template = "wallets/transaction_page.html"
    actions_detail = ("reverse",)

    class Media:
        """The style of the pages of money."""

        css: ClassVar[dict[str, Any]] = {"all": ("wallets/wallets.css",)}

    def has_reverse_permission(self, request: "HttpRequest", obj: object = None) -> bool:  # noqa: ARG002
        """Let those reverse who may."""
        return request.user.has_perm("wallets.reverse_ledgertransaction")

    def get_changelist(self, request: "HttpRequest", **_options: Any) -> type[JournalList]:  # noqa: ARG002
        """Find rows through the index that leads to them."""
        return JournalList

    def get_walk(self, request: "HttpRequest", found: KeysetList) -> Walk[Any]:  # noqa: ARG002
        """Return what the list looks for."""
        assert isinstance(found, JournalList)
        return found.walk()

    def get_exported(self, request: "HttpRequest", found: Any) -> "QuerySet[LedgerTransaction]":  # noqa: ARG002
        """Return the rows of all pages, the newest first."""
        assert isinstance(found, JournalList)
        return found.everything()

    def get_list_display(self, request: "HttpRequest") -> tuple[Any, ...]:
        """Return the columns, of which one has links for this person."""
        return (
            "number",
            "what",
            "moved",
            "effective",
            "posted",
            about_column(request),
            "words",
            "actor",
        )

    def get_search_results(
        self,
        request: "HttpRequest",  # noqa: ARG002
        queryset: "QuerySet[LedgerTransaction]",
        search_term: str,  # noqa: ARG002
    ) -> "tuple[QuerySet[LedgerTransaction], bool]":
        """Leave the term to the list, which knows the indexes."""
        return queryset, False

    @display(description=gettext_lazy("number"))
    def number(self, row: LedgerTransaction) -> str:
        """Return T-12."""
        return str(row)

    @display(description=gettext_lazy("kind"))
    def what(self, row: LedgerTransaction) -> SafeString | str:
        """Return the kind, and its original or its reversal."""
        reversal_id = getattr(row, "reversal_id", None)
        if row.reverses_id:
            note = _("of T-{number}").format(number=row.reverses_id)
        elif reversal_id:
            note = _("reversed by T-{number}").format(number=reversal_id)
        else:
            return row.get_kind_display()
        return format_html(
            '{}<br><span class="office-soft text-xs">{}</span>', row.get_kind_display(), note
        )

    @display(description=gettext_lazy("amount"))
    def moved(self, row: LedgerTransaction) -> SafeString:
        """Return what changed sides, by currency."""
        figures = ((money(amount, currency),) for currency, amount in getattr(row, "moved", ()))
        return format_html_join("", "<div>{}</div>", figures)

    @display(description=gettext_lazy("effective on"))
    def effective(self, row: LedgerTransaction) -> str:
        """Return the day on which it counts."""
        return day(row.effective_on)

    @display(description=gettext_lazy("posted"))
    def posted(self, row: LedgerTransaction) -> str:
        """Return when it was written."""
        return moment(row.posted_at)

    @display(description=gettext_lazy("description"))
    def words(self, row: LedgerTransaction) -> str:
        """Return the description, as far as there is room."""
        return format_html(
            '<div class="wallet-words line-clamp-2 max-w-sm">{}</div>', row.description
        )

    def get_actions_detail(
        self, request: StaffRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Return no button where there is nothing to reverse."""
        permitted: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        row = self.get_object(request, str(object_id))
        return permitted if row is not None and is_reversible(row) else []

    def change_view(
        self,
        request: StaffRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show the transaction with its entries."""
        context = extra_context or {}
        row = self.get_object(request, object_id)
        if row is not None and self.has_view_permission(request, row):
            context |= {
                "title": f"{row}: {row.get_kind_display()}",
                **content_of(row, request),
            }
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    @action(
        description=gettext_lazy("Reverse"),
        permissions=["reverse"],
        icon="undo",
        variant=ActionVariant.DANGER,
        dialog=REVERSE,
    )
    def reverse(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Post the mirror image."""
        row = self.get_object(request, object_id)
        if row is None:
            raise Http404
        reason = form.cleaned_data["reason"]
        return carry_out(
            request,
            form,
            REVERSE,
            lambda: services.reverse(row.pk, actor=request.user, reason=reason),
            success=lambda posted: _("{row} is reversed by T-{reversal}.").format(
                row=row, reversal=posted.transaction_id
            ),
            then=reverse(PAGE, args=(row.pk,)),
        )
