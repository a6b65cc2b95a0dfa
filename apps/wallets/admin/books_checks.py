"""The pages of the checks of the books: how each ended, and the button that asks for one."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.paginator import InfinitePaginator

from apps.common.admin import DialogForm, ReadOnlyAdmin, StaffRequest, carry_out
from apps.wallets import services
from apps.wallets.admin.wording import moment
from apps.wallets.models import BooksCheck, LedgerSeal
from apps.wallets.states import BooksCheckStatus

if TYPE_CHECKING:
    from django.db.models import Model
    from unfold.dataclasses import ActionDialog

PAGE = "admin:wallets_bookscheck_change"
VARIANTS: dict[str, str] = {
    BooksCheckStatus.WAITING: "warning",
    BooksCheckStatus.RUNNING: "info",
    BooksCheckStatus.RIGHT: "success",
    BooksCheckStatus.WRONG: "danger",
    BooksCheckStatus.STOPPED: "warning",
}
CHECK: "ActionDialog" = {
    "title": gettext_lazy("Check the books now"),
    "description": gettext_lazy(
        "A worker computes every balance, every rule and every seal again. It only reads, and "
        "nobody has to wait for it. Controllers and auditors are told when something does not fit."
    ),
    "form_class": DialogForm,
    "form_submit_text": gettext_lazy("Check the books"),
}


@admin.register(BooksCheck)
class BooksCheckAdmin(ReadOnlyAdmin):
    """Checks, the newest first; asked for here or by the nightly job, done by a worker."""

    list_display = (
        "number",
        "verdict",
        "asked",
        "requester",
        "transactions",
        "entries",
        "seals",
        "duration",
    )
    list_select_related = ("requester",)
    sortable_by = ()
    paginator = InfinitePaginator
    export_prefix = "BC-"
    actions_list = ("check_now",)
    change_form_after_template = "wallets/books_check.html"

    class Media:
        """The style of the pages of money."""

        css: ClassVar[dict[str, Any]] = {"all": ("wallets/wallets.css",)}

    def has_check_permission(self, request: HttpRequest, obj: "Model | None" = None) -> bool:  # noqa: ARG002
        """Tell who may ask for a check."""
        return request.user.has_perm("wallets.check_books")

    def get_urls(self) -> list[URLPattern]:
        """Add the part of a page that changes while a worker is at it."""
        return [
            path(
                "<int:check_id>/progress/",
                self.admin_site.admin_view(self.progress),
                name="wallets_bookscheck_progress",
            ),
            *super().get_urls(),
        ]

    def get_fieldsets(self, request: HttpRequest, obj: "Model | None" = None) -> list[Any]:  # noqa: ARG002
        """Leave the page to its template."""
        return []

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Show how far the check is, or how it ended."""
        context = extra_context or {}
        check = self.get_object(request, object_id)
        if check is not None:
            context |= content_of(check, request)
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def progress(self, request: HttpRequest, check_id: int) -> HttpResponse:
        """Return the part of the page that changes while a worker is at it."""
        check = self.get_queryset(request).filter(pk=check_id).first()
        if check is None or not self.has_view_permission(request, check):
            raise Http404
        return TemplateResponse(request, "wallets/books_check.html", content_of(check, request))

    @action(
        description=gettext_lazy("Check the books now"),
        icon="fact_check",
        permissions=["check"],
        dialog=CHECK,
    )
    def check_now(self, request: StaffRequest, form: DialogForm) -> HttpResponse:
        """Ask for a check, and go to its page."""
        return carry_out(
            request,
            form,
            CHECK,
            lambda: services.check_books(actor=request.user),
            success=lambda check: _("{check} is on its way.").format(check=check),
            then=lambda check: reverse(PAGE, args=(check.pk,)),
        )

    @display(description=gettext_lazy("number"))
    def number(self, check: BooksCheck) -> str:
        """Return BC-12."""
        return str(check)

    @display(description=gettext_lazy("verdict"), label=VARIANTS)
    def verdict(self, check: BooksCheck) -> tuple[str, str]:
        """Return the status as a coloured label."""
        return check.status, check.get_status_display()

    @display(description=gettext_lazy("asked for at"))
    def asked(self, check: BooksCheck) -> str:
        """Return when it was asked for."""
        return moment(check.requested_at)

    @display(description=gettext_lazy("transactions"))
    def transactions(self, check: BooksCheck) -> str:
        """Return how many were looked at."""
        return figure(check.transaction_count)

    @display(description=gettext_lazy("entries"))
    def entries(self, check: BooksCheck) -> str:
        """Return how many were looked at."""
        return figure(check.entry_count)

    @display(description=gettext_lazy("seals"))
    def seals(self, check: BooksCheck) -> str:
        """Return how many were looked at."""
        return figure(check.block_count)

    @display(description=gettext_lazy("took"))
    def duration(self, check: BooksCheck) -> str:
        """Return how long it took."""
        return duration_of(check)


def figure(count: int) -> str:
    """Return a count as people write it."""
    return f"{count:,}"


def duration_of(check: BooksCheck) -> str:
    """Return `12.3 s`; a dash before the end."""
    return (
        "–" if check.seconds is None else _("{seconds} s").format(seconds=f"{check.seconds:,.1f}")
    )


def content_of(check: BooksCheck, request: HttpRequest) -> dict[str, Any]:
    """Return what the template of the page prints."""
    started = check.started_at
    number, _colon, hash_ = check.head.partition(":")
    head = LedgerSeal.objects.only("pk").filter(number=number, hash=hash_) if hash_ else None
    total = check.total_count
    return {
        "title": str(check),
        "check": check,
        "colour": VARIANTS[check.status],
        "share": min(100, 100 * check.done_count // total) if total else None,
        "seconds": round((timezone.now() - started).total_seconds()) if started else None,
        "duration": duration_of(check),
        "seal": head.first() if head and request.user.has_perm("wallets.view_ledgerseal") else None,
    }
