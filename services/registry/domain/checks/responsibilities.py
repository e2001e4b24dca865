"""Checks of the responsibility list and the emergency plans for contradictions and for leads that are excluded."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from contracts.registry import Category, Match, Plan, Responsibility, Team, Unit
from services.registry.domain.checks.shifts import ShiftIndex
from services.registry.domain.district_draft import DistrictDraft, Finding


def check_responsibilities(draft: DistrictDraft) -> Iterator[Finding]:
    """Check the responsibility list and the emergency plans.

    Entries with equal conditions must name the same units. No entry may exclude the lead of another entry. The lead of
    an on-duty entry needs a shift. A confidential category has only one unit, and a category only one plan.
    """
    entries, shifts = list(draft.all(Responsibility)), ShiftIndex(draft)
    yield from _equal_entries(draft, entries)
    yield from _overlapping_duty(draft, entries, shifts)
    yield from _forbidden_leads(draft, entries)
    yield from _never_on_duty(draft, entries, shifts)
    yield from _confidential(draft, entries)
    yield from _plans(draft)


def _equal_entries(draft: DistrictDraft, entries: list[Responsibility]) -> Iterator[Finding]:
    by_key: dict[tuple[object, ...], list[Responsibility]] = defaultdict(list)
    for entry in entries:
        if entry.lead or entry.team:
            # Entries with `on_duty` may have different leads if their shifts never overlap: see `_overlapping_duty`.
            by_key[entry.match, entry.area, entry.hours, entry.level, entry.on_duty and entry.lead].append(entry)
    for equal in by_key.values():
        for number, entry in enumerate(equal):
            first = next((each for each in equal[:number] if _same_days(each, entry)), None)
            if first is None:
                continue
            line = draft.line_of(first)
            if (entry.lead, set(entry.co), entry.team) != (first.lead, set(first.co), first.team):
                yield draft.finding(
                    entry,
                    "list-disagrees",
                    f"与第 {line} 行的 {first.id} 条件相同而责任不同。",
                    f"Has the same category, area and hours as {first.id} (line {line}) but another responsibility.",
                )
            else:
                yield draft.finding(
                    entry, "list-twice", f"与第 {line} 行的 {first.id} 重复。", f"Repeats {first.id} (line {line})."
                )


def _overlapping_duty(draft: DistrictDraft, entries: list[Responsibility], shifts: ShiftIndex) -> Iterator[Finding]:
    """Find pairs of on-duty entries with equal conditions and different leads, if shifts of the two leads overlap.

    During the overlap it is not clear which unit leads.
    """
    by_key: dict[tuple[object, ...], list[Responsibility]] = defaultdict(list)
    for entry in entries:
        if entry.on_duty:
            by_key[entry.match, entry.area, entry.hours, entry.level].append(entry)
    for equal in by_key.values():
        for number, entry in enumerate(equal):
            for first in equal[:number]:
                if first.lead == entry.lead or not _same_days(first, entry):
                    continue
                overlap = shifts.find_overlap(first, entry)
                if overlap is None:
                    continue
                line, (theirs, mine) = draft.line_of(first), overlap
                yield draft.finding(
                    entry,
                    "list-disagrees",
                    f"与第 {line} 行的 {first.id} 条件相同而牵头不同，两家却会同时在岗：班次 {mine.id}（{entry.lead}）与 "
                    f"{theirs.id}（{first.lead}）重叠。请错开班次、区域或条件。",
                    f"Has the same conditions as {first.id} (line {line}) but another lead, and both are on duty at the same "
                    f"time: the shifts {mine.id} ({entry.lead}) and {theirs.id} ({first.lead}) overlap. Separate the shifts, "
                    "areas or conditions.",
                )
                break


def _same_days(one: Responsibility, other: Responsibility) -> bool:
    """Return whether there is a day on which both entries are valid."""
    return (one.valid_to is None or other.valid_from is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from is None or one.valid_from < other.valid_to
    )


def _forbidden_leads(draft: DistrictDraft, entries: list[Responsibility]) -> Iterator[Finding]:
    negatives = [entry for entry in entries if entry.excluded or entry.excluded_kinds]
    covered = _CoveredCategories(draft)
    for entry in entries:
        lead = draft.get(Unit, entry.lead) or _convenor(draft, entry)
        if lead is None:
            continue
        for negative in negatives:
            if lead.id not in negative.excluded and lead.kind not in negative.excluded_kinds:
                continue
            if _intersect(entry, negative) and covered[entry.match] & covered[negative.match]:
                line = draft.line_of(negative)
                yield draft.finding(
                    entry,
                    "forbidden-lead",
                    f"{lead.name}（{lead.id}）被第 {line} 行的 {negative.id} 排除，不得牵头。",
                    f"{lead.name_en} ({lead.id}) may not lead this: {negative.id} (line {line}) excludes it.",
                )


def _never_on_duty(draft: DistrictDraft, entries: list[Responsibility], shifts: ShiftIndex) -> Iterator[Finding]:
    """Find on-duty entries whose lead has no shift in the area of the entry."""
    for entry in entries:
        if entry.on_duty and not shifts.shifts_of_lead(entry):
            yield draft.finding(
                entry,
                "never-on-duty",
                f"排班中没有 {entry.lead} 在该区域的班次，此条永远不会适用。",
                f"The roster has no shift of {entry.lead} in this area, so the entry would never apply.",
            )


def _convenor(draft: DistrictDraft, entry: Responsibility) -> Unit | None:
    team = draft.get(Team, entry.team) if entry.lead is None else None
    return draft.get(Unit, team.convenor) if team is not None else None


class _CoveredCategories(dict[Match, frozenset[str]]):
    """`match` of an entry → ids of the categories that it covers. Computed on demand, because few entries need it."""

    def __init__(self, draft: DistrictDraft) -> None:
        self._categories = list(draft.all(Category))

    def __missing__(self, match: Match) -> frozenset[str]:
        found = frozenset(category.id for category in self._categories if match.covers(category))
        self[match] = found
        return found


def _intersect(entry: Responsibility, negative: Responsibility) -> bool:
    """Return whether there is a place, level, day and hour to which both entries apply."""
    if not _same_days(entry, negative) or (entry.level and negative.level and entry.level != negative.level):
        return False
    areas = entry.area.startswith(negative.area) or negative.area.startswith(entry.area)
    return areas and ("any" in (entry.hours, negative.hours) or entry.hours == negative.hours)


def _confidential(draft: DistrictDraft, entries: list[Responsibility]) -> Iterator[Finding]:
    confidential = [category for category in draft.all(Category) if category.confidential]
    for entry in entries:
        if not (entry.co or entry.team):
            continue
        for category in confidential:
            if entry.match.covers(category):
                yield draft.finding(
                    entry,
                    "confidential-shared",
                    f"保密类别 {category.id} 只能由一个主管单位办理。",
                    f"The confidential category {category.id} may have only one competent unit.",
                )


def _plans(draft: DistrictDraft) -> Iterator[Finding]:
    plan_of: dict[str | None, Plan] = {}
    for plan in draft.all(Plan):
        team = draft.get(Team, plan.first_response)
        if team is not None and team.kind != "mobile":
            yield draft.finding(
                plan,
                "plan-team",
                f"先期处置须由机动组承担，{team.id} 不是。",
                f"First response must come from a mobile team; {team.id} is not one.",
            )
        for agency in plan.agencies:
            unit = draft.get(Unit, agency)
            if unit is not None and unit.agency is None:
                yield draft.finding(
                    plan,
                    "plan-agency",
                    f"{agency} 没有 110/119/120/122 号码，不能作为移交对象。",
                    f"{agency} has no number 110/119/120/122 and cannot receive a hand-over.",
                )
        for category in plan.categories or (None,):
            before = plan_of.setdefault(category, plan)
            if before is not plan:
                shown = category or "*"
                line = draft.line_of(before)
                yield draft.finding(
                    plan,
                    "plan-twice",
                    f"{shown} 已属于预案 {before.id}（第 {line} 行）。",
                    f"{shown} already belongs to the plan {before.id} (line {line}).",
                )
