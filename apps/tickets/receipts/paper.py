"""What a receipt says: the statement as it was signed, with its photos and signatures."""

from base64 import b64encode
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from apps.assets.states import Condition
from apps.assets.wording import moment
from apps.common import pictures, uploads
from apps.common.money import format_amount
from apps.common.printing import printed
from apps.tickets.models import Handing, TicketFile
from apps.tickets.states import Direction, FilePurpose, Signing

PRINT = Path(__file__).parent / "print"
_PHOTOS = {Direction.OUT: FilePurpose.PHOTO_OUT, Direction.IN: FilePurpose.PHOTO_IN}


@dataclass(frozen=True)
class LineOnPaper:
    """A line of the statement, in words."""

    tag: str
    name: str
    serial: str
    condition: str
    note: str
    due_at: str
    amounts: list[tuple[str, str]]
    checklist: list[dict[str, Any]]
    photos: list[str]


def pdf_of(handing: Handing) -> bytes:
    """Return the receipt; the same handing gives the same bytes."""
    return printed(
        html_of(handing), style=PRINT / "receipt.css", title=title_of(handing), at=handing.at
    )


def title_of(handing: Handing) -> str:
    """Return what the paper calls itself."""
    is_out = handing.direction == Direction.OUT
    title = _("Hand-over receipt {ticket}") if is_out else _("Return receipt {ticket}")
    return title.format(ticket=handing.ticket)


def html_of(handing: Handing) -> str:
    """Return the receipt as HTML, with every picture inside."""
    stated = handing.stated
    return render_to_string(
        "tickets/receipt.html",
        {
            "language": get_language(),
            "title": title_of(handing),
            "is_out": handing.direction == Direction.OUT,
            "handing": handing,
            "stated": stated,
            "at": moment(handing.at),
            "lines": list(_lines(handing, stated)),
            "totals": _totals(stated),
            "terms": stated["terms"].items(),
            "signatures": _signatures(handing),
            "is_on_paper": handing.signing == Signing.PAPER,
            "code": _code(str(handing.ticket)),
        },
    )


def _lines(handing: Handing, stated: dict[str, Any]) -> Iterable[LineOnPaper]:
    kept = _photos_of(handing)
    for line in stated["lines"]:
        yield LineOnPaper(
            tag=line["tag"],
            name=line["name"],
            serial=line["serial"],
            condition=str(Condition(line["condition"]).label),
            note=line["note"],
            due_at=moment(timezone.localtime(datetime.fromisoformat(line["due_at"]))),
            amounts=[
                (label, format_amount(line[name], stated["currency"]))
                for name, label in _labels().items()
                if line.get(name)
            ],
            checklist=line["checklist"],
            photos=[_inside(pictures.small(_content(kept[one].pop()))) for one in line["photos"]],
        )


def _photos_of(handing: Handing) -> dict[str, list[TicketFile]]:
    """Return the photos of the handing’s lines by digest."""
    kept: defaultdict[str, list[TicketFile]] = defaultdict(list)
    purpose = _PHOTOS[Direction(handing.direction)]
    lines = handing.lines.values("line")
    for file in TicketFile.objects.filter(line__in=lines, purpose=purpose).order_by("pk"):
        kept[file.sha256].append(file)
    return kept


def _labels() -> dict[str, str]:
    return {"fee": _("Fee"), "deposit": _("Deposit"), "late_fee": _("Late fee")}


def _totals(stated: dict[str, Any]) -> list[tuple[str, str]]:
    sums = {
        label: sum(line[name] for line in stated["lines"])
        for name, label in _labels().items()
        if name in stated["lines"][0]
    }
    return [(label, format_amount(total, stated["currency"])) for label, total in sums.items()]


def _signatures(handing: Handing) -> list[tuple[str, str, str]]:
    """Return role, name and picture of both parties; no picture when they signed on paper."""
    parties = [
        (_("For the borrower"), handing.representative, handing.borrower_signature),
        (_("Clerk"), handing.stated["clerk"], handing.clerk_signature),
    ]
    return [
        (role, name, _inside(_content(file), "image/png") if file else "")
        for role, name, file in parties
    ]


def _content(file: TicketFile) -> bytes:
    return uploads.stored(file.file, name=file.name, sha256=file.sha256)


def _inside(content: bytes, content_type: str = "image/jpeg") -> str:
    """Return a picture as an address that holds it."""
    return f"data:{content_type};base64,{b64encode(content).decode()}"


def _code(text: str) -> str:
    """Return the text as a QR code, to be scanned at the desk."""
    import segno  # noqa: PLC0415  (loaded only where a receipt is drawn)

    drawn = BytesIO()
    segno.make(text, error="m", micro=False).save(drawn, kind="svg", border=0, xmldecl=False)
    return _inside(drawn.getvalue(), "image/svg+xml")
