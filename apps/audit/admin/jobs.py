"""The operations page: every job of the clock, and a button that runs it now."""

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from apps.audit import operations, services
from apps.audit.models import JobRun
from apps.common.admin import ReadOnlyAdmin, StaffRequest, rules_as_messages

if TYPE_CHECKING:
    from django.http import HttpRequest
    from django.urls import URLPattern


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    """What the jobs did: all of them on one page, and each run of one of them as a list."""

    list_display = ("job", "outcome", "began_at", "started_at", "run_count", "did", "error")
    list_display_links = None
    list_filter = ("job", "outcome")
    fields = (
        *("job", "outcome", "began_at", "started_at", "finished_at", "run_count"),
        *("did", "error", "host", "asked_by"),
    )

    class Media:
        """The style of the operations page."""

        css = {"all": ("audit/operations.css",)}

    def get_urls(self) -> "list[URLPattern]":
        """Add the door through which a job is run now."""
        view = self.admin_site.admin_view(require_POST(self.run_view))
        urls: list[URLPattern] = super().get_urls()
        return [path("<slug:job>/run/", view, name="audit_jobrun_run"), *urls]

    def changelist_view(
        self, request: "HttpRequest", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the jobs; with a filter in the address, their runs."""
        if request.GET or not self.has_view_permission(request):
            runs: HttpResponse = super().changelist_view(request, extra_context)
            return runs
        now = timezone.now()
        jobs = [(job, job.standing(now)) for job in operations.jobs(now=now)]
        return render(
            request,
            "audit/operations.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Jobs"),
                "opts": self.opts,
                "media": self.media,
                "jobs": jobs,
                "bad_count": sum(operations.is_bad(standing) for _job, standing in jobs),
                "may_run": request.user.has_perm("audit.run_job"),
                "now": now,
            },
        )

    def run_view(self, request: StaffRequest, job: str) -> HttpResponse:
        """Have a worker run the job."""
        with rules_as_messages(request, success=_("A worker was told; reload to see its run.")):
            services.run_job(job, actor=request.user)
        return HttpResponseRedirect(reverse("admin:audit_jobrun_changelist"))
