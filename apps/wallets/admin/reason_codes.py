"""Reason codes, edited by finance controllers."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from apps.audit.reference import ReferenceAdmin
from apps.wallets.models import ReasonCode

if TYPE_CHECKING:
    from django.http import HttpRequest


@admin.register(ReasonCode)
class ReasonCodeAdmin(ReferenceAdmin):
    """Why balances are adjusted; a code that is no longer used is switched off."""

    list_display = ("name", "code", "contra_role", "direction", "is_evidence_required", "is_active")
    list_filter = ("is_active", "contra_role")
    search_fields = ("name", "code")
    fields = ("name", "code", "contra_role", "direction", "is_evidence_required", "is_active")

    def formfield_for_choice_field(
        self, db_field: Any, request: "HttpRequest", **options: Any
    ) -> Any:
        """Choose no contra wallet for them: the library would offer the first."""
        blank = _("Both ways") if db_field.blank else _("Select value")
        options["choices"] = db_field.get_choices(blank_choice=[("", blank)])
        return super().formfield_for_choice_field(db_field, request, **options)
