"""Every figure by kind of subject."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.figures.deadlines import CLOSING, HANDLING, SAFETY, SETTLEMENT, SIGNING
from contracts.figures.meaning import Meaning, Subject
from contracts.figures.parts import (
    CONTACTS,
    DECISIONS,
    EMERGENCIES,
    FILINGS,
    GRANTED,
    HANDED_OVER,
    HANDLED,
    PENDING,
    QUESTIONS,
    REWORKED,
    SENT,
    TASKS,
    VOICES,
    against,
    due,
    judged,
    standing,
)

_AREA: Mapping[str, Meaning] = {
    "reported": Meaning("上报数", "Reports"),
    "reported_patrol": Meaning("网格巡查上报数", "Reports of officers, patrols, lane leads and helpers"),
    "reported_public": Meaning("公众举报数", "Reports of the public"),
    "reported_camera": Meaning("视频上报数", "Reports of cameras"),
    "reported_bodies": Meaning("部门、应急与上级转来数", "Reports of departments, emergency services and the platform above"),
    "split": Meaning("拆分数", "Parts split off into cases of their own"),
    "filed": Meaning("立案数", "Cases filed"),
    "filed_public": Meaning("公众举报立案数", "Of these the public's"),
    "voided": Meaning("作废数", "Found wrong and voided"),
    "repeat_filed": against("重复立案数", "Filed again"),
    "not_filed": Meaning("不予立案数", "Not filed"),
    **FILINGS,
    **DECISIONS,
    "dispatched": Meaning("派遣数", "Orders sent"),
    "wrong_dispatch": against("错误派遣数", "Wrong dispatches"),
    **judged(
        CLOSING, ("应结案数", "Closings due"), ("按期结案数", "Closed on time"), ("超期结案数", "Closings that ran over"),
        "due_closed", "pending_closing_overdue",
    ),
    "due_closed": due("应结已结数", "Of closings due, closed"),
    "closed": Meaning("结案数", "Cases closed"),
    "forced": against("强制结案数", "Closed by force"),
    **REWORKED,
    "shuffled": against("推诿数", "Returns asked for again after a refusal"),
    **GRANTED,
    "called_back": Meaning("回访数", "Call-backs made"),
    "ordered_in_house": Meaning("督办本级数", "Formal orders to the centre itself", adverse=True, of_time=True),
    **PENDING,
    **CONTACTS,
    **HANDLED,
    **EMERGENCIES,
    **VOICES,
}  # fmt: skip

FIGURES: Mapping[Subject, Mapping[str, Meaning]] = {
    "officer": {
        "patrol_due": due("应巡点次", "Duty points due"),
        "patrol_visited": due("实巡点次", "Duty points visited"),
        "points_due": due("责任巡查点数", "Points of the duty area, of a month"),
        "points_visited": due("到过的巡查点数", "Of these visited at least once"),
        "shift_due": due("应到班次", "Shifts planned"),
        "shift_attended": due("实到班次", "Shifts attended"),
        "reported": Meaning("上报数", "Reports"),
        "filed": Meaning("立案数", "Reports that were filed"),
        "attached": Meaning("并入他案数", "Reports that joined another's case"),
        "grid_filed": Meaning("责任网格可巡查发现立案数", "Cases of the duty grid that a patrol can discover"),
        "discovered": Meaning("其中本人发现数", "Of these discovered by the officer"),
        "settleable": Meaning("可自行处置数", "Could be settled on the spot"),
        "settled": Meaning("自行处置通过数", "Settled on the spot and passed"),
        "settlement_refused": against("自行处置未通过数", "Settlements refused", "settleable"),
        "settlement_reopened": against("自行处置重新打开数", "Settlements opened again", "settleable"),
        "sample_passed": Meaning("抽查通过数", "Sampled settlements that held"),
        "sample_failed": against("抽查不通过数", "Sampled settlements that did not hold", "settleable"),
        "ordered": Meaning("督办数", "Formal orders", adverse=True, of_time=True),
        **TASKS,
    },
    "intake_clerk": {
        "filed": Meaning("立案数", "Cases filed"),
        "not_filed": Meaning("不予立案数", "Not filed"),
        "answered": Meaning("直接办结数", "Answered at once"),
        "called_back": Meaning("回访数", "Call-backs made"),
        **FILINGS,
        "misfiled": against("立案差错数", "Filed and then found wrong"),
        **SENT,
        **TASKS,
        **judged(
            SETTLEMENT, ("应审批自行处置数", "Settlements to approve"), ("按时审批数", "Approved or refused on time"),
            ("超时审批数", "Approved or refused late"),
        ),
    },
    "shift_lead": {
        "closed_by_hand": Meaning("人工结案数", "Closed by hand"),
        **judged(
            CLOSING, ("人工结案到期数", "Closings by hand, by due time"), ("人工按期结案数", "Closed by hand on time"),
            ("人工超期结案数", "Closed by hand late"),
        ),
        "voided": Meaning("作废数", "Found wrong and voided"),
        **QUESTIONS,
    },
    "dispatcher": {
        "decided": Meaning("人工派遣数", "Decisions by hand"),
        **DECISIONS,
        "wrong_dispatch": against("错误派遣数", "Wrong dispatches"),
        "returns_accepted": Meaning("准予退单数", "Returns accepted"),
        "returns_refused": Meaning("驳回退单数", "Returns refused"),
        "refused_wrongly": against("驳回后又准予数", "Refused, then accepted after all"),
        "urges_given": Meaning("人工催办数", "Urges by hand"),
        "orders_given": Meaning("人工督办数", "Formal orders by hand"),
        **QUESTIONS,
    },
    "unit": {
        "dispatched": Meaning("派遣数", "Orders received"),
        "pending_handling": standing("待处置数", "Orders in hand"),
        "pending_handling_overdue": standing("超期未处置数", "Orders in hand past a limit", of_time=True),
        **judged(
            SIGNING, ("应签收数", "Signatures due"), ("按时签收数", "Signed on time"),
            ("签收超期数", "Signatures that ran over"),
        ),
        **CONTACTS,
        **HANDLED,
        "repeat_completed": against("重复立案处置数", "Completed of cases filed again"),
        **judged(
            HANDLING, ("应处置数", "Completions due"), ("按期处置数", "Completed on time"),
            ("超期数", "Ran over the limit"), SAFETY.missed, "due_completed", "pending_handling_overdue",
        ),
        "due_completed": due("应处置已处置数", "Of completions due, completed"),
        "return_requested": Meaning("申请退单数", "Returns asked for"),
        "orders_returned": Meaning("申请退单单数", "Orders whose return was asked for"),
        "return_accepted": Meaning("准予退单数", "Returns accepted"),
        "return_refused": against("驳回退单数", "Returns refused"),
        "shuffled": against("推诿数", "Returns asked for again after a refusal"),
        "recheck_passed": Meaning("核查通过数", "Rechecks passed"),
        "recheck_failed": against("核查不通过数", "Rechecks failed"),
        **REWORKED,
        "rework_overdue": Meaning(
            "返工超期数", "Reworks that ran over", basis="due", adverse=True, counts_with=("pending_handling_overdue",)
        ),
        "urged": Meaning("催办数", "Times urged", adverse=True, of_time=True),
        "ordered": Meaning("督办数", "Formal orders", adverse=True, of_time=True),
        "extension_requested": Meaning("申请延期数", "Extensions asked for"),
        "suspension_requested": Meaning("申请挂账数", "Suspensions asked for"),
        **GRANTED,
        **HANDED_OVER,
        **EMERGENCIES,
        **VOICES,
    },
    "street": _AREA,
    "county": _AREA,
}  # fmt: skip
"""Every figure that is counted, by kind of subject. The county counts what its streets count."""

ROUNDS = frozenset({
    "patrol_due", "patrol_visited", "points_due", "points_visited", "shift_due", "shift_attended",
})  # fmt: skip
"""Figures of which no case is a part: behind them are check-ins of rounds."""
