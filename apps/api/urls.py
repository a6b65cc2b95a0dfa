"""The addresses of the API; what is none of them is a problem too."""

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from apps.api import problems
from apps.api.errors import NotFound
from apps.api.v1 import api


def nothing_here(_request: HttpRequest) -> HttpResponse:
    """Answer that there is no such address."""
    return problems.response_to(NotFound())


urlpatterns = [path("v1/", api.urls), re_path("", nothing_here)]
