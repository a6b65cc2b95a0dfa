"""What the templates of the account's pages know beside their own."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin

if TYPE_CHECKING:
    from django.http import HttpRequest

PREFIX = "/accounts/"


def account_pages(request: "HttpRequest") -> dict[str, Any]:
    """Give allauth's pages the titles and colours of the admin, which knows its own already."""
    if not request.path.startswith(PREFIX):
        return {}
    return {**admin.site.each_context(request), "available_apps": [], "sidebar_navigation": []}
