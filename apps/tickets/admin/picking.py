"""Choosing people and assets by typing: only those of whom there is something to choose."""

from typing import TYPE_CHECKING, Any

from django.contrib.admin.widgets import AutocompleteSelect, AutocompleteSelectMultiple
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import JsonResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.generic.list import BaseListView

from apps.accounts.models import User
from apps.accounts.roles import Role
from apps.assets.models import Asset
from apps.assets.states import Status

if TYPE_CHECKING:
    from django.http import HttpRequest


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


class _Choices(BaseListView):  # type: ignore[type-arg]  # not generic at run time
    """Answers what somebody types, twenty at a time, to whoever enters tickets."""

    paginate_by = 20

    def get(self, request: "HttpRequest", *args: Any, **kwargs: Any) -> JsonResponse:  # noqa: ARG002
        """Return the choices that fit the words, as select2 reads them."""
        if not request.user.has_perm("tickets.add_ticket"):
            raise PermissionDenied
        _pages, page, rows, _is_paged = self.paginate_queryset(
            self.get_queryset(), self.paginate_by
        )
        results = [{"id": str(row.pk), "text": self.text_of(row)} for row in rows]
        return JsonResponse({"results": results, "pagination": {"more": page.has_next()}})

    @property
    def term(self) -> str:
        """What was typed so far."""
        return str(self.request.GET.get("term", "")).strip()

    def text_of(self, row: Any) -> str:
        """Return what the list shows of a row."""
        return str(row)


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

    def text_of(self, row: Asset) -> str:
        """Return the asset with its status, when it is not simply there."""
        if row.status == Status.AVAILABLE:
            return str(row)
        return _("{asset} ({status})").format(asset=row, status=row.get_status_display())
