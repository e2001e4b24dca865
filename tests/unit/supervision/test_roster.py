"""排班一览: the officers on duty in each grid, now and next."""

from __future__ import annotations

from datetime import date, datetime

from contracts.registry import Grid, Leave, Shift
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.roster.coverage import GridCoverage, grid_coverage
from tests.unit.supervision import sample_district
from tests.unit.supervision.sample_district import HOME, at

STREET = HOME[:9]
AWAY = "370522002001001"


def district_with(*shifts: Shift) -> RegistrySnapshot:
    """Return the district with these shifts, another grid and a micro grid."""
    district = sample_district.make_district()
    records = {kind: dict(found) for kind, found in district.records.items()}
    records["shift"] |= {shift.id: shift for shift in shifts}
    other = records["grid"][HOME].model_copy(update={"id": AWAY, "community": AWAY[:12]})
    micro = records["grid"][HOME].model_copy(update={"id": f"{HOME}-01", "kind": "micro", "parent": HOME})
    records["grid"] |= {each.id: each for each in (other, micro) if isinstance(each, Grid)}
    return RegistrySnapshot.from_records(2, records)


def coverage_of(found: list[GridCoverage], grid: str = HOME) -> GridCoverage:
    """Return the coverage of this grid."""
    return next(each for each in found if each.grid.id == grid)


def officers(found: GridCoverage) -> list[str | None]:
    return [turn.officer_id for turn in found.turns]


def next_turn(found: GridCoverage) -> tuple[str | None, datetime] | None:
    """Return the officer and the start of the next turn."""
    return (found.coming.officer_id, found.coming.starts) if found.coming else None


def test_each_grid_shows_who_is_on_duty_and_who_is_next() -> None:
    district = district_with()
    by_day, by_night = grid_coverage(district, at("03-11 09:00"), ()), grid_coverage(district, at("03-11 22:00"), ())
    assert officers(coverage_of(by_day)) == ["ann", "lane"]
    assert next_turn(coverage_of(by_day)) == ("ann", at("03-12 08:00"))
    assert officers(coverage_of(by_night)) == []
    assert next_turn(coverage_of(by_night)) == ("ann", at("03-12 08:00"))


def test_a_grid_without_shifts_has_no_next_turn() -> None:
    found = coverage_of(grid_coverage(district_with(), at("03-11 09:00"), ()), AWAY)
    assert (officers(found), found.coming) == ([], None)


def test_a_stand_in_replaces_the_officer_on_leave_and_wider_areas_come_last() -> None:
    leave = Leave(first_day=date(2026, 3, 11), last_day=date(2026, 3, 11), stand_in="bo")
    night = Shift(id="whole-street", officer="cai", areas=(STREET,), starts="00:00", ends="23:00")
    day = Shift(id="day-ann", officer="ann", areas=(HOME,), starts="08:00", ends="18:00", leave=(leave,))
    found = coverage_of(grid_coverage(district_with(day, night), at("03-11 09:00"), ()))
    assert officers(found) == ["bo", "lane", "cai"]
    assert next_turn(found) == ("cai", at("03-12 00:00")), "the street's begins before the grid's own"


def test_only_grids_of_the_callers_area_are_shown_without_micro_grids() -> None:
    found = grid_coverage(district_with(), at("03-11 09:00"), (STREET,))
    codes = [each.grid.id for each in found]
    assert HOME in codes
    assert AWAY not in codes
    assert codes == sorted(codes)
    assert not [code for code in codes if "-" in code]
