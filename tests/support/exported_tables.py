"""Reading of exported ledgers (台账) in CSV and XLSX."""

from __future__ import annotations

import csv
import io
from typing import Any

import httpx
import openpyxl


async def ledger_rows(web: httpx.AsyncClient, path: str, **query: Any) -> list[dict[str, str]]:
    """Return the rows of the CSV. Check that the workbook has the same rows and explains each column."""
    answer = await web.get(f"{path}.csv", params=query)
    assert answer.status_code == 200, answer.text
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    book = openpyxl.load_workbook(io.BytesIO((await web.get(f"{path}.xlsx", params=query)).content))
    table, rules = book.worksheets[:2]
    head = [cell.value for cell in table[1]]
    assert not rows or head == list(rows[0])
    assert [cell.value for cell in rules["A"]][1:] == head, "each column is explained"
    assert table.max_row == len(rows) + 1
    return rows
