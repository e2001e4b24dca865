"""The record of a case depends on the set of its events, not on the order of their arrival."""

from __future__ import annotations

import json
from collections import defaultdict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.base import CASE_SOURCES
from contracts.common import Place
from contracts.events.acceptance import CaseFiled
from contracts.events.acceptance.reporters import InformationAdded
from contracts.events.command import Assignment, CaseRouted, DecisionDueMoved, DecisionNeeded
from contracts.events.discovery import ReportReceived
from services.tracking.domain import fold
from services.tracking.domain.recorded_event import RecordedEvent, position_of
from services.tracking.domain.summary import Summary
from tests.unit.tracking.case_history import FULL_HISTORY, CaseHistory
from tests.unit.tracking.sample_events import ACTOR, REPORT, at, filed, received

CONFIDENTIAL_FILING = {
    "confidential": True,
    "description": "",
    "photos": (),
    "place": Place(grid_code="370522001004"),
}
CONFIDENTIAL_HISTORY = tuple(
    (event.model_copy(update=CONFIDENTIAL_FILING) if isinstance(event, CaseFiled) else event, needed)
    for event, needed in FULL_HISTORY
)
AFTERWARDS = "现在可以公开说了"
DISCLOSED_HISTORY = (
    *((event, needed) for event, needed in CONFIDENTIAL_HISTORY if isinstance(event, ReportReceived | CaseFiled)),
    (InformationAdded(report_id=REPORT, text="张三家三楼", added_by=ACTOR), ()),
    (filed(description="", photos=(), place=Place(grid_code="370522001004007")), ()),
    (InformationAdded(report_id=REPORT, text=AFTERWARDS, added_by=ACTOR), ()),
)
"""Filed as confidential and later filed again as an ordinary case."""
FEW = st.lists(st.sampled_from(CASE_SOURCES), max_size=2).map(tuple)


@st.composite
def histories(draw: st.DrawFn) -> CaseHistory:
    """Generate histories in which each service has applied at least the needed events and some more; some are
    confidential or disclosed later.
    """
    chosen = draw(st.sampled_from((FULL_HISTORY, CONFIDENTIAL_HISTORY, DISCLOSED_HISTORY)))
    return CaseHistory().emit_all(chosen, lambda: draw(FEW))


@st.composite
def arrival_orders(draw: st.DrawFn, history: CaseHistory) -> list[RecordedEvent]:
    """Generate any interleaving of the sources that keeps the order of each source."""
    by_source: dict[str, list[RecordedEvent]] = defaultdict(list)
    for recorded in history.recorded:
        by_source[recorded.meta.source].append(recorded)
    order = draw(st.permutations([source for source, own in by_source.items() for _ in own]))
    return [by_source[source].pop(0) for source in order]


def as_jsonb(stored: bytes) -> str:
    """Return the stored text as PostgreSQL keeps it: `jsonb` forgets the order of keys."""
    return json.dumps(json.loads(stored), sort_keys=True)


def apply_in_batches(order: list[RecordedEvent], sizes: list[int]) -> str:
    """Apply the events in batches and store the summary between batches, as the service does."""
    stored, history, rest = "{}", list[RecordedEvent](), list(order)
    while rest:
        size = sizes.pop() if sizes else 1
        batch, rest = rest[:size], rest[size:]
        record = fold.apply_events(Summary.load(stored), batch, history)
        history += batch
        stored = as_jsonb(record.dump())
    return stored


@given(st.data())
@settings(max_examples=150)
def test_any_arrival_order_and_batching_gives_the_same_summary(data: st.DataObject) -> None:
    """The result equals that of a plain fold."""
    history = data.draw(histories())
    order = data.draw(arrival_orders(history))
    sizes = data.draw(st.lists(st.integers(1, 12), max_size=10))
    assert apply_in_batches(order, sizes) == as_jsonb(fold.summarise(history.recorded).dump())


@given(histories())
@settings(max_examples=100)
def test_dependencies_come_first_in_fold_order(history: CaseHistory) -> None:
    ordered = sorted(history.recorded, key=lambda recorded: recorded.key)
    seen: dict[str, int] = defaultdict(int)
    for recorded in ordered:
        assert recorded.meta.sequence == seen[recorded.meta.source] + 1
        assert all(seen[source] >= position for source, position in recorded.meta.dependencies.items())
        seen[recorded.meta.source] = recorded.meta.sequence


def test_no_two_events_of_a_case_share_a_position_key() -> None:
    history = CaseHistory().emit_all(FULL_HISTORY)
    assert len({recorded.key for recorded in history.recorded}) == len(history.recorded)


def test_a_dependency_on_a_registry_release_does_not_change_the_position() -> None:
    recorded = CaseHistory().emit_all(FULL_HISTORY[:1]).recorded[0]
    recorded.meta.dependencies["registry"] = 17  # type: ignore[index]
    assert position_of(recorded.meta) == 1


def test_the_full_history_reaches_the_record() -> None:
    """The history must be a valid one."""
    record = fold.fold(CaseHistory().emit_all(FULL_HISTORY).recorded)
    assert record.facts.status == "evaluated"
    assert record.versions == {"intake": 5, "routing": 2, "dispatch": 13, "supervision": 24}
    assert record.clocks == []
    assert [photo.stage for photo in record.photos] == ["discovery", "handling"]
    assert record.participants == [
        "actor:wang",
        "unit:sanitation",
        "unit:street-office",
        "unit:municipal-works",
        "officer:officer-09",
    ]
    assert [(each.solved, each.lapsed) for each in record.feedback] == [(True, False), (None, True)]


def test_the_record_contains_the_summary() -> None:
    """The case page and the card cannot disagree."""
    recorded = CaseHistory().emit_all(FULL_HISTORY).recorded
    for upto in range(1, len(recorded) + 1):
        whole, short = fold.fold(recorded[:upto]), fold.summarise(recorded[:upto])
        assert {name: getattr(whole, name) for name in Summary.model_fields} == dict(short)


def test_every_event_can_be_folded_alone() -> None:
    """Handlers never refuse an event because of the state."""
    for recorded in CaseHistory().emit_all(FULL_HISTORY).recorded:
        record = fold.fold([recorded])
        assert record.position == recorded.position


def test_the_deadline_of_a_decision_is_the_last_one_stated() -> None:
    asked = DecisionNeeded(
        round=1,
        queue="centre",
        reason="no_match",
        due_at=at(60),
        provisional=True,
        list_version=17,
        explanation="无",
        explanation_en="none",
    )
    history = CaseHistory().emit(received()).emit(filed()).emit(asked)
    history.emit(DecisionDueMoved(round=1, queue="centre", due_at=at(90)))
    ahead = CaseRouted(
        round=2,
        rule="first_response",
        list_version=17,
        assignments=(Assignment(unit_id="mobile", role="first_response"),),
        candidates=(),
        explanation="派机动组先行处置",
        explanation_en="sent ahead",
        decided_by=ACTOR,
    )
    history.emit(ahead)  # the question stays open
    waiting = fold.fold(history.recorded).waiting
    assert waiting is not None
    assert waiting.due_at == at(90)


def test_an_error_names_the_event_that_failed() -> None:
    """The store must know which event to move to the dead letters."""
    recorded = CaseHistory().emit_all(FULL_HISTORY[:1]).recorded[0]
    case = Summary()
    case.participants = None  # type: ignore[assignment]
    with pytest.raises(fold.FoldFailed) as failed:
        fold.apply_events(case, [recorded])
    assert failed.value.recorded is recorded


def test_the_record_of_a_confidential_case_keeps_no_text_of_the_report() -> None:
    """This holds for a summary folded before, too; the record equals that of the redacted events."""
    recorded = CaseHistory().emit_all(CONFIDENTIAL_HISTORY).recorded
    report = recorded[0].event
    assert isinstance(report, ReportReceived)
    assert report.description[:4] not in apply_in_batches(list(recorded), [])
    record = fold.fold(recorded)
    assert (record.description, record.place and record.place.longitude) == ("", None)
    assert record == fold.fold([fold.redact_event(each) for each in recorded])


def test_a_disclosed_case_shows_what_was_stated_after_its_disclosure() -> None:
    recorded = CaseHistory().emit_all(DISCLOSED_HISTORY).recorded
    for record in (fold.fold(recorded), Summary.load(apply_in_batches(list(recorded), []))):
        assert record.category is not None
        assert record.category.id.endswith("/06010")
        assert (record.description, record.place) == ("", Place(grid_code="370522001004007"))
    texts = [getattr(each.event, "text", "") for each in fold.redact_if_confidential(Summary(), recorded)]
    assert (texts[-3], texts[-1]) == ("", AFTERWARDS)
