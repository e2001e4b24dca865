"""Ledgers 台账 as CSV and XLSX: no text becomes a formula, times are local, long tables are streamed."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime

import openpyxl
import pytest

from contracts.clocks.calendar import SHANGHAI
from services.chassis import spreadsheets
from services.chassis.spreadsheets import Cell, Sheet, render_csv, render_xlsx

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


def sheet(*rows: Sequence[Cell]) -> Sheet:
    async def each() -> AsyncIterator[Sequence[Cell]]:
        for row in rows:
            yield row

    return Sheet("台账", ["甲", "乙"], each())


async def bytes_of(pieces: AsyncIterator[bytes]) -> bytes:
    return b"".join([piece async for piece in pieces])


FORMULAS = (
    "=1+1",
    "+86",
    "-1",
    "@SUM(A1)",
    "\tx",
    "\r=1",
    "\n=1",
    "＝1+1",
    "＋86",
    "－1",
    "＠SUM(A1)",
    " =1+1",
    "\u3000＝1",
    "\ufeff=1",
)


@pytest.mark.parametrize("text", FORMULAS)
async def test_a_text_that_looks_like_a_formula_stays_a_text(text: str) -> None:
    """A reporter's words are data, whatever program opens the file."""
    read = list(csv.reader(io.StringIO((await bytes_of(render_csv(sheet([text, 1]), SHANGHAI))).decode("utf-8-sig"))))
    assert read[1] == [f"'{text}", "1"]
    workbook = openpyxl.load_workbook(io.BytesIO(await bytes_of(render_xlsx([sheet([text, 1])], SHANGHAI))))
    cell = workbook.worksheets[0]["A2"]
    assert (cell.data_type, cell.value.replace("_x000D_", "\r").strip()) == ("s", text.strip())
    assert cell.quotePrefix, "it stays a text when somebody edits the cell"


async def test_an_ordinary_text_is_exported_unchanged() -> None:
    for text in ("1+1=2", "井盖－破损", "a@b", ""):
        read = (await bytes_of(render_csv(sheet([text, 1]), SHANGHAI))).decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(read)))[1] == [text, "1"]
        workbook = openpyxl.load_workbook(io.BytesIO(await bytes_of(render_xlsx([sheet([text, 1])], SHANGHAI))))
        assert not workbook.worksheets[0]["A2"].quotePrefix


async def test_times_are_local_and_none_is_an_empty_cell() -> None:
    read = (await bytes_of(render_csv(sheet([NOON, None]), SHANGHAI))).decode("utf-8-sig")
    assert read.splitlines()[1] == "2026-11-23 12:00,"
    workbook = openpyxl.load_workbook(io.BytesIO(await bytes_of(render_xlsx([sheet([NOON, None])], SHANGHAI))))
    assert [str(workbook.worksheets[0]["A2"].value), workbook.worksheets[0]["B2"].value] == [
        "2026-11-23 12:00:00",
        None,
    ]


async def test_a_long_table_is_streamed_completely() -> None:
    rows = [[number, f"第{number}行"] for number in range(1201)]
    pieces = [piece async for piece in render_csv(sheet(*rows), SHANGHAI)]
    assert len(pieces) > 2, "not whole in memory"
    assert len(b"".join(pieces).splitlines()) == 1202


async def test_an_xlsx_sheet_that_is_cut_off_points_to_the_csv(monkeypatch: pytest.MonkeyPatch) -> None:
    """The number of rows of an XLSX sheet is limited; that of a CSV file is not."""
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 600)
    rows = [[number, ""] for number in range(1200)]
    workbook = openpyxl.load_workbook(io.BytesIO(await bytes_of(render_xlsx([sheet(*rows)], SHANGHAI))))
    assert "CSV" in str(workbook.worksheets[0].cell(workbook.worksheets[0].max_row, 1).value)
