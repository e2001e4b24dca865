"""The table of all figures, by kind of subject."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.figures.deadlines import CLOSING, HANDLING, SAFETY, SETTLEMENT, SIGNING
from contracts.figures.meaning import Meaning, Subject
from contracts.figures.shared_figures import (
    CONTACTS,
    DECISIONS,
    EMERGENCIES,
    FEEDBACK,
    FILINGS,
    GRANTED,
    HANDED_OVER,
    HANDLED,
    PENDING,
    QUESTIONS,
    REQUESTS_BY_HAND,
    REWORKED,
    TASK_FIGURES,
    adverse,
    by_deadline,
    by_shift,
    deadline_figures,
    standing,
)

_AREA: Mapping[str, Meaning] = {
    "reported": Meaning("上报数", "Reports"),
    "reported_patrol": Meaning("网格巡查上报数", "Reports of officers, patrols, lane leads and helpers"),
    "reported_public": Meaning("公众举报数", "Reports of the public"),
    "reported_camera": Meaning("视频上报数", "Reports of cameras"),
    "reported_organisations": Meaning(
        "部门、应急与上级转来数", "Reports of departments, emergency services and the upstream platform"
    ),
    "split": Meaning("拆分数", "Cases split off"),
    "filed": Meaning("立案数", "Cases filed"),
    "filed_public": Meaning("公众举报立案数", "Cases filed from reports of the public"),
    "voided": Meaning("作废数", "Cases voided"),
    "repeat_filed": adverse("重复立案数", "Cases filed again"),
    "not_filed": Meaning("不予立案数", "Not filed"),
    "answered": Meaning("直接办结数", "Answered at once"),
    "settled": Meaning("自行处置通过数", "Settlements approved"),
    **FILINGS,
    **DECISIONS,
    "dispatched": Meaning("派遣数", "Dispatches sent"),
    "wrong_dispatch": adverse("错误派遣数", "Wrong dispatches"),
    **deadline_figures(
        CLOSING,
        ("应结案数", "Closings due"),
        ("按期结案数", "Closed on time"),
        ("超期结案数", "Closings overdue"),
        "due_closed",
        "pending_closing_overdue",
    ),
    "due_closed": by_deadline("应结已结数", "Closings due that were made"),
    "closed": Meaning("结案数", "Cases closed"),
    "forced": adverse("强制结案数", "Cases closed by force"),
    "recheck_passed": Meaning("核查通过数", "Rechecks passed"),
    "recheck_failed": adverse("核查不通过数", "Rechecks failed"),
    **REWORKED,
    "return_requested": Meaning("申请退单数", "Returns requested"),
    "return_accepted": Meaning("准予退单数", "Returns accepted"),
    "return_refused": Meaning("驳回退单数", "Returns refused"),
    "return_requested_again": adverse("推诿数", "Returns requested again after a refusal"),
    **GRANTED,
    "called_back": Meaning("回访数", "Call-backs made"),
    "supervision_orders_in_house": Meaning(
        "督办本级数", "Supervision orders inside the centre", adverse=True, measures_time=True
    ),
    **PENDING,
    **CONTACTS,
    **HANDLED,
    **EMERGENCIES,
    **FEEDBACK,
}

FIGURES: Mapping[Subject, Mapping[str, Meaning]] = {
    "officer": {
        "patrol_due": by_shift("应巡点次", "Patrol visits due"),
        "patrol_visited": by_shift("实巡点次", "Patrol visits made"),
        "points_due": by_shift("责任巡查点数", "Patrol points of the duty area"),
        "points_visited": by_shift("到过的巡查点数", "Patrol points visited at least once"),
        "shift_due": by_shift("应到班次", "Shifts planned"),
        "shift_attended": by_shift("实到班次", "Shifts attended"),
        "reported": Meaning("上报数", "Reports"),
        "filed": Meaning("立案数", "Reports filed"),
        "attached": Meaning("并入他案数", "Reports attached to other cases"),
        "grid_filed": Meaning("责任网格可巡查发现立案数", "Cases in the duty grid that a patrol can discover"),
        "discovered": Meaning("其中本人发现数", "Of these, discovered by the officer"),
        "settleable": Meaning("可自行处置数", "Cases that could be settled on the spot"),
        "settled": Meaning("自行处置通过数", "Settlements approved"),
        "settlement_refused": adverse("自行处置未通过数", "Settlements refused", "settleable"),
        "settlement_reopened": adverse("自行处置重新打开数", "Settlements reopened", "settleable"),
        "sample_passed": Meaning("抽查通过数", "Sampled settlements confirmed"),
        "sample_failed": adverse("抽查不通过数", "Sampled settlements not confirmed", "settleable"),
        "supervision_orders": Meaning("督办数", "Supervision orders", adverse=True, measures_time=True),
        **TASK_FIGURES,
    },
    "intake_clerk": {
        "filed": Meaning("立案数", "Cases filed"),
        "not_filed": Meaning("不予立案数", "Not filed"),
        "answered": Meaning("直接办结数", "Answered at once"),
        "called_back": Meaning("回访数", "Call-backs made"),
        **FILINGS,
        "misfiled": adverse("立案差错数", "Wrong filings"),
        **REQUESTS_BY_HAND,
        **TASK_FIGURES,
        **deadline_figures(
            SETTLEMENT,
            ("应审批自行处置数", "Settlements to decide"),
            ("按时审批数", "Settlements decided on time"),
            ("超时审批数", "Settlements decided late"),
        ),
    },
    "shift_lead": {
        "closed_by_hand": Meaning("人工结案数", "Cases closed by hand"),
        **deadline_figures(
            CLOSING,
            ("人工结案到期数", "Closings by hand due"),
            ("人工按期结案数", "Closed by hand on time"),
            ("人工超期结案数", "Closed by hand late"),
        ),
        "voided": Meaning("作废数", "Cases voided"),
        **QUESTIONS,
    },
    "dispatcher": {
        "decided": Meaning("人工派遣数", "Dispatch decisions by hand"),
        **DECISIONS,
        "wrong_dispatch": adverse("错误派遣数", "Wrong dispatches"),
        "returns_accepted": Meaning("准予退单数", "Returns accepted"),
        "returns_refused": Meaning("驳回退单数", "Returns refused"),
        "refused_wrongly": adverse("驳回后又准予数", "Returns refused and accepted later"),
        "reminders_sent": Meaning("人工催办数", "Reminders by hand"),
        "supervision_orders_given": Meaning("人工督办数", "Supervision orders by hand"),
        **QUESTIONS,
    },
    "unit": {
        "dispatched": Meaning("派遣数", "Dispatches received"),
        "pending_handling": standing("待处置数", "Dispatches in progress"),
        "pending_handling_overdue": standing("超期未处置数", "Overdue dispatches in progress", measures_time=True),
        **deadline_figures(
            SIGNING,
            ("应签收数", "Acknowledgements due"),
            ("按时签收数", "Acknowledged on time"),
            ("签收超期数", "Acknowledgements overdue"),
        ),
        **CONTACTS,
        **HANDLED,
        "repeat_completed": adverse("重复立案处置数", "Completions of cases filed again"),
        **deadline_figures(
            HANDLING,
            ("应处置数", "Completions due"),
            ("按期处置数", "Completed on time"),
            ("超期数", "Completions overdue"),
            SAFETY.missed,
            "due_completed",
            "pending_handling_overdue",
        ),
        "due_completed": by_deadline("应处置已处置数", "Completions due that were made"),
        "return_requested": Meaning("申请退单数", "Returns requested"),
        "dispatches_returned": Meaning("申请退单单数", "Dispatches with a requested return"),
        "return_accepted": Meaning("准予退单数", "Returns accepted"),
        "return_refused": adverse("驳回退单数", "Returns refused"),
        "return_requested_again": adverse("推诿数", "Returns requested again after a refusal"),
        "recheck_passed": Meaning("核查通过数", "Rechecks passed"),
        "recheck_failed": adverse("核查不通过数", "Rechecks failed"),
        **REWORKED,
        "rework_overdue": Meaning(
            "返工超期数", "Reworks overdue", basis="due", adverse=True, counts_with=("pending_handling_overdue",)
        ),
        "urged": Meaning("催办数", "Reminders received", adverse=True, measures_time=True),
        "supervision_orders": Meaning("督办数", "Supervision orders", adverse=True, measures_time=True),
        "extension_requested": Meaning("申请延期数", "Extensions requested"),
        "suspension_requested": Meaning("申请挂账数", "Suspensions requested"),
        **GRANTED,
        **HANDED_OVER,
        **EMERGENCIES,
        **FEEDBACK,
    },
    "street": _AREA,
    "county": _AREA,
}
"""Figures by name, for each kind of subject. The county has the same figures as its streets."""

PATROL_FIGURES = frozenset(
    {
        "patrol_due",
        "patrol_visited",
        "points_due",
        "points_visited",
        "shift_due",
        "shift_attended",
    }
)
"""Figures that count visits and shifts of patrols, not events of cases."""
