"""What routing offers a caller: nothing that it refuses, and all that it would let them do, in whatever state."""

from __future__ import annotations

import copy
from collections import Counter
from dataclasses import replace
from random import Random
from typing import Any

from contracts.events.acceptance import CaseVoided
from contracts.registry import Team
from services.chassis.auth import Caller, acts_for_centre
from services.chassis.problems import is_allowed
from services.routing.domain import access, manual_decision
from services.routing.domain.case import RoutingCase
from services.routing.domain.index import INDEXES
from services.routing.domain.possible_actions import possible_actions
from tests.unit.routing.desk import CLERK, CONVENOR, COUNTY_DISPATCHER, STREET_DISPATCHER, Desk, filed
from tests.unit.routing.town import entry, town

TEAM = Team(id="joint-one", kind="joint", name="队", name_en="team", convenor="street-one", areas=("370522001",))
TWO = (entry("a", area="370522001001", lead="greens"), entry("b", lead="roads"))
CALLERS = (
    STREET_DISPATCHER,
    COUNTY_DISPATCHER,
    CONVENOR,
    replace(STREET_DISPATCHER, areas=("370522002",)),
    *(
        replace(STREET_DISPATCHER, areas=areas, roles=frozenset({role}))
        for role in ("shift_lead", "leader", "intake_clerk")
        for areas in ((), ("370522001",))
    ),
    *(replace(CONVENOR, roles=frozenset({role})) for role in ("leader", "dispatcher", "team_leader")),
    replace(CONVENOR, unit_id="greens"),
)
DOORS = {
    "decide": lambda who: who.has(*access.DISPATCHERS, *access.CONVENORS, "leader"),
    "escalate": lambda who: who.has(*access.DISPATCHERS) and acts_for_centre(who),
    "send-back": lambda who: who.has(*access.DISPATCHERS) and acts_for_centre(who),
}
ACTS: dict[str, tuple[Any, ...]] = {
    "decide": (manual_decision.decide_by_hand, "water", (), ""),
    "escalate": (manual_decision.escalate,),
    "send-back": (manual_decision.send_back, "unclear", "看不清"),
}


def attempt(desk: Desk, action: str, who: Caller) -> str:
    """Empty where it is refused; `done` where it said something. Nothing is kept of it."""
    act, *args = ACTS[action]
    case = copy.copy(desk.case())
    case.state = RoutingCase.load(desk.state.model_dump_json(exclude_defaults=True))
    if not DOORS[action](who) or not is_allowed(act, case, *args, who):
        return ""
    return "done" if case.emitted else "nothing to do"


def look(desk: Desk, seen: Counter[str]) -> None:
    for who in CALLERS:
        offered = possible_actions(INDEXES.of(desk.district), desk.state, who)
        seen.update(offered)
        for action in ACTS:
            came_of_it = attempt(desk, action, who)
            if action in offered:
                assert came_of_it, (action, who, desk.state.waiting, "is offered and refused")
            else:
                assert came_of_it != "done", (action, who, desk.state.waiting, "is not offered and could be done")


def live(desk: Desk, chance: Random) -> None:
    """Something happens to it: a unit gives it back, a person decides, calls the county, or sends it to the desk."""
    if desk.state.waiting is not None:
        is_allowed(desk.do, *ACTS[chance.choice([*ACTS, "decide", "escalate"])], chance.choice(CALLERS[:3]))
    elif (lead := desk.state.chosen_units) is not None:
        unit = lead.lead
        desk.dispatch_all() if not desk.state.dispatches or chance.random() < 0.5 else None
        if any(each.unit_id == unit and not each.returned for each in desk.state.dispatches.values()):
            desk.give_back(unit)
    if chance.random() < 0.05:
        desk.say(CaseVoided(note="", decided_by=CLERK))


def test_whatever_is_offered_is_let_through_and_whatever_is_let_through_is_offered() -> None:
    seen = Counter[str]()
    for seed in range(40):
        chance = Random(seed)
        desk = Desk(town(*chance.choice(((), TWO)), TEAM))
        desk.say(filed(centre_id=chance.choice(("centre-one", "centre-one", "county", "centre-two"))))
        look(desk, seen)
        for _ in range(6):
            live(desk, chance)
            look(desk, seen)
    assert seen.keys() == ACTS.keys(), seen


def test_a_case_before_the_county_offers_the_street_nothing() -> None:
    desk = Desk(town(TEAM)).say(filed())
    index = INDEXES.of(desk.district)
    assert possible_actions(index, desk.state, STREET_DISPATCHER) == ["decide", "escalate", "send-back"]
    desk.do(manual_decision.escalate, STREET_DISPATCHER)
    assert possible_actions(index, desk.state, STREET_DISPATCHER) == []
    assert possible_actions(index, desk.state, COUNTY_DISPATCHER) == ["decide", "send-back"]
