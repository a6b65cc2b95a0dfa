"""Pictures that people send: told by their content, turned upright, made small, drawn anew.

What is kept is never what was sent: it is encoded here, so that nothing hides beside the pixels
(where it was taken, by whom, a script) and a browser may show it.
"""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from io import BytesIO
from typing import TYPE_CHECKING

from django.core.files.base import ContentFile
from django.utils.translation import gettext as _
from PIL import Image, ImageChops, ImageOps, UnidentifiedImageError

from apps.common import uploads
from apps.common.errors import FileRefused

if TYPE_CHECKING:
    from django.core.files import File

LONGEST_SIDE = 1600
"""Of a kept photo, in pixels."""
SMALL_SIDE = 360
"""Of what lists show, in pixels."""
MOST_PIXELS = 60_000_000
_QUALITY, _SMALL_QUALITY, _QUALITY_OF_EVIDENCE = 85, 75, 92

LARGEST_DRAWING = 400_000
"""Of a drawing as it is sent, in bytes."""
_DRAWING_SIDE = 3000
_INK = 128
# Below this a pen has only touched the paper: pixels of ink, and the longer side of what is drawn.
_LEAST_INK, _LEAST_STROKE = 60, 25


class DrawnAnew(ContentFile):  # type: ignore[type-arg]  # no subscript when it runs
    """A picture that was encoded here, so that nothing but pixels is in it."""


def cleaned(file: "File[bytes]") -> uploads.Checked:
    """Return any file as it may be kept; of a picture only its pixels are, upright, in full size.

    Raises:
        FileRefused: `uploads.check` refuses it, or it is a picture that cannot be read.
    """
    checked = uploads.check(file)
    if isinstance(file, DrawnAnew) or checked.content_type not in {"image/jpeg", "image/png"}:
        return checked
    is_jpeg = checked.content_type == "image/jpeg"
    with _opened(checked) as sent:
        upright = ImageOps.exif_transpose(sent)
        is_clear = upright.mode in {"RGBA", "LA", "PA"} or "transparency" in upright.info
        picture = upright.convert("RGBA" if is_clear and not is_jpeg else "RGB")
    content = _jpeg(picture, _QUALITY_OF_EVIDENCE) if is_jpeg else _png(picture)
    return replace(checked, content=content, sha256=hashlib.sha256(content).hexdigest())


def photo(file: "File[bytes]") -> "ContentFile[bytes]":
    """Return the photo as a JPEG of at most `LONGEST_SIDE`, upright, without its metadata.

    Raises:
        FileRefused: empty, too large, or no picture.
    """
    checked = uploads.check(file)
    name = checked.name
    if checked.content_type not in {"image/jpeg", "image/png"}:
        raise FileRefused(name=name, why=_("a photo is a JPEG or a PNG; take or choose a picture"))
    with _opened(checked) as sent:
        # A JPEG is read at a fraction of its size, in a fraction of the time.
        sent.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
        picture = on_white(ImageOps.exif_transpose(sent))
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return DrawnAnew(_jpeg(picture, _QUALITY), name=f"{name.rpartition('.')[0] or name}.jpg")


@contextmanager
def _opened(checked: uploads.Checked) -> Iterator[Image.Image]:
    name = checked.name
    try:
        with Image.open(BytesIO(checked.content), formats=("JPEG", "PNG")) as sent:
            if sent.width * sent.height > MOST_PIXELS:
                raise FileRefused(name=name, why=_("it has too many pixels; take a smaller one"))
            yield sent
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError):
        raise FileRefused(
            name=name, why=_("the picture cannot be read; take or choose it again")
        ) from None


def small(content: bytes) -> bytes:
    """Return a kept picture as a JPEG of at most `SMALL_SIDE`."""
    with Image.open(BytesIO(content), formats=("JPEG", "PNG")) as kept:
        kept.draft("RGB", (SMALL_SIDE, SMALL_SIDE))
        picture = on_white(kept)
    picture.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return _jpeg(picture, _SMALL_QUALITY)


def drawing(content: bytes) -> bytes | None:
    """Return what was drawn as a grey PNG, cut to the ink; None when nothing was.

    Raises:
        ValueError: it is no PNG, or larger than a screen.
    """
    if len(content) > LARGEST_DRAWING:
        message = "the drawing has too many bytes"
        raise ValueError(message)
    try:
        with Image.open(BytesIO(content), formats=("PNG",)) as sent:
            if max(sent.size) > _DRAWING_SIDE:
                message = "the drawing has too many pixels"
                raise ValueError(message)
            grey = on_white(sent).convert("L")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError) as fault:
        message = "this is no PNG"
        raise ValueError(message) from fault
    ink = ImageChops.invert(grey).point(lambda darkness: 255 if darkness >= _INK else 0)
    box = ink.getbbox()
    if box is None or ink.histogram()[255] < _LEAST_INK:
        return None
    left, top, right, bottom = box
    if max(right - left, bottom - top) < _LEAST_STROKE:
        return None
    margin = 8
    around = (
        max(left - margin, 0),
        max(top - margin, 0),
        min(right + margin, grey.width),
        min(bottom + margin, grey.height),
    )
    written = BytesIO()
    grey.crop(around).save(written, "PNG", optimize=True)
    return written.getvalue()


def on_white(picture: Image.Image) -> Image.Image:
    """Return the picture in plain colours, white where it was transparent."""
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        seen_through = picture.convert("RGBA")
        white = Image.new("RGBA", seen_through.size, "white")
        return Image.alpha_composite(white, seen_through).convert("RGB")
    return picture.convert("RGB")


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    # A comment of the sender's would be written again.
    picture.info = {}
    written = BytesIO()
    picture.save(written, "JPEG", quality=quality, optimize=True)
    return written.getvalue()


def _png(picture: Image.Image) -> bytes:
    picture.info = {}
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()
