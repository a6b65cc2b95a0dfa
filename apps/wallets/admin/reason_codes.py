"""Reason codes, edited by finance controllers."""

from django.contrib import admin

from apps.audit.reference import ReferenceAdmin
from apps.wallets.models import ReasonCode


@admin.register(ReasonCode)
class ReasonCodeAdmin(ReferenceAdmin):
    """Why balances are adjusted; a code that is no longer used is switched off."""

    list_display = ("name", "code", "contra_role", "direction", "is_evidence_required", "is_active")
    list_filter = ("is_active", "contra_role")
    search_fields = ("name", "code")
    fields = ("name", "code", "contra_role", "direction", "is_evidence_required", "is_active")
