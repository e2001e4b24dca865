"""What events say of a confidential matter: that it is one, in which community, and how long it may take."""

from __future__ import annotations

from contracts.registry import Category, FilingCondition

_CLOSES = "主管单位已答复处理结果"
_CLOSES_EN = "The competent unit has answered that it is dealt with"


def as_told(condition: FilingCondition, category: Category) -> FilingCondition:
    """The condition as events carry it. Of a confidential category the limits and the modes stand; situation, way of closing
    and the names of the milestones would say what it is about: the competent unit reads them at intake.
    """
    if not category.confidential:
        return condition
    steps = (
        each.model_copy(update={"name": f"第{number}步", "name_en": f"Step {number}"})
        for number, each in enumerate(condition.milestones, start=1)
    )
    told = {
        "id": category.major, "text": category.major_name, "text_en": category.major_name_en,
        "closing_condition": _CLOSES, "closing_condition_en": _CLOSES_EN, "milestones": tuple(steps),
    }  # fmt: skip
    return condition.model_copy(update=told)


def for_its_unit(condition: FilingCondition, category: Category) -> dict[str, object]:
    """What its events left out: for the competent unit, with the text."""
    named = {"id": category.id, "name": category.name, "name_en": category.name_en}
    wanted = {"id", "text", "text_en", "closing_condition", "closing_condition_en", "milestones"}
    return {"category": named, "condition": condition.model_dump(mode="json", include=wanted)}
