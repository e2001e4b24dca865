"""Trying a list before it is published, and asking again what was asked before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from contracts.events.command import CaseRouted, DecisionNeeded
from contracts.registry import Responsibility
from services.chassis.registry_snapshot import RegistrySnapshot
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from services.routing.domain.question import Decision, Question


class Difference(NamedTuple):
    """A past case that the draft would send elsewhere than the list in force."""

    place: int
    """Among the questions."""
    before: Decision
    after: Decision


def index_with_changes(district: RegistrySnapshot, changes: Mapping[str, Responsibility | None]) -> ListIndex:
    """The release in force with these entries added, replaced or (None) removed. Takes as long as the list is long."""
    entries = {**district.responsibilities}
    for entry_id, entry in changes.items():
        if entry is None:
            entries.pop(entry_id, None)
        else:
            entries[entry_id] = entry
    records = {**district.records, Responsibility.KIND: entries}
    return ListIndex(RegistrySnapshot.from_records(district.release, records))


def differences(now: ListIndex, then: ListIndex, questions: Iterable[Question]) -> list[Difference]:
    """Which of these would be answered otherwise: other units, other parts, or a person instead of the list."""
    found: list[Difference] = []
    for place, question in enumerate(questions):
        before, after = decide(now, question), decide(then, question)
        if _units_and_reason(before) != _units_and_reason(after):
            found.append(Difference(place, before, after))
    return found


@dataclass(frozen=True, slots=True)
class RepeatedDecision:
    """What a recorded question answers today, under the list it was put to then."""

    decision: Decision
    same: bool


def repeat_decision(index: ListIndex, question: Question, event: CaseRouted | DecisionNeeded) -> RepeatedDecision:
    """Put a question once more that the list was asked, and compare what it says now with what it said.

    Co-units that kept an order from an earlier round are not sent again, so the record may hold fewer assignments.
    """
    decision = decide(index, question)
    if isinstance(event, DecisionNeeded):
        return RepeatedDecision(decision, decision.needed == event.reason and decision.candidates == event.candidates)
    sent = set(event.assignments)
    kept = [each for each in decision.assignments if each not in sent]
    same = sent <= set(decision.assignments) and all(each.role == "co" for each in kept)
    said = (decision.rule, decision.candidates, decision.explanation)
    return RepeatedDecision(decision, same and said == (event.rule, event.candidates, event.explanation))


def _units_and_reason(decision: Decision) -> tuple[Sequence[tuple[str, str]], str | None]:
    return sorted((each.unit_id, each.role) for each in decision.assignments), decision.needed
