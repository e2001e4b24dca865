"""Lives of cases for the tests: events with the marks their makers would have had."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from contracts.base import CASE_SOURCES, Event
from contracts.common import Actor, Photo, Place
from contracts.envelope import Envelope
from contracts.events import acceptance, command, discovery, evaluation, handling, supervision
from services.tracking.domain.recorded_event import RecordedEvent

START = datetime(2026, 11, 23, 1, 5, tzinfo=UTC)
ACTOR = Actor(kind="account", id="wang", role="dispatcher")
OFFICER = Actor(kind="account", id="li", role="officer", officer_id="officer-07")
PLACE = Place(grid_code="370522001004007", longitude=118.2551234, latitude=37.4932567, address="西大街与江州街路口")


def an_id(name: str) -> UUID:
    """A stable id for a name."""
    return uuid5(NAMESPACE_URL, name)


def at(minutes: float) -> datetime:
    """Minutes after the start of the life."""
    return START + timedelta(minutes=minutes)


class Life:
    """Tells the story of one case: each source speaks with what it has heard of the others."""

    def __init__(self, name: str = "one") -> None:
        self.case_id = an_id(f"case:{name}")
        self.number = "LJ-20261123-000123"
        self.told: list[RecordedEvent] = []
        self._sent: dict[str, int] = dict.fromkeys(CASE_SOURCES, 0)
        self._heard: dict[str, dict[str, int]] = {source: {} for source in CASE_SOURCES}
        self._minute = 0.0

    def say(self, event: Event, hears: Iterable[str] = CASE_SOURCES) -> Life:
        """The owner of the event says it, after catching up with the sources it `hears` (and what those knew)."""
        source = event.SOURCE
        for other in hears:
            if other != source and self._sent[other]:
                self._heard[source][other] = self._sent[other]
                for third, mark in self._heard[other].items():
                    if third != source:
                        self._heard[source][third] = max(mark, self._heard[source].get(third, 0))
        self._sent[source] += 1
        self._minute += 3
        heard = dict(self._heard[source])
        meta = Envelope(self.case_id, source, self._sent[source], event.TYPE, at(self._minute), heard)
        self.told.append(RecordedEvent.of(meta, event))
        return self

    def tell(self, story: Iterable[tuple[Event, tuple[str, ...]]], more: Callable[[], tuple[str, ...]] = tuple) -> Life:
        """Say a story: each event needs some sources heard; `more` adds further ones at will."""
        for event, needed in story:
            self.say(event, (*needed, *more()))
        return self


REPORT = an_id("report")
LEAD, SECOND, CO = an_id("lead"), an_id("second"), an_id("co")
LEAD_CLOCK, SIGN_CLOCK, CASE_CLOCK, SECOND_CLOCK = (
    an_id(f"clock:{name}") for name in ("lead", "sign", "case", "second")
)
VERIFY, RECHECK, RECHECK_2, REVIEW = an_id("verify"), an_id("recheck"), an_id("recheck-2"), an_id("review")
PHOTO = Photo(sha256="a" * 64, role="near")


def received(life_number: str = "LJ-20261123-000123", **changes: Any) -> discovery.ReportReceived:
    """The first event."""
    return discovery.ReportReceived(
        **{
            "report_id": REPORT,
            "case_number": life_number,
            "channel": "hotline",
            "request_type": "complaint",
            "category_id": "GB-T-47678-5/matter/06010",
            "category_name": "暴露垃圾",
            "category_name_en": "Exposed rubbish",
            "place": PLACE,
            "description": "路口南侧有一大堆垃圾，气味很大",
            "photos": (PHOTO,),
            "occurred_at": START,
            "reported_at": START,
            "registered_at": START,
            "feedback_wanted": True,
            "reported_by": ACTOR,
            **changes,
        }
    )


def filed(**changes: Any) -> acceptance.CaseFiled:
    """Filed with one condition."""
    return acceptance.CaseFiled(
        **{
            "case_number": "LJ-20261123-000123",
            "report_id": REPORT,
            "channel": "hotline",
            "request_type": "complaint",
            "category_id": "GB-T-47678-5/matter/06010",
            "category_name": "暴露垃圾",
            "category_name_en": "Exposed rubbish",
            "condition_id": "06010-1",
            "condition_text": "暴露垃圾超过1立方米",
            "condition_text_en": "More than a cubic metre",
            "closing_condition": "清理干净",
            "closing_condition_en": "Cleared",
            "milestones": (),
            "verify_mode": "phone",
            "recheck_mode": "site",
            "severity": 3,
            "place": PLACE,
            "community": "370522001004",
            "centre_id": "lijin-street",
            "description": "路口南侧有一大堆垃圾",
            "reported_at": START,
            "filed_by": ACTOR,
            "case_due_at": at(600),
            **changes,
        }
    )


def dispatched(
    dispatch_id: UUID, unit: str, role: str = "lead", nth: int = 1, **changes: Any
) -> command.CaseDispatched:
    """An order to a unit."""
    return command.CaseDispatched(
        **{
            "dispatch_id": dispatch_id,
            "unit_id": unit,
            "role": role,
            "round": nth,
            "sign_due_at": at(120),
            "milestones": (
                command.MilestoneDue(name="清理", name_en="Clear", amount=4, unit="work_hour", due_at=at(300)),
            ),
            **changes,
        }
    )


def routed(nth: int = 1, *units: tuple[str, str], withdrawn: tuple[UUID, ...] = ()) -> command.CaseRouted:
    """A decision of routing."""
    return command.CaseRouted(
        round=nth,
        rule="responsibility_list",
        list_version=17,
        withdrawn=withdrawn,
        assignments=tuple(command.Assignment(unit_id=unit, role=role) for unit, role in units),  # type: ignore[arg-type]
        candidates=(),
        explanation="清单第 12 条",
        explanation_en="Entry 12 of the list",
        decided_by=ACTOR,
    )


def clock(clock_id: UUID, name: str, due: float, dispatch_id: UUID | None = None) -> supervision.ClockStarted:
    """A clock starts."""
    return supervision.ClockStarted(
        clock_id=clock_id,
        name=name,
        dispatch_id=dispatch_id,
        started_at=START,
        due_at=at(due),  # type: ignore[arg-type]
    )


def stopped(clock_id: UUID, name: str, dispatch_id: UUID | None = None) -> supervision.ClockStopped:
    """A clock stops in time."""
    return supervision.ClockStopped(
        clock_id=clock_id,
        name=name,
        dispatch_id=dispatch_id,
        stopped_at=at(200),
        on_time=True,  # type: ignore[arg-type]
    )


def light(clock_id: UUID, name: str, to: str, *, corrected: bool = False) -> supervision.LightChanged:
    """A light changes."""
    return supervision.LightChanged(clock_id=clock_id, name=name, light=to, corrected=corrected)  # type: ignore[arg-type]


def completed(dispatch_id: UUID, unit: str, role: str = "lead", rework_round: int = 0) -> handling.WorkCompleted:
    """A unit's part is done."""
    return handling.WorkCompleted(
        dispatch_id=dispatch_id,
        unit_id=unit,
        role=role,
        outcome="solved",
        note="已清理",
        photos=(Photo(sha256="b" * 64, role="after"),),
        rework_round=rework_round,
        completed_by=ACTOR,
    )


def handled(dispatch_id: UUID, unit: str, rework_round: int = 0) -> handling.HandlingCompleted:
    """Every part is done."""
    return handling.HandlingCompleted(
        lead_dispatch_id=dispatch_id, lead_unit_id=unit, outcome="solved", rework_round=rework_round, units=(unit,)
    )


def recheck(task_id: UUID, nth: int) -> supervision.RecheckRequested:
    """A recheck task."""
    return supervision.RecheckRequested(
        task_id=task_id,
        round=nth,
        mode="site",
        grid_code=PLACE.grid_code,
        officer_id="officer-09",
        due_at=at(400),
        closing_condition="清理干净",
        closing_condition_en="Cleared",
    )


def rechecked(task_id: UUID, nth: int, *, passed: bool) -> supervision.RecheckRecorded:
    """Its answer."""
    return supervision.RecheckRecorded(
        task_id=task_id, round=nth, passed=passed, officer_id="officer-09", recorded_by=OFFICER
    )


I, R, D, S = CASE_SOURCES

WHOLE_STORY: tuple[tuple[Event, tuple[str, ...]], ...] = (
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
            report_id=an_id("report-2"),
            attached_case_id=an_id("case:two"),
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
    (evaluation.FeedbackRequested(report_id=an_id("report-2"), due_at=at(9000)), ()),
    (evaluation.FeedbackRecorded(report_id=REPORT, solved=True, satisfied="satisfied", recorded_by=ACTOR), ()),
    (evaluation.FeedbackLapsed(report_id=an_id("report-2")), ()),
    (
        evaluation.AppealLodged(
            appeal_id=an_id("appeal"),
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
            appeal_id=an_id("appeal"),
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
"""A long life: verified, returned once, re-routed, urged, reworked, closed, evaluated."""
