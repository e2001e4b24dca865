"""Nothing may be left without somebody responsible: every community a centre, every category of our own a filing condition."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.registry import Category, Centre, Community, DistrictSettings, FilingCondition, Grid
from services.registry.domain.draft import Draft, Finding


def check_coverage(draft: Draft) -> Iterator[Finding]:
    """Centres cover the district once; categories that must be fileable are; names of grids are unique.

    A category of a national list may stand without condition: the list is whole in the catalogue, and a report of what
    the district does not handle yet waits for a person. Whoever adds a category means to handle it, and emergencies
    never wait.
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
                category, "no-condition", "本区自设的类别和突发事件须有立案条件，否则案件无法立案。",
                "A category of the district's own, and an emergency, needs a filing condition: no case of it could be filed.",
            )  # fmt: skip
    yield from _names(draft)


def _centres(draft: Draft) -> Iterator[Finding]:
    centres = list(draft.all(Centre))
    county = [centre for centre in centres if centre.level == "county"]
    for settings in draft.all(DistrictSettings):
        if len(county) != 1:
            yield draft.finding(
                settings, "one-county-centre", f"须恰有一个县级中心，现有 {len(county)} 个。",
                f"There must be exactly one county centre, not {len(county)}.",
            )  # fmt: skip
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


def _names(draft: Draft) -> Iterator[Finding]:
    seen: dict[str, Grid] = {}
    for grid in draft.all(Grid):
        if grid.valid_to is not None:
            continue
        before = seen.setdefault(grid.name, grid)
        if before is not grid:
            line = draft.line_of(before)
            yield draft.finding(
                grid, "name-twice", f"名称“{grid.name}”已用于 {before.id}（第 {line} 行）。",
                f"The name {grid.name} is already used by {before.id} (line {line}).",
            )  # fmt: skip
