"""Ledger 台账 of hotline calls: their number and results by day and desk, without the callers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from services.chassis import spreadsheets
from services.chassis.auth import Caller, is_centre_staff
from services.chassis.context import Context
from services.chassis.months import MONTH, bounds_of, month_of
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.spreadsheets import Cell, Column, Sheet
from services.chassis.web import context, language, needs
from services.intake.api.calls import FIGURE_READERS
from services.intake.store import calls
from services.intake.store.calls import DeskDay

router = APIRouter(prefix="/api/intake", tags=["calls"])

RESULTS: dict[str, tuple[str, str]] = {
    "reported": ("已上报（未留案件）", "Reported, no case known"),
    "answered": ("直接答复", "Answered"),
    "progress_told": ("告知进度", "Told the status of a case"),
    "information_added": ("补充情况", "Added to a case"),
    "withdrawn": ("撤回", "Withdrew a case"),
    "transferred": ("转接", "Put through"),
    "nuisance": ("骚扰", "Nuisance"),
    "silent": ("无声", "Silent"),
    "wrong_number": ("拨错", "Wrong number"),
    "broken_off": ("中断", "Broken off"),
    "open": ("尚未登记结果", "No result yet"),
}
"""Result of a call without a linked report → its name in zh and en."""

_COLUMNS = (
    Column("日期", "Day", "来电当日，当地时间", "When the call came in, local time"),
    Column("热线号码", "Number called"),
    Column(
        "受理席",
        "Desk",
        "接电话的账号当时的名称，或热线系统的名称",
        "The name of the account at that time, or the hotline's own system",
    ),
    Column("账号", "Account", "账号，或热线系统的密钥", "The account, or the API key of the hotline's own system"),
    Column("来电", "Calls"),
    Column("有上报的来电", "Calls with a report"),
    Column(
        "上报",
        "Reports",
        "一次来电可以有多件上报；保密案件和举报不与来电关联，不计入",
        "One call can have several reports; tips and confidential reports are not linked to calls and not counted",
    ),
    Column(
        "无案件来电",
        "Calls without a report",
        "来电减去有上报的来电，结果见右侧各栏",
        "Calls minus calls with a report; their results are in the columns to the right",
    ),
    *(Column(zh, en) for zh, en in RESULTS.values()),
)


def call_sheets(days: Iterable[DeskDay], chosen: str) -> list[Sheet]:
    """Return the ledger as spreadsheet sheets, with one row for each day, hotline number and desk."""
    rows: list[Sequence[Cell]] = [
        [
            each.day,
            each.channel_number,
            each.name or each.desk,
            each.desk,
            each.calls,
            each.reporting,
            each.reports,
            each.calls - each.reporting,
            *(each.results.get(result, 0) for result in RESULTS),
        ]
        for each in days
    ]
    return spreadsheets.with_definitions("来电台账", "Calls", _COLUMNS, spreadsheets.as_async_rows(rows), chosen)


@router.get(
    "/calls/ledger.{form}",
    responses={**responses(*SIGNED_IN), **spreadsheets.FILE_RESPONSES},
    response_class=StreamingResponse,
)
async def call_ledger(
    form: spreadsheets.FileFormat,
    month: Annotated[str | None, Query(pattern=MONTH, description="`yyyy-mm`; without it this month.")] = None,
    ctx: Context = Depends(context),
    _: Caller = Depends(needs(*FIGURE_READERS, only=is_centre_staff)),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Export the calls of a month: for each day and desk the number of calls, their reports and their results."""
    zone = ctx.district.zone
    wanted = month or month_of(ctx.clock.now(), zone)
    sheets = call_sheets(await calls.by_day(ctx.database, *bounds_of(wanted, zone), str(zone)), chosen)
    return spreadsheets.download(form, f"{sheets[0].title}-{wanted}", sheets, zone)
