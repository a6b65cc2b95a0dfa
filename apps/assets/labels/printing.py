"""Labels on paper: the same assets, format and moment give the same bytes."""

from dataclasses import dataclass
from datetime import datetime
from itertools import batched
from pathlib import Path
from typing import TYPE_CHECKING

from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from apps.assets.labels.codes import CodeKind, code_128, qr
from apps.assets.labels.errors import LabelsNotPossible, NoLabels, StartBeyondSheet, TooManyLabels
from apps.assets.labels.formats import FORMATS, LabelFormat
from apps.common import printing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.utils.safestring import SafeString

    from apps.assets.models import Asset

MOST = 650
"""Labels in one file: ten sheets of the smallest."""
_STYLE = Path(__file__).parents[1] / "print" / "labels.css"
_PADDING = 1.5  # millimetres inside a label


@dataclass(frozen=True)
class Wish:
    """How labels are to be printed."""

    format_name: str
    code: CodeKind = CodeKind.QR
    first: int = 1
    """The place of the first sheet on which to begin; those before it are used up."""

    @property
    def format(self) -> LabelFormat:
        """The sheet."""
        return FORMATS[self.format_name]


@dataclass(frozen=True)
class _Label:
    asset: "Asset"
    left: float
    top: float
    code: "SafeString"


def html_of(assets: "Sequence[Asset]", wish: Wish) -> str:
    """Return the pages.

    Raises:
        NoLabels, TooManyLabels, StartBeyondSheet, CodeNotPossible: they cannot be printed so.
    """
    sheet = wish.format
    if not assets:
        raise NoLabels
    if len(assets) > MOST:
        raise TooManyLabels(count=len(assets), most=MOST)
    if not 1 <= wish.first <= sheet.count:
        raise StartBeyondSheet(format=sheet.name, count=sheet.count)
    places = list(sheet.places())
    width = sheet.label[0] - 2 * _PADDING
    used = [None] * (wish.first - 1)
    pages = [
        [
            _Label(
                asset,
                *place,
                qr(asset.tag) if wish.code == CodeKind.QR else code_128(asset.tag, width),
            )
            for asset, place in zip(page, places, strict=False)
            if asset is not None
        ]
        for page in batched([*used, *assets], sheet.count, strict=False)
    ]
    context = {
        "pages": pages,
        "sheet": sheet,
        "padding": _PADDING,
        # The code is as high as the label of a QR, and half as high of a Code 128.
        "side": round(sheet.label[1] - 2 * _PADDING, 3),
        "is_qr": wish.code == CodeKind.QR,
        "is_small": sheet.label[0] < 50,  # noqa: PLR2004  (millimetres)
    }
    return render_to_string("assets/print/labels.html", context)


def pdf_of(assets: "Sequence[Asset]", wish: Wish, *, at: datetime) -> bytes:
    """Return the labels as PDF.

    Raises:
        LabelsNotPossible: WeasyPrint lacks a library of the system.
    """
    if not printing.is_possible():
        raise LabelsNotPossible
    return printing.printed(html_of(assets, wish), style=_STYLE, title=_("Labels"), at=at)
