"""Jobs that the clock sends: how a message names its job, and what a job says of itself."""

from typing import Any

JOB_HEADER = "assets_job"
ASKED_BY_HEADER = "assets_asked_by"


def headers_of(job: str, *, asked_by: int | None = None) -> dict[str, Any]:
    """Return the headers by which a message says that it is a run of this job, and who asked."""
    return {JOB_HEADER: job, **({ASKED_BY_HEADER: asked_by} if asked_by else {})}


def sentence(text: str, count: int) -> str:
    """Return `text` with its `{count}` filled in, or nothing when the count is zero."""
    return text.format(count=count) if count else ""
