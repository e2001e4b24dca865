"""Export of the case ledger 案件台账: a filtered list of cases, of any length, as `.xlsx` or `.csv`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse

from contracts import labels
from contracts.board import Card
from contracts.timeline import Text
from services.chassis import spreadsheets
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.spreadsheets import Cell, Sheet
from services.chassis.web import language
from services.tracking.api.filters import CaseQuery, SearchTooShort
from services.tracking.api.viewer import Viewer, current_viewer
from services.tracking.domain.card import card
from services.tracking.domain.summary import Summary
from services.tracking.store import case_lists
from services.tracking.store.columns import UNKNOWN_TIME

router = APIRouter(prefix="/api/tracking", tags=["cases"])

_PAGE = 500


_TITLE = Text("案件台账", "Cases")

COLUMNS: tuple[Text, ...] = (
    Text("案件编号", "Case"),
    Text("上报时间", "Reported"),
    Text("来源", "Channel"),
    Text("类别", "Category"),
    Text("摘要", "Summary"),
    Text("社区", "Community"),
    Text("网格", "Grid"),
    Text("环节", "Stage"),
    Text("状态", "Status"),
    Text("灯色", "Light"),
    Text("当前时限", "Due"),
    Text("责任单位", "Units"),
    Text("结案时间", "Closed"),
    Text("突发", "Emergency"),
    Text("演练", "Exercise"),
)
"""Columns of the ledger. For a confidential case, columns that the case's card leaves out are empty."""


@router.get(
    "/cases.{form}",
    responses={**responses(*SIGNED_IN, SearchTooShort), **spreadsheets.FILE_RESPONSES},
    response_class=StreamingResponse,
)
async def export_cases(
    form: spreadsheets.FileFormat,
    query: CaseQuery,
    viewer: Viewer = Depends(current_viewer),
    chosen: str = Depends(language),
) -> StreamingResponse:
    """Export all cases that match the filters, newest report first. `limit` is ignored."""
    filters = query.to_filter(viewer.names.zone)
    english = chosen == "en"

    async def rows() -> AsyncIterator[Sequence[Cell]]:
        after = query.after()
        while found := await case_lists.list_cases(viewer.database, viewer.scope, filters, after, _PAGE):
            for each in found:
                yield row_of(card(each.case_id, each.case, viewer.names), each.case, viewer, english=english)
            if len(found) < _PAGE:
                return
            after = found[-1].case.reported_at or UNKNOWN_TIME, found[-1].case_id

    sheet = Sheet(
        _in_language(_TITLE, english=english), [_in_language(each, english=english) for each in COLUMNS], rows()
    )
    return spreadsheets.download(form, sheet.title, [sheet], viewer.names.zone)


def row_of(shown: Card, case: Summary, viewer: Viewer, *, english: bool) -> list[Cell]:
    """Return a case as a row of the ledger."""

    def word(value: str, words: labels.Labels) -> str:
        return words.get(value, (value, value))[english]

    def yes(holds: bool) -> str:
        return ("yes" if english else "是") if holds else ""

    names = viewer.names
    confidential = "confidential" if english else "保密"
    category = (shown.category.name_en if english else shown.category.name) if shown.category else ""
    return [
        shown.case_number,
        shown.reported_at,
        word(shown.channel, labels.CHANNELS),
        confidential if shown.confidential else category,
        shown.title or "",
        _in_language(names.community(shown.community), english=english) if shown.community else "",
        _in_language(names.grid(shown.grid_code), english=english) if shown.grid_code else "",
        word(shown.stage, labels.STAGES),
        word(shown.status, labels.STATUSES),
        word(shown.light, {**labels.LIGHTS, "none": ("", "")}),
        shown.due_at,
        "、".join(unit.name_en if english else unit.name for unit in shown.units),
        case.closed_at,
        yes(shown.emergency),
        yes(shown.mode != "actual"),
    ]


def _in_language(text: Text, *, english: bool) -> str:
    return text.en if english else text.zh
