"""The pages on which a register comes in and goes out."""

import csv
import io
import os
from pathlib import Path
from typing import Any

import pytest
from django.contrib.admin import site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.assets import services
from apps.assets.importing.sources import FIELDS
from apps.assets.models import Asset, AssetImport, Tariff
from apps.audit.models import AuditEvent
from apps.reports.catalogue import find
from apps.reports.csv import write
from apps.reports.lists.offering import offered_by
from project.testing.make import Make

IMPORT = reverse("admin:assets_asset_import")
CONFIRM = reverse("admin:assets_asset_process_import")
EXPORT = reverse("admin:assets_asset_export_list")
LIST = reverse("admin:assets_asset_changelist")
ASSETS, SNIPE_IT, SHELF = "0", "1", "2"
CSV = b"tag,name,category,value\nA-1,Camera,Cameras,1250.50\nA-2,Tripod,Cameras,80\n"


@pytest.fixture
def desk(client: Client, clara: User) -> Client:
    """Clara's browser."""
    client.force_login(clara)
    return client


@pytest.fixture
def tariff(make: Make) -> Tariff:
    return make.tariff(name="Usual")


@pytest.fixture
def chosen(lena: User, tariff: Tariff) -> dict[str, Any]:
    """Choose in the form what the clerk would."""
    return {"lender": lena.pk, "currency": "usd", "tariff": tariff.pk, "format": "0"}


def upload(
    desk: Client,
    content: bytes,
    chosen: dict[str, Any],
    *,
    source: str = ASSETS,
    name: str = "register.csv",
) -> HttpResponse:
    file = SimpleUploadedFile(name, content, content_type="text/csv")
    data = {**chosen, "resource": source, "import_file": file}
    return desk.post(IMPORT, data)  # type: ignore[return-value]  # the client's response is one


def key() -> str:
    return str(AssetImport.objects.latest("pk").key)


def text(answer: HttpResponse) -> str:
    return answer.content.decode()


def test_the_form_asks_what_the_file_may_not_say(desk: Client, tariff: Tariff) -> None:
    shown = text(desk.get(IMPORT))  # type: ignore[arg-type]
    for label in ("Assets CSV", "Snipe-IT export", "Shelf export", "Lender", "Usual", "USD"):
        assert label in shown


def test_preview_and_import(desk: Client, chosen: dict[str, Any], clara: User) -> None:
    answer = upload(desk, CSV, chosen)
    shown = text(answer)
    assert "Preview of “register.csv”" in shown
    assert "2 new" in shown
    assert "$1,250.50" in shown
    assert "This category is added: Cameras." in shown
    assert not Asset.objects.exists()
    assert desk.get(CONFIRM).status_code == 405
    done = desk.post(CONFIRM, {"key": key()}, follow=True)
    assert done.redirect_chain == [(LIST, 302)]
    assert "“register.csv” is imported: 2 new, 0 changed, 0 left as they were." in text(done)  # type: ignore[arg-type]
    assert Asset.objects.count() == 2
    assert AuditEvent.objects.get(action="assets.imported").actor == clara


def test_the_preview_shows_old_and_new(
    desk: Client, chosen: dict[str, Any], make: Make, lena: User
) -> None:
    make.asset(lender=lena, tag="A-1", name="Old name", category=make.category(name="Cameras"))
    make.asset(lender=lena, tag="A-2", name="Tripod", category=make.category(name="C"), value=8000)
    shown = text(upload(desk, b"tag,name\nA-2,Tripod\nA-1,New name\nA-3,Lens\n", chosen))
    assert "Nothing was imported." in shown
    shown = text(upload(desk, b"tag,name\nA-2,Tripod\nA-1,New name\n", chosen))
    assert "1 changed" in shown
    assert "1 left as they are" in shown
    assert "Nothing changes." in shown
    # What changes comes first.
    assert shown.index("Old name") < shown.index("Nothing changes.")


@pytest.mark.parametrize(
    ("file", "source", "count"),
    [("snipe-it-assets-sample.csv", SNIPE_IT, 22), ("shelf-assets.csv", SHELF, 10)],
)
def test_real_registers_come_in_as_they_are(
    desk: Client,
    chosen: dict[str, Any],
    real_data: Path,
    file: str,
    source: str,
    count: int,
) -> None:
    content = (real_data / "assets" / file).read_bytes()
    assert f"{count} new" in text(upload(desk, content, chosen, source=source, name=file))
    desk.post(CONFIRM, {"key": key()})
    assert Asset.objects.count() == count


def test_a_bad_row_names_line_column_and_reason(desk: Client, chosen: dict[str, Any]) -> None:
    shown = text(upload(desk, CSV + b"A-3,Lens,Cameras,1e9\n", chosen))
    row = shown[shown.index("What is wrong") :]
    assert ">4<" in row
    assert ">value<" in row
    assert "“1e9” is not an amount in USD" in row
    assert CONFIRM not in shown
    assert not Asset.objects.exists()


def test_many_faults_and_rows_are_shortened(desk: Client, chosen: dict[str, Any]) -> None:
    head = b"tag,name,category,value\n"
    bad = b"".join(b"A-%d,N,C,x\n" % number for number in range(120))
    assert "And 20 more." in text(upload(desk, head + bad, chosen))
    good = b"".join(b"A-%d,N,C,1\n" % number for number in range(230))
    assert "And 30 more rows." in text(upload(desk, head + good, chosen))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The submitted file is empty."),
        (b" ", "no header"),
        (b"\x00\x01\x02", "This is not a text file."),
        (b"PK\x03\x04", "This is a spreadsheet or an archive."),
        ("tag,name\nA,Gerät\n".encode("latin-1"), "Line 2 has a character that is not UTF-8."),
        (CSV.decode().encode("utf-16"), "The file is in UTF-16."),
        (os.urandom(10 * 1024 * 1024), "The file has 10 MB, and at most 5 MB go in at once."),
        (b"colour,size\nred,1\n", "This is no file of “Assets CSV”: the column “tag” is missing."),
        (b"tag,name\n", "The file has a header, but no row under it."),
    ],
)
def test_what_is_no_register_is_one_sentence_at_the_file(
    desk: Client, chosen: dict[str, Any], content: bytes, sentence: str
) -> None:
    answer = upload(desk, content, chosen)
    assert answer.status_code == 200
    (error,) = answer.context["form"].errors["import_file"]  # type: ignore[attr-defined]
    assert sentence in error
    assert list(answer.context["form"].errors) == ["import_file"]  # type: ignore[attr-defined]
    assert error in text(answer).replace("&quot;", '"')
    assert not AssetImport.objects.exists()


@pytest.mark.parametrize(
    ("field", "choice", "sentence"),
    [
        ("currency", "XYZ", "is not an ISO 4217 currency"),
        ("currency", "", "This field is required."),
        ("value", "12.345", "this currency has 2 decimals"),
        ("value", "-5", "may not be negative"),
        ("lender", "", "The file does not say whose assets these are: choose the lender."),
        ("lender", "999999", "Select a valid choice."),
        ("resource", "9", "Select a valid choice."),
        ("counted", "maybe", "Select a valid choice."),
    ],
)
def test_a_wrong_choice_stands_at_its_field(
    desk: Client, chosen: dict[str, Any], field: str, choice: str, sentence: str
) -> None:
    source = choice if field == "resource" else ASSETS
    answer = upload(desk, CSV, {**chosen, field: choice}, source=source)
    assert sentence in " ".join(answer.context["form"].errors[field])  # type: ignore[attr-defined]


def test_no_file_at_all(desk: Client, chosen: dict[str, Any]) -> None:
    answer = desk.post(IMPORT, {**chosen, "resource": ASSETS})
    assert list(answer.context["form"].errors) == ["import_file"]


def test_a_value_of_the_form_fills_empty_cells(desk: Client, chosen: dict[str, Any]) -> None:
    upload(desk, b"tag,name,category\nA,B,C\n", {**chosen, "value": "75.00"})
    desk.post(CONFIRM, {"key": key()})
    assert Asset.objects.get().value == 7500


def test_a_second_click_is_told_and_imports_nothing(desk: Client, chosen: dict[str, Any]) -> None:
    upload(desk, CSV, chosen)
    desk.post(CONFIRM, {"key": key()})
    again = desk.post(CONFIRM, {"key": key()}, follow=True)
    assert "nothing was imported a second time" in text(again)  # type: ignore[arg-type]
    assert Asset.objects.count() == 2


def test_a_register_that_changed_meanwhile_is_shown_again(
    desk: Client, chosen: dict[str, Any], make: Make, lena: User, clara: User
) -> None:
    asset = make.asset(lender=lena, tag="A-1", category=make.category(name="Cameras"))
    upload(desk, CSV, chosen)
    services.change(asset.pk, actor=clara, name="Renamed")
    answer = desk.post(CONFIRM, {"key": key()})
    shown = text(answer)  # type: ignore[arg-type]
    assert "The register has changed since you looked at the preview" in shown
    assert "Renamed" in shown
    assert Asset.objects.count() == 1
    desk.post(CONFIRM, {"key": key()})
    assert Asset.objects.count() == 2


def test_a_tag_taken_meanwhile_refuses_the_whole_file(
    desk: Client, chosen: dict[str, Any], make: Make, bella: User
) -> None:
    upload(desk, CSV, chosen)
    make.asset(lender=bella, tag="A-2")
    shown = text(desk.post(CONFIRM, {"key": key()}))  # type: ignore[arg-type]
    assert "is on an asset of Bella" in shown.replace("&#x27;", "'")
    assert Asset.objects.count() == 1


@pytest.mark.parametrize("sent", ["", "nonsense", "00000000-0000-0000-0000-000000000000"])
def test_a_preview_that_is_gone_is_told(desk: Client, sent: str) -> None:
    answer = desk.post(CONFIRM, {"key": sent}, follow=True)
    assert "This preview is gone. Choose the file again." in text(answer)  # type: ignore[arg-type]


@pytest.mark.parametrize("url", [IMPORT, CONFIRM, EXPORT])
def test_who_may_neither_import_nor_export_is_turned_away(
    client: Client, anna: User, url: str
) -> None:
    client.force_login(anna)
    assert client.post(url, {}).status_code == 403
    assert url == CONFIRM or client.get(url).status_code == 403
    shown = client.get(LIST).content.decode()
    assert IMPORT not in shown
    assert EXPORT not in shown


def test_the_list_leads_to_both(desk: Client) -> None:
    shown = desk.get(LIST).content.decode()
    assert IMPORT in shown
    assert EXPORT in shown


# Out.


def export(person: User, folder: Path, query: str = "") -> bytes:
    """Return the CSV that a worker writes when this person exports the list."""
    page: Any = site.get_model_admin(Asset)
    columns = [one.key for one in offered_by(page)]
    asked = {"list": "assets_asset", "filter": query, "columns": columns}
    answers = find("list-export").answers(asked)
    report = find("list-export").settled(answers, person)
    file = folder / "assets.csv"
    write(file, report.columns, report.query(answers), progress=lambda _rows: None)
    return file.read_bytes()


@pytest.fixture
def dangerous(make: Make, lena: User) -> Asset:
    return make.asset(
        lender=lena,
        tag="A-1",
        name="=HYPERLINK(1)",
        serial="-40",
        location="@home",
        notes="+1",
        value=125050,
        category=make.category(name="Cameras"),
    )


def test_a_formula_stays_text_and_a_number_a_number(
    dangerous: Asset, clara: User, tmp_path: Path
) -> None:
    (row,) = csv.DictReader(io.StringIO(export(clara, tmp_path).decode()))
    assert row["name"] == "'=HYPERLINK(1)"
    assert (row["serial"], row["location"], row["notes"]) == ("'-40", "'@home", "'+1")
    assert (row["value"], row["currency"]) == ("1250.50", "USD")
    assert (row["lender"], row["status"], row["tariff"]) == ("lena@example.com", "available", "")
    assert list(row) == [*FIELDS, "status"]


def test_an_export_comes_back_in_without_a_change(
    desk: Client, dangerous: Asset, chosen: dict[str, Any], clara: User, tmp_path: Path
) -> None:
    shown = text(upload(desk, export(clara, tmp_path), chosen))
    assert "1 left as they are" in shown
    assert "changed" not in shown[shown.index("Preview of") : shown.index("<table")]


def test_only_what_the_list_shows_goes_out(
    dangerous: Asset, make: Make, lena: User, clara: User, tmp_path: Path
) -> None:
    make.asset(lender=lena, tag="OTHER")
    rows = list(csv.DictReader(io.StringIO(export(clara, tmp_path, "q=OTHER").decode())))
    assert [row["tag"] for row in rows] == ["OTHER"]
