"""Each rule of an import reports the line that breaks it."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from services.registry.domain import district_files
from services.registry.domain.changes import bodies_of
from services.registry.domain.proposal import from_files
from tests.unit.registry import sample_district

GRID = "370522001003002"
FILES = {
    "category": "categories.jsonl",
    "responsibility": "responsibilities.jsonl",
    "community": "communities.jsonl",
    "district": "district.jsonl",
}

Change = Callable[[dict[str, Any]], Any]

RULES: list[tuple[str, str, str, Change]] = [
    # codes
    ("outside-district", "community", "370522001003", lambda it: it.update(id="370523001003")),
    ("street-code", "community", "370522001003", lambda it: it.update(street="370522002")),
    ("community-code", "grid", GRID, lambda it: it.update(community="370522001004")),
    ("grid-kind", "grid", GRID, lambda it: it.update(kind="micro")),
    ("grid-parent", "grid", "370522002002001", lambda it: it.update(parent="370522002002002")),
    ("grid-parent", "grid", "370522002001005-01", lambda it: it.update(parent="370522002001004")),
    ("grid-serial", "grid", "370522001003801", lambda it: it.update(kind="base")),
    ("valid-dates", "grid", GRID, lambda it: it.update(valid_to="2025-12-31")),
    ("area-unknown", "unit", "police-lijin", lambda it: it.update(areas=["370522007"])),
    ("component-code", "component", "37052202017000001", lambda it: it.update(id="37052201002000009")),
    ("condition-code", "condition", "06010-1", lambda it: it.update(id="06011-9")),
    (
        "crosswalk-same-edition",
        "category",
        "GB47678-5-2026/matter/06010",
        lambda it: it["crosswalk"].append("GB47678-5-2026/matter/06011"),
    ),
    ("date", "calendar_day", "2026-02-14", lambda it: it.update(id="2026-02-31")),
    # references
    ("unknown-reference", "unit", "gas-company", lambda it: it.update(escalates_to="nobody")),
    ("unknown-reference", "officer", "officer-jincheng-05", lambda it: it["grids"].append("370522001003099")),
    ("unknown-reference", "responsibility", "gb-06010", lambda it: it.update(lead="nobody")),
    ("unknown-reference", "plan", "plan-gas", lambda it: it.update(first_response="joint-nobody")),
    ("matches-nothing", "responsibility", "gb-major-06", lambda it: it["match"].update(major="77")),
    # people
    ("double-role", "officer", "lead-jincheng", lambda it: it.update(other_roles=["officer"])),
    ("double-role", "officer", "lead-lijin-street", lambda it: it.update(other_roles=["instructor"])),
    ("level", "officer", "officer-jincheng-05", lambda it: it.update(level=2)),
    ("level", "officer", "lead-jincheng", lambda it: it.update(level=4)),
    ("primary-grid", "officer", "officer-jincheng-05", lambda it: it.update(grids=[])),
    ("two-primaries", "officer", "officer-jincheng-06", lambda it: it.update(primary_grid=GRID, grids=[GRID])),
    ("no-authority-above", "unit", "jinhe-property", lambda it: it.pop("escalates_to")),
    ("above-coordinated", "unit", "parks", lambda it: it.update(escalates_to="jinhe-property")),
    ("circle", "unit", "water", lambda it: it.update(escalates_to="water-company")),
    ("empty-team", "team", "joint-lijin", lambda it: it.update(members=[])),
    ("convenor-member", "team", "joint-lijin", lambda it: it["members"].append("lijin-street")),
    ("team-leader", "team", "mobile-team", lambda it: it.update(leader_officer="officer-jincheng-05")),
    # geometry
    ("polygon", "grid", GRID, lambda it: it["polygon"].pop()),
    ("polygon", "grid", GRID, lambda it: it["polygon"].insert(1, it["polygon"][3])),
    ("overlap", "grid", "370522001003003", lambda it: it.update(polygon=_moved(it["polygon"], -0.001))),
    ("outside-parent", "grid", "370522002001005-02", lambda it: it.update(polygon=_moved(it["polygon"], 0.002))),
    ("outside-grid", "component", "37052202017000001", lambda it: it.update(longitude=118.23)),
    ("outside-grid", "patrol_point", "point-jincheng-02-1", lambda it: it.update(latitude=37.6)),
    # limits
    ("milestone-twice", "condition", "01002-1", lambda it: it["milestones"].append(it["milestones"][0])),
    ("limit-too-long", "condition", "06010-1", lambda it: it["milestones"][0].update(amount=81)),
    ("condition-of-component", "condition", "01002-1", lambda it: it.update(category=_component("01002"))),
    ("confidential-condition", "condition", "15001-1", lambda it: it.update(verify_mode="site")),
    ("cap-category", "district", "370522", lambda it: it.update(cap_categories={"GB/matter/99": "Fire"})),
    ("confidential-condition", "condition", "15001-1", lambda it: it.update(evidence=["after"])),
    ("emergency-waits", "condition", "05-02-1", lambda it: it.update(verify_mode="phone")),
    (
        "office-hours",
        "district",
        "370522",
        lambda it: it.update(office_hours=[_hours("08:00", "13:00"), _hours("12:00", "18:00")]),
    ),
    ("urge-steps", "district", "370522", lambda it: it.update(urge_steps={"urge": 1.2})),
    ("duplicate-thresholds", "district", "370522", lambda it: it.update(duplicates={"attach_metres": 60.0})),
    ("timezone", "district", "370522", lambda it: it.update(timezone="Asia/Lijin")),
    ("announced-empty", "district", "370522", lambda it: it.update(announced_years=[2090])),
    ("grades", "score_rule", "unit.2026-01", lambda it: it["grades"].reverse()),
    ("scored-backwards", "score_rule", "unit.2026-01", lambda it: it.update(approved_on="2026-02-01")),
    ("reported-weighted", "score_rule", "unit.2026-01", lambda it: it["rates"][0].update(numerator=["acknowledged"])),
    ("score-items", "score_rule", "unit.2026-01", lambda it: it["items"][0].update(rate="no_such_rate")),
    ("score-items", "score_rule", "unit.2026-01", lambda it: it["rates"].append(it["rates"][0])),
    ("volume-bands", "score_rule", "unit.2026-01", lambda it: it["volumes"][0]["bands"].reverse()),
    ("score-items", "score_rule", "unit.2026-01", lambda it: it["volumes"][0].update(id="on_time_rate")),
    ("figure-unknown", "score_rule", "unit.2026-01", lambda it: it["volumes"][0].update(figures=["patrol_due"])),
    ("mean-weighted", "score_rule", "unit.2026-01", lambda it: it["items"][0].update(rate="mean_handling_time")),
    ("figure-unknown", "score_rule", "unit.2026-01", lambda it: it["rates"][0].update(numerator=["patrol_due"])),
    # list and plans
    ("forbidden-lead", "responsibility", "gb-major-09", lambda it: it.update(lead="lijin-street")),
    ("forbidden-lead", "responsibility", "gb-09012", lambda it: it.update(lead="jinhe-property")),
    ("confidential-shared", "responsibility", "lo-15001", lambda it: it.update(co=["police-lijin"])),
    ("never-on-duty", "responsibility", "gb-08001-night", lambda it: it.update(lead="urban-management")),
    ("plan-team", "plan", "plan-gas", lambda it: it.update(first_response="joint-lijin")),
    ("plan-agency", "plan", "plan-gas", lambda it: it.update(agencies=["water"])),
    ("plan-twice", "plan", "plan-water-main", lambda it: it.update(categories=["GB30428-2-2013/event/05-02"])),
    # wording
    (
        "example-personal",
        "category",
        "GB47678-5-2026/matter/06010",
        lambda it: it["examples"].append("有事打13812345678"),
    ),
    ("example-twice", "category", "GB47678-5-2026/matter/06011", lambda it: it["examples"].append(_example("06010"))),
    ("not-valid", "category", "GB47678-5-2026/matter/06010", lambda it: it["phrases"].append("垃圾| 满")),
    # coverage
    ("one-county-centre", "centre", "lijin-county", lambda it: it.update(level="street")),
    (
        "two-centres",
        "centre",
        "fenghuangcheng-street-centre",
        lambda it: it.update(areas=["370522002", "370522001001"]),
    ),
    ("name-twice", "grid", "370522001003003", lambda it: it.update(name="津城02网格")),
]


def _moved(ring: list[list[float]], by: float) -> list[list[float]]:
    return [[x + by, y] for x, y in ring]


def _hours(starts: str, ends: str) -> dict[str, str]:
    return {"starts": starts, "ends": ends}


def _component(code: str) -> str:
    return f"GB47678-5-2026/component/{code}"


def _example(code: str) -> str:
    return sample_district.lijin().categories[f"GB47678-5-2026/matter/{code}"].examples[0]


REPORTED_ELSEWHERE = {
    "one-county-centre": ("district.jsonl", 1),
    "two-centres": ("communities.jsonl", 1),
}
"""Findings about a missing or shared entity are reported at the entity that lacks it."""


@pytest.mark.parametrize(("rule", "kind", "entity_id", "change"), RULES)
def test_a_finding_names_the_line_that_breaks_the_rule(rule: str, kind: str, entity_id: str, change: Change) -> None:
    changed = sample_district.with_change(kind, entity_id, change)
    file = FILES.get(kind, f"{kind}s.jsonl")
    expected = REPORTED_ELSEWHERE.get(rule, (file, sample_district.line_of(kind, entity_id)))
    assert (*expected, rule) in sample_district.findings_by_line(changed)


def test_a_grid_needs_its_primary_officer() -> None:
    changed = sample_district.with_change("officer", "officer-jincheng-02", lambda it: it.update(valid_to="2026-06-01"))
    assert ("grids.jsonl", sample_district.line_of("grid", GRID), "no-officer") in sample_district.findings_by_line(
        changed
    )


def test_equal_entries_of_the_list_must_agree() -> None:
    entry = {"id": "other-opinion", "match": {"category": "GB47678-5-2026/matter/06010"}, "area": "370522"}
    line = len(sample_district.sample_files()["responsibilities.jsonl"].splitlines()) + 1
    disagrees = sample_district.with_line("responsibility", {**entry, "lead": "water"})
    assert sample_district.findings_by_line(disagrees) == {("responsibilities.jsonl", line, "list-disagrees")}
    repeats = sample_district.with_line("responsibility", {**entry, "lead": "sanitation"})
    assert sample_district.findings_by_line(repeats) == {("responsibilities.jsonl", line, "list-twice")}
    for more in ({"area": GRID}, {"level": "community"}):
        narrower = sample_district.with_line("responsibility", {**entry, **more, "lead": "water"})
        assert sample_district.findings_by_line(narrower) == set()


def test_entries_of_different_periods_may_disagree() -> None:
    entry = {"match": {"category": "GB47678-5-2026/matter/06010"}, "area": "370522", "hours": "night"}
    first = {**entry, "id": "first", "lead": "water", "valid_to": "2027-01-01"}
    second = {**entry, "id": "second", "lead": "sanitation", "valid_from": "2027-01-01"}
    both = sample_district.with_line("responsibility", first)
    lines = both["responsibilities.jsonl"]
    both["responsibilities.jsonl"] = lines.rstrip(b"\n") + b"\n" + json.dumps(second).encode() + b"\n"
    assert sample_district.findings_by_line(both) == set()
    overlapping = json.dumps({**second, "valid_from": "2026-12-31"}).encode() + b"\n"
    both["responsibilities.jsonl"] = lines.rstrip(b"\n") + b"\n" + overlapping
    assert {rule for _, _, rule in sample_district.findings_by_line(both)} == {"list-disagrees"}


DAILY = {"areas": ["370522001"], "starts": "08:00", "ends": "18:00"}
ONCE = {"starts": None, "ends": None}


def rules_for_second_squad(roster: list[dict[str, Any]], **fields: Any) -> set[str]:
    """Return the rules found when the water office leads the same category as the night squad while it is on duty.

    The night squad works from 18:00 to 08:00 in the whole county; `roster` holds the shifts of the water office.
    """
    entry = {"match": {"category": "GB47678-5-2026/matter/08001"}, "area": "370522", "lead": "water", "on_duty": True}
    both = sample_district.with_line("responsibility", {**entry, "id": "gb-08001-water", **fields})
    for number, turn in enumerate(roster):
        line = {**DAILY, "id": f"water-{number}", "unit": "water", **turn}
        both["shifts.jsonl"] += (
            json.dumps({key: value for key, value in line.items() if value is not None}).encode() + b"\n"
        )
    return {rule for file, _, rule in sample_district.findings_by_line(both) if file == "responsibilities.jsonl"}


@pytest.mark.parametrize(
    ("turn", "fields"),
    [
        ({}, {}),
        ({"starts": "19:00", "ends": "20:00", "valid_to": "2026-11-01"}, {"valid_from": "2026-11-01"}),
        ({**ONCE, "starts_at": "2026-11-23T09:00+08:00", "ends_at": "2026-11-23T18:00+08:00"}, {}),
        ({"starts": "16:00", "ends": "19:00"}, {"hours": "office"}),
    ],
)
def test_units_that_lead_while_on_duty_may_have_separate_turns(turn: dict[str, Any], fields: dict[str, Any]) -> None:
    """Entries for the same category and place do not disagree then: the roster decides which of them counts."""
    assert rules_for_second_squad([turn], **fields) == set()


@pytest.mark.parametrize(
    ("turn", "fields"),
    [
        ({"ends": "18:30"}, {}),
        ({"starts": "06:00", "weekdays": [7]}, {}),
        ({"starts": "00:00", "ends": "01:00", "valid_from": "2027-03-01"}, {"valid_from": "2027-03-04"}),
        ({**ONCE, "starts_at": "2026-11-23T09:00+08:00", "ends_at": "2026-12-30T17:00+08:00"}, {}),
    ],
)
def test_two_units_that_lead_the_same_must_not_be_on_duty_at_once(turn: dict[str, Any], fields: dict[str, Any]) -> None:
    """It would be unclear who leads, so the import is refused with the two overlapping turns."""
    assert rules_for_second_squad([{"areas": ["370522001"]}, turn], **fields) == {"list-disagrees"}


def test_turns_in_separate_places_do_not_overlap_but_a_wider_area_can() -> None:
    near = {
        "area": "370522001001",
        "lead": "water",
        "on_duty": True,
        "match": {"category": "GB47678-5-2026/matter/06029"},
    }
    files_ = sample_district.with_line("responsibility", {**near, "id": "near-water"})
    more = {**near, "id": "near-police", "lead": "police-fenghuangcheng"}
    files_["responsibilities.jsonl"] += json.dumps(more).encode() + b"\n"
    water = {"id": "water-night", "unit": "water", "areas": ["370522001"], "starts": "18:00", "ends": "08:00"}
    files_["shifts.jsonl"] += json.dumps(water).encode() + b"\n"
    assert {rule for _, _, rule in sample_district.findings_by_line(files_)} == {"never-on-duty"}
    wider = b'"id": "police-fenghuangcheng-night", "unit": "police-fenghuangcheng", "areas": ["370522"]'
    narrow = wider.replace(b'"370522"', b'"370522002"')
    assert narrow in files_["shifts.jsonl"]
    files_["shifts.jsonl"] = files_["shifts.jsonl"].replace(narrow, wider)
    assert {rule for _, _, rule in sample_district.findings_by_line(files_)} == {"list-disagrees"}


@pytest.mark.parametrize(
    ("standard", "kind", "code", "more", "refused"),
    [
        ("LOCAL-370522", "matter", "12099", {}, True),
        ("GB47678-5-2026", "matter", "06998", {}, True),
        ("GB30428-2-2013", "event", "05-94", {}, True),
        ("GB30428-2-2013", "event", "05-09", {"emergency": True}, True),
        ("GB30428-2-2013", "event", "05-09", {}, False),
        ("GB47678-5-2026", "matter", "06053", {}, False),
        ("LOCAL-370522", "component", "11001", {}, False),
    ],
)
def test_what_a_district_adds_itself_and_emergencies_need_a_condition_the_national_lists_need_none(
    standard: str, kind: str, code: str, more: dict[str, Any], refused: bool
) -> None:
    category = {
        "id": f"{standard}/{kind}/{code}",
        "standard": standard,
        "kind": kind,
        "code": code,
        "major": code[:2],
        "name": "其他",
        "name_en": "Other",
        **more,
    }
    line = len(sample_district.sample_files()["categories.jsonl"].splitlines()) + 1
    expected = {("categories.jsonl", line, "no-condition")} if refused else set[tuple[str, int, str]]()
    assert sample_district.findings_by_line(sample_district.with_line("category", category)) == expected


def test_grids_of_different_periods_may_overlap() -> None:
    successor = {
        "id": "370522001003010",
        "kind": "base",
        "name": "津城10网格",
        "name_en": "Jincheng Grid 10",
        "community": "370522001003",
        "geometry": "made_up",
        "valid_from": "2027-01-01",
        "polygon": sample_district.lijin().grids[GRID].polygon,
    }
    overlapping = sample_district.findings_by_line(sample_district.with_line("grid", successor))
    assert any(rule == "overlap" for _, _, rule in overlapping)
    closed = sample_district.with_change("grid", GRID, lambda it: it.update(valid_to="2027-01-01"))
    both = {**sample_district.with_line("grid", successor)}
    both["grids.jsonl"] = closed["grids.jsonl"] + both["grids.jsonl"].splitlines()[-1] + b"\n"
    assert not any(rule == "overlap" for _, _, rule in sample_district.findings_by_line(both))


def test_a_folder_without_a_district_is_refused() -> None:
    assert {
        each.rule for each in sample_district.findings({**sample_district.sample_files(), "district.jsonl": b""})
    } >= {"one-district"}


def test_a_published_edition_of_the_score_rules_is_neither_changed_nor_removed() -> None:
    """Months were scored by it. New weights need an edition that begins with a later month."""
    published = bodies_of(district_files.parse(sample_district.sample_files())[0].records)
    changed = sample_district.with_change("score_rule", "unit.2026-01", lambda it: it["items"][0].update(weight=99))
    assert [each.rule for each in from_files(changed, published).findings] == ["edition-published"]
    renamed = sample_district.with_change("score_rule", "unit.2026-01", lambda it: it.update(id="unit.2026-07"))
    assert [each.rule for each in from_files(renamed, published).findings] == ["closed-not-removed"]
    body = next(body for (kind, key), body in published.items() if (kind, key) == ("score_rule", "unit.2026-01"))
    assert from_files(sample_district.with_line("score_rule", {**body, "id": "unit.2026-07"}), published).findings == []
