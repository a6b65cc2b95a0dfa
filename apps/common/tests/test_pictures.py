"""Pictures: told by their content, upright, small, and without what a phone writes beside them."""

import hashlib
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from apps.common import pictures
from apps.common.errors import FileRefused

_ORIENTATION, _MAKER = 0x0112, 0x010F


def sent(
    size: tuple[int, int] = (400, 200), *, kind: str = "JPEG", name: str = "a.jpg", turned: int = 1
) -> SimpleUploadedFile:
    """Return a picture, red on its left half, as a phone sends it."""
    picture = Image.new("RGB", size, "blue")
    picture.paste("red", (0, 0, size[0] // 2, size[1]))
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_MAKER] = turned, "Phone of Boris"
    written = BytesIO()
    picture.save(written, kind, exif=exif)
    return SimpleUploadedFile(name, written.getvalue())


def kept(file: SimpleUploadedFile) -> Image.Image:
    return Image.open(BytesIO(pictures.photo(file).read()))


def test_a_photo_is_small_and_says_nothing_of_its_phone() -> None:
    photo = pictures.photo(sent((4000, 3000)))
    content = photo.read()
    assert photo.name == "a.jpg"
    assert b"Boris" not in content
    with Image.open(BytesIO(content)) as picture:
        assert picture.format == "JPEG"
        assert max(picture.size) <= pictures.LONGEST_SIDE
        assert not picture.getexif()


def test_a_photo_taken_on_the_side_stands_upright() -> None:
    picture = kept(sent((400, 200), turned=6))
    assert picture.size == (200, 400)
    red, _green, blue = picture.convert("RGB").getpixel((100, 20))  # type: ignore[misc]  # a triple
    assert red > 200 > blue


def test_a_png_becomes_a_jpeg_on_white() -> None:
    clear = BytesIO()
    Image.new("RGBA", (50, 50)).save(clear, "PNG")
    picture = kept(SimpleUploadedFile("b.png", clear.getvalue()))
    assert picture.format == "JPEG"
    assert picture.getpixel((25, 25)) == (255, 255, 255)


def test_the_same_photo_gives_the_same_bytes() -> None:
    first, second = (pictures.photo(sent()).read() for _ in range(2))
    assert first == second


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.jpg", b"", "empty"),
        ("a.jpg", b"plain text", "attach a PDF"),
        ("a.txt", b"plain text", "a photo is a JPEG or a PNG"),
        ("a.pdf", b"%PDF-1.4\n%%EOF\n", "the PDF cannot be read"),
        ("a.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF\x00 cut off", "cannot be read"),
    ],
)
def test_what_is_no_picture_is_refused_by_name(name: str, content: bytes, why: str) -> None:
    with pytest.raises(FileRefused, match=why) as refusal:
        pictures.photo(SimpleUploadedFile(name, content))
    assert name in refusal.value.message


def test_too_many_pixels_are_refused_before_they_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 79_999)
    with pytest.raises(FileRefused, match="too many pixels"):
        pictures.photo(sent())


def test_a_small_picture_is_smaller() -> None:
    with Image.open(BytesIO(pictures.small(sent((1600, 1200)).read()))) as picture:
        assert max(picture.size) == pictures.SMALL_SIDE


def canvas(size: tuple[int, int] = (900, 300)) -> Image.Image:
    return Image.new("RGBA", size)


def png(picture: Image.Image, kind: str = "PNG") -> bytes:
    written = BytesIO()
    picture.save(written, kind)
    return written.getvalue()


def test_a_drawing_is_cut_to_its_ink() -> None:
    sheet = canvas()
    ImageDraw.Draw(sheet).line([(100, 100), (300, 200)], fill="black", width=5)
    drawn = pictures.drawing(png(sheet))
    assert drawn is not None
    with Image.open(BytesIO(drawn)) as picture:
        assert picture.mode == "L"
        assert 200 <= picture.width <= 230
        assert 100 <= picture.height <= 130


@pytest.mark.parametrize("shape", ["nothing", "dot", "white"])
def test_a_blank_drawing_is_none(shape: str) -> None:
    sheet = canvas()
    if shape == "dot":
        ImageDraw.Draw(sheet).ellipse([(100, 100), (112, 112)], fill="black")
    if shape == "white":
        ImageDraw.Draw(sheet).line([(100, 100), (300, 200)], fill="white", width=9)
    assert pictures.drawing(png(sheet)) is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg/>",
        png(Image.new("RGB", (10, 10)), "JPEG"),
        png(canvas((3001, 2))),
        b"x" * (pictures.LARGEST_DRAWING + 1),
    ],
    ids=["empty", "svg", "jpeg", "wide", "heavy"],
)
def test_what_is_no_drawing_is_an_error(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"PNG|pixels|bytes"):
        pictures.drawing(content)


def evidence(kind: str, *, after: bytes = b"", **saving: object) -> SimpleUploadedFile:
    """Return a picture with much beside its pixels: a place, a comment, an archive at its end."""
    exif = Image.Exif()
    exif[_ORIENTATION], exif[_MAKER] = 6, "Phone of Boris"
    exif.get_ifd(0x8825)[1] = "N"
    written = BytesIO()
    picture = Image.new("RGB", (400, 200), "blue")
    picture.save(written, kind, exif=exif, **saving)
    return SimpleUploadedFile(f"a.{kind.lower()}", written.getvalue() + after)


@pytest.mark.parametrize(
    ("kind", "saving"), [("JPEG", {"comment": b"<script>", "icc_profile": b"profile"}), ("PNG", {})]
)
def test_of_a_picture_that_is_evidence_only_the_pixels_are_kept(
    kind: str, saving: dict[str, object]
) -> None:
    sent_in = evidence(kind, after=b"PK\x03\x04 an archive <script>", **saving)
    checked = pictures.cleaned(sent_in)

    for hidden in (b"Boris", b"<script>", b"PK\x03\x04", b"Exif", b"profile"):
        assert hidden not in checked.content
    with Image.open(BytesIO(checked.content)) as picture:
        assert (picture.format, picture.size) == (kind, (200, 400))
    # The digest is of what is kept.
    assert checked.sha256 == hashlib.sha256(checked.content).hexdigest()


def test_what_was_drawn_here_is_not_drawn_twice() -> None:
    photo = pictures.photo(evidence("JPEG", comment=b"<script>"))
    once = photo.read()

    assert b"<script>" not in once
    assert pictures.cleaned(photo).content == once


def test_a_clear_picture_stays_clear() -> None:
    written = BytesIO()
    Image.new("RGBA", (50, 50)).save(written, "PNG")
    checked = pictures.cleaned(SimpleUploadedFile("b.png", written.getvalue()))

    with Image.open(BytesIO(checked.content)) as picture:
        assert picture.convert("RGBA").getpixel((25, 25)) == (0, 0, 0, 0)


def test_text_and_documents_are_kept_as_they_are() -> None:
    assert pictures.cleaned(SimpleUploadedFile("a.txt", b"paid")).content == b"paid"


def test_a_bomb_of_pixels_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "MOST_PIXELS", 79_999)

    with pytest.raises(FileRefused, match="too many pixels"):
        pictures.cleaned(evidence("PNG"))
