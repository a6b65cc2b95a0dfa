"""What waits for you."""

from django.utils import timezone
from pydantic import ConfigDict, Field

from apps.api.request import ApiRequest
from apps.api.resource import Resource
from apps.api.schemas import Out, example
from apps.approvals import selectors as approvals
from apps.notifications import selectors as notifications
from apps.reports.models import ReportRun

router = Resource(tags=["me"])


class Work(Out):
    """How much waits for you."""

    model_config = ConfigDict(
        json_schema_extra=example(
            approvals_waiting=4, approvals_late=1, notices_unread=12, reports_unfinished=0
        )
    )

    approvals_waiting: int = Field(description="requests on which you can decide now")
    approvals_late: int = Field(description="those of them that should be decided by now")
    notices_unread: int
    reports_unfinished: int = Field(description="reports of yours that are still being made")


@router.reads("/me/work", scope="me", gives=Work)
def get_my_work(request: ApiRequest) -> Work:
    """Count how many decisions, notices and reports wait for you."""
    waiting = approvals.waiting_for(request.user).order_by()
    return Work(
        approvals_waiting=waiting.count(),
        approvals_late=waiting.filter(due_at__lt=timezone.now()).count(),
        notices_unread=notifications.unread_count(request.user),
        reports_unfinished=ReportRun.objects.unfinished().filter(requester=request.user).count(),
    )
