"""Warnings about probable omissions in the district's data. Unlike a fault, a warning does not prevent a release."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.registry import Category, DistrictSettings, FilingCondition, Plan, Responsibility
from services.registry.domain.district_draft import DistrictDraft, Finding, sort_findings


def warnings(draft: DistrictDraft) -> list[Finding]:
    """Return all warnings about the data, ordered by file and line."""
    return sort_findings([*_no_unit(draft), *_no_plan(draft), *_foreign_local(draft)])


def _no_unit(draft: DistrictDraft) -> Iterator[Finding]:
    """Find categories with a filing condition for which no entry of the responsibility list names a unit or team."""
    fileable = {condition.category for condition in draft.all(FilingCondition)}
    entries = [entry.match for entry in draft.all(Responsibility) if entry.lead or entry.team]
    for category in draft.all(Category):
        if category.id in fileable and not any(match.covers(category) for match in entries):
            yield draft.finding(
                category,
                "no-unit",
                f"“{category.name}”可以立案，但清单中没有责任单位，案件须由派遣员逐件决定。",
                f"Cases of {category.name_en} can be filed, but no list entry names a responsible unit:"
                " a dispatcher must decide each of them.",
            )


def _no_plan(draft: DistrictDraft) -> Iterator[Finding]:
    """Find emergencies without an emergency plan. A plan without categories applies to all emergencies."""
    plans = list(draft.all(Plan))
    if any(not plan.categories for plan in plans):
        return
    planned = {category for plan in plans for category in plan.categories}
    for category in draft.all(Category):
        if category.emergency and category.id not in planned:
            yield draft.finding(
                category,
                "no-plan",
                f"突发事件“{category.name}”没有预案，没有人先期处置。请写入预案，或增设不限类别的预案。",
                f"No plan names the emergency {category.name_en}, so nobody gives first response. Name it in a plan, or add a"
                " plan without categories.",
            )


def _foreign_local(draft: DistrictDraft) -> Iterator[Finding]:
    """Find local categories whose standard contains the code of another district."""
    own = next((settings.id for settings in draft.all(DistrictSettings)), "")
    for category in draft.all(Category):
        prefix = category.standard
        if prefix.startswith("LOCAL-") and prefix != f"LOCAL-{own}":
            yield draft.finding(
                category,
                "local-prefix",
                f"本地类别的前缀为 {prefix}，本区县应为 LOCAL-{own}。",
                f"This local category begins with {prefix}; in this district it should be LOCAL-{own}.",
            )
