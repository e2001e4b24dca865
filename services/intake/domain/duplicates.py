"""Duplicate detection: decides whether a report is about a problem that already has a case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from contracts.registry import Category
from contracts.registry.settings import DuplicateRules
from services.chassis.coordinates import Point, distance_m
from services.chassis.registry_snapshot import RegistrySnapshot

CertainRule = Literal["same_component", "near_in_place_and_time"]


@dataclass(frozen=True, slots=True)
class ComparableReport:
    """The fields of a report that duplicate detection compares."""

    case_id: UUID
    number: str
    category_id: str | None
    component_id: str | None
    point: Point | None
    accuracy_m: float | None
    reported_at: datetime
    registered_at: datetime
    ended_at: datetime | None = None
    """When the report's case ended; `None` while it is open."""
    triaged: bool = False
    """Whether triage has compared this report already. A report is attached by triage only once."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The result of the comparison for a new report."""

    host: UUID | None = None
    """The open case that is certainly about the same problem, or `None`."""
    rule: CertainRule = "near_in_place_and_time"
    suggested: ComparableReport | None = None
    """An open case that may be about the same problem, or `None`. A person compares the two."""
    recurrences: tuple[UUID, ...] = field(default=())
    """Cases of the same problem at this place that were closed recently, latest first."""


def is_comparable(category: Category | None, confidential: bool) -> bool:
    """Return whether two reports of this category can be about one problem.

    Reports that ask for advice and confidential reports are never compared.
    """
    return category is not None and not confidential and not category.answerable


def related_categories(category: Category, district: RegistrySnapshot) -> tuple[str, ...]:
    """Return the category, and the categories that reporters confuse with it.

    These are its counterparts in other editions of the standard, and categories that have a synonym in common with it.
    """
    words = set(category.synonyms)
    others = (
        each.id
        for each in district.categories.values()
        if each.id != category.id
        and (each.id in category.crosswalk or category.id in each.crosswalk or words & set(each.synonyms))
    )
    return (category.id, *others)


def find_duplicate(
    new: ComparableReport, known: Iterable[ComparableReport], rules: DuplicateRules, now: datetime
) -> Verdict:
    """Compare a new report with others near it.

    If neither of two reports has been triaged, the one registered later is attached to the one registered earlier.
    """
    earlier = sorted(
        (each for each in known if each.case_id != new.case_id and (each.triaged or _is_earlier(each, new))),
        key=lambda each: (_distance(new, each), each.registered_at, each.case_id),
    )
    running = [each for each in earlier if each.ended_at is None]
    suggested: ComparableReport | None = None
    for each in running:
        if new.component_id is not None and new.component_id == each.component_id:
            if new.category_id == each.category_id:
                return Verdict(each.case_id, "same_component")
            suggested = suggested or each  # a crash and the guardrail that it broke are two cases
    for each in running:
        if _is_certain(new, each, rules):
            return Verdict(each.case_id, "near_in_place_and_time")
        if suggested is None and _is_near(new, each, rules.suggest_metres, rules.suggest_hours):
            suggested = each
    return Verdict(suggested=suggested, recurrences=_recurrences(new, earlier, rules, now))


def _is_earlier(first: ComparableReport, second: ComparableReport) -> bool:
    return (first.registered_at, first.case_id) < (second.registered_at, second.case_id)


def _is_certain(new: ComparableReport, each: ComparableReport, rules: DuplicateRules) -> bool:
    """Return whether both reports are certainly about one problem: same category, near in place and time.

    The result is False if one of the points is less accurate than the radius for suggestions.
    """
    exact = all((point.accuracy_m or 0) <= rules.suggest_metres for point in (new, each))
    return (
        exact and new.category_id == each.category_id and _is_near(new, each, rules.attach_metres, rules.attach_hours)
    )


def _is_near(new: ComparableReport, each: ComparableReport, metres: float, hours: float) -> bool:
    """Return whether both reports are near in place and time.

    With a radius of 0, the rule is off and no report is near.
    """
    return 0 < metres >= _distance(new, each) and abs(new.reported_at - each.reported_at) <= timedelta(hours=hours)


def _recurrences(
    new: ComparableReport, earlier: list[ComparableReport], rules: DuplicateRules, now: datetime
) -> tuple[UUID, ...]:
    since = now - timedelta(days=rules.recurrence_days)
    found = [
        each
        for each in earlier
        if each.ended_at is not None
        and each.ended_at > since
        and (
            (new.component_id is not None and new.component_id == each.component_id)
            or (new.category_id == each.category_id and _distance(new, each) <= rules.recurrence_metres)
        )
    ]
    found.sort(key=lambda each: (each.ended_at or now, each.case_id), reverse=True)
    return tuple(each.case_id for each in found[:3])


def _distance(first: ComparableReport, second: ComparableReport) -> float:
    if first.point is None or second.point is None:
        return float("inf")
    return distance_m(first.point, second.point)
