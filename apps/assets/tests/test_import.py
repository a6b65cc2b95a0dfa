"""A register goes in as previewed, whole, once; or not at all, with line, column and reason."""

from pathlib import Path

import pytest

from apps.accounts.models import User
from apps.assets.importing import services
from apps.assets.importing.rows import Defaults
from apps.assets.importing.sources import Counted
from apps.assets.models import Asset, AssetImport, Category, Tariff
from apps.assets.tests.importing import CSV, bring_in, faults, preview
from apps.audit.models import AuditEvent
from apps.common.sheets import FileUnreadable
from project.testing.make import Make


@pytest.fixture
def tariff(make: Make) -> Tariff:
    return make.tariff(name="Usual")


@pytest.fixture
def defaults(lena: User, tariff: Tariff) -> Defaults:
    return Defaults(lender=lena, currency="USD", tariff=tariff)


# What goes in.


def test_a_preview_writes_nothing(defaults: Defaults, clara: User) -> None:
    file, result = preview(CSV, defaults, clara)
    assert (result.count("new"), result.is_refused) == (2, False)
    assert result.new_categories == ["Cameras"]
    assert not Asset.objects.exists()
    assert not Category.objects.exists()
    assert not AuditEvent.objects.filter(action__startswith="assets.").exists()
    assert (file.imported_at, file.uploaded_by) == (None, clara)


def test_an_import_leaves_history_and_events_of_each_row(
    defaults: Defaults, clara: User, lena: User, tariff: Tariff
) -> None:
    file, _result = preview(CSV, defaults, clara)
    services.carry_out(file.key, actor=clara)
    camera, tripod = Asset.objects.order_by("tag")
    assert (camera.value, camera.currency, camera.lender) == (125050, "USD", lena)
    assert (tripod.category.name, tripod.category.tariff) == ("Cameras", tariff)
    assert camera.history.get().history_user == clara
    assert AuditEvent.objects.filter(action="assets.registered").count() == 2
    assert AuditEvent.objects.filter(action="assets.category_added").count() == 1
    event = AuditEvent.objects.get(action="assets.imported")
    assert event.actor == clara
    assert event.after == {
        "file": "file.csv",
        "sha256": file.sha256,
        "source": "assets",
        "created": 2,
        "updated": 0,
        "left as they were": 0,
    }


def test_the_real_snipe_it_register_comes_in_whole(
    real_data: Path, defaults: Defaults, clara: User
) -> None:
    content = (real_data / "assets" / "snipe-it-assets-sample.csv").read_bytes()
    assert bring_in(content, defaults, clara, "snipe-it").count("new") == 22
    asset = Asset.objects.get(tag="WBH-2841795")
    assert (asset.name, asset.value) == ("Dragline", 129294)
    assert str(asset.purchased_on) == "2022-11-14"
    assert asset.manufacturer == "Botsford, Boyle and Herzog"
    assert Category.objects.count() == 16
    assert bring_in(content, defaults, clara, "snipe-it").count("skip") == 22
    assert AuditEvent.objects.filter(action="assets.changed").count() == 0


def test_the_real_shelf_register_comes_in_unit_by_unit(
    real_data: Path, defaults: Defaults, clara: User
) -> None:
    content = (real_data / "assets" / "shelf-assets.csv").read_bytes()
    result = bring_in(content, defaults, clara, "shelf")
    assert (result.count("new"), result.count("skip")) == (10, 1)
    assert Asset.objects.filter(tag__startswith="SHELF-SERVER-RACK-U6").count() == 8
    assert Asset.objects.get(serial="43543we23d").value == 250000
    refusing = Defaults(**{**vars(defaults), "counted": Counted.REFUSE})
    _file, result = preview(content, refusing, clara, "shelf")
    assert [(line, column) for line, column, _why in faults(result)] == [
        (4, "quantity"),
        (5, "quantity"),
    ]


def test_rows_are_matched_by_tag_and_only_differences_written(
    make: Make, defaults: Defaults, clara: User, lena: User
) -> None:
    asset = make.asset(lender=lena, tag="a-1", name="Old", location="Shelf 3", value=100)
    text = "tag,name,location,value,notes\nA-1,New,,2.50,dented\n"
    _file, result = preview(text, defaults, clara)
    (row,) = result.rows
    assert (row.import_type, row.line) == ("update", 2)
    assert [(change.label, change.old, change.new) for change in row.changes] == [
        ("tag", "a-1", "A-1"),
        ("name", "Old", "New"),
        ("value", "$1.00", "$2.50"),
        ("notes", "", "dented"),
    ]
    assert bring_in(text, defaults, clara).count("update") == 1
    asset.refresh_from_db()
    # An empty cell erases nothing.
    assert (asset.name, asset.value, asset.location) == ("New", 250, "Shelf 3")
    assert asset.version == 2


def test_a_file_may_say_everything(
    make: Make, clara: User, lena: User, bella: User, tariff: Tariff
) -> None:
    make.category(name="Drones", tariff=tariff)
    own = make.tariff(name="Special", currency="EUR")
    text = (
        "tag,name,category,lender,value,currency,tariff,serial,model,manufacturer,location,"
        "condition,purchased on,notes\n"
        "D-1,Drone,drones,BELLA@example.com,900,eur,special,S1,M1,Maker,Store,Worn,2024-02-29,x\n"
    )
    bring_in(text, Defaults(lender=lena, currency="USD"), clara)
    drone = Asset.objects.get()
    assert (drone.lender, drone.value, drone.currency, drone.tariff) == (bella, 90000, "EUR", own)
    assert (drone.serial, drone.model_name, drone.manufacturer) == ("S1", "M1", "Maker")
    assert (drone.condition, str(drone.purchased_on)) == ("worn", "2024-02-29")


def test_what_the_file_lacks_comes_from_the_form(
    make: Make, clara: User, lena: User, tariff: Tariff
) -> None:
    category = make.category(tariff=tariff)
    defaults = Defaults(lender=lena, currency="USD", category=category, value="75")
    bring_in("Asset Tag,Name,Model\nA-1,,Bosch\nA-2,,\n", defaults, clara, "snipe-it")
    first, second = Asset.objects.order_by("tag")
    assert (first.name, second.name) == ("Bosch", "A-2")
    assert (first.value, first.category) == (7500, category)


@pytest.mark.parametrize(
    ("cell", "value"),
    [("1250.50", 125050), ("$1,250.50", 125050), ("USD 1,250", 125000), ("€3", 300), ("0", 0)],
)
def test_costs_are_read_as_registers_write_them(
    defaults: Defaults, clara: User, cell: str, value: int
) -> None:
    bring_in(f'tag,name,category,value\nA,B,C,"{cell}"\n', defaults, clara)
    assert Asset.objects.get().value == value


# What does not.


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("12.345", "“12.345” is not an amount in USD: this currency has 2 decimals."),
        ("1e9", "“1e9” is not an amount in USD: write digits"),
        ("1" * 40, "is not an amount in USD: it is too large."),
        ("1.234,50", "“1.234,50” is not an amount in USD"),
        ("12,34", "“12,34” is not an amount in USD"),
        ("abc", "“abc” is not an amount in USD"),
        ("-5", "“-5” is negative, and a value may not be"),
        ("", "the value is missing"),
    ],
)
def test_an_amount_that_is_none_names_line_column_and_reason(
    defaults: Defaults, clara: User, cell: str, reason: str
) -> None:
    text = f'Asset Tag,Name,Category,Purchase Cost\nA,B,C,1\nD,E,C,"{cell}"\n'
    _file, result = preview(text, defaults, clara, "snipe-it")
    ((line, column, why),) = faults(result)
    assert (line, column) == (3, "Purchase Cost")
    assert reason in why


@pytest.mark.parametrize(
    ("column", "cell", "reason"),
    [
        ("currency", "XYZ", "“XYZ” is not an ISO 4217 currency."),
        ("currency", "EUR", "its tariff “Usual” is in USD"),
        ("category", "x" * 121, "at most 120 characters"),
        ("lender", "nobody@example.com", "nobody signs in with “nobody@example.com”"),
        ("tariff", "None such", "there is no tariff “None such”"),
        ("condition", "shiny", "“shiny” is no condition; use one of new, good, worn, damaged"),
        ("purchased_on", "29.2.2023", "“29.2.2023” is no date such as 2023-02-13"),
        ("purchased_on", "2023-02-29", "“2023-02-29” is no date"),
        ("tag", "t" * 41, "at most 40 characters"),
        ("serial", "s" * 121, "at most 120 characters"),
    ],
)
def test_a_wrong_cell_names_line_column_and_reason(
    defaults: Defaults, clara: User, column: str, cell: str, reason: str
) -> None:
    cells = {"tag": "A", "name": "B", "category": "C", "value": "1", column: cell}
    text = f"{','.join(cells)}\n{','.join(cells.values())}\n"
    _file, result = preview(text, defaults, clara)
    ((line, found, why),) = faults(result)
    expected = "tariff" if "its tariff" in reason else column
    assert (line, found) == (2, expected)
    assert reason in why


def test_dates_are_american_in_snipe_it(defaults: Defaults, clara: User) -> None:
    head = "Asset Tag,Name,Category,Purchase Cost,Purchase Date\n"
    bring_in(f"{head}A,B,C,1,2/13/2023\n", defaults, clara, "snipe-it")
    assert str(Asset.objects.get().purchased_on) == "2023-02-13"
    _file, result = preview(f"{head}A,B,C,1,13/2/23\n", defaults, clara, "snipe-it")
    assert "no date such as 02/13/23" in faults(result)[0][2]


def test_all_faults_are_named_at_once(clara: User) -> None:
    text = "tag,name,category,value\n,Camera,Cameras,x\nA-2,,,\n"
    _file, result = preview(text, Defaults(lender=None, currency="USD"), clara)
    assert sorted((line, column) for line, column, _why in faults(result)) == [
        (2, "category"),
        (2, "lender"),
        (2, "tag"),
        (2, "value"),
        (3, "category"),
        (3, "lender"),
        (3, "value"),
    ]


def test_one_bad_row_keeps_the_whole_file_out(defaults: Defaults, clara: User) -> None:
    file, result = preview(f"{CSV}A-3,Lens,Cameras,nothing\n", defaults, clara)
    assert result.is_refused
    file, result = services.carry_out(file.key, actor=clara)
    assert file.imported_at is None
    assert [row[0] for row in faults(result)] == [4]
    assert not Asset.objects.exists()
    assert not Category.objects.exists()


def test_a_tag_twice_in_the_file_names_both_lines(defaults: Defaults, clara: User) -> None:
    _file, result = preview(f"{CSV}a-1,Again,Cameras,1\n", defaults, clara)
    assert faults(result) == [(4, "tag", "line 2 has the same tag “a-1”")]


def test_another_lender_s_asset_is_not_taken_over(
    make: Make, defaults: Defaults, clara: User, bella: User
) -> None:
    make.asset(lender=bella, tag="A-1")
    _file, result = preview(CSV, defaults, clara)
    ((line, column, why),) = faults(result)
    assert (line, column) == (2, "tag")
    assert "is on an asset of Bella" in why
    # When nobody was chosen, what is there keeps its lender.
    nobody = Defaults(lender=None, currency="USD", tariff=defaults.tariff)
    assert bring_in("tag,name\nA-1,New\n", nobody, clara).count("update") == 1


def test_another_currency_needs_another_value(
    make: Make, defaults: Defaults, clara: User, lena: User
) -> None:
    make.asset(lender=lena, tag="A-1")
    _file, result = preview("tag,name,currency\nA-1,Camera,EUR\n", defaults, clara)
    assert faults(result) == [(2, "currency", "with another currency, the value must be given too")]


def test_a_new_category_needs_a_tariff(clara: User, lena: User) -> None:
    _file, result = preview(CSV, Defaults(lender=lena, currency="USD"), clara)
    assert {why for _line, _column, why in faults(result)} == {
        (
            "there is no category “Cameras”; choose the tariff of new categories, "
            "or add the category first"
        )
    }


def test_what_is_no_register_is_refused(defaults: Defaults, clara: User) -> None:
    with pytest.raises(FileUnreadable):
        preview(b"\x00", defaults, clara)
    assert not AssetImport.objects.exists()
