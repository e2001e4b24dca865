"""Steps 1 to 5 of routing, each rule with a case that fails without it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from contracts.registry import Category, Grid, Shift, Team
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from services.routing.domain.question import Decision, Question
from tests.unit.routing.town import (
    COMMUNITY,
    COVER,
    GRID,
    MICRO,
    MIDNIGHT,
    NOON,
    OTHER_STREET,
    PLAN_GAS,
    PLAN_GENERAL,
    PLAN_PERSON,
    SAFE,
    WHOLE_KIND,
    ask,
    entry,
    index,
    major,
    town,
    unit,
)

JOINT = Team(
    id="joint-one",
    kind="joint",
    name="联合队",
    name_en="Joint team",
    convenor="street-one",
    members=("police", "greens"),
    areas=("370522001",),
)


def roles(decision: Decision) -> dict[str, str]:
    return {each.unit_id: each.role for each in decision.assignments}


def reasons(decision: Decision) -> dict[str, str]:
    return {each.unit_id: each.reason_en for each in decision.candidates if each.excluded}


def test_a_longer_area_prefix_beats_a_more_precise_match() -> None:
    found = decide(
        index(entry("minor", lead="greens"), entry("near", area=COMMUNITY, match=WHOLE_KIND, lead="roads")), ask()
    )
    assert found.lead == "roads"
    assert [each.entry_id for each in found.candidates] == ["near", "minor"]


def test_whoever_is_on_duty_by_the_roster_leads_and_with_nobody_the_next_entry_does() -> None:
    """A unit's own shift, or that of a mobile team whose orders it gets, over the place; the reason says so, and the
    recorded question under the same release gives the same answer.
    """
    list_ = (
        entry("day", lead="greens", hours="night"),
        entry("squad", lead="roads", on_duty=True),
        entry("patrol", lead="mobile", on_duty=True),
    )
    street, night = {"areas": ("370522001",)}, {"starts": "20:00", "ends": "06:00"}
    rostered = ListIndex(
        town(
            *list_,
            Shift(id="squad-night", unit="roads", **street, **night),
            Shift(id="mobile-dawn", team="mobile-team", areas=("370522",), starts="06:00", ends="08:00"),
            Shift(id="an-officer", officer="o", **street, starts="00:00", ends="23:59"),
        )
    )
    found = decide(rostered, ask(at=MIDNIGHT))
    assert found.lead == "roads"
    assert "on duty by the roster" in found.explanation_en
    assert "按排班在岗" in found.explanation
    assert decide(rostered, Question.model_validate_json(ask(at=MIDNIGHT).model_dump_json())) == found
    assert decide(rostered, ask(at=MIDNIGHT, area=OTHER_STREET)).lead == "greens", "on duty elsewhere"
    assert decide(rostered, ask(at=MIDNIGHT + timedelta(hours=6))).lead == "mobile", "it is theirs from six on"
    assert decide(rostered, ask(at=MIDNIGHT - timedelta(hours=5))).lead == "greens", "nobody is on duty yet"
    assert decide(ListIndex(town(*list_)), ask(at=MIDNIGHT)).lead == "greens", "a release without a roster"


def test_in_one_area_minor_beats_major_beats_kind() -> None:
    entries = [
        entry("c-kind", match=WHOLE_KIND, lead="roads"),
        entry("b-major", match=major("06"), lead="water"),
        entry("a-minor", lead="greens"),
    ]
    found = decide(index(*entries), ask())
    assert [each.unit_id for each in found.candidates] == ["greens", "water", "roads"]
    assert decide(index(*entries), ask("06011")).lead == "water"
    assert decide(index(*entries), ask("07001")).lead == "roads"


def test_named_hours_beat_all_hours_and_only_count_at_their_time() -> None:
    found = index(entry("any", lead="greens"), entry("night", lead="police", hours="night"))
    assert decide(found, ask(at=MIDNIGHT)).lead == "police"
    assert decide(found, ask()).lead == "greens"


def test_a_management_level_is_told_from_others_by_the_thing_or_else_by_its_grid() -> None:
    """Hours, then levels: an alley of the community's is not the county's road."""
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
    assert decide(found, ask("01002")).lead == "street-one"
    assert decide(found, ask("01002", at=MIDNIGHT)).lead == "street-one", "a named level is more specific than hours"
    assert decide(found, ask("01002", component_id=cover.id)).lead == "roads"
    assert decide(found, ask("01002", area=OTHER_STREET)).lead == "greens"


def test_an_entry_counts_from_its_day_and_until_its_day_in_the_districts_own_time() -> None:
    found = index(
        entry("old", lead="greens", valid_to=date(2026, 11, 24)),
        entry("new", lead="roads", valid_from=date(2026, 11, 24)),
        entry("ban", valid_from=date(2026, 11, 25), excluded=("roads",)),
    )
    assert decide(found, ask(at=MIDNIGHT - timedelta(seconds=1))).lead == "greens"
    assert decide(found, ask(at=MIDNIGHT)).lead == "roads"
    assert decide(found, ask(at=MIDNIGHT + timedelta(days=1))).needed == "no_match"


def test_a_dedicated_grid_has_entries_of_its_own() -> None:
    school = f"{COMMUNITY}801"
    found = index(entry("school", area=school, lead="police"), entry("street", area=COMMUNITY, lead="greens"))
    assert decide(found, ask(area=school)).lead == "police"
    assert decide(found, ask(area=f"{COMMUNITY}802")).lead == "greens"


def test_a_micro_grid_belongs_to_its_parents_area() -> None:
    found = index(entry("parent", area=GRID, lead="greens"), entry("micro", area=MICRO, lead="police"))
    assert decide(found, ask(area=MICRO)).lead == "police"
    assert decide(found, ask(area=f"{GRID}-03")).lead == "greens"


def test_another_streets_entry_does_not_apply() -> None:
    found = decide(index(entry("two", area="370522002", lead="greens")), ask())
    assert found.needed == "no_match"
    assert found.gap
    assert not found.assignments


def test_a_negative_entry_excludes_by_unit_and_by_kind_whatever_is_more_specific() -> None:
    """Officers, communities and coordinated units can never lead an enforcement matter."""
    ban = entry("never", match=major("06"), excluded=("street-one",), excluded_kinds=("property_company",))
    found = decide(
        index(
            ban,
            entry("a", area=GRID, lead="homes"),
            entry("b", area=COMMUNITY, lead="street-one"),
            entry("c", lead="greens"),
        ),
        ask(),
    )
    assert found.lead == "greens"
    assert set(reasons(found)) == {"homes", "street-one"}
    assert "excludes it" in reasons(found)["homes"]


def test_who_is_no_unit_has_ended_or_works_elsewhere_is_not_asked() -> None:
    gone = unit("greens", valid_to=date(2026, 11, 23))
    entries = (
        entry("a", area=GRID, lead="officer-7"),
        entry("b", area=COMMUNITY, lead="greens"),
        entry("c", area="370522001", lead="street-two"),
        entry("d", lead="roads"),
    )
    found = decide(ListIndex(town(*entries, units={"greens": gone})), ask())
    assert found.lead == "roads"
    assert list(reasons(found)) == ["officer-7", "greens", "street-two"]


def test_an_entry_that_names_several_gives_one_lead_and_co_units() -> None:
    found = decide(index(entry("joint", lead="greens", co=("homes", "water"))), ask())
    assert found.rule == "joint_entry"
    assert roles(found) == {"greens": "lead", "homes": "co", "water": "co"}
    assert {each.unit_id for each in found.assignments if each.coordinated} == {"homes"}


def test_a_co_unit_that_cannot_take_part_is_left_out_and_said_so() -> None:
    found = decide(index(entry("joint", lead="greens", co=("street-two", "water"))), ask())
    assert roles(found) == {"greens": "lead", "water": "co"}
    assert "does not work in this area" in reasons(found)["street-two"]


def test_the_convenor_leads_a_team_without_a_named_lead_and_joins_one_with() -> None:
    found = decide(index(JOINT, entry("team", team="joint-one")), ask())
    assert roles(found) == {"street-one": "lead", "police": "co", "greens": "co"}
    found = decide(index(JOINT, entry("team", team="joint-one", lead="greens")), ask())
    assert roles(found) == {"greens": "lead", "street-one": "co", "police": "co"}


def test_a_recurring_problem_brings_the_joint_team_of_the_area() -> None:
    """The list still names the lead; the team's units join. Without a list the convenor leads."""
    found = decide(index(JOINT, entry("one", lead="greens")), ask(joint=True))
    assert found.rule == "joint_entry"
    assert roles(found) == {"greens": "lead", "street-one": "co", "police": "co"}
    assert decide(index(JOINT), ask(joint=True)).lead == "street-one"
    assert decide(index(JOINT), ask(joint=True, area=OTHER_STREET)).needed == "no_match"


def test_equal_entries_that_disagree_are_a_persons_to_decide() -> None:
    found = decide(
        index(entry("a", lead="greens"), entry("b", lead="roads"), entry("c", match=major("06"), lead="water")), ask()
    )
    assert found.needed == "list_disagrees"
    assert not found.gap
    assert not found.assignments


def test_equal_entries_that_agree_bring_all_their_co_units() -> None:
    found = decide(index(entry("a", lead="greens", co=("water",)), entry("b", lead="greens", co=("homes",))), ask())
    assert roles(found) == {"greens": "lead", "water": "co", "homes": "co"}


def test_a_component_goes_to_its_maintainer_then_its_owner_before_the_list() -> None:
    found = index(COVER, entry("one", code="01002", lead="greens"))
    question = ask("01002", component_id=COVER.id)
    assert decide(found, question).rule == "component_owner"
    assert decide(found, question).lead == "roads"
    assert decide(found, question.model_copy(update={"returned_as_lead": ("roads",)})).lead == "water"
    assert decide(found, question.model_copy(update={"returned_as_lead": ("roads", "water")})).lead == "greens"
    assert decide(found, ask("01002", component_id="37052201002000099")).rule == "responsibility_list"


def test_a_component_says_nothing_about_a_matter_that_is_not_about_such_things() -> None:
    """Litter at a manhole is swept by whoever sweeps, not by whoever keeps the sewers."""
    found = decide(index(COVER, entry("a", code="06010", lead="greens")), ask("06010", component_id=COVER.id))
    assert (found.rule, found.lead) == ("responsibility_list", "greens")


LAMP = COVER.model_copy(update={"id": "37052201037000001", "category": "GB/component/01037", "managed_by": "county"})


def test_a_component_of_another_kind_in_the_same_major_does_not_lead() -> None:
    """A missing manhole cover beside a street lamp is not a case for the maintainer of the lamp."""
    found = decide(index(LAMP, entry("a", code="01002", lead="greens")), ask("01002", component_id=LAMP.id))
    assert (found.rule, found.lead) == ("responsibility_list", "greens")


def test_the_level_of_a_component_of_another_kind_does_not_count() -> None:
    entries = (entry("any", code="01002", lead="greens"), entry("county", code="01002", lead="water", level="county"))
    assert decide(index(LAMP, *entries), ask("01002", component_id=LAMP.id)).lead == "greens"


def test_a_component_of_the_same_kind_in_another_edition_leads() -> None:
    kind = Category(
        id="OLD/component/01-02",
        standard="OLD",
        kind="component",
        code="01-02",
        major="01",
        name="井盖",
        name_en="cover",
        crosswalk=("GB/component/01002",),
    )
    cover = COVER.model_copy(update={"category": kind.id})
    found = decide(index(cover, kind, entry("a", code="01002", lead="greens")), ask("01002", component_id=cover.id))
    assert (found.rule, found.lead) == ("component_owner", "roads")


def test_who_returned_it_is_not_asked_again_as_lead_or_co_unit() -> None:
    found = decide(
        index(entry("a", area=GRID, lead="greens"), entry("b", lead="roads", co=("greens",))), ask(returned=("greens",))
    )
    assert found.rule == "next_candidate"
    assert roles(found) == {"roads": "lead"}


def test_who_returned_only_its_own_part_may_lead_next() -> None:
    """It said that it has nothing to do beside that lead; whether it must lead is another question."""
    found = index(entry("a", area=GRID, lead="greens", co=("roads",)), entry("b", lead="roads", co=("homes", "water")))
    next_round = decide(found, ask(returned=("roads", "homes", "greens"), returned_as_lead=("greens",)))
    assert roles(next_round) == {"roads": "lead", "water": "co"}


def test_with_every_candidate_gone_a_person_decides_and_the_list_is_not_to_blame() -> None:
    found = decide(index(entry("a", lead="greens")), ask(returned=("greens",)))
    assert found.needed == "no_candidate_left"
    assert not found.gap


def test_an_emergency_starts_its_plan_and_finds_the_lead_in_the_same_decision() -> None:
    found = decide(index(PLAN_GAS, PLAN_GENERAL, entry("a", code="05001", lead="roads", co=("water",))), ask("05001"))
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


def test_a_unit_of_the_plan_that_leads_gets_one_dispatch_not_two() -> None:
    found = decide(index(PLAN_GAS, entry("a", code="05001", lead="gas")), ask("05001"))
    assert roles(found) == {"gas": "lead", "mobile": "first_response", "fire": "first_response"}


def test_whom_a_plan_names_and_who_cannot_go_is_kept_with_the_reason() -> None:
    """Every candidate and why: like a lead or a co-unit that does not fit."""
    plan = PLAN_GAS.model_copy(update={"agencies": ("fire", "street-two"), "utilities": ("gas", "gone", "gone")})
    closed = unit("gas", valid_to=NOON.date())
    found = decide(ListIndex(town(plan, entry("a", code="05001", lead="roads"), units={"gas": closed})), ask("05001"))
    assert roles(found) == {"roads": "lead", "mobile": "first_response", "fire": "first_response"}
    kept = {each.unit_id: each.reason_en for each in found.candidates if each.excluded}
    assert kept == {
        "street-two": "does not work in this area (Gas plan)",
        "gas": "the unit is no longer in service (Gas plan)",
        "gone": "is not a responsible unit of this release (Gas plan)",
    }
    assert all(each.rule == "emergency_plan" for each in found.candidates if each.excluded)
    assert len(found.candidates) == 6


def test_an_emergency_without_a_lead_still_moves_the_first_responders() -> None:
    found = decide(index(PLAN_GENERAL), ask(emergency=True))
    assert found.needed == "no_match"
    assert roles(found) == {"mobile": "first_response"}


def test_a_plan_starts_once() -> None:
    found = decide(index(PLAN_GAS, entry("a", code="05001", lead="roads")), ask("05001", fresh=False))
    assert roles(found) == {"roads": "lead"}


def test_a_confidential_matter_goes_to_the_competent_unit_alone_and_says_nothing_else() -> None:
    entries = (
        PLAN_GENERAL,
        COVER,
        JOINT,
        entry("secret-name", code="15001", lead="police", co=("greens",)),
        entry("wide", match=WHOLE_KIND, lead="roads"),
    )
    found = decide(index(*entries), ask("15001", component_id=COVER.id, joint=True, emergency=True))
    assert found.rule == "confidential"
    assert roles(found) == {"police": "lead"}
    assert [(each.unit_id, each.entry_id) for each in found.candidates] == [("police", None)]
    told = found.explanation + found.explanation_en + str(found.candidates)
    for hidden in ("15001", "secret-name", "社区", "Community", "网格", "370522"):
        assert hidden not in told


def test_a_person_in_danger_starts_the_plan_that_names_it_without_naming_it() -> None:
    found = decide(index(PLAN_PERSON, PLAN_GENERAL, entry("a", code="15002", lead="police")), ask("15002"))
    assert roles(found) == {"police": "lead", "mobile": "first_response"}
    assert "人身安全" not in found.explanation + str(found.candidates)


def test_every_candidate_names_the_clause_of_the_list_and_never_its_id() -> None:
    found = decide(
        index(
            entry(
                "raw-a", lead="greens", clause="第12项", clause_en="item 12", note="先由其牵头", note_en="leads first"
            ),
            entry("raw-b", area=GRID, lead="street-two"),
        ),
        ask(),
    )
    assert found.candidates[1].reason == "责任清单“第12项”：利津县，类别06010，全时段（先由其牵头）"
    assert found.candidates[1].reason_en == (
        "clause “item 12” of the list: Lijin County, category 06010, at all hours (leads first)"
    )
    assert found.candidates[0].reason.startswith("不在其工作范围内（责任清单条目：网格one")
    assert found.explanation == "由greens局牵头：责任清单“第12项”：利津县，类别06010，全时段（先由其牵头）。"
    assert found.explanation_en == (
        "greens office leads: clause “item 12” of the list: Lijin County, category 06010, at all hours (leads first)."
    )
    assert [each.entry_id for each in found.candidates] == ["raw-b", "raw-a"], "the id is a field of its own"
    assert "raw-" not in found.explanation + found.explanation_en + "".join(
        each.reason + each.reason_en for each in found.candidates
    )


def test_a_ban_names_its_clause() -> None:
    found = decide(
        index(entry("a", lead="greens"), entry("ban", excluded=("greens",), clause="第3项", clause_en="item 3")), ask()
    )
    assert found.candidates[0].reason.startswith("责任清单“第3项”：利津县，类别06010，全时段，规定不得牵头")
    assert "clause “item 3” of the list" in found.candidates[0].reason_en


@pytest.mark.parametrize(
    ("winner", "why", "why_en"),
    [
        ({"area": GRID}, "区域更具体（网格one，而非利津县）", "its area is more specific (grid one, not Lijin County)"),
        ({"level": "street"}, "写明管理层级的条目更具体（街道管理）", "managed by the street"),
        ({"hours": "office"}, "写明时段的条目更具体（工作时间）", "in office hours"),
    ],
    ids=["area", "level", "hours"],
)
def test_the_explanation_says_why_the_entry_beat_the_next(winner: dict[str, Any], why: str, why_en: str) -> None:
    lane = Grid(
        id=GRID,
        kind="base",
        name="网格one",
        name_en="grid one",
        community=COMMUNITY,
        managed_by="street",
        valid_from=date(2026, 1, 1),
    )
    found = decide(index(lane, entry("a", lead="greens"), entry("b", lead="roads", **winner)), ask())
    assert f"优先于greens局：{why}。" in found.explanation
    assert found.lead == "roads"
    assert "Preferred to greens office: " in found.explanation_en
    assert why_en in found.explanation_en
    assert found.candidates[1].reason.endswith(f"；未选：{why}")
    assert why_en in found.candidates[1].reason_en


def test_the_explanation_says_when_the_category_or_the_component_decided() -> None:
    listed = (entry("a", lead="roads"), entry("b", match=major("06"), lead="greens"))
    assert "事项更具体（类别06010，而非大类 大类06）" in decide(index(*listed), ask()).explanation
    found = decide(index(COVER, entry("a", code="01002", lead="greens")), ask("01002", component_id=COVER.id))
    assert "优先于water局：部件的养护单位先于权属单位。" in found.explanation
    assert found.candidates[2].reason.endswith("；未选：部件的养护、权属单位先于清单条目")
    alone = decide(index(entry("a", lead="greens")), ask())
    assert "优先于" not in alone.explanation


def test_entries_that_do_not_count_now_are_told_with_the_reason() -> None:
    found = decide(
        index(
            entry("now", lead="greens"),
            entry("later", lead="roads", valid_from=date(2026, 12, 1)),
            entry("gone", lead="water", valid_to=date(2026, 11, 1)),
            entry("night", lead="police", hours="night"),
        ),
        ask(),
    )
    told = {each.unit_id: each for each in found.candidates}
    assert told["roads"].reason.startswith("尚未施行（责任清单条目：利津县，类别06010，全时段，2026-12-01起施行")
    assert told["water"].reason_en.startswith("is no longer in force (entry of the list: ")
    assert told["police"].reason.startswith("不在其适用时段")
    assert [each.unit_id for each in found.candidates if not each.excluded] == ["greens"]


def test_an_unknown_category_is_a_gap_not_an_error() -> None:
    assert decide(index(), ask("99999")).needed == "no_match"
