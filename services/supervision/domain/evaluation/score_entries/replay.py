"""Recount of a case from its events, in the order in which supervision applied them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from uuid import UUID

from contracts.base import Event
from contracts.case_state import CaseState
from contracts.case_steps import fold
from contracts.envelope import Envelope
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.evaluation.score_entries.case_scores import CaseScores
from services.supervision.domain.evaluation.score_entries.rules import count_event
from services.supervision.domain.evaluation.score_entries.scorer import Scorer
from services.supervision.domain.primitives.case import has_ended

ReceivedEvent = tuple[Envelope, Event]
SnapshotOf = Callable[[int], RegistrySnapshot]
"""Function that returns the registry snapshot of a release."""


def replay(
    case_id: UUID, own: Sequence[ReceivedEvent], others: Mapping[str, Sequence[ReceivedEvent]], district_of: SnapshotOf
) -> CaseScores:
    """Return the scores of a case, recounted from its events.

    Apply each event of supervision (`own`) after the events of other services (`others`) that supervision had applied
    before it. Apply the remaining events of other services last. All events are in the order of their sequence;
    `others` hold only events that supervision has applied.
    """
    scores, flow = CaseScores(), CaseState()
    applied = dict.fromkeys(others, 0)

    def apply(received: ReceivedEvent, release: int) -> None:
        envelope, event = received
        had_ended = has_ended(flow)
        fold(flow, event)
        count_event(Scorer(scores, case_id, envelope.time, district_of(release)), event, flow, had_ended=had_ended)

    def apply_up_to(positions: Mapping[str, int], release: int | None) -> None:
        """Apply events of other services up to these positions, in causal order and otherwise by time."""

        def ready(source: str) -> bool:
            number = applied[source]
            return number < min(positions.get(source, 0), len(others[source])) and _dependencies_applied(
                others[source][number][0], applied
            )

        while waiting := [source for source in others if ready(source)]:
            source = min(waiting, key=lambda each: others[each][applied[each]][0].time)
            envelope = others[source][applied[source]][0]
            apply(others[source][applied[source]], release or envelope.dependencies.get("registry", 0))
            applied[source] += 1

    for envelope, event in own:
        release = envelope.dependencies.get("registry", 0)
        apply_up_to(envelope.dependencies, release)
        apply((envelope, event), release)
    apply_up_to({source: len(received) for source, received in others.items()}, None)
    return scores


def _dependencies_applied(envelope: Envelope, applied: Mapping[str, int]) -> bool:
    return all(applied[source] >= needed for source, needed in envelope.dependencies.items() if source in applied)
