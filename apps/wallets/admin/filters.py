"""The filters that several lists of money share."""

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import DropdownFilter

from apps.wallets import selectors

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.db.models import QuerySet
    from django.http import HttpRequest


class CurrencyFilter(DropdownFilter):
    """One currency of those that accounts have."""

    title = _("currency")
    parameter_name = "currency"

    def lookups(
        self,
        request: "HttpRequest",  # noqa: ARG002
        model_admin: "ModelAdmin[Any]",  # noqa: ARG002
    ) -> list[tuple[str, str]]:
        """Return the currencies."""
        return [(currency, currency) for currency in selectors.kept_currencies()]

    def queryset(self, request: "HttpRequest", queryset: "QuerySet[Any]") -> "QuerySet[Any]":  # noqa: ARG002
        """Keep the rows in that currency."""
        return queryset.filter(currency=self.value()) if self.value() else queryset
