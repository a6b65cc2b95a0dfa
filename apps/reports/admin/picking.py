"""Choosing a wallet by typing its number or its owner's name."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.urls import reverse
from unfold.views import BaseAutocompleteView

from apps.wallets.models import Wallet
from apps.wallets.states import Role

if TYPE_CHECKING:
    from django.http import HttpRequest, JsonResponse


class WalletSelect(AutocompleteSelect):
    """One wallet, of a person or of the chart."""

    def get_url(self) -> str:
        """Return where the choices come from."""
        return reverse("admin:reports_reportrun_wallets")


class Wallets(BaseAutocompleteView):
    """Answers what somebody types, twenty at a time, to those who may read the ledger."""

    model_admin: Any = None

    def get(self, request: "HttpRequest", *args: Any, **kwargs: Any) -> "JsonResponse":
        """Return the wallets that fit the words."""
        if not request.user.has_perm("wallets.view_ledgerentry"):
            raise PermissionDenied
        response: JsonResponse = super().get(request, *args, **kwargs)
        return response

    def get_queryset(self) -> QuerySet[Wallet]:
        """Return people's wallets first, by number."""
        term = str(self.request.GET.get("term", "")).strip()
        places = [role for role in Role if term.lower() in str(role.label).lower()]
        return (
            Wallet.objects.filter(
                Q(number__icontains=term)
                | Q(owner__display_name__icontains=term)
                | Q(owner__email__icontains=term)
                | Q(role__in=places)
            )
            .select_related("owner")
            .order_by("role", "number")
        )
