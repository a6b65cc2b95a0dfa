"""CSV as PostgreSQL writes it: UTF-8, RFC 4180, with a header, streamed into a file.

Separator and byte-order mark are options of the run.

Amounts are plain decimals of whole units, moments ISO 8601 with their offset from UTC. A text that
a spreadsheet would run as a formula gets an apostrophe before it. Lines end with CR LF, also those
inside a cell. Rows pass through memory one buffer at a time.
"""

import codecs
import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.db import connection

from apps.common.decimals import decimal_sql
from apps.common.formulas import guarded_sql
from apps.reports.columns import Column, Kind
from apps.reports.options import USUAL, Options
from apps.reports.report import Query

_BUFFER = 256 * 1024
_MOMENT = 'YYYY-MM-DD"T"HH24:MI:SSTZH:TZM'


@dataclass(frozen=True)
class WrittenFile:
    """A finished file and its proof."""

    path: Path
    size: int
    sha256: str
    page_count: int | None = None


class _Sink:
    """A file whose digest is made on the way into it."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()

    def take(self, buffer: bytearray) -> None:
        """Write what the buffer holds, and empty it."""
        data = buffer.replace(b"\n", b"\r\n")
        self.digest.update(data)
        self.file.write(data)
        buffer.clear()


def write(
    path: Path,
    columns: Sequence[Column],
    query: Query,
    *,
    progress: Callable[[int], None],
    options: Options = USUAL,
) -> WrittenFile:
    """Write the rows of `query` into `path`, saying after each buffer how many there are."""
    row_count = -1  # the header comes first
    buffer = bytearray(codecs.BOM_UTF8 if options.has_bom else b"")
    with path.open("wb") as file, connection.cursor() as cursor:
        sink = _Sink(file)
        _write_moments_in(settings.TIME_ZONE)
        with (
            connection.wrap_database_errors,
            cursor.copy(_copy(columns, query, options), query.parameters) as rows,
        ):
            for row in rows:
                buffer += row
                row_count += 1
                if len(buffer) >= _BUFFER:
                    sink.take(buffer)
                    progress(row_count)
        sink.take(buffer)
        progress(row_count)
        _write_moments_in("UTC")  # as Django expects to read them
    return WrittenFile(path, path.stat().st_size, sink.digest.hexdigest())


def _write_moments_in(zone: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('TimeZone', %s, true)", [zone])


def _copy(columns: Sequence[Column], query: Query, options: Options) -> str:
    names = ", ".join(_quoted(column.key) for column in columns)
    cells = ", ".join(
        f"{_cell(column)} AS {_quoted(str(column.title))}"
        for column in columns
        if column.kind is not Kind.KEY
    )
    return (
        f"COPY (SELECT {cells} FROM ({query.sql}) AS answer ({names})) "  # noqa: S608  (our own names)
        f"TO STDOUT WITH (FORMAT csv, HEADER, DELIMITER E'{options.separator}')"
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""').replace("%", "%%") + '"'


def _cell(column: Column) -> str:
    name = _quoted(column.key)
    match column.kind:
        case Kind.TEXT:
            return guarded(name)
        case Kind.MOMENT:
            return f"to_char({name}, '{_MOMENT}')"
        case Kind.AMOUNT:
            return decimal_sql(name)
        case Kind.DATE | Kind.COUNT | Kind.DECIMAL | Kind.KEY:
            return name


def guarded(name: str) -> str:
    """Return SQL that keeps a text a text when a spreadsheet opens it."""
    text = guarded_sql(name)
    plain = rf"replace(replace({text}, E'\r\n', E'\n'), E'\r', E'\n')"
    return rf"CASE WHEN strpos({name}, E'\r') > 0 THEN {plain} ELSE {text} END"
