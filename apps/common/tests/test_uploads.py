"""Which files may be kept: told by their content."""

import hashlib
from collections.abc import Callable
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pikepdf
import pytest
from django.core.files.base import ContentFile

from apps.common import uploads
from apps.common.errors import FileRefused

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + b"\x00" * 40
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + b"\x00" * 40 + b"\xff\xd9"


def pdf(change: Callable[[pikepdf.Pdf], object] = lambda _made: None, **saving: Any) -> bytes:
    """Return a PDF of one empty page, changed before it is written."""
    made, written = pikepdf.new(), BytesIO()
    made.add_blank_page()
    change(made)
    made.save(written, **saving)
    return written.getvalue()


PDF = pdf()


def check(name: str, content: bytes) -> uploads.Checked:
    return uploads.check(ContentFile(content, name=name))


@pytest.mark.parametrize(
    ("name", "content", "content_type", "suffix"),
    [
        ("receipt.pdf", PDF, "application/pdf", ".pdf"),
        ("photo.png", PNG, "image/png", ".png"),
        ("photo.jpeg", JPEG, "image/jpeg", ".jpg"),
        ("note.txt", "Bezahlt: 12 €".encode(), "text/plain", ".txt"),
        ("rows.CSV", b"\xef\xbb\xbfdate;amount\r\n2027-01-01;5\r\n", "text/csv", ".csv"),
    ],
)
def test_pdf_pictures_and_text_are_kept(
    name: str, content: bytes, content_type: str, suffix: str
) -> None:
    kept = check(name, content)
    assert (kept.name, kept.content_type, kept.suffix) == (name, content_type, suffix)
    assert kept.sha256 == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize(
    ("given", "content", "kept"),
    [
        ("says-it-is-a.doc", PDF, "says-it-is-a.doc.pdf"),
        ("page.html", PDF, "page.html.pdf"),
        ("page.html", PNG, "page.html.png"),
        ("no ending", JPEG, "no ending.jpg"),
        ("Photo.JPEG", JPEG, "Photo.JPEG"),
        ("program.exe", JPEG, "program.exe.jpg"),
        (f"{'x' * 200}.html", PDF, f"{'x' * 145}..pdf"),
    ],
)
def test_a_file_is_called_what_it_is(given: str, content: bytes, kept: str) -> None:
    assert check(given, content).name == kept


def test_a_pdf_that_is_an_archive_too_is_refused() -> None:
    written = BytesIO()
    with ZipFile(written, "w") as archive:
        archive.writestr("page.html", "<script>alert(1)</script>")
    with pytest.raises(FileRefused, match="there is an archive in it"):
        check("paper.pdf", PDF + written.getvalue())


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("empty.txt", b"", "it is empty"),
        ("program.pdf", b"MZ\x90\x00" + b"\x00" * 60, "attach a PDF"),
        ("page.html", b"<html><script>alert(1)</script></html>", "attach a PDF"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>", "attach a PDF"),
        ("archive.pdf", b"PK\x03\x04" + b"\x00" * 60, "attach a PDF"),
        ("latin.txt", "Müller".encode("latin-1"), "attach a PDF"),
        ("zero.txt", b"text\x00more", "attach a PDF"),
        ("large.txt", b"x" * (10 * 1024 * 1024 + 1), "larger than 10 MB"),
    ],
)
def test_everything_else_is_refused_and_why(name: str, content: bytes, why: str) -> None:
    with pytest.raises(FileRefused) as caught:
        check(name, content)
    assert caught.value.message.startswith(f"“{name}” cannot be kept: ")
    assert why in caught.value.message


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd.txt", "passwd.txt"),
        ("C:\\Users\\me\\receipt.txt", "receipt.txt"),
        ('a"b<c>\r\nd.txt', "abcd.txt"),
        ("x" * 300 + ".txt", "x" * 146 + ".txt"),
        ("quittung für €5.txt", "quittung für €5.txt"),
        ("..", "file"),
        ("a/../../b.pdf\x00.exe", "b.pdf.exe"),
        # Right-to-left marks: the first would look like “receiptexe.pdf”.
        ("receipt\u202efdp.exe", "receiptfdp.exe"),
        ("\u2066a\u2069\u200b\ufeff.pdf", "a.pdf"),
        # Letters that only look like those of ASCII: a slash, a point, capitals.
        ("..\uff0f..\uff0fpasswd\uff0etxt", "passwd.txt"),
        ("ＲＥＣＥＩＰＴ．ｐｄｆ", "RECEIPT.pdf"),
    ],
)
def test_names_are_made_safe(given: str, kept: str) -> None:
    assert uploads.safe_name(given) == kept


def test_a_file_without_a_name_has_one() -> None:
    assert uploads.safe_name("") == "file"


ACTING: dict[str, Callable[[pikepdf.Pdf], object]] = {
    "a script": lambda made: made.Root.__setattr__(
        "OpenAction", pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")
    ),
    "a command": lambda made: made.pages[0].__setattr__(
        "AA",
        pikepdf.Dictionary(O=pikepdf.Dictionary(S=pikepdf.Name.Launch, F="cmd.exe")),
    ),
    "another file": lambda made: made.attachments.__setitem__("a.exe", b"MZ"),
    "a form that is a program": lambda made: made.Root.__setattr__(
        "AcroForm", pikepdf.Dictionary(Fields=[], XFA=made.make_stream(b"<xdp/>"))
    ),
}


@pytest.mark.parametrize("what", ACTING)
def test_a_pdf_in_which_something_acts_is_refused(what: str) -> None:
    with pytest.raises(FileRefused, match=f"there is {what}"):
        check("offer.pdf", pdf(ACTING[what]))


def test_a_table_may_be_attached_to_a_pdf() -> None:
    kept = check("report.pdf", pdf(lambda made: made.attachments.__setitem__("a.csv", b"a,b")))

    assert kept.content_type == "application/pdf"


def test_it_is_found_in_compressed_objects_too() -> None:
    packed = pdf(ACTING["a script"], object_stream_mode=pikepdf.ObjectStreamMode.generate)
    assert b"JavaScript" not in packed

    with pytest.raises(FileRefused, match="a script"):
        check("offer.pdf", packed)


def test_a_pdf_into_which_nobody_can_look_is_refused() -> None:
    locked = pdf(encryption=pikepdf.Encryption(owner="owner", user="user"))

    with pytest.raises(FileRefused, match="it is encrypted"):
        check("offer.pdf", locked)
    with pytest.raises(FileRefused, match="cannot be read"):
        check("offer.pdf", b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")
