"""Events with the fewest possible fields, for the simulated services."""

from __future__ import annotations

from datetime import UTC, datetime
from random import Random
from uuid import UUID, uuid5

from contracts.base import Event
from contracts.common import Actor, Place
from contracts.events import acceptance, command, discovery, handling, supervision

NOW = datetime(2026, 11, 23, 1, tzinfo=UTC)
CASE = UUID("0193f3c0-0000-7000-8000-000000000001")
WHO = Actor(kind="system", id="test")
AGENCY = "fire"
"""An emergency service: it accepts or refuses a hand-over and requests no extra time."""

REPORTS = (uuid5(CASE, "first"), uuid5(CASE, "second"))


def received_event(chance: Random) -> Event:
    settled = discovery.Settlement(outcome="settled_on_the_spot", what_was_done="") if chance.random() < 0.2 else None
    return discovery.ReportReceived(
        report_id=REPORTS[0],
        case_number="LJ-20261123-000001",
        channel="grid_terminal",
        occurred_at=NOW,
        reported_at=NOW,
        registered_at=NOW,
        reported_by=WHO,
        settlement=settled,
    )


def filed_event() -> Event:
    return acceptance.CaseFiled(
        case_number="LJ-20261123-000001",
        report_id=REPORTS[0],
        channel="grid_terminal",
        request_type="complaint",
        category_id="GB/matter/06010",
        category_name="",
        category_name_en="",
        condition_id="06010-1",
        condition_text="",
        condition_text_en="",
        closing_condition="",
        closing_condition_en="",
        milestones=(),
        verify_mode="site",
        recheck_mode="site",
        severity=4,
        place=Place(grid_code="370522001001001"),
        community="370522001001",
        centre_id="c",
        reported_at=NOW,
        filed_by=WHO,
        case_due_at=NOW,
    )


def corrected_event() -> Event:
    return acceptance.CaseCorrected.model_validate({**dict(filed_event()), "note": "", "corrected_by": WHO})


def attached_event(rule: str) -> Event:
    return acceptance.CaseAttached.model_validate(
        {"host_case_id": CASE, "host_case_number": "", "rule": rule, "decided_by": WHO}
    )


def settlement_event(*, approved: bool) -> Event:
    return acceptance.SettlementRecorded(approved=approved, sampled=True, grid_code="370522001001001", decided_by=WHO)


def routed_event(round_: int) -> Event:
    return command.CaseRouted(
        round=round_,
        rule="responsibility_list",
        list_version=1,
        assignments=(),
        candidates=(),
        explanation="",
        explanation_en="",
        decided_by=WHO,
    )


def needed_event(round_: int) -> Event:
    return command.DecisionNeeded(
        round=round_, queue="c", reason="no_match", due_at=NOW, list_version=1, explanation="", explanation_en=""
    )


def withdrawn_event(dispatch_id: UUID, reason: str) -> Event:
    return command.DispatchWithdrawn.model_validate({"dispatch_id": dispatch_id, "unit_id": "u", "reason": reason})


def handled_event(round_: int) -> Event:
    return handling.HandlingCompleted(
        lead_dispatch_id=CASE, lead_unit_id="u", outcome="solved", rework_round=round_, units=("u",)
    )


def suspension_event(dispatch_id: UUID) -> Event:
    return supervision.SuspensionDecided(dispatch_id=dispatch_id, unit_id="u", granted=True, until=NOW, decided_by=WHO)


def suspension_ended_event(dispatch_id: UUID) -> Event:
    return supervision.SuspensionEnded(dispatch_id=dispatch_id, unit_id="u", milestones=())


def recheck_event() -> Event:
    return supervision.RecheckRequested(
        task_id=CASE,
        round=1,
        mode="site",
        grid_code="370522001001001",
        due_at=NOW,
        closing_condition="",
        closing_condition_en="",
    )


def passed_on_event() -> Event:
    return supervision.RecheckPassedOn(task_id=CASE, officer_id="o", note="", passed_on_by=WHO)


def review_event() -> Event:
    return supervision.ReviewRequested(review_id=CASE, outcome="explained", due_at=NOW)


def rework_event(dispatch_id: UUID, round_: int) -> Event:
    return supervision.ReworkOrdered(
        dispatch_id=dispatch_id, unit_id="u", round=round_, reason="recheck_failed", note="", milestones=()
    )


def closed_event(outcome: str) -> Event:
    return supervision.CaseClosed.model_validate(
        {"outcome": outcome, "closing_condition_met": True, "closed_by": WHO, "forced": outcome == "forced"}
    )
