"""Printing with WeasyPrint: our fonts, our files, and nothing from anywhere else.

WeasyPrint is imported only when something is printed: the import needs Pango from the system.
"""

from datetime import UTC, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

PRINT = Path(__file__).parent / "print"
FONTS = PRINT / "fonts"


@cache
def is_possible() -> bool:
    """Tell whether this machine has what WeasyPrint needs."""
    try:
        import weasyprint  # noqa: F401, PLC0415  (loads Pango)
    except OSError:
        return False
    return True


@cache
def own_files(folder: Path, *, has_pictures: bool = False) -> Any:
    """Return a fetcher that opens the files of a print folder and our fonts, and nothing else.

    With `has_pictures` also what is inside the document itself, as a `data:` address.
    """
    from weasyprint.urls import URLFetcher  # noqa: PLC0415  (see is_possible)

    protocols = {"file", "data"} if has_pictures else {"file"}

    class OwnFiles(URLFetcher):  # type: ignore[misc]  # WeasyPrint is untyped
        """Opens style sheets and fonts."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """Return what is at `url` when it is ours."""
            parts = urlsplit(url)
            path = Path(unquote(parts.path)).resolve()
            is_ours = path.is_relative_to(folder) or path.is_relative_to(PRINT)
            if parts.scheme not in protocols or (parts.scheme == "file" and not is_ours):
                message = f"we print nothing from {url}"
                raise ValueError(message)
            return super().fetch(url, headers)

    return OwnFiles(allowed_protocols=protocols, fail_on_errors=True)


def printed(html: str, *, style: Path, title: str, at: datetime) -> bytes:
    """Return a short document as PDF; the same HTML and moment give the same bytes."""
    import pikepdf  # noqa: PLC0415  (as heavy, and as seldom needed)
    from weasyprint import CSS, HTML  # noqa: PLC0415  (see is_possible)
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    fetcher = own_files(style.parent, has_pictures=True)
    fonts = FontConfiguration()
    sheet = CSS(filename=style, font_config=fonts, url_fetcher=fetcher)
    page = HTML(string=html, base_url=style.parent.as_uri(), url_fetcher=fetcher)
    drawn = BytesIO(page.write_pdf(font_config=fonts, stylesheets=[sheet]))
    written = BytesIO()
    with pikepdf.Pdf.open(drawn) as whole:
        whole.Root.ViewerPreferences = pikepdf.Dictionary(DisplayDocTitle=True)
        whole.docinfo["/Title"] = title
        whole.docinfo["/Producer"] = "Assets"
        whole.docinfo["/CreationDate"] = f"D:{at.astimezone(UTC):%Y%m%d%H%M%S}Z"
        whole.save(
            written,
            deterministic_id=True,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
        )
    return written.getvalue()
