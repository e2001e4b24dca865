"""Forms of storms and control areas: outlines, categories, times and states."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from shapely import Polygon

from deploy.local.home import ROOT
from services.console.desk.forms import FormError
from services.console.emergency.forms import declaration
from services.console.emergency.outline import MAX_CORNERS, outline_of, parse_corners
from services.console.emergency.pages import may_declare, state_of
from services.console.session import Account
from services.console.words import Words

T = Words("en")
FORM = {
    "name": "Flooding",
    "matter": "std/event/05-06|05-06-1",
    "starts_at": "2026-07-01T08:00",
    "ends_at": "2026-07-01T20:00",
    "area": "1001",
}


def square(code: str, x: float, y: float = 0.0) -> dict[str, object]:
    return {"id": code, "polygon": [[x, y], [x + 1, y], [x + 1, y + 1], [x, y + 1], [x, y]]}


GRIDS = [square("1001001", 0), square("1001002", 1), square("1002001", 5), {"id": "1001003", "polygon": None}]


def test_the_outline_of_neighbouring_grids_contains_exactly_their_area() -> None:
    found = Polygon(outline_of(GRIDS, "1001"))
    assert found.area == pytest.approx(2, abs=1e-4)
    assert found.is_valid
    assert Polygon(outline_of(GRIDS, "100")).area == pytest.approx(6, abs=1e-4), "the hull of grids that do not touch"
    assert outline_of(GRIDS, "9") == outline_of(GRIDS, "") == []


def test_every_community_of_the_sample_district_has_a_valid_outline() -> None:
    """The outline has no more corners than a declaration may have."""
    grids = [json.loads(line) for line in (ROOT / "deploy/districts/lijin/grids.jsonl").read_text("utf-8").splitlines()]
    codes = {grid["id"][:length] for grid in grids for length in (9, 12)}
    for code in codes:
        found = outline_of(grids, code)
        assert 4 <= len(found) <= MAX_CORNERS, code
        assert Polygon(found).is_valid, code


def test_corners_are_parsed_in_the_usual_notations() -> None:
    assert parse_corners("118.2 37.4\n118.3,37.4\n\n118.3，37.5") == [(118.2, 37.4), (118.3, 37.4), (118.3, 37.5)]
    with pytest.raises(ValueError, match="not enough"):
        parse_corners("118.2")


def test_a_storm_has_a_condition_and_a_control_area_has_an_answer() -> None:
    storm = declaration("storms", {**FORM, "more": "std/event/05-07\nstd/event/05-06", "answer": "x"}, GRIDS, T)
    assert storm["category_ids"] == ["std/event/05-06", "std/event/05-07"]
    assert (storm["condition_id"], storm["starts_at"]) == ("05-06-1", "2026-07-01T08:00:00+08:00")
    assert storm["polygon"]["crs"] == "cgcs2000"
    assert "answer" not in storm
    typed_in = {**FORM, "matter": "a", "corners": "1 1\n2 1\n2 2", "crs": "gcj02", "answer": "Works until noon"}
    area = declaration("control-areas", typed_in, GRIDS, T)
    assert (area["polygon"]["crs"], area["answer"]) == ("gcj02", "Works until noon")
    assert "condition_id" not in area


@pytest.mark.parametrize(
    ("kind", "changes", "expected"),
    [
        ("storms", {"name": "", "matter": ""}, {"name", "matter"}),
        ("storms", {"ends_at": "later"}, {"ends_at"}),
        ("storms", {"area": ""}, {"area"}),
        ("storms", {"corners": "north of the bridge"}, {"area"}),
        ("control-areas", {}, {"answer"}),
    ],
)
def test_a_missing_or_wrong_field_is_named(kind: str, changes: dict[str, str], expected: set[str]) -> None:
    with pytest.raises(FormError) as caught:
        declaration(kind, {**FORM, **changes}, GRIDS, T)  # type: ignore[arg-type]
    assert set(caught.value.errors) == expected


@pytest.mark.parametrize(
    ("hour", "ended_at", "state"),
    [(7, None, "planned"), (8, None, "active"), (20, None, "ended"), (9, "2026-07-01T08:30:00Z", "ended")],
)
def test_the_state_follows_from_the_times(hour: int, ended_at: str | None, state: str) -> None:
    area = {"starts_at": "2026-07-01T08:00:00Z", "ends_at": "2026-07-01T20:00:00Z", "ended_at": ended_at}
    assert state_of(area, datetime(2026, 7, 1, hour, tzinfo=UTC)) == state


def test_only_a_leader_of_the_centre_may_declare() -> None:
    assert may_declare(Account(id="1", name="x", roles=["leader"]))
    assert not may_declare(Account(id="1", name="x", roles=["leader"], unit="water"))
    assert not may_declare(Account(id="1", name="x", roles=["dispatcher"]))
