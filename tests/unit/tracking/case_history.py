"""Histories of one case: events with the dependencies that their services would have recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from contracts.base import CASE_SOURCES, Event
from contracts.envelope import Envelope
from contracts.events import acceptance, evaluation, handling, supervision
from services.tracking.domain.recorded_event import RecordedEvent
from tests.unit.tracking.sample_events import (
    ACTOR,
    CASE_CLOCK,
    CO,
    LEAD,
    LEAD_CLOCK,
    RECHECK,
    RECHECK_2,
    REPORT,
    SECOND,
    SECOND_CLOCK,
    SIGN_CLOCK,
    VERIFY,
    at,
    clock,
    completed,
    dispatched,
    filed,
    handled,
    light,
    received,
    recheck,
    rechecked,
    routed,
    stable_id,
    stopped,
)


class CaseHistory:
    """Builds the events of one case; each source depends on the events that it has applied of the others."""

    def __init__(self, name: str = "one") -> None:
        self.case_id = stable_id(f"case:{name}")
        self.number = "LJ-20261123-000123"
        self.recorded: list[RecordedEvent] = []
        self._stated: dict[str, int] = dict.fromkeys(CASE_SOURCES, 0)
        self._applied: dict[str, dict[str, int]] = {source: {} for source in CASE_SOURCES}
        self._minute = 0.0

    def emit(self, event: Event, applied: Iterable[str] = CASE_SOURCES) -> CaseHistory:
        """Let the source of the event state it after applying all events of the sources in `applied`."""
        source = event.SOURCE
        for other in applied:
            if other != source and self._stated[other]:
                self._applied[source][other] = self._stated[other]
                for third, position in self._applied[other].items():
                    if third != source:
                        self._applied[source][third] = max(position, self._applied[source].get(third, 0))
        self._stated[source] += 1
        self._minute += 3
        dependencies = dict(self._applied[source])
        meta = Envelope(self.case_id, source, self._stated[source], event.TYPE, at(self._minute), dependencies)
        self.recorded.append(RecordedEvent.of(meta, event))
        return self

    def emit_all(
        self, events: Iterable[tuple[Event, tuple[str, ...]]], more: Callable[[], tuple[str, ...]] = tuple
    ) -> CaseHistory:
        """State a sequence of events, each with the sources applied before it; `more` returns further sources."""
        for event, applied in events:
            self.emit(event, (*applied, *more()))
        return self


I, R, D, S = CASE_SOURCES
FULL_HISTORY: tuple[tuple[Event, tuple[str, ...]], ...] = (
    (received(), ()),
    (acceptance.VerificationRequested(task_id=VERIFY, mode="phone", due_at=at(30)), ()),
    (clock(CASE_CLOCK, "case", 600), (I,)),
    (acceptance.VerificationRecorded(task_id=VERIFY, result="confirmed", recorded_by=ACTOR), ()),
    (filed(), ()),
    (routed(1, ("sanitation", "lead"), ("street-office", "co")), (I,)),
    (dispatched(LEAD, "sanitation"), (R,)),
    (dispatched(CO, "street-office", "co"), ()),
    (clock(LEAD_CLOCK, "handle", 300, LEAD), (D,)),
    (clock(SIGN_CLOCK, "sign", 120, LEAD), ()),
    (handling.DispatchSigned(dispatch_id=CO, unit_id="street-office", signed_by=ACTOR), ()),
    (
        acceptance.ReportJoined(
            report_id=stable_id("report-2"),
            attached_case_id=stable_id("case:two"),
            attached_case_number="LJ-20261123-000200",
            channel="resident",
            reported_at=at(20),
        ),
        (),
    ),
    (
        handling.ReturnRequested(
            dispatch_id=LEAD, unit_id="sanitation", reason="not_our_function", note="属市政", requested_by=ACTOR
        ),
        (),
    ),
    (supervision.ClockPaused(clock_id=LEAD_CLOCK), (D,)),
    (
        handling.ReturnAccepted(
            dispatch_id=LEAD, unit_id="sanitation", role="lead", reason="not_our_function", decided_by=ACTOR
        ),
        (),
    ),
    (routed(2, ("municipal-works", "lead"), withdrawn=(LEAD,)), (D,)),
    (
        supervision.ClockStopped(clock_id=LEAD_CLOCK, name="handle", stopped_at=at(50), on_time=True, cancelled=True),
        (D,),
    ),
    (stopped(SIGN_CLOCK, "sign", LEAD), ()),
    (dispatched(SECOND, "municipal-works", nth=2), (R,)),
    (clock(SECOND_CLOCK, "handle", 260, SECOND), (D,)),
    (handling.DispatchSigned(dispatch_id=SECOND, unit_id="municipal-works", signed_by=ACTOR), ()),
    (light(SECOND_CLOCK, "handle", "yellow"), ()),
    (supervision.UnitUrged(dispatch_id=SECOND, unit_id="municipal-works", text="请尽快", urged_by=ACTOR), ()),
    (
        handling.ProgressReported(
            dispatch_id=SECOND, unit_id="municipal-works", note="已到场", milestone="清理", reported_by=ACTOR
        ),
        (),
    ),
    (completed(CO, "street-office", "co"), ()),
    (completed(SECOND, "municipal-works"), ()),
    (handled(SECOND, "municipal-works"), ()),
    (stopped(SECOND_CLOCK, "handle", SECOND), (D,)),
    (recheck(RECHECK, 1), ()),
    (rechecked(RECHECK, 1, passed=False), ()),
    (
        supervision.ReworkOrdered(
            dispatch_id=SECOND,
            unit_id="municipal-works",
            round=1,
            reason="recheck_failed",
            note="仍有残留",
            milestones=(),
        ),
        (),
    ),
    (completed(SECOND, "municipal-works", rework_round=1), (S,)),
    (handled(SECOND, "municipal-works", 1), ()),
    (recheck(RECHECK_2, 2), (D,)),
    (rechecked(RECHECK_2, 2, passed=True), ()),
    (supervision.CaseClosed(outcome="solved", closing_condition_met=True, closed_by=ACTOR), ()),
    (stopped(CASE_CLOCK, "case"), ()),
    (evaluation.FeedbackRequested(report_id=REPORT, due_at=at(9000)), ()),
    (evaluation.FeedbackRequested(report_id=stable_id("report-2"), due_at=at(9000)), ()),
    (evaluation.FeedbackRecorded(report_id=REPORT, solved=True, satisfied="satisfied", recorded_by=ACTOR), ()),
    (evaluation.FeedbackLapsed(report_id=stable_id("report-2")), ()),
    (
        evaluation.AppealLodged(
            appeal_id=stable_id("appeal"),
            kind="unit",
            subject_id="municipal-works",
            figures=("reworked",),
            text="天气原因",
            due_at=at(9000),
            lodged_by=ACTOR,
        ),
        (),
    ),
    (
        evaluation.AppealDecided(
            appeal_id=stable_id("appeal"),
            kind="unit",
            subject_id="municipal-works",
            figures=("reworked",),
            upheld=True,
            note="属实",
            decided_by=ACTOR,
        ),
        (),
    ),
    (
        evaluation.CaseEvaluated(
            outcome="solved",
            solved=True,
            satisfied="satisfied",
            reworks=1,
            returns=1,
            figures=(evaluation.Figure(kind="unit", subject_id="municipal-works", figure="completed_on_time"),),
        ),
        (),
    ),
)
"""A long history: verified, returned once, re-routed, urged, reworked, closed, evaluated."""
