"""Choosing people and assets by typing: only those of whom there is something to choose."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _
from unfold.views import BaseAutocompleteView

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.assets.models import Asset
from apps.assets.states import Status

if TYPE_CHECKING:
    from django.http import HttpRequest, JsonResponse


class BorrowerSelect(AutocompleteSelect):
    """One active person with the role of a borrower."""

    def get_url(self) -> str:
        """Return where the choices come from."""
        return reverse("admin:tickets_ticket_borrowers")


class AssetSelect(AutocompleteSelectMultiple):
    """Assets that are neither lost nor retired."""

    def get_url(self) -> str:
        """Return where the choices come from."""
        return reverse("admin:tickets_ticket_assets")


class _Choices(BaseAutocompleteView):
    """Answers what somebody types, twenty at a time, to whoever enters tickets."""

    model_admin: Any = None

    def get(self, request: "HttpRequest", *args: Any, **kwargs: Any) -> "JsonResponse":
        """Return the choices that fit the words."""
        if not request.user.has_perm("tickets.add_ticket"):
            raise PermissionDenied
        response: JsonResponse = super().get(request, *args, **kwargs)
        return response

    @property
    def term(self) -> str:
        """What was typed so far."""
        return str(self.request.GET.get("term", "")).strip()


class Borrowers(_Choices):
    """People who may borrow, by name or e-mail."""

    def get_queryset(self) -> QuerySet[User]:
        """Return them in the order of their names."""
        return User.objects.filter(
            Q(display_name__icontains=self.term) | Q(email__icontains=self.term),
            is_active=True,
            groups__name=Role.BORROWER,
        ).order_by("display_name", "pk")


class Assets(_Choices):
    """Assets that can be lent, by tag or name."""

    def get_queryset(self) -> QuerySet[Asset]:
        """Return them in the order of their tags."""
        return (
            Asset.objects.filter(Q(tag__icontains=self.term) | Q(name__icontains=self.term))
            .exclude(status__in=(Status.LOST, Status.RETIRED))
            .order_by("tag")
        )


def described(asset: Asset) -> str:
    """Return the asset with its status, when it is not simply there."""
    if asset.status == Status.AVAILABLE:
        return str(asset)
    return _("{asset} ({status})").format(asset=asset, status=asset.get_status_display())
