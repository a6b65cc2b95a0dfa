"""Which CSV goes along in the PDF, and under which name."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.reports.paper import Paper

# A larger CSV would make a PDF that nobody can mail or open; its digest stands in it all the same.
LARGEST_ATTACHMENT = 20_000_000


def is_attachable(path: Path) -> bool:
    """Tell whether the file is small enough to be attached."""
    return path.stat().st_size <= LARGEST_ATTACHMENT


def attachment_name(paper: "Paper") -> str:
    """Return the name under which the CSV is attached."""
    return f"{paper.report.slug}.csv"
