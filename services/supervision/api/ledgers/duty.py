"""Ledgers 台账 of patrols, of the help requested of communities (burden) and of handover sheets."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Sequence

from contracts.registry import PatrolPoint
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.spreadsheets import Cell, Column, Sheet, as_async_rows, with_definitions
from services.supervision.api.assists import BurdenLine
from services.supervision.domain.roster.shift_handover import SheetCase
from services.supervision.store.check_ins import TurnReport
from services.supervision.store.documents import SignedSheet
from services.supervision.store.turns import Activity

_ROUNDS = (
    Column("网格员", "Officer"),
    Column("编号", "Id"),
    Column(
        "班次开始",
        "Shift begins",
        "轮班时为实际在岗者（含替班）的班次",
        "Shift of the officer who was on duty, stand-ins included",
    ),
    Column("班次结束", "Shift ends"),
    Column("应巡点位", "Duty points", "班次开始时记下的点位数", "Number of points when the shift began"),
    Column("到过点位", "Points visited", "至少有一次有效签到的点位", "With at least one visit that counts"),
    Column(
        "应巡次数",
        "Visits due",
        "各点位应巡次数之和，与评价的巡查应完成数相同",
        "Sum over the points; the same as visits due in the score",
    ),
    Column(
        "完成次数",
        "Visits made",
        "每个点位最多计到应巡次数，与评价相同",
        "At each point at most the visits due, as in the score",
    ),
    Column("首次签到", "First visit"),
    Column("末次签到", "Last visit"),
    Column("签到时间", "Times of visits", "当地时间，按先后", "Local time, in order"),
    Column("未完成点位", "Points not done", "完成次数少于应巡次数的点位", "Points with fewer visits than due"),
    Column(
        "到岗时间",
        "Attended at",
        "班次内最先的签到、上报、核实或核查；没有即未到",
        "The first check-in, report, verification or recheck in the shift; empty if not attended",
    ),
    Column("到岗依据", "Attended by"),
)

_SEEN: dict[Activity, tuple[str, str]] = {
    "checked_in": ("签到", "check-in"),
    "reported": ("上报", "report"),
    "verified": ("核实", "verification"),
    "rechecked": ("核查", "recheck"),
}

_BURDEN = (
    Column("单位", "Unit"),
    Column("社区", "Community"),
    Column("事项", "Item", "准入清单中的事项", "Item of the admission list"),
    Column("请求", "Requests"),
    Column("人次", "Officers asked", "每名被请求的网格员计一次", "Each officer who was asked counts once"),
    Column("已办", "Done"),
    Column(
        "不办",
        "Refused",
        "网格员可以不办，须说明理由，不受处分",
        "Officers may refuse with a reason and are not punished",
    ),
    Column("已接受", "Accepted", "已接受、尚未办", "Accepted, not yet done"),
    Column("待答复", "Open"),
    Column("逾期未答", "Never answered"),
    Column(
        "小时",
        "Hours",
        "尚未办的预计与已办的实际之和",
        "Estimated hours of unfinished work plus hours spent on finished work",
    ),
    Column("实际小时", "Hours spent", "网格员答复的用时", "As the officers reported"),
    Column(
        "核定小时",
        "Hours granted",
        "清单每月小时数乘社区网格员人数",
        "Monthly hours of the list times the officers of the community",
    ),
)

_SHEETS = (
    Column("中心", "Centre"),
    Column("交接时间", "Change at"),
    Column("交班", "Outgoing shift", "按排班", "According to the roster"),
    Column("接班", "Incoming shift", "按排班", "According to the roster"),
    Column(
        "在办", "Open", "交接时本中心区域内未终结的案件", "Cases of the centre's area that had not ended at the change"
    ),
    Column("超期", "Overdue", "至少一个计时已到期", "With at least one overdue clock"),
    Column(
        "已承诺",
        "Promised",
        "交接后 24 小时内有承诺到期",
        "With a promise that is due within 24 hours after the change",
    ),
    Column("交班签字", "Handed over by"),
    Column("签字时间", "Handed over at"),
    Column("交班备注", "Note of the outgoing shift"),
    Column("接班签字", "Taken by"),
    Column("接班时间", "Taken at"),
    Column("接班备注", "Note of the incoming shift"),
)

_CASES = (
    Column("案件编号", "Case"),
    Column("类别", "Category", "未立案或保密的不写类别", "Empty for cases that are confidential or not filed"),
    Column("网格", "Grid"),
    Column("超期", "Overdue"),
    Column(
        "时限",
        "Due",
        "最先到期的在走计时，不含对诉求人的承诺",
        "Deadline of the running clock that is due first, without the promise to the reporter",
    ),
    Column(
        "承办",
        "Held by",
        "有在办派遣单的单位和有任务的网格员",
        "Units with an open dispatch, and the officer with a task",
    ),
    Column(
        "承诺到期",
        "Promise due",
        "交接后 24 小时内最先到期的承诺",
        "The first promise due within 24 hours after the change",
    ),
)


def of_rounds(rows: AsyncIterator[TurnReport], district: RegistrySnapshot, language: str) -> list[Sheet]:
    """Return the patrol ledger: one row per turn of an officer, ordered by the start of the turn."""
    english = language == "en"

    async def lines() -> AsyncIterator[Sequence[Cell]]:
        async for row in rows:
            officer = district.officers.get(row.officer_id)
            name = (officer.name_en if english else officer.name) if officer is not None else row.officer_id
            times = [at.astimezone(district.zone) for at in row.times]
            yield [
                name,
                row.officer_id,
                row.starts_at,
                row.ends_at,
                row.points,
                row.points_visited,
                row.due,
                row.visited,
                times[0] if times else None,
                times[-1] if times else None,
                " ".join(f"{at:%H:%M}" for at in times),
                _joined([_point(district.patrol_points.get(each), each, english) for each in row.not_done], english),
                row.seen_at,
                _SEEN[row.attended_by][english] if row.attended_by is not None else "",
            ]

    return with_definitions("巡查台账", "Rounds", _ROUNDS, lines(), language)


def of_burden(items: Iterable[BurdenLine], language: str) -> list[Sheet]:
    """Return the burden ledger: one row per unit, community and item of the admission list."""
    english = language == "en"
    rows: list[Sequence[Cell]] = [
        [
            *(
                (each.unit_name_en, each.community_name_en, each.name_en)
                if english
                else (each.unit_name, each.community_name, each.name)
            ),
            each.requests,
            each.shares,
            each.done,
            each.refused,
            each.accepted,
            each.open,
            each.lapsed,
            each.hours,
            each.hours_spent,
            each.hours_granted,
        ]
        for each in items
    ]
    return with_definitions("基层负担台账", "Burden", _BURDEN, as_async_rows(rows), language)


def of_sheets(found: Iterable[SignedSheet], language: str) -> list[Sheet]:
    """Return the ledger of handover sheets: one row per shift change of a centre, the latest first."""
    english = language == "en"
    rows: list[Sequence[Cell]] = [
        [
            each.sheet.centre_en if english else each.sheet.centre,
            each.sheet.changes_at,
            *(
                _joined([post.name_en if english else post.name for post in posts], english)
                for posts in (each.sheet.outgoing, each.sheet.incoming)
            ),
            each.sheet.open,
            each.sheet.overdue,
            each.sheet.promised,
            *(
                cell
                for signature in (each.signatures.get("outgoing"), each.signatures.get("incoming"))
                for cell in (
                    (signature.name, signature.at, signature.note) if signature is not None else (None, None, None)
                )
            ),
        ]
        for each in found
    ]
    return with_definitions("交接班台账", "Handovers", _SHEETS, as_async_rows(rows), language)


def of_sheet(found: SignedSheet, language: str) -> list[Sheet]:
    """Return the tables of one handover sheet: its open cases, the definitions of columns, and the sheet as one row."""
    rows = [_case(each, language == "en") for each in found.sheet.cases]
    cases, rules = with_definitions("交接班单", "Handover sheet", _CASES, as_async_rows(rows), language)
    whole, _ = of_sheets([found], language)
    return [cases, rules, whole]


def _case(case: SheetCase, english: bool) -> Sequence[Cell]:
    yes = "yes" if english else "是"
    return [
        case.case_number,
        case.category_en if english else case.category,
        case.grid_en if english else case.grid,
        yes if case.overdue else "",
        case.due_at,
        _joined([each.name_en if english else each.name for each in case.holders], english),
        min((each.at for each in case.promised), default=None),
    ]


def _point(point: PatrolPoint | None, point_id: str, english: bool) -> str:
    return (point.name_en if english else point.name) if point is not None else point_id


def _joined(names: Iterable[str], english: bool) -> str:
    return (", " if english else "、").join(names)
