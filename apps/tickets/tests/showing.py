"""What people show at the desk: photos, signatures, scans, as a browser sends them."""

from io import BytesIO

import pikepdf
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from apps.tickets import services

ORIENTATION, MAKER = 0x0112, 0x010F


def photo(
    name: str = "lens.jpg",
    *,
    size: tuple[int, int] = (80, 60),
    colour: str = "teal",
    orientation: int = 1,
) -> SimpleUploadedFile:
    """Return a photo as a phone sends it, with what a phone writes beside the pixels."""
    picture = Image.new("RGB", size, colour)
    exif = Image.Exif()
    exif[ORIENTATION], exif[MAKER] = orientation, "Phone of Boris"
    written = BytesIO()
    picture.save(written, "JPEG", exif=exif)
    return SimpleUploadedFile(name, written.getvalue())


def stroke(*, step: int = 12) -> bytes:
    """Return a signature as the canvas gives it: ink on nothing."""
    picture = Image.new("RGBA", (600, 200))
    points = [(40 + step * i, 160 if i % 2 else 40) for i in range(40)]
    ImageDraw.Draw(picture).line(points, fill="black", width=5)
    return png(picture)


def png(picture: Image.Image) -> bytes:
    """Return the picture as PNG."""
    written = BytesIO()
    picture.save(written, "PNG")
    return written.getvalue()


def drawn(representative: str = "") -> services.Drawn:
    """Return the signatures of both."""
    return services.Drawn(stroke(), stroke(step=7), representative)


def scan(name: str = "signed.pdf") -> SimpleUploadedFile:
    """Return a paper that both have signed."""
    made, written = pikepdf.new(), BytesIO()
    made.add_blank_page()
    made.save(written)
    return SimpleUploadedFile(name, written.getvalue())
