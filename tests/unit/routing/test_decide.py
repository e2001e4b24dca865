"""Decisions by the responsibility list: which entry wins and who joins."""

from __future__ import annotations

from datetime import date, timedelta

from contracts.registry import Grid, Shift
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from services.routing.domain.question import Question
from tests.unit.routing.decisions import reasons, roles
from tests.unit.routing.sample_district import (
    COMMUNITY,
    COVER,
    GRID,
    JOINT_TEAM,
    MICRO,
    MIDNIGHT,
    OTHER_STREET,
    WHOLE_KIND,
    entry,
    index,
    major,
    make_district,
    make_question,
    unit,
)


def test_a_longer_area_prefix_beats_a_more_precise_category() -> None:
    found = decide(
        index(entry("minor", lead="greens"), entry("near", area=COMMUNITY, match=WHOLE_KIND, lead="roads")),
        make_question(),
    )
    assert found.lead == "roads"
    assert [each.entry_id for each in found.candidates] == ["near", "minor"]


def test_the_unit_on_duty_by_the_roster_leads_otherwise_the_next_entry() -> None:
    """The shift may be the unit's own or that of a mobile team. The recorded question gives the same decision."""
    list_ = (
        entry("day", lead="greens", hours="night"),
        entry("squad", lead="roads", on_duty=True),
        entry("patrol", lead="mobile", on_duty=True),
    )
    street, night = {"areas": ("370522001",)}, {"starts": "20:00", "ends": "06:00"}
    rostered = ListIndex(
        make_district(
            *list_,
            Shift(id="squad-night", unit="roads", **street, **night),
            Shift(id="mobile-dawn", team="mobile-team", areas=("370522",), starts="06:00", ends="08:00"),
            Shift(id="an-officer", officer="o", **street, starts="00:00", ends="23:59"),
        )
    )
    found = decide(rostered, make_question(at=MIDNIGHT))
    assert found.lead == "roads"
    assert "on duty by the roster" in found.explanation_en
    assert "按排班在岗" in found.explanation
    assert decide(rostered, Question.model_validate_json(make_question(at=MIDNIGHT).model_dump_json())) == found
    assert decide(rostered, make_question(at=MIDNIGHT, area=OTHER_STREET)).lead == "greens", "on duty in another area"
    assert decide(rostered, make_question(at=MIDNIGHT + timedelta(hours=6))).lead == "mobile", (
        "the other shift begins at six"
    )
    assert decide(rostered, make_question(at=MIDNIGHT - timedelta(hours=5))).lead == "greens", "the shift has not begun"
    assert decide(ListIndex(make_district(*list_)), make_question(at=MIDNIGHT)).lead == "greens", (
        "a release without a roster"
    )


def test_in_one_area_minor_beats_major_beats_kind() -> None:
    entries = [
        entry("c-kind", match=WHOLE_KIND, lead="roads"),
        entry("b-major", match=major("06"), lead="water"),
        entry("a-minor", lead="greens"),
    ]
    found = decide(index(*entries), make_question())
    assert [each.unit_id for each in found.candidates] == ["greens", "water", "roads"]
    assert decide(index(*entries), make_question("06011")).lead == "water"
    assert decide(index(*entries), make_question("07001")).lead == "roads"


def test_an_entry_with_hours_beats_one_without_but_counts_only_in_its_hours() -> None:
    found = index(entry("any", lead="greens"), entry("night", lead="police", hours="night"))
    assert decide(found, make_question(at=MIDNIGHT)).lead == "police"
    assert decide(found, make_question()).lead == "greens"


def test_the_management_level_comes_from_the_component_or_from_its_grid() -> None:
    """A community's alley is not a road of the county. A named level is more specific than hours."""
    alley = Grid(
        id=GRID,
        kind="base",
        name="格",
        name_en="grid",
        community=COMMUNITY,
        managed_by="community",
        valid_from=date(2026, 1, 1),
    )
    cover = COVER.model_copy(update={"owner_unit": None, "maintainer_unit": None, "managed_by": "county"})
    entries = (
        entry("any", code="01002", lead="greens"),
        entry("county", code="01002", lead="roads", level="county"),
        entry("alley", code="01002", lead="street-one", level="community"),
        entry("night", code="01002", lead="police", hours="night"),
    )
    found = index(alley, cover, *entries)
    assert decide(found, make_question("01002")).lead == "street-one"
    assert decide(found, make_question("01002", at=MIDNIGHT)).lead == "street-one", (
        "a named level is more specific than hours"
    )
    assert decide(found, make_question("01002", component_id=cover.id)).lead == "roads"
    assert decide(found, make_question("01002", area=OTHER_STREET)).lead == "greens"


def test_an_entry_is_valid_from_its_day_until_its_day_in_local_time() -> None:
    found = index(
        entry("old", lead="greens", valid_to=date(2026, 11, 24)),
        entry("new", lead="roads", valid_from=date(2026, 11, 24)),
        entry("ban", valid_from=date(2026, 11, 25), excluded=("roads",)),
    )
    assert decide(found, make_question(at=MIDNIGHT - timedelta(seconds=1))).lead == "greens"
    assert decide(found, make_question(at=MIDNIGHT)).lead == "roads"
    assert decide(found, make_question(at=MIDNIGHT + timedelta(days=1))).needed == "no_match"


def test_a_dedicated_grid_has_its_own_entries() -> None:
    school = f"{COMMUNITY}801"
    found = index(entry("school", area=school, lead="police"), entry("street", area=COMMUNITY, lead="greens"))
    assert decide(found, make_question(area=school)).lead == "police"
    assert decide(found, make_question(area=f"{COMMUNITY}802")).lead == "greens"


def test_a_micro_grid_belongs_to_the_area_of_its_parent() -> None:
    found = index(entry("parent", area=GRID, lead="greens"), entry("micro", area=MICRO, lead="police"))
    assert decide(found, make_question(area=MICRO)).lead == "police"
    assert decide(found, make_question(area=f"{GRID}-03")).lead == "greens"


def test_an_entry_of_another_street_does_not_apply() -> None:
    found = decide(index(entry("two", area="370522002", lead="greens")), make_question())
    assert found.needed == "no_match"
    assert found.gap
    assert not found.assignments


def test_a_negative_entry_excludes_units_and_kinds_even_from_more_specific_entries() -> None:
    """Officers, communities and coordinated units can never lead an enforcement case."""
    ban = entry("never", match=major("06"), excluded=("street-one",), excluded_kinds=("property_company",))
    found = decide(
        index(
            ban,
            entry("a", area=GRID, lead="homes"),
            entry("b", area=COMMUNITY, lead="street-one"),
            entry("c", lead="greens"),
        ),
        make_question(),
    )
    assert found.lead == "greens"
    assert set(reasons(found)) == {"homes", "street-one"}
    assert "excludes it" in reasons(found)["homes"]


def test_an_unknown_ended_or_distant_unit_is_not_assigned() -> None:
    gone = unit("greens", valid_to=date(2026, 11, 23))
    entries = (
        entry("a", area=GRID, lead="officer-7"),
        entry("b", area=COMMUNITY, lead="greens"),
        entry("c", area="370522001", lead="street-two"),
        entry("d", lead="roads"),
    )
    found = decide(ListIndex(make_district(*entries, units={"greens": gone})), make_question())
    assert found.lead == "roads"
    assert list(reasons(found)) == ["officer-7", "greens", "street-two"]


def test_an_entry_with_several_units_gives_one_lead_and_co_units() -> None:
    found = decide(index(entry("joint", lead="greens", co=("homes", "water"))), make_question())
    assert found.rule == "joint_entry"
    assert roles(found) == {"greens": "lead", "homes": "co", "water": "co"}
    assert {each.unit_id for each in found.assignments if each.coordinated} == {"homes"}


def test_an_impossible_co_unit_is_left_out_with_a_reason() -> None:
    found = decide(index(entry("joint", lead="greens", co=("street-two", "water"))), make_question())
    assert roles(found) == {"greens": "lead", "water": "co"}
    assert "does not work in this area" in reasons(found)["street-two"]


def test_the_convenor_leads_a_team_without_a_named_lead_and_joins_otherwise() -> None:
    found = decide(index(JOINT_TEAM, entry("team", team="joint-one")), make_question())
    assert roles(found) == {"street-one": "lead", "police": "co", "greens": "co"}
    found = decide(index(JOINT_TEAM, entry("team", team="joint-one", lead="greens")), make_question())
    assert roles(found) == {"greens": "lead", "street-one": "co", "police": "co"}


def test_a_recurring_problem_adds_the_joint_team_of_the_area() -> None:
    """The list still names the lead. Without an entry the convenor leads."""
    found = decide(index(JOINT_TEAM, entry("one", lead="greens")), make_question(joint=True))
    assert found.rule == "joint_entry"
    assert roles(found) == {"greens": "lead", "street-one": "co", "police": "co"}
    assert decide(index(JOINT_TEAM), make_question(joint=True)).lead == "street-one"
    assert decide(index(JOINT_TEAM), make_question(joint=True, area=OTHER_STREET)).needed == "no_match"


def test_equal_entries_that_disagree_need_a_person() -> None:
    found = decide(
        index(entry("a", lead="greens"), entry("b", lead="roads"), entry("c", match=major("06"), lead="water")),
        make_question(),
    )
    assert found.needed == "list_disagrees"
    assert not found.gap
    assert not found.assignments


def test_equal_entries_that_agree_add_up_their_co_units() -> None:
    found = decide(
        index(entry("a", lead="greens", co=("water",)), entry("b", lead="greens", co=("homes",))), make_question()
    )
    assert roles(found) == {"greens": "lead", "water": "co", "homes": "co"}


def test_a_unit_that_returned_the_case_is_not_assigned_again() -> None:
    found = decide(
        index(entry("a", area=GRID, lead="greens"), entry("b", lead="roads", co=("greens",))),
        make_question(returned=("greens",)),
    )
    assert found.rule == "next_candidate"
    assert roles(found) == {"roads": "lead"}


def test_a_unit_that_returned_only_its_own_part_may_lead_next() -> None:
    """The return says nothing about whether the unit must lead."""
    found = index(entry("a", area=GRID, lead="greens", co=("roads",)), entry("b", lead="roads", co=("homes", "water")))
    next_round = decide(found, make_question(returned=("roads", "homes", "greens"), returned_as_lead=("greens",)))
    assert roles(next_round) == {"roads": "lead", "water": "co"}


def test_without_remaining_candidates_a_person_decides_and_it_is_no_gap() -> None:
    found = decide(index(entry("a", lead="greens")), make_question(returned=("greens",)))
    assert found.needed == "no_candidate_left"
    assert not found.gap


def test_an_unknown_category_is_a_gap_and_no_error() -> None:
    assert decide(index(), make_question("99999")).needed == "no_match"
