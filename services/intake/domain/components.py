"""Rule that the component 部件 of a case must be of the kind that the case's category is about."""

from __future__ import annotations

from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.problems import ComponentContradicts


def require_matching_component(category_id: str, component_id: str | None, district: RegistrySnapshot) -> None:
    """Raise `ComponentContradicts` if the component is of another kind than the category is about."""
    if not district.contradicts(category_id, component_id):
        return
    category, component = district.categories[category_id], district.components[component_id or ""]
    kind = district.categories[component.category]
    raise ComponentContradicts(
        component_id=component.id,
        component=component.name,
        component_en=component.name_en,
        kind=kind.name,
        kind_en=kind.name_en,
        category_id=category.id,
        name=category.name,
        name_en=category.name_en,
    )
