"""Labels: the codes say the tag, the sheets fit, and printing is permitted and recorded."""

import os
import re
import shutil
import subprocess
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from apps.accounts.models import User
from apps.assets import services
from apps.assets.labels import printing
from apps.assets.labels.codes import CodeKind, code_128, qr
from apps.assets.labels.errors import (
    CodeNotPossible,
    LabelsNotPossible,
    NoLabels,
    StartBeyondSheet,
    TooManyLabels,
)
from apps.assets.labels.formats import FORMATS
from apps.assets.labels.printing import MOST, Wish, html_of, pdf_of
from apps.assets.models import Asset
from apps.audit.models import AuditEvent
from apps.common import printing as printer
from apps.common.errors import NotPermitted
from project.testing.make import Make

AT = datetime(2026, 11, 25, 12, tzinfo=UTC)
PLACE = re.compile(r'<div class="label" style="left: ([\d.]+)mm; top: ([\d.]+)mm">')
_DARK = re.compile(r'<rect x="(\d+)" y="(\d+)" width="(\d+)" height="1"/>')


@pytest.fixture
def assets(make: Make, lena: User) -> list[Asset]:
    return [make.asset(lender=lena, tag=f"LAB-{number:03d}") for number in range(25)]


def drawn(svg: str) -> list[str]:
    """Return the modules of a code, row by row."""
    width, height = map(int, re.findall(r'viewBox="0 0 (\d+) (\d+)"', svg)[0])
    rows = [["0"] * width for _ in range(height)]
    for x, y, length in _DARK.findall(svg):
        for place in range(int(x), int(x) + int(length)):
            rows[int(y)][place] = "1"
    return ["".join(row) for row in rows]


def test_every_sheet_has_room_for_its_labels() -> None:
    for name, sheet in FORMATS.items():
        places = list(sheet.places())
        assert len(places) == len(set(places)) == sheet.count, name
        left, top = places[-1]
        assert left + sheet.label[0] <= sheet.page[0], name
        assert top + sheet.label[1] <= sheet.page[1], name
        assert all(pitch >= size for pitch, size in zip(sheet.pitch, sheet.label, strict=True))
    assert [FORMATS[name].count for name in ("l7160", "5160", "l7651", "62mm")] == [21, 30, 65, 1]


def test_a_code_128_says_the_tag() -> None:
    (row,) = drawn(code_128("CAM-001", 60))
    bars = row.strip("0")
    # Start B, then the letters at their place in the table, checksum and stop, as in the standard.
    assert bars.startswith("11010010000" + "10001000110" + "10100011000" + "10111011000")
    assert bars.endswith("1100011101011")
    assert len(row) - len(bars) == 20


def test_a_qr_code_has_its_three_corners_and_white_around() -> None:
    rows = drawn(qr("CAM-001"))
    assert len(rows) == 21 + 4
    assert rows[0] == rows[1] == rows[-1] == "0" * 25
    for row, start in ((2, 2), (2, 16), (16, 2)):
        assert rows[row][start : start + 7] == "1111111"
        assert rows[row + 3][start : start + 7] == "1011101"
    assert drawn(qr("CAM-001")) != drawn(qr("CAM-002"))


def test_a_started_sheet_is_used_up(assets: list[Asset]) -> None:
    html = html_of(assets, Wish("l7160", first=20))
    sheets = html.split('<div class="sheet">')[1:]
    assert [len(PLACE.findall(sheet)) for sheet in sheets] == [2, 21, 2]
    places = [f"{left:.3g} {top:.4g}" for left, top in list(FORMATS["l7160"].places())[19:]]
    assert [f"{float(left):.3g} {float(top):.4g}" for left, top in PLACE.findall(sheets[0])] == (
        places
    )


def test_a_label_shows_tag_name_and_owner(make: Make, lena: User) -> None:
    asset = make.asset(lender=lena, tag="A<B", name="Very " * 30)
    html = html_of([asset], Wish("62mm"))
    assert "<b>A&lt;B</b>" in html
    assert "…" in html
    assert "Lena" in html


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("code", CodeKind)
def test_the_pdf_has_the_pages_and_the_words(
    assets: list[Asset], name: str, code: CodeKind
) -> None:
    content = pdf_of(assets[:3], Wish(name, code), at=AT)
    pages = PdfReader(BytesIO(content)).pages
    assert len(pages) == (3 if name == "62mm" else 1)
    sheet = FORMATS[name]
    points = [float(side) * 25.4 / 72 for side in pages[0].mediabox[2:]]
    assert points == pytest.approx(sheet.page, abs=0.1)
    words = "".join(page.extract_text() for page in pages)
    assert "LAB-002" in words
    assert "Lena" in words
    assert content == pdf_of(assets[:3], Wish(name, code), at=AT)


@pytest.mark.skipif(
    shutil.which("pdftoppm") is None and os.environ.get("CI") != "true",
    reason="Looking at a label needs pdftoppm: apt-get install poppler-utils",
)
def test_what_is_printed_is_what_was_drawn(make: Make, lena: User, tmp_path: Path) -> None:
    asset = make.asset(lender=lena, tag="CAM-001")
    (tmp_path / "label.pdf").write_bytes(pdf_of([asset], Wish("62mm"), at=AT))
    # Ten dots a millimetre, in grey, without a library of pictures.
    subprocess.run(
        ["pdftoppm", "-gray", "-r", "254", "-singlefile", "label.pdf", "label"],  # noqa: S607
        cwd=tmp_path,
        check=True,
    )
    _kind, size, _most, dots = (tmp_path / "label.pgm").read_bytes().split(b"\n", 3)
    width = int(size.split()[0])
    rows = drawn(qr("CAM-001"))
    module = 10 * (29 - 2 * 1.5) / len(rows)
    seen = [
        "".join(
            "1"
            if dots[int(15 + (y + 0.5) * module) * width + int(15 + (x + 0.5) * module)] < 128
            else "0"
            for x in range(len(rows))
        )
        for y in range(len(rows))
    ]
    assert seen == rows


def test_what_cannot_be_printed_says_why(assets: list[Asset], make: Make, lena: User) -> None:
    long, odd = make.asset(lender=lena, tag="X" * 40), make.asset(lender=lena, tag="ÄÖ-1")
    for wanted, wish, fault in (
        ([], Wish("l7160"), NoLabels),
        ([assets[0]] * (MOST + 1), Wish("l7160"), TooManyLabels),
        (assets, Wish("l7160", first=22), StartBeyondSheet),
        (assets, Wish("l7160", first=0), StartBeyondSheet),
        ([long], Wish("l7651", CodeKind.CODE_128), CodeNotPossible),
        ([odd], Wish("62mm", CodeKind.CODE_128), CodeNotPossible),
    ):
        with pytest.raises(fault):
            html_of(wanted, wish)
    assert html_of([long, odd], Wish("l7651"))


def test_printing_is_recorded(assets: list[Asset], clara: User) -> None:
    ordered = services.order_labels([asset.pk for asset in assets], Wish("5160"), actor=clara)
    assert ordered == assets
    event = AuditEvent.objects.get(action="assets.labels_printed")
    assert event.actor == clara
    assert (event.after["assets"], event.after["from"], event.after["to"]) == (
        25,
        "LAB-000",
        "LAB-024",
    )


def test_who_may_not_export_prints_no_labels(assets: list[Asset], walt: User) -> None:
    with pytest.raises(NotPermitted):
        services.order_labels([assets[0].pk], Wish("62mm"), actor=walt)
    with pytest.raises(NotPermitted):
        services.labels_of([assets[0].pk], Wish("62mm"), at=AT, actor=walt)


def test_a_server_that_cannot_print_says_so(
    assets: list[Asset], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printer, "is_possible", lambda: False)
    with pytest.raises(LabelsNotPossible):
        printing.pdf_of(assets, Wish("62mm"), at=AT)


def test_the_ticked_assets_come_as_a_file(assets: list[Asset], clara: User, walt: User) -> None:
    client = Client()
    client.force_login(clara)
    listed = client.get(reverse("admin:assets_asset_changelist")).content.decode()
    dialog = reverse("admin:assets_asset_labels")
    assert dialog in listed
    query = "?" + "&".join(f"_selected_action={asset.pk}" for asset in assets[:2])
    typed = {"format_name": "l7160", "code": "qr", "first": "99", "_form_submitted": "1"}
    refused = client.post(dialog + query, typed)
    assert "Begin with one of 1 to 21" in refused.content.decode()
    answer = client.post(dialog + query, {**typed, "first": "3"})
    assert answer.status_code == 200, answer.content
    found = re.search(r'[\w/]*labels/file/\?token=[^"\s]+', answer.content.decode())
    assert found, answer.content
    file: Any = client.get(found[0].replace("&amp;", "&"))
    assert file["Content-Type"] == "application/pdf"
    assert "LAB-001" in PdfReader(BytesIO(file.content)).pages[0].extract_text()
    stranger = Client()
    stranger.force_login(walt)
    assert stranger.get(found[0]).status_code == 403
    assert stranger.get(dialog + query).status_code == 403


def test_one_asset_has_a_label_too(assets: list[Asset], clara: User) -> None:
    client = Client()
    client.force_login(clara)
    url = reverse("admin:assets_asset_label", args=(assets[0].pk,))
    assert client.get(url).status_code == 200
    typed = {"format_name": "62mm", "code": "code128", "first": "1", "_form_submitted": "1"}
    assert "labels/file/" in client.post(url, typed).content.decode()
    assert AuditEvent.objects.filter(action="assets.labels_printed").count() == 1
