"""What an order offers a caller: nothing that is refused, and all that would be done, in whatever state."""

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
from tests.unit.dispatch.kit import AFTER, CASE, House, caller, filed, routed, to
from tests.unit.dispatch.test_orders_properties import ANSWERS, OTHERS

ROLES = sorted({*access.UNIT_ROLES, *access.CENTRE_ROLES})
CALLERS = (
    *(caller(role) for role in ROLES),
    *(caller(role, areas=("370522002",)) for role in ROLES),
    *(caller(role, unit=unit) for role in ROLES for unit in ("sanitation", "housing", "fire")),
)

SAYS: dict[str, Callable[[LockedDispatch, Responder, PhoneEntry], Any]] = {
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


def attempt(house: House, order: Dispatch, action: Any, who: Caller) -> str:
    """What the door and the command make of it: empty where it is refused, `done` where it changed something."""
    before = house.state.model_dump_json(exclude_defaults=True)
    state = DispatchCase.load(before)
    case = Case(CASE, house.aggregate, state, service="dispatch", now=house.at, district=house.district, cause="test")
    found, matter = state.find(order.id), state.filed_case
    assert found is not None
    assert matter is not None
    on = LockedDispatch(case, found, matter)
    try:
        if not who.has(*access.ROLES[action]):
            raise NotAllowed
        if action in ("accept-return", "refuse-return"):
            access.require_desk(who, found, matter, house.district)
            (returns.accept_return if action == "accept-return" else returns.refuse_return)(on, who.actor(), "看过")
        else:
            phone = PhoneEntry(contact="班长", at=house.at)
            SAYS[action](on, access.responder_for(who, found, matter, house.district), phone)
    except Problem:
        return ""
    return "done" if case.emitted or state.model_dump_json(exclude_defaults=True) != before else "nothing to do"


def look(house: House, seen: Counter[str]) -> None:
    assert house.state.filed_case is not None
    for order in house.state.dispatches:
        for who in CALLERS:
            sight = ViewContext(who, house.at, house.district, "")
            offered = dispatch_view(CASE, 1, house.state, order, house.state.filed_case, sight).possible
            seen.update(offered)
            for action in access.ROLES:
                came_of_it = attempt(house, order, action, who) if who.has(*access.ROLES[action]) else ""
                if action in offered:
                    assert came_of_it, (action, who, order.status, "is offered and refused")
                else:
                    assert came_of_it != "done", (action, who, order.status, "is not offered and could be done")


def test_whatever_is_offered_is_let_through_and_whatever_is_let_through_is_offered() -> None:
    seen = Counter[str]()
    for seed in range(12):
        chance, house = Random(seed), House()
        lead = to("fire", handover=HandoverTarget(agency="119")) if seed % 4 == 3 else to("sanitation")
        house.hear(filed(), routed(lead, to("housing", "co")))
        look(house, seen)
        for _ in range(14):
            house.later(minutes=chance.randrange(40))
            what, number = chance.choice([*ANSWERS, "request-return", *OTHERS]), chance.randrange(4)
            order = chance.choice(house.state.dispatches)
            if what in OTHERS:
                house.hear(*OTHERS[what](house, number)) if chance.random() < 0.5 else None
                continue
            try:
                house.do(order.unit_id, ANSWERS[what])
            except Problem:
                continue
            if chance.random() < 0.25 or any(each.return_request for each in house.state.dispatches):
                look(house, seen)
    assert seen.keys() == access.ROLES.keys(), access.ROLES.keys() - seen.keys()
