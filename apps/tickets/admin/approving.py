"""The dialog of an approval: all that is asked, some of the lines, or a shorter period."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.approvals.admin.reasons import reason_field
from apps.approvals.progress import changes_of
from apps.approvals.states import Verdict
from apps.common.admin.moments import MomentField
from apps.common.errors import DomainError
from apps.common.money import format_amount
from apps.tickets import selectors
from apps.tickets.admin.dialogs import DecisionForm, dialog
from apps.tickets.admin.lines import LineField
from apps.tickets.services import narrowing
from apps.tickets.services.drafting import SCOPE

if TYPE_CHECKING:
    from django.http import HttpRequest


class ApproveForm(DecisionForm):
    """Ticks what is approved; shows what that holds, as it is typed."""

    form_before_template = "tickets/dialog_changes.html"
    form_after_template = "tickets/dialog_terms.html"
    starts_at = MomentField(
        label=_("From"), required=False, help_text=_("Later than asked, if need be.")
    )
    ends_at = MomentField(
        label=_("Until"), required=False, help_text=_("Earlier than asked, if need be.")
    )
    reason = reason_field(
        Verdict.APPROVE,
        label=_("Comment"),
        help_text=_("The borrower reads it."),
        required=False,
        scope=SCOPE,
    )

    def __init__(self, *args: Any, **options: Any) -> None:
        """Draw a box for each line that earlier levels have left, and the period."""
        super().__init__(*args, **options)
        self.earlier = (self.waiting.terms if self.waiting else None) or {}
        left = narrowing.narrowed(self.ticket, self.earlier)
        self.lines = list(left.kept)
        for line, quote in left.kept.items():
            price = _("Fee {fee}, deposit {deposit}").format(
                fee=format_amount(quote.fee, self.ticket.currency),
                deposit=format_amount(quote.deposit, self.ticket.currency),
            )
            self.fields[f"line_{line.pk}"] = LineField(line, {}, remarks=[price])
        self.initial |= {"starts_at": left.starts_at, "ends_at": left.ends_at}
        self.order_fields([f"line_{line.pk}" for line in self.lines])

    def terms(self) -> dict[str, Any]:
        """Return what is approved, as the service reads it; nothing named is all of it."""
        named = {name: self.cleaned_data.get(name) for name in ("starts_at", "ends_at")}
        ticked = [
            line.pk for line in self.lines if self.cleaned_data.get(f"line_{line.pk}") is not None
        ]
        terms: dict[str, Any] = {name: moment for name, moment in named.items() if moment}
        return {"lines": ticked, **terms}

    def get_before_template_context(
        self, request: "HttpRequest", object_id: int | str | None = None
    ) -> dict[str, Any]:
        """Show what changed since it was sent back."""
        context = super().get_before_template_context(request, object_id)
        return {**context, "changes": changes_of(self.waiting) if self.waiting else []}

    def get_after_template_context(
        self,
        request: "HttpRequest",  # noqa: ARG002
        object_id: int | str | None = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        """Show what is held for what is ticked so far, or why that is not possible."""
        wallet = selectors.wallet_of(self.ticket)
        available = selectors.spendable_of(wallet)
        context = {"ticket": self.ticket, "wallet": wallet, "available": available}
        terms = self.earlier
        try:
            if self.is_bound and hasattr(self, "cleaned_data"):
                terms = narrowing.narrow(self.ticket, self.earlier, self.terms())
        except DomainError as refusal:
            return {**context, "refusal": refusal.message}
        left = narrowing.narrowed(self.ticket, terms)
        return {
            **context,
            "rows": list(left.kept.items()),
            "differences": narrowing.differences(self.ticket, left),
            "price": left.price,
            "missing": max(left.price - available, 0),
            "is_over": left.ends_at <= timezone.now(),
        }


APPROVE = dialog(
    _("Approve"),
    ApproveForm,
    _("Approve"),
    _(
        "Take the tick off what you do not approve, or shorten the period. On the last approval "
        "the assets are reserved, and this money is held."
    ),
)
