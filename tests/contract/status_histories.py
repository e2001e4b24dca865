"""One short history for each status, and for each row of the table of transitions one that uses it."""

from __future__ import annotations

from uuid import UUID, uuid5

from contracts.base import Event
from contracts.common import Place
from contracts.events import acceptance as a
from contracts.events import command as c
from contracts.events import discovery as d
from contracts.events import evaluation as e
from contracts.events import handling as h
from contracts.events import supervision as s
from contracts.events.acceptance import upstream as u
from contracts.transitions.model import Before, Transition
from tests.contract.plain_events import CASE, NOW, REPORTS, WHO

LEAD, CO = uuid5(CASE, "lead/1"), uuid5(CASE, "co/1")


def received(**more: object) -> Event:
    return d.ReportReceived.model_validate(
        {
            "report_id": REPORTS[0],
            "case_number": "LJ-20261123-000001",
            "channel": "hotline",
            "occurred_at": NOW,
            "reported_at": NOW,
            "registered_at": NOW,
            "reported_by": WHO,
            **more,
        }
    )


def dispatched(dispatch_id: UUID = LEAD, role: str = "lead") -> Event:
    return c.CaseDispatched.model_validate(
        {"dispatch_id": dispatch_id, "unit_id": "u", "role": role, "round": 1, "milestones": (), "sign_due_at": NOW}
    )


def completed(dispatch_id: UUID = LEAD, round_: int = 0) -> Event:
    return h.WorkCompleted(
        dispatch_id=dispatch_id,
        unit_id="u",
        role="lead",
        outcome="solved",
        note="",
        rework_round=round_,
        completed_by=WHO,
    )


def feedback(report: UUID) -> tuple[Event, Event, Event]:
    """Return a request for feedback, its answer and its lapse."""
    return (
        e.FeedbackRequested(report_id=report, due_at=NOW),
        e.FeedbackRecorded(report_id=report, solved=True, recorded_by=WHO),
        e.FeedbackLapsed(report_id=report),
    )


def settlement(*, approved: bool) -> Event:
    return a.SettlementRecorded(approved=approved, sampled=True, grid_code="370522001001001", decided_by=WHO)


def closed(outcome: str = "solved") -> Event:
    return s.CaseClosed.model_validate({"outcome": outcome, "closing_condition_met": True, "closed_by": WHO})


_ABOUT = {"dispatch_id": LEAD, "unit_id": "u"}
FILED_NOW = a.CaseFiled.model_validate(
    {
        "case_number": "",
        "report_id": REPORTS[0],
        "channel": "hotline",
        "request_type": "complaint",
        "category_id": "",
        "category_name": "",
        "category_name_en": "",
        "condition_id": "",
        "condition_text": "",
        "condition_text_en": "",
        "closing_condition": "",
        "closing_condition_en": "",
        "milestones": (),
        "verify_mode": "site",
        "recheck_mode": "site",
        "severity": 4,
        "place": Place(grid_code="370522001001001"),
        "community": "",
        "centre_id": "",
        "reported_at": NOW,
        "filed_by": WHO,
        "case_due_at": NOW,
    }
)

VERIFY = a.VerificationRequested(task_id=CASE, mode="site", due_at=NOW)
VERIFIED = a.VerificationRecorded(task_id=CASE, result="confirmed", recorded_by=WHO)
AWAITED = a.FilingAwaited(missing=("decision",), due_at=NOW)
ATTACHED = a.CaseAttached(host_case_id=CASE, host_case_number="", rule="merged", decided_by=WHO)
DETACHED = a.CaseDetached(host_case_id=CASE, decided_by=WHO)
ROUTED = c.CaseRouted(
    round=1,
    rule="responsibility_list",
    list_version=1,
    assignments=(),
    candidates=(),
    explanation="",
    explanation_en="",
    decided_by=WHO,
)

NEEDED = c.DecisionNeeded(
    round=1, queue="c", reason="no_match", due_at=NOW, list_version=1, explanation="", explanation_en=""
)

CORRECTED = a.CaseCorrected.model_validate({**dict(FILED_NOW), "note": "", "corrected_by": WHO})
TO_THE_DESK = c.CaseSentBack(round=1, reason="unclear", note="", decided_by=WHO)
WITHDRAWN = c.DispatchWithdrawn(**_ABOUT, reason="merged")
SIGNED = h.DispatchSigned(**_ABOUT, signed_by=WHO)
RETURN = h.ReturnRequested(**_ABOUT, reason="not_our_function", note="", requested_by=WHO)
ACCEPTED = h.ReturnAccepted(**_ABOUT, role="lead", reason="not_our_function", decided_by=WHO)
REFUSED = h.ReturnRefused(**_ABOUT, note="", decided_by=WHO)
TURNED_DOWN = h.HandoverRefused(**_ABOUT, role="lead", note="", refused_by=WHO)
RELEASED = h.CoUnitReleased(dispatch_id=CO, unit_id="u", note="", released_by=WHO)
HANDLED = h.HandlingCompleted(lead_dispatch_id=LEAD, lead_unit_id="u", outcome="solved", units=("u",))
SUSPENDED = s.SuspensionDecided(**_ABOUT, granted=True, until=NOW, decided_by=WHO)
RESUMED = s.SuspensionEnded(**_ABOUT, milestones=())
RECHECK = s.RecheckRequested(
    task_id=CASE,
    round=1,
    mode="site",
    grid_code="370522001001001",
    due_at=NOW,
    closing_condition="",
    closing_condition_en="",
)

CLAIMED = s.RecheckClaimed(task_id=CASE, claimed_by=WHO)
RECHECKED = s.RecheckRecorded(task_id=CASE, round=1, passed=False, recorded_by=WHO)
SENT_BACK = u.ReturnedUpstream(reason="outside_area", note="", returned_by=WHO)
PASSED_ON = s.RecheckPassedOn(task_id=CASE, officer_id="o", note="", passed_on_by=WHO)
REVIEW = s.ReviewRequested(review_id=CASE, outcome="explained", due_at=NOW)
REVIEWED = s.ReviewRecorded(review_id=CASE, approved=True, note="", decided_by=WHO)
REWORK = s.ReworkOrdered(**_ABOUT, round=1, reason="recheck_failed", note="", milestones=())
SAMPLE_FAILED = s.SampleFailed(task_id=CASE)
REOPENED = s.CaseReopened(reason="by_hand", reopened_by=WHO, dispatch_id=LEAD, rework_round=1)
REOPENED_WITH_NOBODY = s.CaseReopened(reason="by_hand", reopened_by=WHO)
ASKED, ANSWERED, LAPSED = feedback(REPORTS[0])
ASKED_TOO, _, _ = feedback(REPORTS[1])
EVALUATED = e.CaseEvaluated(outcome="solved")
_REPORTED = (received(),)
_SETTLED = (received(settlement={"outcome": "settled_on_the_spot", "what_was_done": ""}),)
_FILED = (*_REPORTED, FILED_NOW)
_SENT = (*_FILED, ROUTED, dispatched())
_AT_WORK = (*_SENT, SIGNED)
_DONE = (*_AT_WORK, completed(), HANDLED)
_RECHECKING = (*_DONE, RECHECK, CLAIMED)
HISTORIES: dict[Before, tuple[Event, ...]] = {
    "": (),
    "reported": _REPORTED,
    "settled": (*_SETTLED, settlement(approved=True)),
    "answered": (*_REPORTED, AWAITED, a.CaseAnswered(answer="", answered_by=WHO)),
    "attached": (*_REPORTED, ATTACHED),
    "verifying": (*_REPORTED, VERIFY),
    "awaiting_filing": (*_REPORTED, AWAITED),
    "not_filed": (*_REPORTED, AWAITED, a.CaseNotFiled(reason="not_ours", decided_by=WHO)),
    "withdrawn": (*_REPORTED, AWAITED, a.CaseWithdrawn(withdrawn_by=WHO)),
    "voided": (*_FILED, a.CaseVoided(note="", decided_by=WHO)),
    "awaiting_dispatch": _FILED,
    "awaiting_signature": _SENT,
    "handling": _AT_WORK,
    "return_requested": (*_AT_WORK, RETURN),
    "suspended": (*_AT_WORK, SUSPENDED),
    "awaiting_recheck": _DONE,
    "rechecking": _RECHECKING,
    "awaiting_review": (*_DONE, REVIEW),
    "rework": (*_RECHECKING, RECHECKED, REWORK),
    "closed": (*_RECHECKING, closed()),
    "awaiting_feedback": (*_RECHECKING, closed(), ASKED),
    "evaluated": (*_RECHECKING, closed(), EVALUATED),
}
"""The shortest ordinary history that ends in each status."""

_BY_FORCE = (*_FILED, closed("forced"))
_SAMPLED = (*_SETTLED, settlement(approved=True), RECHECK, CLAIMED)
_TWO_ASKED = (*HISTORIES["awaiting_feedback"], ASKED_TOO)


def history_before(row: Transition, before: Before) -> tuple[Event, ...]:
    """Return a history that ends in status `before` and from which the event of the row leads to its new status."""
    return (
        _SPECIAL_HISTORIES.get((row.fact, before, row.after))
        or _merged(row)
        or _resumed(row, before)
        or HISTORIES[before]
    )


def _merged(row: Transition) -> tuple[Event, ...]:
    """Return a history that ends attached; detaching leads back to the former status."""
    if row.fact is not a.CaseDetached:
        return ()
    if row.after == "handling":
        return (*_SENT, dispatched(CO, "co"), SIGNED, completed(), ATTACHED)
    return (*HISTORIES[row.after], ATTACHED)


def _resumed(row: Transition, before: Before) -> tuple[Event, ...]:
    """Return a history that ends suspended; the end of the suspension leads back to the former status."""
    return (*HISTORIES[row.after], SUSPENDED) if row.fact is s.SuspensionEnded and before == "suspended" else ()


def _reopened_early(row_after: Before) -> tuple[Event, ...]:
    """Return a history closed by force while a dispatch was open; its withdrawal has not arrived yet."""
    return (*HISTORIES[row_after], closed("forced"))


_SPECIAL_HISTORIES: dict[tuple[type[Event], Before, Before], tuple[Event, ...]] = {
    (a.SettlementRecorded, "settled", "settled"): _SETTLED,
    (a.SettlementRecorded, "settled", "reported"): _SETTLED,
    (s.SampleFailed, "rechecking", "reported"): (*_SAMPLED, RECHECKED),
    (e.FeedbackRecorded, "awaiting_feedback", "awaiting_feedback"): _TWO_ASKED,
    (e.FeedbackLapsed, "awaiting_feedback", "awaiting_feedback"): _TWO_ASKED,
    (s.CaseReopened, "closed", "awaiting_dispatch"): _BY_FORCE,
    (s.CaseReopened, "evaluated", "awaiting_dispatch"): (*_BY_FORCE, EVALUATED),
    (s.CaseReopened, "closed", "attached"): (*_AT_WORK, ATTACHED, closed()),
    (s.CaseReopened, "evaluated", "attached"): (*_AT_WORK, ATTACHED, closed(), EVALUATED),
    (s.CaseClosed, "attached", "closed"): (*_AT_WORK, ATTACHED),
    (h.ReturnRefused, "return_requested", "suspended"): (*HISTORIES["return_requested"], SUSPENDED),
    **{
        (s.CaseReopened, before, after): (*_reopened_early(after), *more)
        for after in (
            "awaiting_signature",
            "handling",
            "return_requested",
            "suspended",
            "awaiting_recheck",
            "awaiting_filing",
            "verifying",
            "not_filed",
            "withdrawn",
            "answered",
            "settled",
        )
        for before, more in (("closed", ()), ("evaluated", (EVALUATED,)))
    },
}

_EVENTS: dict[type[Event], Event] = {
    type(each): each
    for each in (
        FILED_NOW,
        VERIFY,
        VERIFIED,
        AWAITED,
        ATTACHED,
        DETACHED,
        ROUTED,
        NEEDED,
        WITHDRAWN,
        SIGNED,
        RETURN,
        ACCEPTED,
        REFUSED,
        SUSPENDED,
        RESUMED,
        RECHECK,
        CLAIMED,
        RECHECKED,
        REVIEW,
        REVIEWED,
        REWORK,
        SAMPLE_FAILED,
        ASKED,
        ANSWERED,
        LAPSED,
        EVALUATED,
        *HISTORIES["not_filed"],
        *HISTORIES["withdrawn"],
        *HISTORIES["answered"],
        *HISTORIES["voided"],
        HANDLED,
        TURNED_DOWN,
        RELEASED,
        PASSED_ON,
        SENT_BACK,
        CORRECTED,
        TO_THE_DESK,
        dispatched(),
        closed(),
    )
}


def event_of(row: Transition, before: Before) -> Event:
    """Return the event of the row, as it would be stated in status `before`."""
    if row.fact is d.ReportReceived:
        return (_SETTLED if row.after == "settled" else _REPORTED)[0]
    if row.fact is a.SettlementRecorded:
        return settlement(approved=row.after == "settled")
    if row.fact is c.CaseDispatched:
        return dispatched(uuid5(CASE, "lead/2"))
    if row.fact is s.CaseReopened:
        return REOPENED if row.after == "rework" else REOPENED_WITH_NOBODY
    if row.fact is h.WorkCompleted:
        return completed(round_=1 if before == "rework" else 0)
    if row.fact is h.HandlingCompleted:
        return HANDLED
    return _EVENTS[row.fact]


def events_before(row: Transition, before: Before) -> tuple[Event, ...]:
    """Return events that must come first: one unit completes its work before all work is completed."""
    return (completed(),) if row.fact is h.HandlingCompleted and before == "handling" else ()
