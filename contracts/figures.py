"""What is counted 评价指标: every figure of every kind of subject, what it means, and to which month it belongs.

A figure is a sum of facts, one fact per event: it counts events or, where its name says so, adds up their minutes. Rates, weights and grades are data of the district
(`ScoreRule`) and are made of these; the registry refuses a rule that names a figure which is not here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

Subject = Literal["officer", "intake_clerk", "shift_lead", "dispatcher", "unit", "street", "county"]
"""Who is scored: officers, the desk's people by what they did, units, streets, and the county as the sum of its streets."""

SUBJECTS: tuple[Subject, ...] = get_args(Subject)

SUBJECT_NAMES: Mapping[Subject, tuple[str, str]] = {
    "officer": ("网格员", "Officers"),
    "intake_clerk": ("受理员", "Intake clerks"),
    "shift_lead": ("值班长", "Shift leads"),
    "dispatcher": ("派遣员", "Dispatchers"),
    "unit": ("责任单位", "Units"),
    "street": ("街道", "Streets"),
    "county": ("全县", "County"),
}

STANDING = "pending_"
"""How the names of standing figures begin."""

Basis = Literal["event", "due", "standing"]
"""The month a figure belongs to: that of its event, or that of the instant at which it was due. A standing figure says how
many there are at the end of a period, or now: it is the sum of everything until then.
"""


@dataclass(frozen=True, slots=True)
class Meaning:
    """A figure in words."""

    zh: str
    en: str
    basis: Basis = "event"
    adverse: bool = False
    """Speaks against the subject, which may therefore appeal it."""
    of_time: bool = False
    """Though of the month of its event, or standing, it is about being in time, as everything is that is counted when it is
    due: in a storm it counts for nobody.
    """
    scored: bool = True
    """Whether an edition may weigh a rate or volume that it is part of; else it is reported and no more."""
    counts_with: tuple[str, ...] = field(default=())
    """Figures of the same subject about the same thing that an upheld appeal takes out of the counts together with this
    one, as far as they were counted; and what counts with those.
    """

    @property
    def spared_in_storms(self) -> bool:
        """Whether it is about being in time."""
        return self.of_time or self.basis == "due"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The figures of one kind of deadline: how many were due, and of these how many were kept and how many missed.

    What is kept was not missed, and neither is counted without what was due: a rate of the two never leaves 0 to 1.
    """

    due: str
    kept: str
    missed: str


FILING = Deadline("filing_due", "filed_on_time", "filing_overdue")
DECISION = Deadline("decision_due", "decided_on_time", "decision_overdue")
QUESTION = Deadline("question_due", "question_on_time", "question_overdue")
SIGNING = Deadline("sign_due", "signed_on_time", "sign_overdue")
CONTACT = Deadline("contact_due", "contact_on_time", "contact_missed")
HANDLING = Deadline("handling_due", "completed_on_time", "overdue")
SAFETY = Deadline("emergency_due", "emergency_safe", "emergency_missed")
CLOSING = Deadline("closing_due", "closed_on_time", "closing_overdue")
VERIFY = Deadline("verify_due", "verify_on_time", "verify_overdue")
RECHECK = Deadline("recheck_due", "recheck_on_time", "recheck_overdue")
SETTLEMENT = Deadline("settlement_due", "settlement_on_time", "settlement_overdue")
SENDING = Deadline("verify_sending_due", "verify_sent_on_time", "verify_sent_late")


DEADLINES = (
    FILING, DECISION, QUESTION, SIGNING, CONTACT, HANDLING, SAFETY, CLOSING, VERIFY, RECHECK, SETTLEMENT, SENDING,
)  # fmt: skip


def _judged(
    deadline: Deadline, due: tuple[str, str], kept: tuple[str, str], missed: tuple[str, str], *counts_with: str
) -> dict[str, Meaning]:
    """The three, in words. An upheld appeal against the miss takes out what was due, and these figures."""
    return {
        deadline.due: Meaning(*due, basis="due"),
        deadline.kept: Meaning(*kept, basis="due"),
        deadline.missed: Meaning(*missed, basis="due", adverse=True, counts_with=(deadline.due, *counts_with)),
    }


def _due(zh: str, en: str) -> Meaning:
    return Meaning(zh, en, basis="due")


def _standing(zh: str, en: str, *, of_time: bool = False) -> Meaning:
    return Meaning(zh, en, basis="standing", of_time=of_time)


def _reported(zh: str, en: str) -> Meaning:
    return Meaning(zh, en, scored=False)


def _against(zh: str, en: str, *counts_with: str) -> Meaning:
    return Meaning(zh, en, adverse=True, counts_with=counts_with)


_TASKS = {
    "verified": Meaning("核实数", "Verifications done"),
    **_judged(
        VERIFY, ("应核实数", "Verifications due"), ("按时核实数", "Verified on time"), ("核实超期数", "Verified late")
    ),
    "rechecked": Meaning("核查数", "Rechecks done"),
    **_judged(
        RECHECK, ("应核查数", "Rechecks due"), ("按时核查数", "Rechecked on time"), ("核查超期数", "Rechecked late")
    ),
}

_SENT = {
    "verify_sent": Meaning("发核实数", "Verifications sent by hand"),
    **_judged(
        SENDING, ("应发核实数", "Sendings by hand, by due time"), ("按时发核实数", "Sent within the desk's time"),
        ("超时发核实数", "Sent late"),
    ),
    "recheck_sent": Meaning("发核查数", "Rechecks sent by hand"),
}  # fmt: skip
"""Of people: whatever a rule sends at once is nobody's work."""

_QUESTIONS = _judged(
    QUESTION, ("应定夺事项数", "Questions to decide"), ("按时定夺数", "Decided on time"),
    ("超时定夺数", "Questions decided late"),
)  # fmt: skip

_FILING = _judged(
    FILING, ("应按时立案数", "Filing decisions due"), ("按时立案数", "Filing decided on time"),
    ("超时立案数", "Filing decided late"),
)  # fmt: skip

_DECISIONS = _judged(
    DECISION, ("应派遣数", "Dispatching due"), ("按时派遣数", "Dispatched on time"), ("超时派遣数", "Dispatched late")
)

_CONTACT = _judged(
    CONTACT,
    ("应响应数", "Responses due"),
    ("按时响应数", "Responded on time"),
    ("未按时响应数", "Not responded in time"),
)

_SAFETY = _judged(
    SAFETY, ("突发事件数", "Emergencies"), ("首个时限内消险数", "Made safe in the first milestone"),
    ("首个时限内未消险数", "Not made safe in the first milestone"),
)  # fmt: skip

_VOICES = {
    "first_solved": Meaning("首次答已解决数", "Said solved when first asked"),
    "first_not_solved": _against("首次答未解决数", "Said not solved when first asked"),
    "first_satisfied": Meaning("首次答满意数", "Satisfied when first asked"),
    "first_fair": Meaning("首次答基本满意数", "Fair when first asked"),
    "first_dissatisfied": _against("首次答不满意数", "Dissatisfied when first asked"),
    "feedback_solved": Meaning("末次答已解决数", "Said solved at last"),
    "feedback_not_solved": _against("末次答未解决数", "Said not solved at last"),
    "feedback_satisfied": Meaning("末次答满意数", "Satisfied at last"),
    "feedback_fair": Meaning("末次答基本满意数", "Fair at last"),
    "feedback_dissatisfied": _against("末次答不满意数", "Dissatisfied at last"),
}
"""First and last are one where a reporter answered once; asked again after a rework the last answer stands for the result."""

_GRANTED = {
    "extension_granted": Meaning("准予延期数", "Extensions granted"),
    "orders_extended": Meaning("延期单数", "Orders extended"),
    "suspension_granted": Meaning("准予挂账数", "Suspensions granted"),
    "orders_suspended": Meaning("挂账单数", "Orders suspended"),
}

_REWORKED = {
    "reworked": _against("返工数", "Reworks", "orders_reworked"),
    "orders_reworked": _against("返工单数", "Orders reworked"),
}
"""What may happen to an order several times is counted by times, and by orders: a rate is of orders."""

_HANDLED = {
    "completed": Meaning("处置数", "Completed"),
    "handling_minutes": Meaning("处置用时合计（分钟）", "Handling time, minutes in all"),
}

_PENDING = {
    "pending_filing": _standing("待立案数", "Neither filed nor ended"),
    "pending_dispatch": _standing("待派遣数", "To be dispatched"),
    "pending_handling": _standing("待处置数", "In hand"),
    "pending_handling_overdue": _standing("超期未处置数", "In hand past a limit", of_time=True),
    "pending_closing": _standing("待结案数", "Done, to be rechecked and closed"),
    "pending_closing_overdue": _standing("超期未结案数", "Past the closing limit and not closed", of_time=True),
}
"""Past a limit is what runs over now and counts as that: what is exempt is not."""

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
    "repeat_filed": _against("重复立案数", "Filed again"),
    "not_filed": Meaning("不予立案数", "Not filed"),
    **_FILING,
    **_DECISIONS,
    "dispatched": Meaning("派遣数", "Orders sent"),
    "wrong_dispatch": _against("错误派遣数", "Wrong dispatches"),
    **_judged(
        CLOSING, ("应结案数", "Closings due"), ("按期结案数", "Closed on time"), ("超期结案数", "Closings that ran over"),
        "due_closed", "pending_closing_overdue",
    ),
    "due_closed": _due("应结已结数", "Of closings due, closed"),
    "closed": Meaning("结案数", "Cases closed"),
    "forced": _against("强制结案数", "Closed by force"),
    **_REWORKED,
    "shuffled": _against("推诿数", "Returns asked for again after a refusal"),
    **_GRANTED,
    "called_back": Meaning("回访数", "Call-backs made"),
    "ordered_in_house": Meaning("督办本级数", "Formal orders to the centre itself", adverse=True, of_time=True),
    **_PENDING,
    **_CONTACT,
    **_HANDLED,
    **_SAFETY,
    **_VOICES,
}  # fmt: skip

_HANDED_OVER = {
    "handed_over": _reported("移交数", "Handed over to it"),
    "acknowledged": _reported("移交应答数", "Hand-overs acknowledged"),
    "acknowledgement_minutes": _reported("应答用时合计（分钟）", "Time to acknowledge, minutes in all"),
}
"""Of 110, 119, 120 and 122 when a case is handed over to them: they answer for their own time."""

FIGURES: Mapping[Subject, Mapping[str, Meaning]] = {
    "officer": {
        "patrol_due": _due("应巡点次", "Duty points due"),
        "patrol_visited": _due("实巡点次", "Duty points visited"),
        "points_due": _due("责任巡查点数", "Points of the duty area, of a month"),
        "points_visited": _due("到过的巡查点数", "Of these visited at least once"),
        "shift_due": _due("应到班次", "Shifts planned"),
        "shift_attended": _due("实到班次", "Shifts attended"),
        "reported": Meaning("上报数", "Reports"),
        "filed": Meaning("立案数", "Reports that were filed"),
        "attached": Meaning("并入他案数", "Reports that joined another's case"),
        "grid_filed": Meaning("责任网格可巡查发现立案数", "Cases of the duty grid that a patrol can discover"),
        "discovered": Meaning("其中本人发现数", "Of these discovered by the officer"),
        "settleable": Meaning("可自行处置数", "Could be settled on the spot"),
        "settled": Meaning("自行处置通过数", "Settled on the spot and passed"),
        "settlement_refused": _against("自行处置未通过数", "Settlements refused", "settleable"),
        "settlement_reopened": _against("自行处置重新打开数", "Settlements opened again", "settleable"),
        "sample_passed": Meaning("抽查通过数", "Sampled settlements that held"),
        "sample_failed": _against("抽查不通过数", "Sampled settlements that did not hold", "settleable"),
        "ordered": Meaning("督办数", "Formal orders", adverse=True, of_time=True),
        **_TASKS,
    },
    "intake_clerk": {
        "filed": Meaning("立案数", "Cases filed"),
        "not_filed": Meaning("不予立案数", "Not filed"),
        "answered": Meaning("直接办结数", "Answered at once"),
        "called_back": Meaning("回访数", "Call-backs made"),
        **_FILING,
        "misfiled": _against("立案差错数", "Filed and then found wrong"),
        **_SENT,
        **_TASKS,
        **_judged(
            SETTLEMENT, ("应审批自行处置数", "Settlements to approve"), ("按时审批数", "Approved or refused on time"),
            ("超时审批数", "Approved or refused late"),
        ),
    },
    "shift_lead": {
        "closed_by_hand": Meaning("人工结案数", "Closed by hand"),
        **_judged(
            CLOSING, ("人工结案到期数", "Closings by hand, by due time"), ("人工按期结案数", "Closed by hand on time"),
            ("人工超期结案数", "Closed by hand late"),
        ),
        "voided": Meaning("作废数", "Found wrong and voided"),
        **_QUESTIONS,
    },
    "dispatcher": {
        "decided": Meaning("人工派遣数", "Decisions by hand"),
        **_DECISIONS,
        "wrong_dispatch": _against("错误派遣数", "Wrong dispatches"),
        "returns_accepted": Meaning("准予退单数", "Returns accepted"),
        "returns_refused": Meaning("驳回退单数", "Returns refused"),
        "refused_wrongly": _against("驳回后又准予数", "Refused, then accepted after all"),
        "urges_given": Meaning("人工催办数", "Urges by hand"),
        "orders_given": Meaning("人工督办数", "Formal orders by hand"),
        **_QUESTIONS,
    },
    "unit": {
        "dispatched": Meaning("派遣数", "Orders received"),
        "pending_handling": _standing("待处置数", "Orders in hand"),
        "pending_handling_overdue": _standing("超期未处置数", "Orders in hand past a limit", of_time=True),
        **_judged(
            SIGNING, ("应签收数", "Signatures due"), ("按时签收数", "Signed on time"),
            ("签收超期数", "Signatures that ran over"),
        ),
        **_CONTACT,
        **_HANDLED,
        "repeat_completed": _against("重复立案处置数", "Completed of cases filed again"),
        **_judged(
            HANDLING, ("应处置数", "Completions due"), ("按期处置数", "Completed on time"),
            ("超期数", "Ran over the limit"), SAFETY.missed, "due_completed", "pending_handling_overdue",
        ),
        "due_completed": _due("应处置已处置数", "Of completions due, completed"),
        "return_requested": Meaning("申请退单数", "Returns asked for"),
        "orders_returned": Meaning("申请退单单数", "Orders whose return was asked for"),
        "return_accepted": Meaning("准予退单数", "Returns accepted"),
        "return_refused": _against("驳回退单数", "Returns refused"),
        "shuffled": _against("推诿数", "Returns asked for again after a refusal"),
        "recheck_passed": Meaning("核查通过数", "Rechecks passed"),
        "recheck_failed": _against("核查不通过数", "Rechecks failed"),
        **_REWORKED,
        "rework_overdue": Meaning(
            "返工超期数", "Reworks that ran over", basis="due", adverse=True, counts_with=("pending_handling_overdue",)
        ),
        "urged": Meaning("催办数", "Times urged", adverse=True, of_time=True),
        "ordered": Meaning("督办数", "Formal orders", adverse=True, of_time=True),
        "extension_requested": Meaning("申请延期数", "Extensions asked for"),
        "suspension_requested": Meaning("申请挂账数", "Suspensions asked for"),
        **_GRANTED,
        **_HANDED_OVER,
        **_SAFETY,
        **_VOICES,
    },
    "street": _AREA,
    "county": _AREA,
}  # fmt: skip
"""Every figure that is counted, by kind of subject. The county counts what its streets count."""

ROUNDS = frozenset({
    "patrol_due", "patrol_visited", "points_due", "points_visited", "shift_due", "shift_attended",
})  # fmt: skip
"""Figures of which no case is a part: behind them are check-ins of rounds."""
