"""Decisions in emergencies and about confidential cases."""

from __future__ import annotations

from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from tests.unit.routing.decisions import roles
from tests.unit.routing.sample_district import (
    COVER,
    JOINT_TEAM,
    NOON,
    PLAN_GAS,
    PLAN_GENERAL,
    PLAN_PERSON,
    SAFE,
    WHOLE_KIND,
    entry,
    index,
    make_district,
    make_question,
    unit,
)


def test_an_emergency_starts_its_plan_and_gets_its_lead_in_one_decision() -> None:
    found = decide(
        index(PLAN_GAS, PLAN_GENERAL, entry("a", code="05001", lead="roads", co=("water",))), make_question("05001")
    )
    assert found.rule == "emergency_plan"
    assert roles(found) == {
        "roads": "lead",
        "water": "co",
        "mobile": "first_response",
        "fire": "first_response",
        "gas": "first_response",
    }
    milestones = {each.unit_id: each.milestones for each in found.assignments}
    assert milestones["mobile"] == (SAFE,)
    assert milestones["roads"] == ()


def test_a_unit_of_the_plan_that_leads_gets_one_dispatch() -> None:
    found = decide(index(PLAN_GAS, entry("a", code="05001", lead="gas")), make_question("05001"))
    assert roles(found) == {"gas": "lead", "mobile": "first_response", "fire": "first_response"}


def test_a_unit_of_the_plan_that_cannot_go_is_kept_with_the_reason() -> None:
    """Every candidate is recorded, like an unsuitable lead or co-unit."""
    plan = PLAN_GAS.model_copy(update={"agencies": ("fire", "street-two"), "utilities": ("gas", "gone", "gone")})
    closed = unit("gas", valid_to=NOON.date())
    found = decide(
        ListIndex(make_district(plan, entry("a", code="05001", lead="roads"), units={"gas": closed})),
        make_question("05001"),
    )
    assert roles(found) == {"roads": "lead", "mobile": "first_response", "fire": "first_response"}
    excluded = {each.unit_id: each.reason_en for each in found.candidates if each.excluded}
    assert excluded == {
        "street-two": "does not work in this area (Gas plan)",
        "gas": "the unit is no longer in service (Gas plan)",
        "gone": "is not a responsible unit of this release (Gas plan)",
    }
    assert all(each.rule == "emergency_plan" for each in found.candidates if each.excluded)
    assert len(found.candidates) == 6


def test_an_emergency_without_a_lead_still_sends_first_responders() -> None:
    found = decide(index(PLAN_GENERAL), make_question(emergency=True))
    assert found.needed == "no_match"
    assert roles(found) == {"mobile": "first_response"}


def test_a_plan_starts_once() -> None:
    found = decide(index(PLAN_GAS, entry("a", code="05001", lead="roads")), make_question("05001", fresh=False))
    assert roles(found) == {"roads": "lead"}


def test_a_confidential_case_goes_to_the_responsible_unit_alone_and_reveals_nothing() -> None:
    entries = (
        PLAN_GENERAL,
        COVER,
        JOINT_TEAM,
        entry("secret-name", code="15001", lead="police", co=("greens",)),
        entry("wide", match=WHOLE_KIND, lead="roads"),
    )
    found = decide(index(*entries), make_question("15001", component_id=COVER.id, joint=True, emergency=True))
    assert found.rule == "confidential"
    assert roles(found) == {"police": "lead"}
    assert [(each.unit_id, each.entry_id) for each in found.candidates] == [("police", None)]
    texts = found.explanation + found.explanation_en + str(found.candidates)
    for hidden in ("15001", "secret-name", "社区", "Community", "网格", "370522"):
        assert hidden not in texts


def test_a_person_in_danger_starts_the_plan_without_naming_it() -> None:
    found = decide(index(PLAN_PERSON, PLAN_GENERAL, entry("a", code="15002", lead="police")), make_question("15002"))
    assert roles(found) == {"police": "lead", "mobile": "first_response"}
    assert "人身安全" not in found.explanation + str(found.candidates)
