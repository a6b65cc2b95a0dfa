"""Forms whose rows are written by services, which may refuse after the form was right."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from apps.common.admin.base import BaseAdmin
from apps.common.errors import DomainError


class ServedForm(BaseAdmin):
    """A page whose form a service saves; what the service refuses is said above the form."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Say in words when a rule says no after the form was right."""
        try:
            page: HttpResponse = super().changeform_view(
                request, object_id, form_url, extra_context
            )
        except DomainError as refusal:
            messages.error(request, refusal.message)
            return HttpResponseRedirect(request.get_full_path())
        return page
