"""The actions offered to a caller are exactly those that routing would accept, in any state."""

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
from tests.unit.routing.case_driver import CONVENOR, COUNTY_DISPATCHER, STREET_DISPATCHER, CaseDriver
from tests.unit.routing.sample_district import entry, make_district
from tests.unit.routing.sample_events import CLERK, filed

TEAM = Team(id="joint-one", kind="joint", name="队", name_en="team", convenor="street-one", areas=("370522001",))
TWO_CANDIDATES = (entry("a", area="370522001001", lead="greens"), entry("b", lead="roads"))
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
ROLE_CHECKS = {
    "decide": lambda who: who.has(*access.DISPATCHERS, *access.CONVENORS, "leader"),
    "escalate": lambda who: who.has(*access.DISPATCHERS) and acts_for_centre(who),
    "send-back": lambda who: who.has(*access.DISPATCHERS) and acts_for_centre(who),
}
COMMANDS: dict[str, tuple[Any, ...]] = {
    "decide": (manual_decision.decide_by_hand, "water", (), ""),
    "escalate": (manual_decision.escalate,),
    "send-back": (manual_decision.send_back, "unclear", "看不清"),
}


def attempt_result(driver: CaseDriver, action: str, who: Caller) -> str:
    """Return what an attempt would do: empty if refused, `done` if it states an event. Nothing is kept."""
    command, *args = COMMANDS[action]
    case = copy.copy(driver.case())
    case.state = RoutingCase.load(driver.state.model_dump_json(exclude_defaults=True))
    if not ROLE_CHECKS[action](who) or not is_allowed(command, case, *args, who):
        return ""
    return "done" if case.emitted else "nothing to do"


def compare_offers(driver: CaseDriver, seen: Counter[str]) -> None:
    for who in CALLERS:
        offered = possible_actions(INDEXES.of(driver.district), driver.state, who)
        seen.update(offered)
        for action in COMMANDS:
            result = attempt_result(driver, action, who)
            if action in offered:
                assert result, (action, who, driver.state.waiting, "offered but refused")
            else:
                assert result != "done", (action, who, driver.state.waiting, "accepted but not offered")


def change_case(driver: CaseDriver, chance: Random) -> None:
    """Change the case at random: a return, a decision, an escalation, a case sent back, or a voided case."""
    if driver.state.waiting is not None:
        is_allowed(driver.run, *COMMANDS[chance.choice([*COMMANDS, "decide", "escalate"])], chance.choice(CALLERS[:3]))
    elif (lead := driver.state.chosen_units) is not None:
        unit = lead.lead
        driver.dispatch_all() if not driver.state.dispatches or chance.random() < 0.5 else None
        if any(each.unit_id == unit and not each.returned for each in driver.state.dispatches.values()):
            driver.accept_return(unit)
    if chance.random() < 0.05:
        driver.apply(CaseVoided(note="", decided_by=CLERK))


def test_offered_actions_are_exactly_the_accepted_ones() -> None:
    seen = Counter[str]()
    for seed in range(40):
        chance = Random(seed)
        driver = CaseDriver(make_district(*chance.choice(((), TWO_CANDIDATES)), TEAM))
        driver.apply(filed(centre_id=chance.choice(("centre-one", "centre-one", "county", "centre-two"))))
        compare_offers(driver, seen)
        for _ in range(6):
            change_case(driver, chance)
            compare_offers(driver, seen)
    assert seen.keys() == COMMANDS.keys(), seen


def test_a_case_that_waits_for_the_county_offers_the_street_nothing() -> None:
    driver = CaseDriver(make_district(TEAM)).apply(filed())
    index = INDEXES.of(driver.district)
    assert possible_actions(index, driver.state, STREET_DISPATCHER) == ["decide", "escalate", "send-back"]
    driver.run(manual_decision.escalate, STREET_DISPATCHER)
    assert possible_actions(index, driver.state, STREET_DISPATCHER) == []
    assert possible_actions(index, driver.state, COUNTY_DISPATCHER) == ["decide", "send-back"]
