"""排班一览: who is on duty in each grid, and where nobody is."""

from __future__ import annotations

from datetime import date, datetime

from contracts.registry import Grid, Leave, Shift
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.roster.coverage import GridCoverage, grid_coverage
from tests.unit.supervision import town
from tests.unit.supervision.town import HOME, at

STREET = HOME[:9]
AWAY = "370522002001001"


def changed(*shifts: Shift) -> RegistrySnapshot:
    district = town.town()
    records = {kind: dict(found) for kind, found in district.records.items()}
    records["shift"] |= {shift.id: shift for shift in shifts}
    other = records["grid"][HOME].model_copy(update={"id": AWAY, "community": AWAY[:12]})
    micro = records["grid"][HOME].model_copy(update={"id": f"{HOME}-01", "kind": "micro", "parent": HOME})
    records["grid"] |= {each.id: each for each in (other, micro) if isinstance(each, Grid)}
    return RegistrySnapshot.from_records(2, records)


def of(found: list[GridCoverage], grid: str = HOME) -> GridCoverage:
    return next(each for each in found if each.grid.id == grid)


def officers(found: GridCoverage) -> list[str | None]:
    return [turn.officer_id for turn in found.turns]


def coming(found: GridCoverage) -> tuple[str | None, datetime] | None:
    return (found.coming.officer_id, found.coming.starts) if found.coming else None


def test_each_grid_says_who_is_there_and_who_comes_next() -> None:
    district = changed()
    by_day, by_night = grid_coverage(district, at("03-11 09:00"), ()), grid_coverage(district, at("03-11 22:00"), ())
    assert officers(of(by_day)) == ["ann", "lane"]
    assert coming(of(by_day)) == ("ann", at("03-12 08:00"))
    assert officers(of(by_night)) == []
    assert coming(of(by_night)) == ("ann", at("03-12 08:00"))


def test_a_grid_without_any_shift_has_nobody_within_a_week() -> None:
    found = of(grid_coverage(changed(), at("03-11 09:00"), ()), AWAY)
    assert (officers(found), found.coming) == ([], None)


def test_the_stand_in_is_there_for_who_is_on_leave_and_wider_areas_come_after() -> None:
    leave = Leave(first_day=date(2026, 3, 11), last_day=date(2026, 3, 11), stand_in="bo")
    night = Shift(id="whole-street", officer="cai", areas=(STREET,), starts="00:00", ends="23:00")
    day = Shift(id="day-ann", officer="ann", areas=(HOME,), starts="08:00", ends="18:00", leave=(leave,))
    found = of(grid_coverage(changed(day, night), at("03-11 09:00"), ()))
    assert officers(found) == ["bo", "lane", "cai"]
    assert coming(found) == ("cai", at("03-12 00:00")), "the street's begins before the grid's own"


def test_only_the_callers_area_and_no_micro_grids() -> None:
    found = grid_coverage(changed(), at("03-11 09:00"), (STREET,))
    codes = [each.grid.id for each in found]
    assert HOME in codes
    assert AWAY not in codes
    assert codes == sorted(codes)
    assert not [code for code in codes if "-" in code]
