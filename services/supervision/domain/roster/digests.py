"""Digests: the weekly review 周回顾 and the monthly analysis 月分析 of a community.

A digest lists hot spots, places with repeated problems and the oldest open cases, by place and category, never by
person. Staff of the community confirm the digest with a note.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal
from uuid import UUID, uuid5

from pydantic import AwareDatetime

from contracts.grid_codes import community_of
from services.chassis.coordinates import distance_m
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.primitives.view import View
from services.supervision.domain.roster.outages import Outage

Kind = Literal["week", "month"]

_DIGESTS = UUID("5f7f7a0e-50a4-5b0b-9b3e-1d7d9d6c7a42")
"""Namespace of digest ids: one id per kind, community and period."""

_SHOWN = 5
"""Maximum number of entries in each list of a digest."""
_AT_LEAST = 2
"""Minimum number of cases in a period that make a hot spot or a repeat place."""


_CONFIDENTIAL = {"category": "保密", "category_en": "Confidential"}
"""Names shown instead of the category of a confidential case."""


@dataclass(frozen=True, slots=True)
class DigestCase:
    """A filed case, as far as digests need it. Confidential cases have no category and no position."""

    case_id: UUID
    case_number: str
    grid_code: str
    category_id: str | None
    longitude: float | None
    latitude: float | None
    registered_at: datetime
    filed_at: datetime
    open: bool
    ended_at: datetime | None
    was_overdue: bool


class Figures(View):
    """Numbers of cases of a community in one period."""

    filed: int
    ended: int
    overdue: int
    """Cases filed in the period that became overdue."""
    open: int
    """Open cases at the end of the period."""
    confidential: int
    """Confidential cases filed in the period. They never count for hot spots and repeat places."""


class HotSpot(View):
    """A grid with many cases of one category."""

    grid_code: str
    grid: str = ""
    grid_en: str = ""
    category_id: str
    category: str
    category_en: str
    cases: int
    before: int
    """Number of cases in the previous period."""


class RepeatPlace(View):
    """A place with several cases of one category in the period."""

    grid_code: str
    grid: str = ""
    grid_en: str = ""
    longitude: float | None
    latitude: float | None
    category_id: str
    category: str
    category_en: str
    case_numbers: tuple[str, ...]


class OldestCase(View):
    """One of the cases that have been open longest."""

    case_id: UUID
    case_number: str
    grid_code: str
    grid: str = ""
    grid_en: str = ""
    category: str
    category_en: str
    days: int
    """Days from the registration of the case to the end of the period."""


class Digest(View):
    """The digest of one community and period."""

    kind: Kind
    community: str
    name: str
    name_en: str
    begins_on: date
    ends_on: date
    """First day after the period."""
    ends_at: AwareDatetime
    figures: Figures
    before: Figures
    """Figures of the previous period."""
    hot_spots: tuple[HotSpot, ...]
    repeat_places: tuple[RepeatPlace, ...]
    oldest: tuple[OldestCase, ...]
    patrol_due: int
    patrol_visited: int
    not_observed: tuple[Outage, ...] = ()
    """Outages of the system in this or the previous period. Patrol visits during an outage are missing."""


def digest_id(kind: Kind, community: str, begins_on: date) -> UUID:
    """Return the id of the digest of a community and period."""
    return uuid5(_DIGESTS, f"{kind}/{community}/{begins_on.isoformat()}")


def period_before(kind: Kind, begins_on: date) -> date:
    """Return the first day of the previous period, given the first day of this period."""
    if kind == "week":
        return begins_on - timedelta(days=7)
    return (begins_on - timedelta(days=1)).replace(day=1)


def periods_ended(kind: Kind, after: datetime, until: datetime, district: RegistrySnapshot) -> list[tuple[date, date]]:
    """Return the first day of every period that ended in `(after, until]`, and the day after its last day.

    Weeks begin on Mondays, months on the first day of the month.
    """
    first, last = after.astimezone(district.zone).date(), until.astimezone(district.zone).date()
    days = (first + timedelta(days=offset) for offset in range((last - first).days + 1))
    ends = [day for day in days if (day.isoweekday() == 1 if kind == "week" else day.day == 1)]
    return [(period_before(kind, day), day) for day in ends if after < midnight(day, district) <= until]


def midnight(day: date, district: RegistrySnapshot) -> datetime:
    """Return the instant at which a local day begins."""
    return datetime.combine(day, time(), district.zone)


def write_digest(
    district: RegistrySnapshot,
    kind: Kind,
    community: str,
    period: tuple[date, date],
    cases: Sequence[DigestCase],
    patrol: tuple[int, int],
    not_observed: tuple[Outage, ...] = (),
) -> Digest:
    """Return the digest of a community.

    `cases` include those of the previous period. `patrol` is the number of visits due and of visits made.
    """
    begins, ends = (midnight(day, district) for day in period)
    before = midnight(period_before(kind, period[0]), district)
    known = district.communities.get(community)
    current = [case for case in cases if begins <= case.filed_at < ends]
    previous = [case for case in cases if before <= case.filed_at < begins]
    return Digest(
        kind=kind,
        community=community,
        name=known.name if known else community,
        name_en=known.name_en if known else community,
        begins_on=period[0],
        ends_on=period[1],
        ends_at=ends,
        figures=period_figures(cases, begins, ends),
        before=period_figures(cases, before, begins),
        hot_spots=hot_spots(district, current, previous),
        repeat_places=repeat_places(district, current),
        oldest=oldest(district, cases, ends),
        patrol_due=patrol[0],
        patrol_visited=patrol[1],
        not_observed=not_observed,
    )


def has_activity(cases: Iterable[DigestCase], begins: datetime, ends: datetime) -> bool:
    """Return True if one of these cases was filed or ended in the period."""
    found = period_figures(cases, begins, ends)
    return found.filed > 0 or found.ended > 0


def period_figures(cases: Iterable[DigestCase], begins: datetime, ends: datetime) -> Figures:
    """Return the figures of one period."""
    known = [case for case in cases if case.filed_at < ends]
    filed = [case for case in known if begins <= case.filed_at]
    return Figures(
        filed=len(filed),
        ended=sum(case.ended_at is not None and begins <= case.ended_at < ends for case in known),
        overdue=sum(case.was_overdue for case in filed),
        open=sum(case.ended_at is None or case.ended_at >= ends for case in known),
        confidential=sum(case.category_id is None for case in filed),
    )


def hot_spots(
    district: RegistrySnapshot, current: Iterable[DigestCase], previous: Iterable[DigestCase]
) -> tuple[HotSpot, ...]:
    """Return the grids with most cases of one category, each with its number of cases in the previous period."""
    counts, before = _count_by_grid(current), _count_by_grid(previous)
    worst = sorted((-cases, place) for place, cases in counts.items() if cases >= _AT_LEAST)[:_SHOWN]
    return tuple(
        HotSpot(
            grid_code=grid,
            category_id=category_id,
            cases=-cases,
            before=before[grid, category_id],
            **_category_names(district, category_id),
            **_grid_names(district, grid),
        )
        for cases, (grid, category_id) in worst
    )


def repeat_places(district: RegistrySnapshot, cases: Iterable[DigestCase]) -> tuple[RepeatPlace, ...]:
    """Return the places where cases of one category recur, most frequent first.

    The district sets the distance within which two cases are at the same place.
    """
    near = district.settings.duplicates.recurrence_metres
    groups: list[list[DigestCase]] = []
    for case in cases:
        if case.longitude is None or case.latitude is None or case.category_id is None:
            continue
        for group in groups:
            if group[0].category_id == case.category_id and _distance(group[0], case) <= near:
                group.append(case)
                break
        else:
            groups.append([case])
    often = sorted(
        (group for group in groups if len(group) >= _AT_LEAST), key=lambda group: (-len(group), group[0].case_number)
    )
    return tuple(
        RepeatPlace(
            grid_code=group[0].grid_code,
            longitude=group[0].longitude,
            latitude=group[0].latitude,
            category_id=group[0].category_id or "",
            case_numbers=tuple(case.case_number for case in group),
            **_category_names(district, group[0].category_id),
            **_grid_names(district, group[0].grid_code),
        )
        for group in often[:_SHOWN]
    )


def oldest(district: RegistrySnapshot, cases: Iterable[DigestCase], at: datetime) -> tuple[OldestCase, ...]:
    """Return the cases that had been open longest at the end of the period."""
    open_cases = [case for case in cases if case.filed_at < at and (case.ended_at is None or case.ended_at >= at)]
    open_cases.sort(key=lambda case: (case.registered_at, case.case_number))
    return tuple(
        OldestCase(
            case_id=UUID(str(case.case_id)),
            case_number=case.case_number,
            grid_code=case.grid_code,
            days=(at - case.registered_at).days,
            **_category_names(district, case.category_id),
            **_grid_names(district, case.grid_code),
        )
        for case in open_cases[:_SHOWN]
    )


def redacted(digest: Digest, number: str) -> Digest:
    """Return the digest without the details of a case that became confidential. The figures do not change."""
    places = (_without(each, number) for each in digest.repeat_places)
    return digest.model_copy(
        update={
            "repeat_places": tuple(each for each in places if len(each.case_numbers) >= _AT_LEAST),
            "oldest": tuple(_redacted_case(each) if each.case_number == number else each for each in digest.oldest),
        }
    )


def _without(place: RepeatPlace, number: str) -> RepeatPlace:
    return place.model_copy(update={"case_numbers": tuple(each for each in place.case_numbers if each != number)})


def _redacted_case(case: OldestCase) -> OldestCase:
    community = community_of(case.grid_code)
    shown = {"grid_code": community, "grid": community, "grid_en": community, **_CONFIDENTIAL}
    return case.model_copy(update=shown)


def _count_by_grid(cases: Iterable[DigestCase]) -> Counter[tuple[str, str]]:
    return Counter((case.grid_code, case.category_id) for case in cases if case.category_id is not None)


def _category_names(district: RegistrySnapshot, category_id: str | None) -> dict[str, str]:
    if category_id is None:
        return dict(_CONFIDENTIAL)
    category = district.categories.get(category_id)
    return {
        "category": category.name if category else category_id,
        "category_en": category.name_en if category else category_id,
    }


def _grid_names(district: RegistrySnapshot, grid_code: str) -> dict[str, str]:
    grid = district.grids.get(grid_code)
    return {"grid": grid.name if grid else grid_code, "grid_en": grid.name_en if grid else grid_code}


def _distance(first: DigestCase, second: DigestCase) -> float:
    assert first.longitude is not None
    assert first.latitude is not None
    assert second.longitude is not None
    assert second.latitude is not None
    return distance_m((first.longitude, first.latitude), (second.longitude, second.latitude))
