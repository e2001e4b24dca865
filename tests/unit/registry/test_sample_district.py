"""The sample district agrees with its design, and its list decides every situation of the demo day."""

from __future__ import annotations

import itertools
from collections import Counter
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from shapely import unary_union
from shapely.geometry import Polygon

from contracts.events.acceptance import Milestone
from services.chassis import duty
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from services.routing.domain.question import Decision, Question
from tests.unit.registry.sample_district import lijin

HOUSEHOLDS = {
    "津苑": 2398,
    "文昌": 3272,
    "津城": 2919,
    "凤凰": 2382,
    "利城": 3523,
    "新合": 1622,
    "文苑": 932,
    "津兴": 3125,
    "文津": 2952,
    "凤仪": 2748,
    "永利": 2786,
}
GRIDS = {
    "津苑": 8,
    "文昌": 11,
    "津城": 9,
    "凤凰": 8,
    "利城": 11,
    "新合": 5,
    "文苑": 3,
    "津兴": 10,
    "文津": 9,
    "凤仪": 9,
    "永利": 9,
}
COMMUNITY = {found.name.removesuffix("社区"): code for code, found in lijin().communities.items()}
DAY = datetime(2026, 11, 23, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
NIGHT = datetime(2026, 11, 23, 23, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
GB, OLD, LOCAL = "GB47678-5-2026/matter", "GB30428-2-2013/event", "LOCAL-370522/matter"


def grid(community: str, serial: int) -> str:
    return f"{COMMUNITY[community]}{serial:03d}"


def test_households_and_base_grids_have_the_given_split() -> None:
    base = [each for each in lijin().grids.values() if each.kind == "base"]
    assert len(base) == 92
    assert {name: lijin().communities[code].households for name, code in COMMUNITY.items()} == HOUSEHOLDS
    assert Counter(next(name for name, code in COMMUNITY.items() if code == each.community) for each in base) == GRIDS
    for name, code in COMMUNITY.items():
        assert sum(each.households or 0 for each in base if each.community == code) == HOUSEHOLDS[name]
    assert all(270 <= (each.households or 0) <= 360 for each in base)


def test_the_split_is_the_largest_remainder_of_92_grids() -> None:
    exact = {name: 92 * count / sum(HOUSEHOLDS.values()) for name, count in HOUSEHOLDS.items()}
    split = {name: int(share) for name, share in exact.items()}
    for name in sorted(exact, key=lambda name: split[name] - exact[name])[: 92 - sum(split.values())]:
        split[name] += 1
    assert split == GRIDS


def test_polygons_cover_the_town_without_gap_or_overlap_and_are_marked_as_made_up() -> None:
    ground = [each for each in lijin().grids.values() if each.kind != "micro"]
    shapes = [Polygon(each.polygon) for each in ground]
    district_outline = unary_union(shapes)
    assert district_outline.geom_type == "Polygon"
    assert not district_outline.interiors
    assert district_outline.area == pytest.approx(sum(shape.area for shape in shapes), rel=1e-9)
    assert {each.geometry for each in lijin().grids.values()} == {"made_up"}


def test_serials_run_from_west_to_east_and_north_to_south() -> None:
    for code in COMMUNITY.values():
        found = sorted(each.id for each in lijin().grids.values() if each.community == code and each.kind == "base")
        assert [int(each[12:]) for each in found] == list(range(1, len(found) + 1))
        middles = [Polygon(lijin().grids[each].polygon).centroid for each in found]
        rows = itertools.pairwise(middles)
        assert all(second.x > first.x or second.y < first.y for first, second in rows)


def test_every_base_and_dedicated_grid_has_one_primary_officer_by_day() -> None:
    for each in lijin().grids.values():
        primary = [found for found in lijin().officers_of(each.id) if found.primary_grid == each.id]
        assert primary
        if each.kind != "micro":
            assert [found.role for found in primary if found.role == "officer"] == ["officer"]
            assert primary[0] in lijin().officers_on_duty(each.id, DAY)


def test_at_night_one_street_has_an_officer_and_the_other_waits_for_the_morning() -> None:
    assert lijin().officers_on_duty(grid("津城", 2), NIGHT)
    assert lijin().officers_on_duty(grid("凤仪", 5), NIGHT) == ()
    shifts = lijin().shifts.values()
    comes = duty.next_duty_start(shifts, grid("凤仪", 5), NIGHT, lijin().zone, lambda officer: officer is not None)
    assert comes == datetime(2026, 11, 24, 0, 0, tzinfo=UTC)


def test_units_teams_and_centres_are_those_of_the_design() -> None:
    kinds = Counter(unit.kind for unit in lijin().units.values())
    assert kinds["authority"] == 10
    assert kinds["enterprise"] == 2
    assert kinds["property_company"] == 1
    assert Counter(team.kind for team in lijin().teams.values()) == {"joint": 2, "mobile": 1}
    assert Counter(centre.level for centre in lijin().centres.values()) == {"street": 2, "county": 1}
    assert {unit.agency for unit in lijin().units.values()} == {None, "110", "119", "120", "122"}


def test_borrowed_places_are_marked() -> None:
    assert lijin().components["37052202017000001"].moved_from
    assert lijin().grids[grid("津城", 2)].moved_from


@pytest.mark.parametrize(
    ("situation", "category", "place", "at", "lead", "co", "first"),
    [
        (1, f"{OLD}/05-95", grid("津城", 2), DAY, "lijin-street", [], ["mobile-team", "traffic-police"]),
        (3, f"{GB}/01023", grid("文昌", 4), DAY, None, [], []),
        (4, f"{LOCAL}/12002", grid("津苑", 3), DAY, "jinhe-property", [], []),
        (5, f"{LOCAL}/12001", grid("凤仪", 5), DAY, "housing", ["jinhe-property", "fengyi-owners"], []),
        (6, f"{LOCAL}/12003", grid("文津", 2), DAY, "jinhe-property", [], []),
        (6, f"{GB}/01050", grid("文津", 2), DAY, "police-lijin", [], []),
        (8, f"{LOCAL}/11001", grid("凤仪", 5), DAY, "justice", [], []),
        (9, f"{GB}/06027", grid("永利", 6), DAY, "ecology-environment", [], []),
        (10, f"{GB}/08001", grid("津兴", 8), NIGHT, "enforcement-night-squad", [], []),
        (10, f"{GB}/08001", grid("津兴", 8), DAY, "housing", [], []),
        (11, f"{OLD}/05-02", grid("文苑", 801), DAY, "gas-company", [], ["mobile-team", "fire"]),
        (12, f"{OLD}/05-01", grid("利城", 2), DAY, "water-company", ["municipal-works"], ["mobile-team"]),
        (13, f"{OLD}/05-06", grid("津兴", 1), DAY, "water", ["drainage-works"], ["mobile-team"]),
        (14, f"{GB}/06036", grid("新合", 2), DAY, "urban-management", [], []),
        (15, f"{GB}/10001", grid("永利", 1), NIGHT, "sanitation", [], []),
        (16, f"{GB}/09001", grid("津城", 5), DAY, "urban-management", [], []),
        (17, f"{GB}/06001", grid("凤凰", 6), DAY, "urban-management", [], []),
        (18, f"{GB}/04013", grid("文昌", 801), DAY, "parks", [], []),
        (20, f"{GB}/06010", grid("新合", 4), DAY, "sanitation", [], []),
        (22, f"{GB}/06013", grid("津兴", 10), DAY, "municipal-works", [], []),
        (24, f"{LOCAL}/12006", grid("凤凰", 3), DAY, "human-resources", [], []),
        (25, f"{LOCAL}/15001", COMMUNITY["津城"], DAY, "justice", [], []),
        (
            26,
            f"{LOCAL}/15002",
            COMMUNITY["利城"],
            DAY,
            "police-lijin",
            [],
            ["mobile-team", "public-security", "emergency-medical"],
        ),
        (27, f"{GB}/09012", grid("永利", 801), DAY, "fire", ["urban-management"], []),
        (28, f"{GB}/01037", grid("文津", 7), DAY, "street-lighting", [], []),
        (28, f"{GB}/06028", grid("文津", 7), DAY, "police-lijin", [], []),
        (29, f"{GB}/06026", grid("永利", 802), DAY, "fenghuangcheng-street", ["ecology-environment"], []),
        (30, f"{GB}/06028", grid("津城", 801), NIGHT, "enforcement-night-squad", [], []),
    ],
)
def test_the_list_decides_the_situation(
    situation: int, category: str, place: str, at: datetime, lead: str | None, co: list[str], first: list[str]
) -> None:
    decision = decide(ListIndex(lijin()), _question(category, place, at))
    roles = {
        role: [each.unit_id for each in decision.assignments if each.role == role] for role in ("co", "first_response")
    }
    assert decision.lead == lead, situation
    assert roles == {"co": co, "first_response": first}, situation
    assert decision.gap == (lead is None)


def test_a_collapsing_drain_starts_its_plan_and_a_blocked_one_does_not() -> None:
    """GB/T 30428.2: it must be made safe within one urgent hour."""
    collapsing, blocked = lijin().conditions["05-03-2"], lijin().conditions["05-03-1"]
    plan = lijin().plan_for(collapsing.category)
    assert (collapsing.milestones[0].amount, collapsing.milestones[0].unit) == (1, "urgent_hour")
    assert lijin().is_emergency(collapsing.category, collapsing.severity)
    assert not lijin().is_emergency(blocked.category, blocked.severity)
    assert plan is not None
    assert plan.id == "plan-drain"


def test_a_component_goes_to_the_unit_that_maintains_it() -> None:
    for component, unit in (("37052202017000001", "municipal-works"), ("37052201002000001", "drainage-works")):
        found = lijin().components[component]
        question = _question(f"{GB}/{component[6:11]}", found.grid, DAY)
        decision = decide(ListIndex(lijin()), question.model_copy(update={"component_id": component}))
        assert decision.lead == unit


@pytest.mark.parametrize(
    ("code", "place", "lead", "co"),
    [
        ("06013", grid("津兴", 3), "lijin-street", []),
        ("06013", grid("津兴", 2), "municipal-works", []),
        ("06013", grid("津城", 801), "municipal-works", []),
        ("06013", grid("凤仪", 7), "jinhe-property", []),
        ("02034", grid("津兴", 3), "lijin-street", ["municipal-works"]),
    ],
    ids=["lane", "nobody's level", "county's square", "compound", "in a lane"],
)
def test_the_management_level_of_the_place_decides_who_leads(code: str, place: str, lead: str, co: list[str]) -> None:
    """管理层级: the street leads in a lane, the county on a road, the property company inside a compound."""
    decision = decide(ListIndex(lijin()), _question(f"{GB}/{code}", place, DAY))
    assert (decision.lead, [each.unit_id for each in decision.assignments if each.role == "co"]) == (lead, co)


def test_a_county_component_in_a_street_lane_goes_to_the_county() -> None:
    paving = lijin().components["37052202034000001"]
    assert (lijin().grids[paving.grid].managed_by, paving.managed_by) == ("street", "county")
    question = _question(f"{GB}/02034", paving.grid, DAY).model_copy(update={"component_id": paving.id})
    assert decide(ListIndex(lijin()), question).lead == "municipal-works"


def test_fumes_have_a_second_candidate_and_none_after_it() -> None:
    question = _question(f"{GB}/06027", grid("永利", 6), DAY)

    def after(*units: str) -> Decision:
        return decide(ListIndex(lijin()), question.model_copy(update={"returned": units, "returned_as_lead": units}))

    second, third = after("ecology-environment"), after("ecology-environment", "urban-management")
    assert second.lead == "urban-management"
    assert third.lead is None


def test_limits_are_those_of_the_situations() -> None:
    def limits(condition: str) -> list[tuple[int, str]]:
        return [(each.amount, each.unit) for each in lijin().conditions[condition].milestones]

    assert limits("06010-1") == [(4, "work_hour")]
    assert limits("06036-1") == [(1, "work_day")]
    assert limits("06001-1") == [(2, "natural_day"), (15, "work_day")]
    assert limits("05-01-2") == [(1, "urgent_hour"), (5, "work_day")]
    assert limits("08001-1") == [(2, "urgent_hour")]
    assert limits("10001-1") == [(4, "work_hour")]
    assert limits("10001-2") == [(2, "urgent_hour")]
    assert len(limits("01002-1")) == 2
    assert lijin().conditions["12002-1"].recheck_mode == "callback"
    assert lijin().conditions["11001-1"].settleable
    assert lijin().categories[f"{LOCAL}/14001"].answerable
    assert any("高龄补贴" in each.keywords for each in lijin().knowledge.values())


def test_places_of_the_district_are_connected() -> None:
    neighbours = lijin().neighbours_of("370522001003801", date(2026, 11, 23))
    assert neighbours
    assert all(lijin().grids[code].kind != "micro" for code in neighbours)
    assert lijin().centre_for(grid("永利", 1)).id == "fenghuangcheng-street-centre"
    assert [each.level for each in lijin().leads_of(grid("凤仪", 6))] == [3, 2, 1]


def _question(category: str, place: str, at: datetime) -> Question:
    found = lijin().categories[category]
    condition = lijin().conditions_of(category)[0]
    milestones: tuple[Milestone, ...] = condition.milestones
    return Question(
        category_id=category,
        area=place,
        at=at.astimezone(UTC),
        milestones=milestones,
        emergency=lijin().is_emergency(category, condition.severity),
        confidential=found.confidential,
    )
