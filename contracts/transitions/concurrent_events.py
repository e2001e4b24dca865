"""Transitions that occur only when two services stated events at the same time."""

from __future__ import annotations

from contracts.case_state import Status
from contracts.events import acceptance as a
from contracts.events import handling as h
from contracts.events import supervision as s
from contracts.transitions.model import OPEN_DISPATCH_STATUSES, Transition

_AT_THE_DESK: tuple[Status, ...] = ("awaiting_filing", "verifying", "not_filed", "withdrawn")

CONCURRENT = (
    Transition(
        a.CaseVoided,
        ("closed", "awaiting_feedback", "evaluated"),
        "voided",
        (),
        "值班长作废时结案尚未传到受理",
        "the shift lead voided the case before intake received the closing",
        concurrent=True,
    ),
    Transition(
        s.CaseClosed,
        ("attached",),
        "closed",
        (),
        "结案时并案尚未传到监督：结案优先",
        "supervision closed the case before it received the merge: closing wins",
        concurrent=True,
    ),
    Transition(
        s.CaseClosed,
        ("awaiting_filing", "verifying", "not_filed", "withdrawn"),
        "closed",
        (),
        "强制结案时退回受理尚未传到监督：结案优先",
        "the case was closed by force before supervision received the return to the desk: closing wins",
        concurrent=True,
    ),
    *(
        Transition(
            s.CaseReopened,
            ("closed", "evaluated"),
            status,
            (),
            "强制结案并重新打开时，退回受理尚未传到监督",
            "the case was closed by force and reopened before supervision received the return to the desk",
            concurrent=True,
        )
        for status in _AT_THE_DESK
    ),
    Transition(
        s.CaseReopened,
        ("closed", "evaluated"),
        "attached",
        (),
        "重新打开的案件其间已并案",
        "the reopened case had been merged meanwhile",
        concurrent=True,
    ),
    *(
        Transition(
            a.CaseDetached,
            ("attached",),
            status,
            (),
            "撤销并案先于派遣单收回传到",
            "the undone merge arrived before the withdrawal of the dispatch",
            concurrent=True,
        )
        for status in OPEN_DISPATCH_STATUSES
        if status != "handling"
    ),
    *(
        Transition(
            s.CaseReopened,
            ("closed", "evaluated"),
            status,
            (),
            "重新打开先于派遣单收回传到",
            "the reopening arrived before the withdrawal of the dispatch",
            concurrent=True,
        )
        for status in OPEN_DISPATCH_STATUSES
        if status != "rework"
    ),
    Transition(
        s.CaseReopened,
        ("closed", "evaluated"),
        "awaiting_recheck",
        (),
        "强制结案前单位恰已办结",
        "the units completed the work just before the case was closed by force",
        concurrent=True,
    ),
    Transition(
        h.ReturnRequested,
        ("suspended",),
        "return_requested",
        (),
        "批准挂账的同时提出了退单",
        "a return was requested while the suspension was being granted",
        concurrent=True,
    ),
    Transition(
        h.ReturnRefused,
        ("return_requested",),
        "suspended",
        (),
        "批准挂账的同时提出了退单",
        "a return was requested while the suspension was being granted",
        concurrent=True,
    ),
)
