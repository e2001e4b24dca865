"""Checks of references: an entity may refer only to existing entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from contracts.registry import (
    Admission,
    Category,
    Centre,
    Component,
    DistrictSettings,
    Entity,
    FilingCondition,
    Grid,
    Knowledge,
    Officer,
    PatrolPoint,
    Plan,
    Responsibility,
    Shift,
    Team,
    Unit,
)
from services.registry.domain.district_draft import DistrictDraft, Finding

Names = Iterable[str | None]

_REFERENCES: tuple[tuple[type[Entity], str, str, Callable[..., Names]], ...] = (
    (Centre, "above", "centre", lambda centre: (centre.above,)),
    (Grid, "community", "community", lambda grid: (grid.community,)),
    (Grid, "parent", "grid", lambda grid: (grid.parent,)),
    (Component, "category", "category", lambda component: (component.category,)),
    (Component, "grid", "grid", lambda component: (component.grid,)),
    (Component, "owner_unit", "unit", lambda component: (component.owner_unit,)),
    (Component, "maintainer_unit", "unit", lambda component: (component.maintainer_unit,)),
    (PatrolPoint, "grid", "grid", lambda point: (point.grid,)),
    (Officer, "primary_grid", "grid", lambda officer: (officer.primary_grid,)),
    (Officer, "grids", "grid", lambda officer: officer.grids),
    (Unit, "escalates_to", "unit", lambda unit: (unit.escalates_to,)),
    (Team, "convenor", "unit", lambda team: (team.convenor,)),
    (Team, "members", "unit", lambda team: team.members),
    (Team, "leader_officer", "officer", lambda team: (team.leader_officer,)),
    (FilingCondition, "category", "category", lambda condition: (condition.category,)),
    (Responsibility, "match.category", "category", lambda entry: (entry.match.category,)),
    (Responsibility, "lead", "unit", lambda entry: (entry.lead,)),
    (Responsibility, "co", "unit", lambda entry: entry.co),
    (Responsibility, "team", "team", lambda entry: (entry.team,)),
    (Responsibility, "excluded", "unit", lambda entry: entry.excluded),
    (DistrictSettings, "urgent_category", "category", lambda settings: (settings.urgent_category,)),
    (Plan, "categories", "category", lambda plan: plan.categories),
    (Plan, "first_response", "team", lambda plan: (plan.first_response,)),
    (Plan, "agencies", "unit", lambda plan: plan.agencies),
    (Plan, "utilities", "unit", lambda plan: plan.utilities),
    (Shift, "officer", "officer", lambda shift: (shift.officer,)),
    (Shift, "team", "team", lambda shift: (shift.team,)),
    (Shift, "unit", "unit", lambda shift: (shift.unit,)),
    (Shift, "stand_in", "officer", lambda shift: (shift.stand_in,)),
    (Shift, "leave", "officer", lambda shift: tuple(leave.stand_in for leave in shift.leave)),
    (Knowledge, "category", "category", lambda knowledge: (knowledge.category,)),
    (Admission, "unit", "unit", lambda admission: (admission.unit,)),
)
"""(model of the referring entity, field, kind of the target, function that returns the ids in the field)."""


def check_references(draft: DistrictDraft) -> Iterator[Finding]:
    """Check that every id in a reference belongs to an entity of the expected kind."""
    for model, field, kind, names in _REFERENCES:
        known = draft.records.get(kind, {})
        for entity in draft.all(model):
            for name in names(entity):
                if name is not None and name not in known:
                    yield draft.finding(
                        entity,
                        "unknown-reference",
                        f"{field}：没有编号为 {name} 的 {kind}。",
                        f"{field}: there is no {kind} with the id {name}.",
                    )
    yield from _unmatched_entries(draft)


def _unmatched_entries(draft: DistrictDraft) -> Iterator[Finding]:
    """Find entries of the responsibility list that match no category.

    Without this check nobody would notice a typing error in the name of a standard.
    """
    categories = list(draft.all(Category))
    for entry in draft.all(Responsibility):
        match = entry.match
        if match.category is None and not any(match.covers(category) for category in categories):
            yield draft.finding(entry, "matches-nothing", "此条目不匹配任何类别。", "This entry matches no category.")
