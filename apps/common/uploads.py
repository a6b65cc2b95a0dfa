"""Which files may be kept, told by their content and not by what they call themselves."""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePath
from typing import TYPE_CHECKING

import puremagic
from django.utils.translation import gettext as _

from apps.common import documents, scanning
from apps.common.errors import FileDamaged, FileRefused

if TYPE_CHECKING:
    from django.core.files import File
    from django.db.models.fields.files import FieldFile

LARGEST_FILE = 10 * 1024 * 1024
_SUFFIX = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg"}
_OTHER_SUFFIXES = {"image/jpeg": {".jpeg", ".jpe", ".jfif"}}
_TEXT = {".txt": "text/plain", ".csv": "text/csv"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NAME_LENGTH = 150


@dataclass(frozen=True)
class Checked:
    """A file that may be kept: a safe name, what it is, and its digest."""

    name: str
    suffix: str
    content_type: str
    content: bytes
    sha256: str


def check(file: "File[bytes]") -> Checked:
    """Return the file as it may be kept.

    Raises:
        FileRefused: empty, too large, neither PDF, PNG, JPEG nor text in UTF-8, a PDF with
            something in it that acts, a virus, or a scanner that is configured and does not answer.
    """
    name = safe_name(file.name or "")
    if not file.size:
        raise FileRefused(name=name, why=_("it is empty; choose the file again"))
    if file.size > LARGEST_FILE:
        raise FileRefused(name=name, why=_("it is larger than 10 MB; attach a smaller file"))
    file.seek(0)
    content = file.read()
    content_type = _type_of(content, PurePath(name).suffix.lower())
    if content_type is None:
        raise FileRefused(
            name=name, why=_("attach a PDF, PNG or JPEG, or a .txt or .csv file in UTF-8")
        )
    if fault := _fault_of(content, content_type):
        raise FileRefused(name=name, why=fault)
    return Checked(
        name=_named_as(content_type, name),
        suffix=_SUFFIX.get(content_type) or PurePath(name).suffix.lower(),
        content_type=content_type,
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
    )


def _named_as(content_type: str, name: str) -> str:
    """Return the name with the ending of what the file is.

    Whoever opens a download goes by its ending: a PDF or a picture that calls itself a page or a
    program would be opened as one, with whatever else is hidden in its bytes.
    """
    suffix = _SUFFIX.get(content_type, "")
    endings = {suffix, *_OTHER_SUFFIXES.get(content_type, ())}
    if not suffix or PurePath(name).suffix.lower() in endings:
        return name
    return f"{name[: _NAME_LENGTH - len(suffix)]}{suffix}"


def _fault_of(content: bytes, content_type: str) -> str | None:
    try:
        virus = scanning.virus_in(content)
    except scanning.TooLargeToScan:
        return _(
            "it is larger than the virus scanner takes; attach a smaller file, or have an "
            "administrator raise StreamMaxLength of clamd"
        )
    except scanning.ScannerAway:
        return _("the virus scanner does not answer; try again in a few minutes")
    if virus is not None:
        return _("the virus scanner found “{virus}” in it").format(virus=virus)
    return documents.fault_of(content) if content_type == "application/pdf" else None


def stored(file: "FieldFile", *, name: str, sha256: str) -> bytes:
    """Return the content of a kept file, as long as it is the one that was kept.

    Raises:
        FileDamaged: the file is gone, or has another digest.
    """
    try:
        with file.open("rb") as opened:
            content: bytes = opened.read()
    except FileNotFoundError:
        raise FileDamaged(name=name) from None
    if hashlib.sha256(content).hexdigest() != sha256:
        raise FileDamaged(name=name)
    return content


def safe_name(name: str) -> str:
    """Return the last part of a path, without what could mislead a header or a reader.

    Letters that only look like the points, slashes and letters of ASCII become those (NFKC), and
    marks that turn the direction of writing are left out, so that a name ends in what it seems to.
    """
    last = PurePath(unicodedata.normalize("NFKC", name).replace("\\", "/")).name
    plain = "".join(letter for letter in last if letter.isprintable() and letter not in '"<>:|?*')
    plain = plain.strip().lstrip(".")
    stem, suffix = PurePath(plain).stem, PurePath(plain).suffix
    return f"{stem[: _NAME_LENGTH - len(suffix)]}{suffix}"[:_NAME_LENGTH] or "file"


def _type_of(content: bytes, suffix: str) -> str | None:
    matches = puremagic.magic_string(content)
    surest = max((match.confidence for match in matches), default=0)
    for match in matches:
        if match.confidence == surest and match.mime_type in _SUFFIX:
            return str(match.mime_type)
    return _TEXT.get(suffix) if _is_text(content) else None


def _is_text(content: bytes) -> bool:
    try:
        return not _CONTROL.search(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return False
