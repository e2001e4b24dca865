"""The responsibility list and the emergency plans must give one answer, and never a forbidden one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from contracts.registry import Category, Match, Plan, Responsibility, Team, Unit
from services.registry.domain.checks.overlap import Turns
from services.registry.domain.draft import Draft, Finding


def check_list(draft: Draft) -> Iterator[Finding]:
    """Equal entries agree; nobody leads what another entry forbids; confidential matters go to one unit alone."""
    entries, turns = list(draft.all(Responsibility)), Turns(draft)
    yield from _equal_entries(draft, entries)
    yield from _on_duty_at_once(draft, entries, turns)
    yield from _forbidden_leads(draft, entries)
    yield from _never_on_duty(draft, entries, turns)
    yield from _confidential(draft, entries)
    yield from _plans(draft)


def _equal_entries(draft: Draft, entries: list[Responsibility]) -> Iterator[Finding]:
    by_key: dict[tuple[object, ...], list[Responsibility]] = defaultdict(list)
    for entry in entries:
        if entry.lead or entry.team:
            # Those who lead while they are on duty may differ where their turns do: see `_on_duty_at_once`.
            by_key[entry.match, entry.area, entry.hours, entry.level, entry.on_duty and entry.lead].append(entry)
    for equal in by_key.values():
        for number, entry in enumerate(equal):
            first = next((each for each in equal[:number] if _together(each, entry)), None)
            if first is None:
                continue
            line = draft.line_of(first)
            if (entry.lead, set(entry.co), entry.team) != (first.lead, set(first.co), first.team):
                yield draft.finding(
                    entry, "list-disagrees", f"与第 {line} 行的 {first.id} 条件相同而责任不同。",
                    f"Says of the same matter, place and hours something else than {first.id} (line {line}).",
                )  # fmt: skip
            else:
                yield draft.finding(
                    entry, "list-twice", f"与第 {line} 行的 {first.id} 重复。", f"Repeats {first.id} (line {line})."
                )


def _on_duty_at_once(draft: Draft, entries: list[Responsibility], turns: Turns) -> Iterator[Finding]:
    """Of those who lead the same while they are on duty, one is on duty at a time: else nobody could say who leads."""
    by_key: dict[tuple[object, ...], list[Responsibility]] = defaultdict(list)
    for entry in entries:
        if entry.on_duty:
            by_key[entry.match, entry.area, entry.hours, entry.level].append(entry)
    for equal in by_key.values():
        for number, entry in enumerate(equal):
            for first in equal[:number]:
                both = turns.at_once(first, entry) if first.lead != entry.lead and _together(first, entry) else None
                if both is None:
                    continue
                line, (theirs, mine) = draft.line_of(first), both
                yield draft.finding(
                    entry, "list-disagrees",
                    f"与第 {line} 行的 {first.id} 条件相同而牵头不同，两家却会同时在岗：班次 {mine.id}（{entry.lead}）与 "
                    f"{theirs.id}（{first.lead}）重叠。请错开班次、区域或条件。",
                    f"Says of the same matter and place another lead than {first.id} (line {line}), and both are on duty at "
                    f"once: the shifts {mine.id} ({entry.lead}) and {theirs.id} ({first.lead}) overlap. Set shifts, areas or "
                    "conditions apart.",
                )  # fmt: skip
                break


def _together(one: Responsibility, other: Responsibility) -> bool:
    """Whether there is a day on which both count."""
    return (one.valid_to is None or other.valid_from is None or other.valid_from < one.valid_to) and (
        other.valid_to is None or one.valid_from is None or one.valid_from < other.valid_to
    )


def _forbidden_leads(draft: Draft, entries: list[Responsibility]) -> Iterator[Finding]:
    negatives = [entry for entry in entries if entry.excluded or entry.excluded_kinds]
    covered = _Covered(draft)
    for entry in entries:
        lead = draft.get(Unit, entry.lead) or _convenor(draft, entry)
        if lead is None:
            continue
        for negative in negatives:
            if lead.id not in negative.excluded and lead.kind not in negative.excluded_kinds:
                continue
            if _meet(entry, negative) and covered[entry.match] & covered[negative.match]:
                line = draft.line_of(negative)
                yield draft.finding(
                    entry, "forbidden-lead", f"{lead.name}（{lead.id}）被第 {line} 行的 {negative.id} 排除，不得牵头。",
                    f"{lead.name_en} ({lead.id}) may not lead this: {negative.id} (line {line}) excludes it.",
                )  # fmt: skip


def _never_on_duty(draft: Draft, entries: list[Responsibility], turns: Turns) -> Iterator[Finding]:
    """An entry that counts while its lead is on duty needs a shift of that lead, there."""
    for entry in entries:
        if entry.on_duty and not turns.here(entry):
            yield draft.finding(
                entry, "never-on-duty", f"排班中没有 {entry.lead} 在该区域的班次，此条永远不会适用。",
                f"The roster has no shift of {entry.lead} there: the entry would never count.",
            )  # fmt: skip


def _convenor(draft: Draft, entry: Responsibility) -> Unit | None:
    team = draft.get(Team, entry.team) if entry.lead is None else None
    return draft.get(Unit, team.convenor) if team is not None else None


class _Covered(dict[Match, frozenset[str]]):
    """The categories that a match speaks of: looked for when it is asked for, since few entries are."""

    def __init__(self, draft: Draft) -> None:
        self._categories = list(draft.all(Category))

    def __missing__(self, match: Match) -> frozenset[str]:
        found = frozenset(category.id for category in self._categories if match.covers(category))
        self[match] = found
        return found


def _meet(entry: Responsibility, negative: Responsibility) -> bool:
    """Whether there is a place, a level, a day and an hour to which both speak."""
    if not _together(entry, negative) or (entry.level and negative.level and entry.level != negative.level):
        return False
    areas = entry.area.startswith(negative.area) or negative.area.startswith(entry.area)
    return areas and ("any" in (entry.hours, negative.hours) or entry.hours == negative.hours)


def _confidential(draft: Draft, entries: list[Responsibility]) -> Iterator[Finding]:
    secret = [category for category in draft.all(Category) if category.confidential]
    for entry in entries:
        if not (entry.co or entry.team):
            continue
        for category in secret:
            if entry.match.covers(category):
                yield draft.finding(
                    entry, "confidential-shared", f"保密类别 {category.id} 只能由一个主管单位办理。",
                    f"The confidential category {category.id} belongs to one competent unit alone.",
                )  # fmt: skip


def _plans(draft: Draft) -> Iterator[Finding]:
    named: dict[str | None, Plan] = {}
    for plan in draft.all(Plan):
        team = draft.get(Team, plan.first_response)
        if team is not None and team.kind != "mobile":
            yield draft.finding(
                plan, "plan-team", f"先期处置须由机动组承担，{team.id} 不是。",
                f"First response belongs to a mobile team; {team.id} is none.",
            )  # fmt: skip
        for agency in plan.agencies:
            unit = draft.get(Unit, agency)
            if unit is not None and unit.agency is None:
                yield draft.finding(
                    plan, "plan-agency", f"{agency} 没有 110/119/120/122 号码，不能作为移交对象。",
                    f"{agency} has no number 110/119/120/122 and cannot get a hand-off.",
                )  # fmt: skip
        for category in plan.categories or (None,):
            before = named.setdefault(category, plan)
            if before is not plan:
                shown = category or "*"
                line = draft.line_of(before)
                yield draft.finding(
                    plan, "plan-twice", f"{shown} 已属于预案 {before.id}（第 {line} 行）。",
                    f"{shown} already belongs to the plan {before.id} (line {line}).",
                )  # fmt: skip
