"""Actions of units and events of other services for random sequences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from contracts.events import acceptance, supervision
from services.dispatch.domain.dispatches import answers, returns
from services.dispatch.domain.dispatches.answers import LockedDispatch
from tests.unit.dispatch.case_driver import UNIT, CaseDriver
from tests.unit.dispatch.sample_events import AFTER, DESK, assignment, routed

UNITS = ("sanitation", "housing", "parks", "property")

UNIT_ACTIONS: dict[str, Callable[[LockedDispatch], Any]] = {
    "sign": lambda on: answers.sign(on, UNIT),
    "request-return": lambda on: returns.request_return(on, UNIT, "not_our_function", "不归我们", None),
    "accept-return": lambda on: returns.accept_return(on, DESK, "同意"),
    "refuse-return": lambda on: returns.refuse_return(on, DESK, "不同意"),
    "refuse-handover": lambda on: answers.refuse_handover(on, UNIT, "无火情"),
    "assign": lambda on: answers.assign_crew(on, UNIT, "一组"),
    "revoke": lambda on: answers.revoke_crew(on, UNIT),
    "progress": lambda on: answers.report_progress(on, UNIT, "进展", None, ()),
    "complete": lambda on: answers.complete(on, UNIT, "solved", "完成", (AFTER,)),
    "request-extension": lambda on: answers.request_extension(on, UNIT, "雨天"),
    "request-suspension": lambda on: answers.request_suspension(on, UNIT, on.case.now + timedelta(days=9), "待"),
    "release-co-unit": lambda on: answers.release_co_unit(
        on, UNIT, next((each for each in on.case.state.dispatches if each.role == "co" and each.open), None), "无事"
    ),
}


def re_route(driver: CaseDriver, number: int) -> list[Any]:
    leads = [each.id for each in driver.state.dispatches if each.role == "lead" and each.open]
    return [routed(assignment(UNITS[number % 4]), round_=2 + len(driver.state.dispatches), withdrawn=tuple(leads))]


def rework(driver: CaseDriver, _: int) -> list[Any]:
    lead = driver.state.lead()
    if lead is None or lead.status != "completed":
        return []
    reopened = [supervision.CaseReopened(reason="by_hand", reopened_by=DESK)] if driver.state.ended == "closed" else []
    return [
        *reopened,
        supervision.ReworkOrdered(
            dispatch_id=lead.id,
            unit_id=lead.unit_id,
            round=driver.state.rework_round + 1,
            reason="recheck_failed",
            note="还有",
            milestones=lead.milestones,
        ),
    ]


def suspend(driver: CaseDriver, _: int) -> list[Any]:
    lead = driver.state.lead()
    if lead is None or lead.suspension_requested_until is None:
        return []
    return [
        supervision.SuspensionDecided(
            dispatch_id=lead.id,
            unit_id=lead.unit_id,
            granted=True,
            until=lead.suspension_requested_until,
            decided_by=DESK,
        )
    ]


def resume(driver: CaseDriver, _: int) -> list[Any]:
    return [
        supervision.SuspensionEnded(dispatch_id=each.id, unit_id=each.unit_id, milestones=each.milestones)
        for each in driver.state.dispatches
        if each.suspended
    ]


def close(_: CaseDriver, __: int) -> list[Any]:
    return [supervision.CaseClosed(outcome="forced", closing_condition_met=False, forced=True, closed_by=DESK)]


def void(_: CaseDriver, __: int) -> list[Any]:
    return [acceptance.CaseVoided(note="误立", decided_by=DESK)]


OTHER_EVENTS = {
    "re-route": re_route,
    "rework": rework,
    "suspend": suspend,
    "resume": resume,
    "close": close,
    "void": void,
}
