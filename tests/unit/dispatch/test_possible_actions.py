"""The actions offered to a caller are exactly those that dispatch would accept, in any state."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any

from contracts.events.command import HandoverTarget
from contracts.events.handling import PhoneEntry
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.problems import NotAllowed, Problem
from services.dispatch.domain.dispatches import access, answers, returns
from services.dispatch.domain.dispatches.answers import LockedDispatch, Responder
from services.dispatch.domain.dispatches.state import Dispatch, DispatchCase
from services.dispatch.domain.dispatches.views import ViewContext, dispatch_view
from tests.unit.dispatch.case_driver import CaseDriver, caller
from tests.unit.dispatch.random_actions import OTHER_EVENTS
from tests.unit.dispatch.random_actions import UNIT_ACTIONS as RANDOM_UNIT_ACTIONS
from tests.unit.dispatch.sample_events import AFTER, CASE, assignment, filed, routed

ROLES = sorted({*access.UNIT_ROLES, *access.CENTRE_ROLES})
CALLERS = (
    *(caller(role) for role in ROLES),
    *(caller(role, areas=("370522002",)) for role in ROLES),
    *(caller(role, unit=unit) for role in ROLES for unit in ("sanitation", "housing", "fire")),
)

UNIT_ACTIONS: dict[str, Callable[[LockedDispatch, Responder, PhoneEntry], Any]] = {
    "sign": answers.sign,
    "request-return": lambda on, who, _: returns.request_return(on, who, "not_our_function", "不归我们", None),
    "refuse-handover": lambda on, who, phone: answers.refuse_handover(on, who, "无火情", phone),
    "assign": lambda on, who, _: answers.assign_crew(on, who, "二组"),
    "revoke": lambda on, who, _: answers.revoke_crew(on, who),
    "progress": lambda on, who, _: answers.report_progress(on, who, "进展", None, ()),
    "complete": lambda on, who, _: answers.complete(on, who, "solved", "完成", (AFTER,)),
    "request-extension": lambda on, who, _: answers.request_extension(on, who, "雨天"),
    "request-suspension": lambda on, who, _: answers.request_suspension(on, who, on.case.now + timedelta(days=9), "待"),
    "release-co-unit": lambda on, who, _: answers.release_co_unit(
        on, who, next((each for each in on.case.state.dispatches if each.role == "co" and each.open), None), "无事"
    ),
}


def attempt_result(driver: CaseDriver, dispatch: Dispatch, action: Any, who: Caller) -> str:
    """Return the result of an attempt: empty if refused, `done` if it changed something."""
    before = driver.state.model_dump_json(exclude_defaults=True)
    state = DispatchCase.load(before)
    case = Case(
        CASE, driver.aggregate, state, service="dispatch", now=driver.now, district=driver.district, cause="test"
    )
    found, filed_case = state.find(dispatch.id), state.filed_case
    assert found is not None
    assert filed_case is not None
    on = LockedDispatch(case, found, filed_case)
    try:
        if not who.has(*access.ROLES[action]):
            raise NotAllowed
        if action in ("accept-return", "refuse-return"):
            access.require_desk(who, found, filed_case, driver.district)
            (returns.accept_return if action == "accept-return" else returns.refuse_return)(on, who.actor(), "看过")
        else:
            phone = PhoneEntry(contact="班长", at=driver.now)
            UNIT_ACTIONS[action](on, access.responder_for(who, found, filed_case, driver.district), phone)
    except Problem:
        return ""
    return "done" if case.emitted or state.model_dump_json(exclude_defaults=True) != before else "nothing to do"


def compare_offers(driver: CaseDriver, seen: Counter[str]) -> None:
    assert driver.state.filed_case is not None
    for dispatch in driver.state.dispatches:
        for who in CALLERS:
            context = ViewContext(who, driver.now, driver.district, "")
            offered = dispatch_view(CASE, 1, driver.state, dispatch, driver.state.filed_case, context).possible
            seen.update(offered)
            for action in access.ROLES:
                result = attempt_result(driver, dispatch, action, who) if who.has(*access.ROLES[action]) else ""
                if action in offered:
                    assert result, (action, who, dispatch.status, "offered but refused")
                else:
                    assert result != "done", (action, who, dispatch.status, "accepted but not offered")


def test_offered_actions_are_exactly_the_accepted_ones() -> None:
    seen = Counter[str]()
    for seed in range(12):
        chance, driver = Random(seed), CaseDriver()
        lead = assignment("fire", handover=HandoverTarget(agency="119")) if seed % 4 == 3 else assignment("sanitation")
        driver.apply(filed(), routed(lead, assignment("housing", "co")))
        compare_offers(driver, seen)
        for _ in range(14):
            driver.advance(minutes=chance.randrange(40))
            what, number = chance.choice([*RANDOM_UNIT_ACTIONS, "request-return", *OTHER_EVENTS]), chance.randrange(4)
            dispatch = chance.choice(driver.state.dispatches)
            if what in OTHER_EVENTS:
                driver.apply(*OTHER_EVENTS[what](driver, number)) if chance.random() < 0.5 else None
                continue
            try:
                driver.run(dispatch.unit_id, RANDOM_UNIT_ACTIONS[what])
            except Problem:
                continue
            if chance.random() < 0.25 or any(each.return_request for each in driver.state.dispatches):
                compare_offers(driver, seen)
    assert seen.keys() == access.ROLES.keys(), access.ROLES.keys() - seen.keys()
