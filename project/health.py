"""Whether this process can serve: the database and the broker answer."""

from django.core.cache import cache
from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe


@require_safe
def healthz(_request: HttpRequest) -> JsonResponse:
    """Answer 200 when PostgreSQL and Redis answer; otherwise fail, which the proxy sees as 500."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    cache.set("healthz", 1, timeout=5)
    return JsonResponse({"status": "ok"})
