"""Ledgers 台账: a text is never a formula, instants are local, and what is long goes out in pieces."""

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
async def test_what_looks_like_a_formula_stays_a_text(text: str) -> None:
    """A reporter's words are data, whatever program opens the file."""
    read = list(csv.reader(io.StringIO((await bytes_of(render_csv(sheet([text, 1]), SHANGHAI))).decode("utf-8-sig"))))
    assert read[1] == [f"'{text}", "1"]
    made = openpyxl.load_workbook(io.BytesIO(await bytes_of(render_xlsx([sheet([text, 1])], SHANGHAI))))
    cell = made.worksheets[0]["A2"]
    assert (cell.data_type, cell.value.replace("_x000D_", "\r").strip()) == ("s", text.strip())
    assert cell.quotePrefix, "it stays a text when somebody edits the cell"


async def test_ordinary_texts_are_exported_as_they_are() -> None:
    for text in ("1+1=2", "井盖－破损", "a@b", ""):
        read = (await bytes_of(render_csv(sheet([text, 1]), SHANGHAI))).decode("utf-8-sig")
        assert list(csv.reader(io.StringIO(read)))[1] == [text, "1"]
        made = openpyxl.load_workbook(io.BytesIO(await bytes_of(render_xlsx([sheet([text, 1])], SHANGHAI))))
        assert not made.worksheets[0]["A2"].quotePrefix


async def test_instants_are_the_districts_and_nothing_is_nothing() -> None:
    read = (await bytes_of(render_csv(sheet([NOON, None]), SHANGHAI))).decode("utf-8-sig")
    assert read.splitlines()[1] == "2026-11-23 12:00,"
    made = openpyxl.load_workbook(io.BytesIO(await bytes_of(render_xlsx([sheet([NOON, None])], SHANGHAI))))
    assert [str(made.worksheets[0]["A2"].value), made.worksheets[0]["B2"].value] == ["2026-11-23 12:00:00", None]


async def test_long_tables_go_out_in_pieces_and_whole() -> None:
    rows = [[number, f"第{number}行"] for number in range(1201)]
    pieces = [piece async for piece in render_csv(sheet(*rows), SHANGHAI)]
    assert len(pieces) > 2, "not whole in memory"
    assert len(b"".join(pieces).splitlines()) == 1202


async def test_a_full_sheet_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Excel's rows end; the CSV's do not."""
    monkeypatch.setattr(spreadsheets, "_MOST_ROWS", 600)
    rows = [[number, ""] for number in range(1200)]
    made = openpyxl.load_workbook(io.BytesIO(await bytes_of(render_xlsx([sheet(*rows)], SHANGHAI))))
    assert "CSV" in str(made.worksheets[0].cell(made.worksheets[0].max_row, 1).value)
