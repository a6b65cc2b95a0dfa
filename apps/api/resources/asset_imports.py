"""Asset registers that come as files: previewed, then imported whole or not at all, once."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import File, UploadedFile
from pydantic import ConfigDict, Field

from apps.accounts.models import User
from apps.api.finding import referred
from apps.api.request import ApiRequest
from apps.api.resource import Answer, Resource
from apps.api.schemas import Currency, In, Out, Reference, example
from apps.api.shapes import choices
from apps.api.shapes.tickets import Nothing
from apps.assets.importing import services
from apps.assets.importing.reading import LIMITS
from apps.assets.importing.resources import LineResult, RegisterResult
from apps.assets.importing.rows import Defaults
from apps.assets.importing.sources import FIELDS, Counted
from apps.assets.models import AssetImport, Category, Tariff
from apps.common.sheets import refuse_large

router = Resource(tags=["assets"])

Source = Literal["assets", "snipe-it", "shelf"]
_COLUMNS = ", ".join(name for name in FIELDS if name not in {"tag", "name"})
_File = Annotated[UploadedFile, File()]


class Importing(In):
    """Where the file is from, and what holds where it says nothing."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(lender=9, currency="EUR", category=3)
    )

    source: Source = Field(
        default="assets",
        description="where the file is from: `assets` is ours, with the columns tag and name, and "
        f"any of {_COLUMNS}; `snipe-it` and `shelf` are exports of those products as they come",
    )
    currency: Currency
    lender: Reference | None = Field(
        default=None, description="id of a person; needed where rows name none"
    )
    category: Reference | None = Field(
        default=None, description="id; for rows that name no category"
    )
    tariff: Reference | None = Field(
        default=None, description="id; of categories that are new. Without it they are refused"
    )
    value: str = Field(
        default="",
        max_length=30,
        pattern=r"^[0-9]{0,15}(\.[0-9]{1,4})?$",
        description="of rows that tell none; as in the file, in major units, such as 1250.00",
    )
    counted: choices.Counted = Field(
        default=Counted.SPLIT,
        description="rows of `shelf` that count a quantity: `split` makes an asset of each unit "
        "that comes back, `leave_out` leaves such rows out, `refuse` refuses the file",
    )


class ChangeOut(Out):
    """What a row does to one field."""

    field: str
    before: str
    after: str


class RowOut(Out):
    """What becomes of one row of the file."""

    line: int
    tag: str
    name: str
    outcome: Literal["new", "update", "skip", "invalid"]
    faults: list[str] = Field(description="why it cannot go in")
    changes: list[ChangeOut]


class ImportOut(Out):
    """What importing a file does, or did."""

    model_config = ConfigDict(
        json_schema_extra=example(
            key="0b0d2f0c-6d5e-4a52-9f5e-0f5e6f0c6a11",
            file_name="register.csv",
            is_refused=False,
            is_imported=False,
            created=1,
            updated=0,
            unchanged=0,
            new_categories=[],
            rows=[
                {
                    "line": 2,
                    "tag": "CAM-7",
                    "name": "Camera",
                    "outcome": "new",
                    "faults": [],
                    "changes": [],
                }
            ],
        )
    )

    key: UUID = Field(description="names the preview, for a day")
    file_name: str
    is_refused: bool = Field(description="a row is wrong, so nothing of the file goes in")
    is_imported: bool
    created: int
    updated: int
    unchanged: int
    new_categories: list[str]
    rows: list[RowOut]

    @classmethod
    def of(cls, kept: AssetImport, result: RegisterResult) -> "ImportOut":
        """Return what becomes of each row."""
        faults = {row.number: row.error for row in result.invalid_rows}
        return cls(
            key=kept.key,
            file_name=kept.file_name,
            is_refused=result.is_refused,
            is_imported=kept.imported_at is not None,
            created=result.count("new"),
            updated=result.count("update"),
            unchanged=result.count("skip"),
            new_categories=list(result.new_categories),
            rows=[_row(row, faults.get(row.line)) for row in result.rows],
        )


def _row(row: LineResult, error: object) -> RowOut:
    return RowOut(
        line=row.line,
        tag=row.tag,
        name=row.name,
        outcome=row.import_type,
        faults=list(getattr(error, "messages", ())),
        changes=[ChangeOut(field=one.label, before=one.old, after=one.new) for one in row.changes],
    )


@router.does("/asset-imports", scope="assets:write", gives=ImportOut, status=201)
def preview_import(request: ApiRequest, body: Importing, file: _File) -> Answer:
    """Tell what importing a register would do; nothing is imported yet.

    A form (`multipart/form-data`): `body` is the JSON, `file` a CSV in UTF-8 of at most 5 MB and
    10,000 rows. To import it, `POST /asset-imports/{key}/carry-out`. A row that is wrong refuses
    the file as a whole, so a program that imports again after a correction makes nothing twice.
    """
    request.user.require("assets.import_asset")
    refuse_large(file.size or 0, LIMITS)
    kept, result = services.preview(
        content=file.read(),
        file_name=file.name or "",
        source=body.source,
        defaults=_defaults(body),
        actor=request.user,
    )
    return Answer(ImportOut.of(kept, result), status=201)


@router.does("/asset-imports/{key}/carry-out", scope="assets:write", gives=ImportOut)
def carry_out_import(request: ApiRequest, key: UUID, body: Nothing) -> ImportOut:
    """Import the file that you have previewed, if it still does what the preview showed.

    Otherwise nothing is imported, `is_imported` is false, and the answer tells what it would do
    now: look at it, and carry it out again.
    """
    return ImportOut.of(*services.carry_out(key, actor=request.user))


def _defaults(body: Importing) -> Defaults:
    lender = category = tariff = None
    if body.lender is not None:
        lender = referred(User.objects.filter(is_system=False), body.lender, field="lender")
    if body.category is not None:
        category = referred(Category.objects.all(), body.category, field="category")
    if body.tariff is not None:
        tariff = referred(Tariff.objects.all(), body.tariff, field="tariff")
    return Defaults(
        lender=lender,
        currency=body.currency,
        category=category,
        tariff=tariff,
        value=body.value,
        counted=body.counted,
    )
