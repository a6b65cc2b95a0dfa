"""What changed between two versions, in the words of the pages."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest

from apps.assets.wording import length, share
from apps.common.admin import HistoryAdmin
from apps.common.admin.history import ReadableValues
from apps.common.money import format_amount

AMOUNTS = frozenset(
    {
        "value",
        "amount",
        "hour_price",
        "day_price",
        "week_price",
        "month_price",
        "minimum_fee",
        "deposit_amount",
        "late_fee",
        "late_fee_cap",
    }
)
SHARES = frozenset({"deposit_share", "commission_share", "residual_share", "share"})


class RegisterChanges(ReadableValues):
    """Shows amounts as money, shares in percent, lengths of time in words."""

    def prepare_delta_change_value(self, change: Any, value: Any) -> Any:
        """Return the value as the page shows it."""
        match value:
            # A discount that is a share has no currency, and its amount is zero.
            case int() if change.field in AMOUNTS and self.record.currency:
                return format_amount(value, self.record.currency)
            case int() if change.field in SHARES:
                return share(value)
            case timedelta():
                return length(value)
            case _:
                return super().prepare_delta_change_value(change, value)


class RegisterHistory(HistoryAdmin):
    """A page whose history speaks as the page does."""

    def get_historical_record_context_helper(
        self,
        request: HttpRequest,  # noqa: ARG002
        historical_record: Any,
    ) -> RegisterChanges:
        """Show values as the pages of the register show them."""
        return RegisterChanges(self.model, historical_record, max_displayed_delta_change_chars=500)
