"""Figures that several kinds of subjects share."""

from __future__ import annotations

from contracts.figures.deadlines import CONTACT, DECISION, FILING, QUESTION, RECHECK, SAFETY, SENDING, VERIFY, Deadline
from contracts.figures.meaning import Meaning


def judged(
    deadline: Deadline, due: tuple[str, str], kept: tuple[str, str], missed: tuple[str, str], *counts_with: str
) -> dict[str, Meaning]:
    """Return the three figures of a deadline.

    An upheld appeal against the missed one removes the due one and those in `counts_with`, too.
    """
    return {
        deadline.due: Meaning(*due, basis="due"),
        deadline.kept: Meaning(*kept, basis="due"),
        deadline.missed: Meaning(*missed, basis="due", adverse=True, counts_with=(deadline.due, *counts_with)),
    }


def due(zh: str, en: str) -> Meaning:
    """Return a figure that belongs to the month of its deadline."""
    return Meaning(zh, en, basis="due")


def of_shift(zh: str, en: str) -> Meaning:
    """Return a figure that belongs to the month in which the shift begins."""
    return Meaning(zh, en, basis="shift")


def standing(zh: str, en: str, *, of_time: bool = False) -> Meaning:
    """Return a figure that shows the number at the end of a period."""
    return Meaning(zh, en, basis="standing", of_time=of_time)


def reported(zh: str, en: str) -> Meaning:
    """Return a figure that is reported and not scored."""
    return Meaning(zh, en, scored=False)


def against(zh: str, en: str, *counts_with: str) -> Meaning:
    """Return an adverse figure. An upheld appeal also removes the figures in `counts_with`."""
    return Meaning(zh, en, adverse=True, counts_with=counts_with)


TASKS = {
    "verified": Meaning("核实数", "Verifications done"),
    **judged(
        VERIFY, ("应核实数", "Verifications due"), ("按时核实数", "Verified on time"), ("核实超期数", "Verified late")
    ),
    "rechecked": Meaning("核查数", "Rechecks done"),
    **judged(
        RECHECK, ("应核查数", "Rechecks due"), ("按时核查数", "Rechecked on time"), ("核查超期数", "Rechecked late")
    ),
}

SENT = {
    "verify_sent": Meaning("发核实数", "Verifications sent by hand"),
    **judged(
        SENDING,
        ("应发核实数", "Verifications to be sent by hand"),
        ("按时发核实数", "Sent within the desk's time"),
        ("超时发核实数", "Sent late"),
    ),
    "recheck_sent": Meaning("发核查数", "Rechecks sent by hand"),
}
"""Figures of people's work; actions by rule do not count."""

QUESTIONS = judged(
    QUESTION,
    ("应定夺事项数", "Questions to decide"),
    ("按时定夺数", "Decided on time"),
    ("超时定夺数", "Questions decided late"),
)

FILINGS = judged(
    FILING,
    ("应按时立案数", "Filing decisions due"),
    ("按时立案数", "Filing decided on time"),
    ("超时立案数", "Filing decided late"),
)

DECISIONS = judged(
    DECISION, ("应派遣数", "Dispatching due"), ("按时派遣数", "Dispatched on time"), ("超时派遣数", "Dispatched late")
)

CONTACTS = judged(
    CONTACT,
    ("应响应数", "Responses due"),
    ("按时响应数", "Responded on time"),
    ("未按时响应数", "Not responded in time"),
)

EMERGENCIES = judged(
    SAFETY,
    ("突发事件数", "Emergencies"),
    ("首个时限内消险数", "Made safe in the first milestone"),
    ("首个时限内未消险数", "Not made safe in the first milestone"),
)

VOICES = {
    "first_solved": Meaning("首次答已解决数", "Said solved when first asked"),
    "first_not_solved": against("首次答未解决数", "Said not solved when first asked"),
    "first_satisfied": Meaning("首次答满意数", "Satisfied when first asked"),
    "first_fair": Meaning("首次答基本满意数", "Fair when first asked"),
    "first_dissatisfied": against("首次答不满意数", "Dissatisfied when first asked"),
    "feedback_solved": Meaning("末次答已解决数", "Said solved at last"),
    "feedback_not_solved": against("末次答未解决数", "Said not solved at last"),
    "feedback_satisfied": Meaning("末次答满意数", "Satisfied at last"),
    "feedback_fair": Meaning("末次答基本满意数", "Fair at last"),
    "feedback_dissatisfied": against("末次答不满意数", "Dissatisfied at last"),
}
"""A reporter who answered once has the same first and last answer. After a rework the last answer counts as the
result."""

GRANTED = {
    "extension_granted": Meaning("准予延期数", "Extensions granted"),
    "dispatches_extended": Meaning("延期单数", "Orders extended"),
    "suspension_granted": Meaning("准予挂账数", "Suspensions granted"),
    "dispatches_suspended": Meaning("挂账单数", "Orders suspended"),
}

REWORKED = {
    "reworked": against("返工数", "Reworks", "dispatches_reworked"),
    "dispatches_reworked": against("返工单数", "Orders reworked"),
}
"""Repeated requests count once per request and once per dispatch; rates use the number of dispatches."""

HANDLED = {
    "completed": Meaning("处置数", "Completed"),
    "handling_minutes": Meaning("处置用时合计（分钟）", "Handling time, minutes in all"),
}

PENDING = {
    "pending_filing": standing("待立案数", "Neither filed nor ended"),
    "pending_dispatch": standing("待派遣数", "To be dispatched"),
    "pending_handling": standing("待处置数", "In hand"),
    "pending_handling_overdue": standing("超期未处置数", "In hand past a limit", of_time=True),
    "pending_closing": standing("待结案数", "Done, to be rechecked and closed"),
    "pending_closing_overdue": standing("超期未结案数", "Past the closing limit and not closed", of_time=True),
}
"""Figures of cases and dispatches whose limit is over now; exempt ones do not count."""

HANDED_OVER = {
    "handed_over": reported("移交数", "Handed over to it"),
    "acknowledged": reported("移交应答数", "Hand-overs acknowledged"),
    "acknowledgement_minutes": reported("应答用时合计（分钟）", "Time to acknowledge, minutes in all"),
}
"""Figures of hand-overs to 110, 119, 120 and 122."""
