"""Checks that every community has a centre, and that local categories and emergencies have a filing condition."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.registry import Category, Centre, Community, DistrictSettings, FilingCondition, Grid
from services.registry.domain.district_draft import DistrictDraft, Finding


def check_coverage(draft: DistrictDraft) -> Iterator[Finding]:
    """Check that every community has one centre, required filing conditions exist, and names of grids are unique.

    Local categories and emergencies need a filing condition, because without one a report waits for a person. Other
    categories may lack it: the catalogue contains the complete national lists, and the district may not yet handle all
    of their categories.
    """
    yield from _centres(draft)
    with_condition = {condition.category for condition in draft.all(FilingCondition)}
    for category in draft.all(Category):
        if (
            (category.is_local or category.emergency)
            and category.kind != "component"
            and category.id not in with_condition
        ):
            yield draft.finding(
                category,
                "no-condition",
                "本区自设的类别和突发事件须有立案条件，否则案件无法立案。",
                "A local category or emergency needs a filing condition; without one no case of it can be filed.",
            )
    yield from _grid_names(draft)


def _centres(draft: DistrictDraft) -> Iterator[Finding]:
    centres = list(draft.all(Centre))
    county = [centre for centre in centres if centre.level == "county"]
    for settings in draft.all(DistrictSettings):
        if len(county) != 1:
            yield draft.finding(
                settings,
                "one-county-centre",
                f"须恰有一个县级中心，现有 {len(county)} 个。",
                f"There must be exactly one county centre, not {len(county)}.",
            )
    for community in draft.all(Community):
        streets = [
            centre
            for centre in centres
            if centre.level == "street" and any(community.id.startswith(area) for area in centre.areas)
        ]
        covered = any(community.id.startswith(area) for centre in county for area in centre.areas)
        if len(streets) > 1:
            names = "、".join(centre.id for centre in streets)
            yield draft.finding(
                community,
                "two-centres",
                f"同时属于多个街道中心：{names}。",
                f"Belongs to more than one street centre: {names}.",
            )
        elif not streets and not covered:
            yield draft.finding(community, "no-centre", "没有负责的中心。", "No centre is responsible for it.")


def _grid_names(draft: DistrictDraft) -> Iterator[Finding]:
    seen: dict[str, Grid] = {}
    for grid in draft.all(Grid):
        if grid.valid_to is not None:
            continue
        before = seen.setdefault(grid.name, grid)
        if before is not grid:
            line = draft.line_of(before)
            yield draft.finding(
                grid,
                "name-twice",
                f"名称“{grid.name}”已用于 {before.id}（第 {line} 行）。",
                f"The name {grid.name} is already used by {before.id} (line {line}).",
            )
