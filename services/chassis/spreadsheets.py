"""Tables for download as CSV (UTF-8 with BOM, so that Excel reads Chinese) and XLSX, written row by row.

No table is held in memory as a whole: CSV is streamed, and XLSX is written to a temporary file. No text becomes a
formula.
"""

from __future__ import annotations

import asyncio
import csv
import io
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

import xlsxwriter
from fastapi.responses import StreamingResponse
from starlette.responses import Content
from starlette.types import Send

FileFormat = Literal["xlsx", "csv"]
Cell = str | int | float | datetime | None

_MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_BATCH = 500
_CHUNK = 64 * 1024
MAX_ROWS = 1_000_000
"""Maximum number of rows of an XLSX sheet; the format allows few more. CSV has no maximum."""

FILE_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {kind: {"schema": {"type": "string", "format": "binary"}} for kind in ("text/csv", _MEDIA["xlsx"])},
        "description": "The ledger.",
    }
}
"""Value for `responses=` of a route that answers with a table."""

_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
"""First characters of a cell that spreadsheet programs evaluate (OWASP, CSV injection), and their full-width forms.

Excel and WPS with a Chinese, Japanese or Korean locale read the full-width forms as the ASCII characters.
"""
_CONTROL = ("\t", "\r", "\n", "\0", "\ufeff")


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a title; its rows arrive one by one."""

    title: str
    columns: Sequence[str]
    rows: AsyncIterable[Sequence[Cell]]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a ledger: the name in both languages, and an explanation if the name alone is unclear."""

    zh: str
    en: str
    explanation: str = ""
    explanation_en: str = ""


def with_definitions(
    zh: str, en: str, columns: Sequence[Column], rows: AsyncIterable[Sequence[Cell]], language: str
) -> list[Sheet]:
    """Return a table in the reader's language, and a second sheet that explains its columns."""
    english = language == "en"
    definitions = [[each.en, each.explanation_en] if english else [each.zh, each.explanation] for each in columns]
    return [
        Sheet(en if english else zh, [each.en if english else each.zh for each in columns], rows),
        Sheet("Definitions", ["Column", "What it says"], as_async_rows(definitions))
        if english
        else Sheet("说明", ["栏目", "含义"], as_async_rows(definitions)),
    ]


async def as_async_rows(rows: Iterable[Sequence[Cell]]) -> AsyncIterator[Sequence[Cell]]:
    """Yield rows that are already in memory."""
    for row in rows:
        yield row


def download(form: FileFormat, name: str, sheets: Sequence[Sheet], zone: ZoneInfo) -> StreamingResponse:
    """Return the sheets as a download called `name`; a CSV file has only the first sheet.

    Instants are in the district's zone.
    """
    body = render_csv(sheets[0], zone) if form == "csv" else render_xlsx(sheets, zone)
    headers = {
        "content-disposition": f"attachment; filename=\"ledger.{form}\"; filename*=UTF-8''{quote(name)}.{form}",
        "cache-control": "no-store",
    }
    return _Download(body, media_type=_MEDIA[form], headers=headers)


class _Download(StreamingResponse):
    """A streaming response that starts after the first rows were read.

    If reading them raises a `Problem`, the caller still gets the response of that problem.
    """

    async def stream_response(self, send: Send) -> None:
        pieces = aiter(self.body_iterator)
        first = await anext(pieces, b"")
        self.body_iterator = _beginning_with(first, pieces)
        await super().stream_response(send)


async def _beginning_with(first: Content, rest: AsyncIterator[Content]) -> AsyncIterator[Content]:
    yield first
    async for piece in rest:
        yield piece


async def render_csv(sheet: Sheet, zone: ZoneInfo) -> AsyncIterator[bytes]:
    """Yield the table as CSV, in pieces."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    buffer.write("\ufeff")
    writer.writerow(sheet.columns)
    async for batch in _batches(sheet.rows):
        writer.writerows([_text(cell, zone) for cell in row] for row in batch)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


async def render_xlsx(sheets: Sequence[Sheet], zone: ZoneInfo) -> AsyncIterator[bytes]:
    """Yield the tables as a workbook, in pieces. First row and first column stay visible while the reader scrolls."""
    with tempfile.TemporaryDirectory(prefix="gridloop-ledger-") as folder:
        file = Path(folder) / "ledger.xlsx"
        book: Any = xlsxwriter.Workbook(
            str(file),
            {
                "constant_memory": True,
                "tmpdir": folder,
                "strings_to_formulas": False,
                "strings_to_urls": False,
                "strings_to_numbers": False,
                "nan_inf_to_errors": True,
                "remove_timezone": True,
            },
        )
        formats = _Formats(
            book.add_format({"bold": True}),
            book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
            book.add_format({"quote_prefix": True}),
        )
        for sheet in sheets:
            await _fill(book.add_worksheet(sheet.title[:31]), sheet, zone, formats)
        await asyncio.to_thread(book.close)
        with closing(await asyncio.to_thread(file.open, "rb")) as stream:
            while piece := await asyncio.to_thread(stream.read, _CHUNK):
                yield piece


class _Formats(NamedTuple):
    """Cell formats of a workbook."""

    head: Any
    moment: Any
    quoted: Any
    """Keeps a text like `=1+1` plain text even after somebody edits its cell.

    `strings_to_formulas` alone protects a cell only until it is edited.
    """


async def _fill(page: Any, sheet: Sheet, zone: ZoneInfo, formats: _Formats) -> None:
    page.freeze_panes(1, 1)
    for place, name in enumerate(sheet.columns):
        page.set_column(place, place, max(10, min(len(name) * 2, 40)))
    page.write_row(0, 0, sheet.columns, formats.head)
    written = 0

    def write(batch: Sequence[Sequence[Cell]]) -> None:
        for offset, row in enumerate(batch, written + 1):
            for place, cell in enumerate(row):
                if isinstance(cell, datetime):
                    page.write_datetime(offset, place, cell.astimezone(zone), formats.moment)
                elif isinstance(cell, str):
                    page.write_string(offset, place, cell, formats.quoted if looks_like_formula(cell) else None)
                elif cell is not None:
                    page.write_number(offset, place, cell)

    async for batch in _batches(sheet.rows):
        if written + len(batch) > MAX_ROWS:
            page.write_string(
                written + 1, 0, "行数已到上限，其余请导出 CSV · a sheet cannot hold more rows: export the rest as CSV"
            )
            break
        await asyncio.to_thread(write, batch)
        written += len(batch)


async def _batches(rows: AsyncIterable[Sequence[Cell]]) -> AsyncIterator[list[Sequence[Cell]]]:
    batch: list[Sequence[Cell]] = []
    async for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _text(cell: Cell, zone: ZoneInfo) -> str:
    """Return the text of a cell in CSV. An apostrophe in front turns a formula into plain text."""
    if isinstance(cell, datetime):
        return f"{cell.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(cell, str):
        return f"'{cell}" if looks_like_formula(cell) else cell
    return "" if cell is None else str(cell)


def looks_like_formula(text: str) -> bool:
    """Return whether a spreadsheet program might evaluate the text, perhaps after it has dropped leading spaces."""
    return text.startswith(_CONTROL) or text.lstrip().startswith(_FORMULA)
