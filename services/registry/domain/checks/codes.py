"""Checks of codes: a code contains other codes and a kind, which must agree with the fields of the entity."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from contracts.registry import (
    CalendarDay,
    Category,
    Centre,
    Community,
    Component,
    DistrictSettings,
    FilingCondition,
    Grid,
    Officer,
    Responsibility,
    Shift,
    Team,
    Unit,
)
from services.registry.domain.district_draft import DistrictDraft, Finding

_FIRST_DEDICATED = 801
"""First serial number of dedicated grids. Base grids have 001 to 800. This is a convention of Gridloop."""


def check_codes(draft: DistrictDraft) -> Iterator[Finding]:
    """Check the codes of communities, grids, areas, components, categories and filing conditions, and calendar dates.

    If there is not exactly one district, only this fault is found, and the codes are not checked.
    """
    districts = list(draft.all(DistrictSettings))
    if len(districts) != 1:
        yield Finding(
            file="district.jsonl",
            line=0,
            rule="one-district",
            kind="district",
            zh=f"须恰有一个区县，现有 {len(districts)} 个。",
            en=f"There must be exactly one district, not {len(districts)}.",
        )
        return
    district = districts[0].id
    yield from _communities(draft, district)
    for grid in draft.all(Grid):
        yield from _grid(draft, grid)
    yield from _areas(draft, district)
    for component in draft.all(Component):
        yield from _component(draft, component, district)
    for category in draft.all(Category):
        if any(other.startswith(f"{category.standard}/") for other in category.crosswalk):
            yield draft.finding(
                category,
                "crosswalk-same-edition",
                "crosswalk 只写其他版本中的同一事项。",
                "A crosswalk may only name the same category in other editions.",
            )
    for condition in draft.all(FilingCondition):
        category = draft.get(Category, condition.category)
        if category is not None and not condition.id.startswith(f"{category.code}-"):
            yield draft.finding(
                condition,
                "condition-code",
                f"编号须以小类代码 {category.code}- 开头。",
                f"The id must begin with the category's code, {category.code}-.",
            )
    for day in draft.all(CalendarDay):
        if not is_date(day.id):
            yield draft.finding(day, "date", f"没有 {day.id} 这一天。", f"There is no day {day.id}.")


def _communities(draft: DistrictDraft, district: str) -> Iterator[Finding]:
    for community in draft.all(Community):
        if not community.id.startswith(district):
            yield draft.finding(
                community,
                "outside-district",
                f"社区代码须以区县代码 {district} 开头。",
                f"The community's code must begin with the district's code {district}.",
            )
        if community.id[:9] != community.street:
            yield draft.finding(
                community,
                "street-code",
                f"代码前 9 位 {community.id[:9]} 与街道 {community.street} 不符。",
                f"The first 9 digits {community.id[:9]} differ from the street {community.street}.",
            )


def _grid(draft: DistrictDraft, grid: Grid) -> Iterator[Finding]:
    base, _, micro = grid.id.partition("-")
    if base[:12] != grid.community:
        yield draft.finding(
            grid,
            "community-code",
            f"代码前 12 位 {base[:12]} 与社区 {grid.community} 不符。",
            f"The first 12 digits {base[:12]} differ from the community {grid.community}.",
        )
    if bool(micro) != (grid.kind == "micro"):
        yield draft.finding(
            grid,
            "grid-kind",
            "微网格的代码为上级代码加 -NN，其他网格为 15 位。",
            "The code of a micro grid is its parent's code plus -NN; other grids have 15 digits.",
        )
    elif micro and grid.parent != base:
        yield draft.finding(
            grid,
            "grid-parent",
            f"上级须为 {base}。",
            f"The parent must be {base}.",
        )
    elif not micro and grid.parent is not None:
        yield draft.finding(grid, "grid-parent", "只有微网格有上级。", "Only a micro grid has a parent.")
    serial = int(base[12:])
    if not micro and (serial == 0 or (serial >= _FIRST_DEDICATED) != (grid.kind == "dedicated")):
        yield draft.finding(
            grid,
            "grid-serial",
            f"序号 {base[12:]} 与种类 {grid.kind} 不符：基础网格 001–800，专属网格 801 起。",
            f"Serial {base[12:]} does not fit kind {grid.kind}: base grids have 001–800, dedicated grids 801 and above.",
        )
    if grid.valid_to is not None and grid.valid_to <= grid.valid_from:
        yield draft.finding(grid, "valid-dates", "失效日期须晚于生效日期。", "valid_to must be later than valid_from.")


def _areas(draft: DistrictDraft, district: str) -> Iterator[Finding]:
    """Check that every area of an entity is the district, or one of its streets, communities or grids."""
    known = {code[:length] for code in draft.records["community"] for length in (6, 9, 12)}
    known |= set(draft.records["grid"])
    holders: list[tuple[Centre | Unit | Team | Shift | Officer | Responsibility, tuple[str, ...]]] = []
    for model in (Centre, Unit, Team, Shift, Officer):
        holders += [(entity, entity.areas) for entity in draft.all(model)]
    holders += [(entry, (entry.area,)) for entry in draft.all(Responsibility)]
    for entity, areas in holders:
        for area in areas:
            if area not in known and area != district:
                yield draft.finding(
                    entity,
                    "area-unknown",
                    f"区域 {area} 不是本区县的街道、社区或网格。",
                    f"The area {area} is not a street, community or grid of this district.",
                )


def _component(draft: DistrictDraft, component: Component, district: str) -> Iterator[Finding]:
    category = draft.get(Category, component.category)
    if category is None:
        return
    expected = district + category.code
    if category.kind != "component" or not component.id.startswith(expected):
        yield draft.finding(
            component,
            "component-code",
            f"标识码须以 {expected} 开头，类别须为部件。",
            f"The id must begin with {expected}, and the category must be of kind component.",
        )


def is_date(text: str) -> bool:
    """Return whether the text is an existing date in ISO format."""
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
