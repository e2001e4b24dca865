"""Trial of a draft of the responsibility list on past questions, and repetition of recorded decisions."""

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
    """A past question to which the draft of the list gives another decision than the list in force."""

    place: int
    """Position of the question among those that were tried."""
    before: Decision
    after: Decision


def index_with_changes(district: RegistrySnapshot, changes: Mapping[str, Responsibility | None]) -> ListIndex:
    """Return the index of the release in force with changes of the responsibility list.

    `changes`: for each entry id the new or changed entry, or `None` to remove the entry. This takes as long as building
    the index of the whole release.
    """
    entries = {**district.responsibilities}
    for entry_id, entry in changes.items():
        if entry is None:
            entries.pop(entry_id, None)
        else:
            entries[entry_id] = entry
    records = {**district.records, Responsibility.KIND: entries}
    return ListIndex(RegistrySnapshot.from_records(district.release, records))


def differences(current: ListIndex, draft: ListIndex, questions: Iterable[Question]) -> list[Difference]:
    """Return the questions to which the two lists give different decisions.

    Two decisions differ if they name different units or roles, if only one of them asks a person, or if they ask a
    person for different reasons.
    """
    found: list[Difference] = []
    for place, question in enumerate(questions):
        before, after = decide(current, question), decide(draft, question)
        if _units_and_reason(before) != _units_and_reason(after):
            found.append(Difference(place, before, after))
    return found


@dataclass(frozen=True, slots=True)
class RepeatedDecision:
    """Result of repeating a recorded decision: the decision that the list gives now, and whether both are the same."""

    decision: Decision
    same: bool


def repeat_decision(index: ListIndex, question: Question, event: CaseRouted | DecisionNeeded) -> RepeatedDecision:
    """Put a recorded question to the list again, and compare the decision with the recorded `event`.

    The recorded event may lack the assignments of some co-units: those that kept a dispatch of an earlier round
    received no new one.
    """
    decision = decide(index, question)
    if isinstance(event, DecisionNeeded):
        return RepeatedDecision(decision, decision.needed == event.reason and decision.candidates == event.candidates)
    recorded = set(event.assignments)
    not_recorded = [each for each in decision.assignments if each not in recorded]
    same = recorded <= set(decision.assignments) and all(each.role == "co" for each in not_recorded)
    answer = (decision.rule, decision.candidates, decision.explanation)
    return RepeatedDecision(decision, same and answer == (event.rule, event.candidates, event.explanation))


def _units_and_reason(decision: Decision) -> tuple[Sequence[tuple[str, str]], str | None]:
    return sorted((each.unit_id, each.role) for each in decision.assignments), decision.needed
