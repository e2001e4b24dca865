"""Figures that several kinds of subjects have in common."""

from __future__ import annotations

from contracts.figures.deadlines import CONTACT, DECISION, FILING, QUESTION, RECHECK, SAFETY, SENDING, VERIFY, Deadline
from contracts.figures.meaning import Meaning


def deadline_figures(
    deadline: Deadline, due: tuple[str, str], kept: tuple[str, str], missed: tuple[str, str], *counts_with: str
) -> dict[str, Meaning]:
    """Return the figures due, kept and missed of a kind of deadline.

    An upheld appeal against the missed figure also removes the event from the due figure and from the figures in
    `counts_with`.
    """
    return {
        deadline.due: Meaning(*due, basis="due"),
        deadline.kept: Meaning(*kept, basis="due"),
        deadline.missed: Meaning(*missed, basis="due", adverse=True, counts_with=(deadline.due, *counts_with)),
    }


def by_deadline(zh: str, en: str) -> Meaning:
    """Return a figure that counts in the month of the deadline."""
    return Meaning(zh, en, basis="due")


def by_shift(zh: str, en: str) -> Meaning:
    """Return a figure that counts in the month in which the shift begins."""
    return Meaning(zh, en, basis="shift")


def standing(zh: str, en: str, *, measures_time: bool = False) -> Meaning:
    """Return a figure that is the number at the end of a period."""
    return Meaning(zh, en, basis="standing", measures_time=measures_time)


def unscored(zh: str, en: str) -> Meaning:
    """Return a figure that is only shown: score rules may not use it."""
    return Meaning(zh, en, scored=False)


def adverse(zh: str, en: str, *counts_with: str) -> Meaning:
    """Return an adverse figure. An upheld appeal also removes the event from the figures in `counts_with`."""
    return Meaning(zh, en, adverse=True, counts_with=counts_with)


TASK_FIGURES = {
    "verified": Meaning("核实数", "Verifications done"),
    **deadline_figures(
        VERIFY, ("应核实数", "Verifications due"), ("按时核实数", "Verified on time"), ("核实超期数", "Verified late")
    ),
    "rechecked": Meaning("核查数", "Rechecks done"),
    **deadline_figures(
        RECHECK, ("应核查数", "Rechecks due"), ("按时核查数", "Rechecked on time"), ("核查超期数", "Rechecked late")
    ),
}

REQUESTS_BY_HAND = {
    "verify_sent": Meaning("发核实数", "Verifications requested by hand"),
    **deadline_figures(
        SENDING,
        ("应发核实数", "Verification requests due"),
        ("按时发核实数", "Verification requests on time"),
        ("超时发核实数", "Verification requests late"),
    ),
    "recheck_sent": Meaning("发核查数", "Rechecks requested by hand"),
}
"""Figures of verifications and rechecks that people request. Tasks created by a rule do not count."""

QUESTIONS = deadline_figures(
    QUESTION,
    ("应定夺事项数", "Questions to decide"),
    ("按时定夺数", "Questions decided on time"),
    ("超时定夺数", "Questions decided late"),
)

FILINGS = deadline_figures(
    FILING,
    ("应按时立案数", "Filing decisions due"),
    ("按时立案数", "Filing decided on time"),
    ("超时立案数", "Filing decided late"),
)

DECISIONS = deadline_figures(
    DECISION,
    ("应派遣数", "Dispatch decisions due"),
    ("按时派遣数", "Dispatched on time"),
    ("超时派遣数", "Dispatched late"),
)

CONTACTS = deadline_figures(
    CONTACT,
    ("应响应数", "First contacts due"),
    ("按时响应数", "First contacts on time"),
    ("未按时响应数", "First contacts missed"),
)

EMERGENCIES = deadline_figures(
    SAFETY,
    ("突发事件数", "Emergencies"),
    ("首个时限内消险数", "Made safe within the first milestone"),
    ("首个时限内未消险数", "Not made safe within the first milestone"),
)

FEEDBACK = {
    "first_solved": Meaning("首次答已解决数", "First answer: solved"),
    "first_not_solved": adverse("首次答未解决数", "First answer: not solved"),
    "first_satisfied": Meaning("首次答满意数", "First answer: satisfied"),
    "first_fair": Meaning("首次答基本满意数", "First answer: fair"),
    "first_dissatisfied": adverse("首次答不满意数", "First answer: dissatisfied"),
    "feedback_solved": Meaning("末次答已解决数", "Last answer: solved"),
    "feedback_not_solved": adverse("末次答未解决数", "Last answer: not solved"),
    "feedback_satisfied": Meaning("末次答满意数", "Last answer: satisfied"),
    "feedback_fair": Meaning("末次答基本满意数", "Last answer: fair"),
    "feedback_dissatisfied": adverse("末次答不满意数", "Last answer: dissatisfied"),
}
"""Figures of the first and the last answer of each reporter to the request for feedback. If a reporter answered once,
the first answer is also the last."""

GRANTED = {
    "extension_granted": Meaning("准予延期数", "Extensions granted"),
    "dispatches_extended": Meaning("延期单数", "Dispatches extended"),
    "suspension_granted": Meaning("准予挂账数", "Suspensions granted"),
    "dispatches_suspended": Meaning("挂账单数", "Dispatches suspended"),
}

REWORKED = {
    "reworked": adverse("返工数", "Reworks", "dispatches_reworked"),
    "dispatches_reworked": adverse("返工单数", "Dispatches reworked"),
}
"""Figures of reworks: once per order (`reworked`) and once per dispatch (`dispatches_reworked`). Rates use
`dispatches_reworked`."""

HANDLED = {
    "completed": Meaning("处置数", "Completions"),
    "handling_minutes": Meaning("处置用时合计（分钟）", "Sum of handling times in minutes"),
}

PENDING = {
    "pending_filing": standing("待立案数", "Cases awaiting filing"),
    "pending_dispatch": standing("待派遣数", "Cases awaiting dispatch"),
    "pending_handling": standing("待处置数", "Cases in progress"),
    "pending_handling_overdue": standing("超期未处置数", "Overdue cases in progress", measures_time=True),
    "pending_closing": standing("待结案数", "Cases awaiting closing"),
    "pending_closing_overdue": standing("超期未结案数", "Cases past their closing limit", measures_time=True),
}
"""Standing figures of open cases and dispatches. A case or dispatch does not count as overdue if a storm or an upheld
appeal exempts it."""

HANDED_OVER = {
    "handed_over": unscored("移交数", "Hand-overs received"),
    "acknowledged": unscored("移交应答数", "Hand-overs acknowledged"),
    "acknowledgement_minutes": unscored("应答用时合计（分钟）", "Sum of acknowledgement times in minutes"),
}
"""Figures of hand-overs 移交 to the emergency services 110, 119, 120 and 122."""
