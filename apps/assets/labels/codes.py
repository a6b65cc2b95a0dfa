"""The codes on labels, as SVG.

What a code says is the tag and nothing else, not the address of a page: every scanner types what it
reads, so that the tag works in our field, in a search box and in a spreadsheet, on a server under
another name, and when there is none. Somebody who finds the asset reads whose it is on the label.

The libraries are loaded only when a code is drawn: every process carries this module.
"""

from enum import StrEnum
from typing import TYPE_CHECKING

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from apps.assets.labels.errors import CodeNotPossible

if TYPE_CHECKING:
    from collections.abc import Sequence

_QUIET_MODULES = 2
"""White around a QR code; the label's own edge gives the rest."""
_QUIET_BARS = 10
"""White on either side of a Code 128, in modules, as its standard says."""
NARROWEST = 0.19
"""Millimetres of a module below which a hand scanner gives up."""


class CodeKind(StrEnum):
    """What a label shows for scanners."""

    QR = "qr"
    CODE_128 = "code128"


def qr(tag: str) -> SafeString:
    """Return a QR code of the tag, which a scratch of a seventh of it does not spoil."""
    import segno  # noqa: PLC0415  (see above)

    rows = segno.make(tag, error="m", micro=False).matrix
    bits = ["".join("1" if module else "0" for module in row) for row in rows]
    return _svg(bits, quiet=(_QUIET_MODULES, _QUIET_MODULES))


def code_128(tag: str, width: float) -> SafeString:
    """Return a Code 128 of the tag, for a place of so many millimetres.

    Raises:
        CodeNotPossible: the tag has letters that it does not know, or is too long for the place.
    """
    from barcode import Code128  # noqa: PLC0415  (see above)
    from barcode.errors import IllegalCharacterError  # noqa: PLC0415

    try:
        (bits,) = Code128(tag).build()
    except IllegalCharacterError:
        why = _("it has letters that Code 128 does not know.")
        raise CodeNotPossible(tag=tag, why=why) from None
    if width / (len(bits) + 2 * _QUIET_BARS) < NARROWEST:
        raise CodeNotPossible(tag=tag, why=_("its bars would be too narrow for a scanner."))
    return _svg([bits], quiet=(_QUIET_BARS, 0), is_stretched=True)


def _svg(
    bits: "Sequence[str]", *, quiet: tuple[int, int], is_stretched: bool = False
) -> SafeString:
    """Return rows of modules as rectangles; runs of dark modules are one."""
    bars = []
    for y, row in enumerate(bits):
        x = 0
        for run in row.replace("10", "1 0").replace("01", "0 1").split():
            if run[0] == "1":
                place = f'x="{x + quiet[0]}" y="{y + quiet[1]}"'
                bars.append(f'<rect {place} width="{len(run)}" height="1"/>')
            x += len(run)
    width, height = len(bits[0]) + 2 * quiet[0], len(bits) + 2 * quiet[1]
    stretch = ' preserveAspectRatio="none"' if is_stretched else ""
    return SafeString(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"{stretch}'
        f' shape-rendering="crispEdges">{"".join(bars)}</svg>'
    )
