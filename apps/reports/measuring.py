"""Texts measured with the fonts that we ship, and broken into lines.

A character comes from the first of our fonts that has it; one that none of them has is shown as
`MISSING`, so that no page depends on the fonts of a machine. Widths are in points at `FONT_SIZE`.
"""

from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from itertools import accumulate, combinations_with_replacement

from apps.common.printing import FONTS

FONT_SIZE = 7.5
# A row must fit on a page, whatever somebody wrote; the CSV has all of it.
MOST_LINES = 12
MISSING = "\N{REPLACEMENT CHARACTER}"

_REGULAR, _BOLD = "DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"
# Chinese, Japanese and Korean, in one weight; opened when the first such character is met.
_EAST = "DroidSansFallback.ttf"
_REMEMBERED = 8192

# They stand side by side from left to right and never change shape.
_PLAIN = frozenset(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0xAD), *range(0xAE, 0x250)])) | set(
    "\n–—‘’“”…−€✓✗·"
)
_WIDEST_SPACE = "\N{EM QUAD}"
# As wide in both weights; together they fill any gap to within a fraction of a point.
_NARROW_SPACES = "\u2000\u2004\u2005\u205f\u2009\u2006\u200a"


class _Widths(dict[str, float]):
    """How wide each character is."""

    def __missing__(self, character: str) -> float:
        return _advances(_EAST).get(character) or self[MISSING]


@cache
def _widths(*, is_bold: bool) -> _Widths:
    return _Widths(_advances(_BOLD if is_bold else _REGULAR))


@cache
def _advances(name: str) -> dict[str, float]:
    from fontTools.ttLib import TTFont  # noqa: PLC0415  (loaded only where something is printed)

    with TTFont(FONTS / name) as font:
        scale = FONT_SIZE / font["head"].unitsPerEm
        advances = font["hmtx"]
        return {chr(code): advances[glyph][0] * scale for code, glyph in font.getBestCmap().items()}


@lru_cache(maxsize=_REMEMBERED)
def measured(text: str, *, is_bold: bool = False) -> float:
    """Return how wide the text is."""
    return sum(map(_widths(is_bold=is_bold).__getitem__, text))


def is_plain(text: str) -> bool:
    """Tell whether the text is as wide as its characters, side by side from left to right."""
    return text.isascii() or _PLAIN.issuperset(text)


def set_apart(lines: Iterable[str]) -> str:
    """Return lines, escaped already, as HTML that keeps the height of a line in any script.

    A line with letters of another font would be a little higher than was laid out.
    """
    return "".join(f"<p>{line or ' '}</p>" for line in lines)


def shown(text: str) -> str:
    """Return the text with a sign for each character that none of our fonts has."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(character if _has(character) else MISSING for character in text)


@cache
def _has(character: str) -> bool:
    if character < " ":
        return False
    return character in _advances(_REGULAR) or character in _advances(_EAST)


@lru_cache(maxsize=_REMEMBERED)
def wrapped(text: str, width: float, *, is_bold: bool = False) -> str:
    """Break a text into lines of at most `width`, at spaces where there are some."""
    lines = [
        line
        for paragraph in text.splitlines() or [""]
        for line in _broken(shown(paragraph.expandtabs(1)), width, is_bold=is_bold)
    ]
    return "\n".join(lines if len(lines) <= MOST_LINES else [*lines[: MOST_LINES - 1], "…"])


def _broken(text: str, width: float, *, is_bold: bool) -> Iterator[str]:
    if measured(text, is_bold=is_bold) <= width:
        yield text
        return
    line, reach = "", 0.0
    space = measured(" ", is_bold=is_bold)
    for word in text.split(" "):
        length = measured(word, is_bold=is_bold)
        if line and reach + space + length <= width:
            line, reach = f"{line} {word}", reach + space + length
            continue
        if line:
            yield line
        while length > width and len(word) > 1:
            fitting = _fitting(word, width, is_bold=is_bold)
            yield word[:fitting]
            word = word[fitting:]  # noqa: PLW2901  (what is left of it)
            length = measured(word, is_bold=is_bold)
        line, reach = word, length
    yield line


def _fitting(word: str, width: float, *, is_bold: bool) -> int:
    """Return how many characters of a word that is too wide fit; at least one."""
    widths = _widths(is_bold=is_bold)
    reaches = enumerate(accumulate(map(widths.__getitem__, word)))
    return next((index for index, reach in reaches if index and reach > width), len(word) - 1)


def gap(width: float) -> tuple[str, float]:
    """Return spaces that are about as wide as `width`, and how wide they are."""
    widest = measured(_WIDEST_SPACE)
    count, rest = divmod(max(width, 0.0), widest)
    narrow, reach = _narrow(round(rest, 1))
    return _WIDEST_SPACE * int(count) + narrow, count * widest + reach


@cache
def _narrow(width: float) -> tuple[str, float]:
    """Return the narrow spaces that come closest to a width below that of a figure."""
    return min(_narrow_gaps(), key=lambda spaces: abs(spaces[1] - width))


@cache
def _narrow_gaps() -> list[tuple[str, float]]:
    return [
        ("".join(spaces), measured("".join(spaces)))
        for count in range(4)
        for spaces in combinations_with_replacement(_NARROW_SPACES, count)
    ]
