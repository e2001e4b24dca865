"""`/api/tracking/cases.xlsx` and `.csv`: the case ledger 案件台账, a filtered list as a table, however long it is."""

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
from services.tracking.api.asking import Asked, SearchTooShort
from services.tracking.api.viewing import Viewer, viewer
from services.tracking.domain.card import card
from services.tracking.domain.summary import Summary
from services.tracking.store import pages
from services.tracking.store.columns import UNKNOWN

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
"""Of the table; a confidential case fills only those that its card shows."""


@router.get(
    "/cases.{form}",
    responses={**responses(*SIGNED_IN, SearchTooShort), **spreadsheets.FILE_RESPONSES},
    response_class=StreamingResponse,
)
async def export_cases(
    form: spreadsheets.FileFormat, asked: Asked, seen_by: Viewer = Depends(viewer), chosen: str = Depends(language)
) -> StreamingResponse:
    """The whole list with these filters, newest report first, as far as the caller may see it; `limit` is not looked at."""
    wanted = asked.to_filter(seen_by.names.zone)
    english = chosen == "en"

    async def rows() -> AsyncIterator[Sequence[Cell]]:
        after = asked.after()
        while found := await pages.page(seen_by.database, seen_by.scope, wanted, after, _PAGE):
            for each in found:
                yield row(card(each.case_id, each.case, seen_by.names), each.case, seen_by, english=english)
            if len(found) < _PAGE:
                return
            after = found[-1].case.reported_at or UNKNOWN, found[-1].case_id

    sheet = Sheet(_pick(_TITLE, english=english), [_pick(each, english=english) for each in COLUMNS], rows())
    return spreadsheets.download(form, sheet.title, [sheet], seen_by.names.zone)


def row(shown: Card, case: Summary, seen_by: Viewer, *, english: bool) -> list[Cell]:
    """A case as a line of the ledger: what its card shows, in words."""

    def word(value: str, words: labels.Labels) -> str:
        return words.get(value, (value, value))[english]

    def yes(holds: bool) -> str:
        return ("yes" if english else "是") if holds else ""

    names = seen_by.names
    confidential = "confidential" if english else "保密"
    category = (shown.category.name_en if english else shown.category.name) if shown.category else ""
    return [
        shown.case_number,
        shown.reported_at,
        word(shown.channel, labels.CHANNELS),
        confidential if shown.confidential else category,
        shown.title or "",
        _pick(names.community(shown.community), english=english) if shown.community else "",
        _pick(names.grid(shown.grid_code), english=english) if shown.grid_code else "",
        word(shown.stage, labels.STAGES),
        word(shown.status, labels.STATUSES),
        word(shown.light, {**labels.LIGHTS, "none": ("", "")}),
        shown.due_at,
        "、".join(unit.name_en if english else unit.name for unit in shown.units),
        case.closed_at,
        yes(shown.emergency),
        yes(shown.mode != "actual"),
    ]


def _pick(text: Text, *, english: bool) -> str:
    return text.en if english else text.zh
