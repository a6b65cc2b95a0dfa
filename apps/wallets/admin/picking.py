"""Choosing people and wallets by typing: only those of whom there is something to choose."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.shortcuts import render
from django.urls import reverse
from django.views import View
from unfold.views import BaseAutocompleteView

from apps.accounts.models import User
from apps.wallets.models import Wallet
from apps.wallets.states import WalletStatus

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse, JsonResponse

SUGGESTIONS = 8


def adjustable() -> QuerySet[Wallet]:
    """Return the wallets that can be adjusted: those of people, while they are active."""
    wallets = Wallet.objects.of_people().filter(status=WalletStatus.ACTIVE)
    return wallets.select_related("owner").order_by("number")


class WalletSelect(AutocompleteSelect):
    """One active wallet of a person."""

    def get_url(self) -> str:
        """Return where the choices come from."""
        return reverse("admin:wallets_adjustment_wallets")


class Wallets(BaseAutocompleteView):
    """Answers what somebody types, twenty at a time, to whoever asks for adjustments."""

    model_admin: Any = None

    def get(self, request: "HttpRequest", *args: Any, **kwargs: Any) -> "JsonResponse":
        """Return the wallets that fit the words."""
        if not request.user.has_perm("wallets.request_adjustment"):
            raise PermissionDenied
        response: JsonResponse = super().get(request, *args, **kwargs)
        return response

    def get_queryset(self) -> QuerySet[Wallet]:
        """Return them by number."""
        term = str(self.request.GET.get("term", "")).strip()
        return adjustable().filter(
            Q(number__icontains=term)
            | Q(owner__display_name__icontains=term)
            | Q(owner__email__icontains=term)
        )


class People(View):
    """Suggests people to whoever opens wallets; a dialog has no autocomplete of Unfold."""

    def get(self, request: "HttpRequest") -> "HttpResponse":
        """Return the first of those whose name or e-mail has the words."""
        if not request.user.has_perm("wallets.open_wallet"):
            raise PermissionDenied
        term = str(request.GET.get("person", "")).strip()
        people = User.objects.filter(
            Q(display_name__icontains=term) | Q(email__icontains=term),
            is_active=True,
            is_system=False,
        )
        return render(request, "wallets/people.html", {"people": people[:SUGGESTIONS]})
