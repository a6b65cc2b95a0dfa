"""What the desk shows for each line that goes out or comes back: photos, answers, signatures.

Pictures are read and drawn anew before anything is locked; what is required is checked on the
locked rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from apps.assets.models import ChecklistItem
from apps.assets.states import CheckedAt
from apps.common import pictures, uploads
from apps.tickets.errors.evidence import (
    ChecklistChanged,
    NoteMissing,
    PhotosMissing,
    SignatureRefused,
    SignaturesMissing,
    TooManyPhotos,
    Unanswered,
)
from apps.tickets.states import Direction, Signing

if TYPE_CHECKING:
    from django.core.files import File
    from django.core.files.base import ContentFile

    from apps.tickets.models import TicketLine

MOST_PHOTOS = 8
"""Of one line, each way."""


@dataclass(frozen=True)
class Answer:
    """Whether it is as the item says; a no needs a note."""

    is_so: bool
    note: str = ""


@dataclass(frozen=True)
class LineSeen:
    """A line at the desk: its condition, photos as they were sent, answers by checklist item."""

    line_id: int
    condition: str
    note: str = ""
    photos: "Sequence[File[bytes]]" = ()
    checked: Mapping[int, Answer] = field(default_factory=dict)


@dataclass(frozen=True)
class Drawn:
    """Two signatures drawn on the screen, as PNG; the borrower signs when nobody else is named."""

    borrower: bytes
    clerk: bytes
    representative: str = ""


@dataclass(frozen=True)
class OnPaper:
    """A paper that both have signed, as a scan or a photo (PDF, PNG or JPEG)."""

    scan: "File[bytes]"
    representative: str = ""


type Signatures = Drawn | OnPaper


@dataclass(frozen=True)
class Evidence:
    """What is ready to be kept: photos by line, the pictures of the signing by party."""

    photos: Mapping[int, "Sequence[ContentFile[bytes]]"]
    signing: Signing
    signed: Mapping[str, "File[bytes]"]
    representative: str


def prepare(lines: Sequence[LineSeen], signatures: Signatures | None) -> Evidence:
    """Return the pictures as they may be kept; nothing is locked or written yet.

    Raises:
        FileRefused: a photo or a scan is not what may be kept.
        SignatureRefused: a drawn signature is blank, or no PNG.
    """
    photos = {seen.line_id: [pictures.photo(file) for file in seen.photos] for seen in lines}
    match signatures:
        case Drawn():
            signing = Signing.DRAWN
            signed: Mapping[str, File[bytes]] = {
                "borrower": _drawing(signatures.borrower, _("the borrower"), "borrower"),
                "clerk": _drawing(signatures.clerk, _("the clerk"), "clerk"),
            }
        case OnPaper():
            signing = Signing.PAPER
            signed = {"paper": _scanned(signatures.scan)}
        case None:
            signing, signed = Signing.NONE, {}
    representative = signatures.representative.strip() if signatures else ""
    return Evidence(photos, signing, signed, representative)


def _scanned(file: "File[bytes]") -> "File[bytes]":
    is_document = uploads.check(file).content_type == "application/pdf"
    return file if is_document else pictures.photo(file)


def _drawing(content: bytes, party: str, name: str) -> "ContentFile[bytes]":
    try:
        drawn = pictures.drawing(content) if content else None
    except ValueError:
        raise SignatureRefused(party=party, why=_("cannot be read")) from None
    if drawn is None:
        raise SignatureRefused(party=party, why=_("is blank"))
    return pictures.DrawnAnew(drawn, name=_("signature {name}.png").format(name=name))


def checklist_of(line: "TicketLine", direction: Direction) -> list[ChecklistItem]:
    """Return what is asked of this line, in order."""
    asked = {CheckedAt.BOTH.value, direction.value}
    return [item for item in line.asset.category.checklist.all() if item.checked_at in asked]


def check(
    evidence: Evidence, line: "TicketLine", seen: LineSeen, direction: Direction
) -> list[dict[str, Any]]:
    """Return the answers with their texts, when everything that the category requires is there.

    Raises:
        SignaturesMissing, PhotosMissing, Unanswered, NoteMissing: it is required and not there.
        TooManyPhotos, ChecklistChanged: it cannot be kept like this.
    """
    category = line.asset.category
    facts = {"asset": line.asset, "category": category, "line_id": line.pk}
    if category.requires_signature and evidence.signing == Signing.NONE:
        raise SignaturesMissing(category=category)
    photo_count = len(evidence.photos.get(line.pk, ()))
    if category.requires_photos and not photo_count:
        raise PhotosMissing(**facts)
    if photo_count > MOST_PHOTOS:
        raise TooManyPhotos(most=MOST_PHOTOS, **facts)
    items = checklist_of(line, direction)
    if seen.checked.keys() - {item.pk for item in items}:
        raise ChecklistChanged(**facts)
    answers = []
    for item in items:
        answer = seen.checked.get(item.pk)
        if answer is None:
            if item.is_required:
                raise Unanswered(item=item, **facts)
            continue
        note = answer.note.strip()
        if not answer.is_so and not note:
            raise NoteMissing(item=item, **facts)
        answers.append({"item": item.text, "is_so": answer.is_so, "note": note})
    return answers
