"""Three registers in our words: headers, tags, units, what goes into the notes."""

from pathlib import Path

import pytest

from apps.assets.importing.reading import read
from apps.assets.importing.sources import (
    ASSETS_CSV,
    SHELF,
    SNIPE_IT,
    Counted,
    RegisterRow,
    Source,
)
from apps.common.sheets import FileUnreadable


def rows(source: Source, text: str, counted: Counted = Counted.SPLIT) -> list[RegisterRow]:
    return source.rows(read(text.encode()), counted=counted)


def test_the_real_snipe_it_file_is_understood(real_data: Path) -> None:
    content = (real_data / "assets" / "snipe-it-assets-sample.csv").read_bytes()
    taken = SNIPE_IT.rows(read(content))
    assert len(taken) == 22
    first = taken[0]
    assert first.line == 2
    assert first.cells["tag"] == "ICC-2065556"
    assert first.cells["model_name"] == 'Macbook Pro 13"'
    assert first.cells["purchased_on"] == "1/23/23"
    assert first.columns["value"] == "Purchase Cost"
    assert "Order Number: 3271901481" in first.cells["notes"].splitlines()
    assert "Checked Out To: Username" not in first.cells["notes"]
    assert "Checked Out To: Username: gmccrackem2a" in taken[1].cells["notes"]


def test_the_real_shelf_file_is_understood(real_data: Path) -> None:
    content = (real_data / "assets" / "shelf-assets.csv").read_bytes()
    taken = SHELF.rows(read(content))
    assert [row.cells.get("tag", "") for row in taken] == [
        "SHELF-WQE239123D",
        "SHELF-43543WE23D",
        "",
        "SHELF-SERVER-RACK-U6",
        *(f"SHELF-SERVER-RACK-U6-{number}" for number in range(2, 9)),
    ]
    assert taken[0].cells["serial"] == "WQE239123d"
    assert taken[0].cells["manufacturer"] == "amd"
    assert taken[0].columns["serial"] == "cf: Serial number,type:text"
    assert "temperature rating: -40" in taken[0].cells["notes"]
    assert "Consumables" in taken[2].left_out
    assert {row.line for row in taken[3:]} == {5}


@pytest.mark.parametrize(
    "header",
    ["Asset Tag,Name", "asset tag,Item name", " ASSET  TAG ,Asset Name", "Asset Tag,item Name"],
)
def test_headers_are_known_whatever_their_case(header: str) -> None:
    (row,) = rows(SNIPE_IT, f"{header}\nA-1,Drill\n")
    assert (row.cells["tag"], row.cells["name"]) == ("A-1", "Drill")


def test_what_we_have_no_field_for_goes_into_the_notes() -> None:
    text = "Asset Tag,Notes,Status,Supplier,Warranty\nA,dented,Lost,,24\n"
    (row,) = rows(SNIPE_IT, text)
    assert row.cells["notes"] == "dented\nStatus: Lost\nWarranty: 24"


def test_our_own_export_does_not_put_the_status_into_the_notes() -> None:
    (row,) = rows(ASSETS_CSV, "tag,name,status,registered_at,colour\nA,B,lost,today,red\n")
    assert row.cells["notes"] == "colour: red"


@pytest.mark.parametrize(
    ("source", "header", "sentence"),
    [
        (SNIPE_IT, "Name,Colour", "This is no file of “Snipe-IT export”: the column “asset tag”"),
        (ASSETS_CSV, "tag,value", "This is no file of “Assets CSV”: the column “name” is missing."),
        (SHELF, "Asset Tag,Name", "This is no file of “Shelf export”: the column “title”"),
        (SNIPE_IT, "Asset Tag,Notes,Asset Notes", "“Notes” and “Asset Notes” mean the same."),
    ],
)
def test_another_program_s_file_is_refused_by_name(
    source: Source, header: str, sentence: str
) -> None:
    with pytest.raises(FileUnreadable, match=sentence.replace("(", r"\(")):
        rows(source, f"{header}\nx\n")


def test_a_long_header_is_shortened_in_the_refusal() -> None:
    header = ",".join(f"column {number}" for number in range(30))
    with pytest.raises(FileUnreadable) as refusal:
        rows(SNIPE_IT, f"{header}\nx\n")
    assert "“column 11” …" in refusal.value.message
    assert "column 12" not in refusal.value.message


SHELF_HEADER = "title,type,quantity,consumptionType\n"


def test_things_of_one_name_get_numbers() -> None:
    taken = rows(SHELF, "title\nLaptop\nLaptop\nÜberzieher\n!!!\n")
    assert [row.cells["tag"] for row in taken] == [
        "SHELF-LAPTOP",
        "SHELF-LAPTOP-2",
        "SHELF-ÜBERZIEHER",
        "SHELF-ASSET",
    ]


def test_a_tag_of_the_file_goes_before_ours_and_long_ones_fit() -> None:
    taken = rows(SHELF, f"title,qrId\nLaptop,QR77\n{'x' * 90},\n{'x' * 95},\n")
    assert taken[0].cells["tag"] == "QR77"
    assert max(len(row.cells["tag"]) for row in taken) <= 40
    assert taken[1].cells["tag"] != taken[2].cells["tag"]


@pytest.mark.parametrize(
    ("counted", "row", "count", "left_out", "fault"),
    [
        (Counted.SPLIT, "Racks,QUANTITY_TRACKED,3,TWO_WAY", 3, "", ""),
        (Counted.SPLIT, "Pens,QUANTITY_TRACKED,3,ONE_WAY", 1, "Consumables", ""),
        (Counted.SPLIT, "Racks,QUANTITY_TRACKED,0,TWO_WAY", 1, "", "“0” is not a number of units"),
        (Counted.SPLIT, "Racks,QUANTITY_TRACKED,501,TWO_WAY", 1, "", "from 1 to 500"),
        (Counted.SPLIT, "Racks,QUANTITY_TRACKED,-3,TWO_WAY", 1, "", "“-3” is not"),
        (Counted.SPLIT, "Racks,QUANTITY_TRACKED,,TWO_WAY", 1, "", "“” is not"),
        (Counted.LEAVE_OUT, "Racks,QUANTITY_TRACKED,3,TWO_WAY", 1, "It counts 3 units.", ""),
        (Counted.REFUSE, "Racks,QUANTITY_TRACKED,3,TWO_WAY", 1, "", "an asset is one thing"),
        (Counted.REFUSE, "Rack,INDIVIDUAL,,", 1, "", ""),
    ],
)
def test_rows_that_count_a_quantity(
    counted: Counted, row: str, count: int, left_out: str, fault: str
) -> None:
    taken = rows(SHELF, f"{SHELF_HEADER}{row}\n", counted)
    assert len(taken) == count
    assert left_out in taken[0].left_out
    assert bool(taken[0].left_out) == bool(left_out)
    assert fault in "".join(taken[0].faults.get("quantity", []))
    assert bool(taken[0].faults) == bool(fault)
