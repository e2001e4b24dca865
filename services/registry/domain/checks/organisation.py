"""Checks of officers, units and teams: posts of officers, primary officers of grids, escalation between units."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from contracts.registry import Grid, Officer, Team, Unit
from services.registry.domain.district_draft import DistrictDraft, Finding

_LEVEL_4 = frozenset({"instructor", "officer"})
"""Posts of level 4: 四级网格指导员 and 四级网格员.

Grid leads, who have levels 1 to 3, may not hold these posts (village regulation §8).
"""


def check_organisation(draft: DistrictDraft) -> Iterator[Finding]:
    """Check the posts of officers, the primary officers of grids, the escalation between units, and the teams."""
    for officer in draft.all(Officer):
        yield from _officer(draft, officer)
    yield from _primaries(draft)
    yield from _units(draft)
    yield from _teams(draft)


def _officer(draft: DistrictDraft, officer: Officer) -> Iterator[Finding]:
    roles = {officer.role, *officer.other_roles}
    if "grid_lead" in roles and (held := roles & _LEVEL_4):
        names = ", ".join(sorted(held))
        yield draft.finding(
            officer,
            "double-role",
            f"一至三级网格长不得兼任四级指导员、网格员（{names}）。",
            f"A grid lead of level 1 to 3 may not also hold a post of level 4 ({names}).",
        )
    if (officer.level < 4) != (officer.role == "grid_lead"):
        yield draft.finding(
            officer,
            "level",
            "级别 1–3 只属于网格长，其他岗位为 4 级。",
            "Grid leads, and only they, have levels 1 to 3; all other posts have level 4.",
        )
    if officer.primary_grid is not None and officer.primary_grid not in officer.grids:
        yield draft.finding(
            officer,
            "primary-grid",
            f"主责网格 {officer.primary_grid} 须在 grids 之中。",
            f"The primary grid {officer.primary_grid} must be among `grids`.",
        )


def _primaries(draft: DistrictDraft) -> Iterator[Finding]:
    """Check that every base or dedicated grid has exactly one primary officer, unless the grid has an end date."""
    primary: dict[str, list[Officer]] = defaultdict(list)
    for officer in draft.all(Officer):
        if officer.role == "officer" and officer.primary_grid and officer.valid_to is None:
            primary[officer.primary_grid].append(officer)
    for grid in draft.all(Grid):
        if grid.kind == "micro" or grid.valid_to is not None:
            continue
        found = primary[grid.id]
        if not found:
            yield draft.finding(grid, "no-officer", "此网格没有主责网格员。", "This grid has no primary officer.")
        for officer in found[1:]:
            first = draft.line_of(found[0])
            yield draft.finding(
                officer,
                "two-primaries",
                f"网格 {grid.id} 已有主责网格员 {found[0].id}（第 {first} 行）。",
                f"Grid {grid.id} already has a primary officer, {found[0].id} (line {first}).",
            )


def _units(draft: DistrictDraft) -> Iterator[Finding]:
    for unit in draft.all(Unit):
        above = draft.get(Unit, unit.escalates_to)
        if unit.coordinated and above is None and unit.escalates_to is None:
            yield draft.finding(
                unit,
                "no-authority-above",
                "协调单位须写明上级主管单位（escalates_to）。",
                "A coordinated unit must name the authority above it (escalates_to).",
            )
        if above is not None and above.coordinated:
            yield draft.finding(
                unit,
                "above-coordinated",
                f"上级 {above.id} 本身只能协调，不能作为上级。",
                f"{above.id} is only coordinated itself and cannot be the authority above another unit.",
            )
        if _escalates_to_itself(draft, unit):
            yield draft.finding(unit, "circle", "上级关系成环。", "The escalation forms a circle.")


def _escalates_to_itself(draft: DistrictDraft, unit: Unit) -> bool:
    seen: set[str] = set()
    current: Unit | None = unit
    while current is not None and current.id not in seen:
        seen.add(current.id)
        current = draft.get(Unit, current.escalates_to)
    return current is not None and current.id == unit.id


def _teams(draft: DistrictDraft) -> Iterator[Finding]:
    for team in draft.all(Team):
        if team.kind == "joint" and not team.members:
            yield draft.finding(team, "empty-team", "联合处置队须有成员单位。", "A joint team needs member units.")
        if team.convenor in team.members:
            yield draft.finding(
                team,
                "convenor-member",
                "召集单位不必再列为成员。",
                "The convenor must not be listed again as a member.",
            )
        leader = draft.get(Officer, team.leader_officer)
        if leader is not None and "team_leader" not in (leader.role, *leader.other_roles):
            yield draft.finding(
                team,
                "team-leader",
                f"{leader.id} 没有组长（team_leader）岗位。",
                f"{leader.id} does not hold the post team_leader.",
            )
