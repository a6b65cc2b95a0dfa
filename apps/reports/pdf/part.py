"""One part of a PDF: from its description to its pages, by any process."""

import atexit
import json
import warnings
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils.safestring import mark_safe

from apps.common.printing import own_files
from apps.reports.layout import PRINT, Cell, Row
from apps.reports.paper import Face
from apps.reports.pdf import blocks, tables

# Archival, and the CSV may be attached; its metadata are written when the parts are joined.
_VARIANT = "pdf/a-3b"


def render(source: Path, target: Path) -> int:
    """Print the part described in `source` into `target`, and return how many pages it has."""
    described = json.loads(source.read_text(encoding="utf-8"))
    face = Face.from_json(described["face"])
    pages = [
        [Row(style, [Cell(*cell) for cell in cells]) for style, cells in page]
        for page in described["pages"]
    ]
    page_count = drawn(part_html(face, pages, described["first"]), target)
    assert page_count == len(pages), "the printer broke a page that was laid out"
    return page_count


def part_html(face: Face, pages: Sequence[Sequence[Row]], first: int) -> str:
    """Return some pages of rows as HTML; the first of all carries the head."""
    shown = {"face": face, "first": first, "chart": mark_safe(face.chart)}  # noqa: S308  (our own drawing)
    if face.is_block:
        shown["blocks"] = mark_safe("\n".join(blocks.page(face, page) for page in pages))  # noqa: S308  (escaped there)
    else:
        shown["titles"] = tables.titles(face)
        shown["tables"] = [tables.page(face, page) for page in pages]
    return render_to_string("reports/print/rows.html", shown)


def drawn(html: str, target: Path) -> int:
    """Print HTML into `target`, and return how many pages it took."""
    from weasyprint import HTML  # noqa: PLC0415  (see printing)

    fonts, style = _style()
    page = HTML(string=html, base_url=PRINT.as_uri(), url_fetcher=own_files(PRINT))
    document = page.render(font_config=fonts, stylesheets=[style], pdf_variant=_VARIANT)
    with warnings.catch_warnings():
        # It forgets to close the colour profile that it reads.
        warnings.simplefilter("ignore", ResourceWarning)
        document.write_pdf(target, pdf_variant=_VARIANT)
    return len(document.pages)


@cache
def _style() -> tuple[Any, Any]:
    from weasyprint import CSS  # noqa: PLC0415  (see printing)
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415

    # Let go before the interpreter takes Pango away from under it.
    atexit.register(_style.cache_clear)
    fonts = FontConfiguration()
    sheet = CSS(filename=PRINT / "report.css", font_config=fonts, url_fetcher=own_files(PRINT))
    return fonts, sheet
