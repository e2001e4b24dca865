"""Transitions after a correction 更正 of a filed case."""

from __future__ import annotations

from contracts.events import acceptance as a
from contracts.events import command as c
from contracts.transitions.model import CLERKS, DISPATCHERS, FILED, OPEN_DISPATCH_STATUSES, Transition

CORRECTIONS = (
    *(
        Transition(
            a.CaseCorrected,
            (status,),
            status,
            CLERKS,
            "类别、立案条件或位置有误；诉求人的时限从上报起算不变",
            "category, filing condition or place was wrong; the deadline promised to the reporter still counts from the report",
            "correct",
        )
        for status in FILED
    ),
    *(
        Transition(
            fact, (status,), status, ("system",), "更正后重新确定责任单位", "after a correction routing decides again"
        )
        for status in OPEN_DISPATCH_STATUSES
        for fact in (c.CaseRouted, c.DecisionNeeded)
    ),
    *(
        Transition(
            c.CaseRouted,
            (status,),
            status,
            ("dispatcher",),
            "更正后清单无法确定责任单位，由派遣员决定",
            "after a correction the list does not decide: a dispatcher decides",
            "decide",
        )
        for status in OPEN_DISPATCH_STATUSES
    ),
    *(
        Transition(
            c.DecisionNeeded,
            (status,),
            status,
            DISPATCHERS,
            "更正后街道呼叫县级中心决定",
            "after a correction a street centre calls the county centre",
            "escalate",
        )
        for status in OPEN_DISPATCH_STATUSES
    ),
    Transition(
        c.CaseDispatched,
        OPEN_DISPATCH_STATUSES,
        "awaiting_signature",
        ("system",),
        "更正后改派：新派遣单发出，原单收回（已签收的待新单位签收后收回）",
        "after a correction another unit is chosen: a new dispatch is sent and the former one is withdrawn (an acknowledged one when the new unit has acknowledged)",
    ),
)
