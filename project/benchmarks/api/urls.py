"""The addresses of the site, and the yardstick: an operation of Ninja that does nothing."""

from django.http import HttpRequest
from django.urls import path
from ninja import NinjaAPI

from project.urls import urlpatterns as ours

bare = NinjaAPI(urls_namespace="bare", docs_url=None, openapi_url=None)


@bare.get("/hello")
def hello(request: HttpRequest) -> dict[str, str]:  # noqa: ARG001  (Ninja passes it)
    """Say hello."""
    return {"hello": "world"}


urlpatterns = [*ours, path("bare/", bare.urls)]
