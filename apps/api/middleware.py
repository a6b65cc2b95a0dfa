"""What every answer under `/api/` has, whoever made it: a problem for each failure, no caching."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from apps.api import problems

if TYPE_CHECKING:
    from apps.api.request import ApiRequest

PREFIX = "/api/"


class ApiMiddleware:
    """Keeps the answers of the API alike; other answers pass untouched."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        """Keep the next layer."""
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer, and add what the answers of the API have in common."""
        answer = self.get_response(request)
        if not request.path.startswith(PREFIX):
            return answer
        is_failure = answer.status_code >= 400  # noqa: PLR2004
        if is_failure and answer.get("Content-Type") != problems.CONTENT_TYPE:
            answer = _as_problem(answer)
        answer.setdefault("Cache-Control", "no-store")
        quota = getattr(cast("ApiRequest", request), "quota", None)
        for name, value in (quota.headers() if quota else {}).items():
            answer[name] = value
        return answer


def _as_problem(answer: HttpResponse) -> HttpResponse:
    words = ""
    if answer.status_code == 405 and "Allow" in answer:  # noqa: PLR2004
        allowed = ", ".join(sorted(answer["Allow"].split(", ")))
        words = _("This address knows {methods}. Send one of these.").format(methods=allowed)
    problem = problems.response(answer.status_code, detail=words)
    for name in ("Retry-After", "WWW-Authenticate"):
        if name in answer:
            problem[name] = answer[name]
    if "Allow" in answer:
        problem["Allow"] = ", ".join(sorted(answer["Allow"].split(", ")))
    return problem
