"""Registers as django-import-export sees them: one resource for each source.

The library brings the loop, the transaction, the totals and the refusal as a whole. A row is taken
by our services and by nothing else, so that each leaves its history and its audit event.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import tablib
from django.core.exceptions import ValidationError
from django.db.models.functions import Upper
from django.utils.translation import gettext as _
from import_export import resources, results
from import_export.instance_loaders import BaseInstanceLoader

from apps.assets import services
from apps.assets.errors import AssetInvalid, TagTaken
from apps.assets.importing.rows import Reader, RowFaults
from apps.assets.importing.sources import (
    ASSETS_CSV,
    FIELDS,
    SHELF,
    SNIPE_IT,
    RegisterRow,
    Source,
)
from apps.assets.models import Asset
from apps.assets.states import Condition
from apps.common.money import format_amount

if TYPE_CHECKING:
    from apps.accounts.models import User


@dataclass(frozen=True)
class Change:
    """What a row does to one field; `old` is empty for a new asset."""

    label: str
    old: str
    new: str


class LineResult(results.RowResult):
    """What becomes of one row of the file."""

    def __init__(self) -> None:
        """Start with nothing."""
        super().__init__()
        self.line = 0
        self.tag = ""
        self.name = ""
        self.note = ""
        self.changes: list[Change] = []

    @property
    def shown_changes(self) -> list[Change]:
        """What a new asset gets, beyond the tag and the name that stand beside it."""
        return self.changes[2:]

    def facts(self) -> list[Any]:
        """Return what the preview shows, for comparing it with what the confirmation finds."""
        changes = [(change.label, change.old, change.new) for change in self.changes]
        return [self.line, self.import_type, self.tag, self.note, changes]


class RegisterResult(results.Result):
    """What becomes of the whole file."""

    def append_invalid_row(
        self,
        number: int,  # noqa: ARG002  (the library counts rows, people count lines)
        row: dict[str, Any],
        validation_error: ValidationError,
    ) -> None:
        """Name the line of the file, of which the header is the first."""
        super().append_invalid_row(row["line"], row, validation_error)

    @property
    def is_refused(self) -> bool:
        """Whether any row is wrong, so that nothing of the file goes in."""
        return bool(self.has_errors() or self.has_validation_errors())

    @property
    def digest(self) -> str:
        """A digest of what every row does."""
        facts = json.dumps([row.facts() for row in self.rows], ensure_ascii=False)
        return hashlib.sha256(facts.encode()).hexdigest()

    def count(self, kind: str) -> int:
        """Return how many rows are `new`, `update` or `skip`."""
        return int(self.totals[kind])


class RegisterResource(resources.Resource):
    """Takes the rows of one file into the register; used once."""

    source: Source

    class Meta:
        model = Asset
        instance_loader_class = BaseInstanceLoader
        import_id_fields = ()

    def __init__(self, *, reader: Reader, rows: Sequence[RegisterRow], actor: "User") -> None:
        """Know the assets that the file speaks of, and lock them."""
        super().__init__()
        self.reader = reader
        self.register_rows = rows
        self.actor = actor
        self.lines: dict[str, int] = {}
        self.new: list[tuple[Asset, RegisterRow, LineResult]] = []
        tags = {row.cells.get("tag", "").upper() for row in rows}
        known = (
            Asset.objects.locked()
            .alias(upper_tag=Upper("tag"))
            .filter(upper_tag__in=tags)
            .select_related("category", "lender", "tariff")
        )
        self.assets = {asset.tag.upper(): asset for asset in known}

    @classmethod
    def get_display_name(cls) -> str:
        """Return the name of the program that the file is from."""
        return str(cls.source.label)

    @classmethod
    def get_result_class(cls) -> type[RegisterResult]:
        """Use ours."""
        return RegisterResult

    @classmethod
    def get_row_result_class(cls) -> type[LineResult]:
        """Use ours."""
        return LineResult

    def run(self, *, is_preview: bool) -> RegisterResult:
        """Take every row, or nothing when any of them is wrong or it is only a preview."""
        data = tablib.Dataset(headers=["line"])
        data.extend([row.line] for row in self.register_rows)
        result: RegisterResult = self.import_data(
            data, dry_run=is_preview, rollback_on_validation_errors=True
        )
        return result

    def import_row(
        self, _row: dict[str, Any], _instance_loader: object, **options: Any
    ) -> LineResult:
        """Take one row."""
        row = self.register_rows[options["row_number"] - 1]
        result = self.get_row_result_class()()
        result.line = row.line
        result.tag, result.name = row.cells.get("tag", ""), row.cells.get("name", "")
        if row.left_out:
            result.import_type, result.note = result.IMPORT_TYPE_SKIP, row.left_out
            return result
        try:
            self._take(row, result)
        except RowFaults as refusal:
            result.import_type = result.IMPORT_TYPE_INVALID
            result.validation_error = ValidationError(
                {row.columns.get(name, name): reasons for name, reasons in refusal.faults.items()}
            )
        return result

    def after_import(self, _dataset: object, result: RegisterResult, **_options: Any) -> None:
        """Register what is new together: one by one, ten thousand would take a minute."""
        if result.is_refused:
            return
        try:
            services.register_all([asset for asset, _row, _of in self.new], actor=self.actor)
        except TagTaken as refusal:
            self._refuse_taken(refusal, result)

    def _refuse_taken(self, refusal: TagTaken, result: RegisterResult) -> None:
        """Name the rows whose tags somebody else has registered since the file was read."""
        tags = {asset.tag.upper() for asset, _row, _of in self.new}
        upper = Asset.objects.annotate(upper_tag=Upper("tag"))
        taken = set(upper.filter(upper_tag__in=tags).values_list("upper_tag", flat=True))
        for asset, row, line in self.new:
            if asset.tag.upper() in taken:
                line.import_type = line.IMPORT_TYPE_INVALID
                line.validation_error = ValidationError({row.columns["tag"]: refusal.faults["tag"]})
                result.append_invalid_row(row.line, {"line": row.line}, line.validation_error)

    def _take(self, row: RegisterRow, result: LineResult) -> None:
        tag = row.cells.get("tag", "").upper()
        if tag and self.lines.setdefault(tag, row.line) != row.line:
            same = _("line {line} has the same tag “{tag}”").format(
                line=self.lines[tag], tag=row.cells["tag"]
            )
            raise RowFaults({"tag": [same]})
        existing = self.assets.get(tag)
        taken = self.reader.read(row, existing)
        before = _shown(existing)
        try:
            if existing:
                asset = services.change(existing.pk, actor=self.actor, **taken)
            else:
                asset = services.unregistered(**taken)
                self.new.append((asset, row, result))
        except AssetInvalid as refusal:
            raise RowFaults({k: list(v) for k, v in refusal.faults.items()}) from None
        after = _shown(asset)
        result.tag, result.name = asset.tag, asset.name
        result.changes = [
            Change(label, before.get(label, ""), after[label])
            for label in after
            if before.get(label, "") != after[label]
        ]
        if existing is None:
            result.import_type = result.IMPORT_TYPE_NEW
        elif result.changes:
            result.import_type = result.IMPORT_TYPE_UPDATE
        else:
            result.import_type, result.note = result.IMPORT_TYPE_SKIP, _("Nothing changes.")


def _shown(asset: Asset | None) -> dict[str, str]:
    """Return the fields as the preview shows them, by their labels."""
    if asset is None:
        return {}
    shown: dict[str, str] = {}
    for name in FIELDS:
        field: Any = Asset._meta.get_field(name)
        shown[str(field.verbose_name)] = _text(name, getattr(asset, name), asset)
    return shown


def _text(name: str, value: object, asset: Asset) -> str:
    match value:
        case None:
            return ""
        case int() if name == "value":
            return format_amount(value, asset.currency)
        case date():
            return value.isoformat()
        case _ if name == "condition":
            return str(Condition(str(value)).label)
        case _:
            return str(value)


class AssetsCsv(RegisterResource):
    """Our own format, also that of an export."""

    source = ASSETS_CSV


class SnipeIt(RegisterResource):
    """What Snipe-IT exports and its samples."""

    source = SNIPE_IT


class Shelf(RegisterResource):
    """What Shelf exports."""

    source = SHELF


RESOURCES = {resource.source.slug: resource for resource in (AssetsCsv, SnipeIt, Shelf)}
