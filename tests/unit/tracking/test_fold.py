"""Rule 8: the record is a function of the set of events, not of the order in which they came."""

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
from tests.unit.tracking.lives import ACTOR, REPORT, WHOLE_STORY, Life, at, filed, received

FILED_IN_CONFIDENCE = {
    "confidential": True,
    "description": "",
    "photos": (),
    "place": Place(grid_code="370522001004"),
}
SECRET_STORY = tuple(
    (event.model_copy(update=FILED_IN_CONFIDENCE) if isinstance(event, CaseFiled) else event, needed)
    for event, needed in WHOLE_STORY
)
AFTERWARDS = "现在可以公开说了"
OPENED_STORY = (
    *((event, needed) for event, needed in SECRET_STORY if isinstance(event, ReportReceived | CaseFiled)),
    (InformationAdded(report_id=REPORT, text="张三家三楼", added_by=ACTOR), ()),
    (filed(description="", photos=(), place=Place(grid_code="370522001004007")), ()),
    (InformationAdded(report_id=REPORT, text=AFTERWARDS, added_by=ACTOR), ()),
)
"""Filed in confidence, and in the open after all."""
FEW = st.lists(st.sampled_from(CASE_SOURCES), max_size=2).map(tuple)


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """The long life, with every maker hearing of others at least what it needs, and as much more as it happens to; some
    turn out to be confidential when they are filed, and not to be so after all.
    """
    story = draw(st.sampled_from((WHOLE_STORY, SECRET_STORY, OPENED_STORY)))
    return Life().tell(story, lambda: draw(FEW))


@st.composite
def arrivals(draw: st.DrawFn, life: Life) -> list[RecordedEvent]:
    """Any interleaving of the sources: each in its own order, nothing else kept."""
    by_source: dict[str, list[RecordedEvent]] = defaultdict(list)
    for told in life.told:
        by_source[told.meta.source].append(told)
    order = draw(st.permutations([source for source, own in by_source.items() for _ in own]))
    return [by_source[source].pop(0) for source in order]


def as_jsonb(stored: bytes) -> str:
    """What PostgreSQL keeps of it: `jsonb` forgets the order of an object's keys."""
    return json.dumps(json.loads(stored), sort_keys=True)


def arrive(order: list[RecordedEvent], sizes: list[int]) -> str:
    """Take events in batch by batch, through what is stored between batches, as the service does."""
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
def test_any_arrival_order_and_batching_gives_the_same_bytes(data: st.DataObject) -> None:
    """Nothing but each source's own order is kept; batches of any size; the result is that of the plain fold."""
    life = data.draw(lives())
    order = data.draw(arrivals(life))
    sizes = data.draw(st.lists(st.integers(1, 12), max_size=10))
    assert arrive(order, sizes) == as_jsonb(fold.summarise(life.told).dump())


@given(lives())
@settings(max_examples=100)
def test_causes_come_before_effects_in_fold_order(life: Life) -> None:
    """Whatever a maker had heard of stands before what it then said."""
    ordered = sorted(life.told, key=lambda told: told.key)
    seen: dict[str, int] = defaultdict(int)
    for told in ordered:
        assert told.meta.sequence == seen[told.meta.source] + 1
        assert all(seen[source] >= mark for source, mark in told.meta.dependencies.items())
        seen[told.meta.source] = told.meta.sequence


def test_fold_order_is_total() -> None:
    """No two events of a case share a key, so there is nothing left to decide by chance."""
    life = Life().tell(WHOLE_STORY)
    assert len({told.key for told in life.told}) == len(life.told)


def test_the_registry_mark_does_not_count() -> None:
    """A release that some maker knew earlier than another orders nothing."""
    told = Life().tell(WHOLE_STORY[:1]).told[0]
    told.meta.dependencies["registry"] = 17  # type: ignore[index]
    assert position_of(told.meta) == 1


def test_the_long_life_ends_evaluated() -> None:
    """The story is a valid one: every fact reaches the record."""
    record = fold.fold(Life().tell(WHOLE_STORY).told)
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


def test_the_whole_record_begins_with_what_is_stored() -> None:
    """The drawer and the card cannot disagree: the record is the summary, and more."""
    told = Life().tell(WHOLE_STORY).told
    for upto in range(1, len(told) + 1):
        whole, short = fold.fold(told[:upto]), fold.summarise(told[:upto])
        assert {name: getattr(whole, name) for name in Summary.model_fields} == dict(short)


def test_no_step_refuses_what_it_cannot_place() -> None:
    """Handlers never refuse on state: every event of a life alone, on an empty record, is folded."""
    for told in Life().tell(WHOLE_STORY).told:
        record = fold.fold([told])
        assert record.position == told.position


def test_until_when_a_person_decides_is_shown_as_it_was_last_said() -> None:
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
    life = Life().say(received()).say(filed()).say(asked)
    life.say(DecisionDueMoved(round=1, queue="centre", due_at=at(90)))
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
    life.say(ahead)  # beside the question, which stays open
    waiting = fold.fold(life.told).waiting
    assert waiting is not None
    assert waiting.due_at == at(90)


def test_a_failing_event_is_named() -> None:
    """The store must know which event to bury."""
    told = Life().tell(WHOLE_STORY[:1]).told[0]
    case = Summary()
    case.participants = None  # type: ignore[assignment]
    with pytest.raises(fold.FoldFailed) as failed:
        fold.apply_events(case, [told])
    assert failed.value.recorded is told


def test_of_a_case_that_turned_out_confidential_no_word_of_the_report_is_kept() -> None:
    """Also in the summary that was folded before; and the whole record is that of the sealed events."""
    told = Life().tell(SECRET_STORY).told
    report = told[0].event
    assert isinstance(report, ReportReceived)
    assert report.description[:4] not in arrive(list(told), [])
    record = fold.fold(told)
    assert (record.description, record.place and record.place.longitude) == ("", None)
    assert record == fold.fold([fold.redact_event(each) for each in told])


def test_filed_in_the_open_after_all_it_is_known_again_from_then_on_and_not_before() -> None:
    told = Life().tell(OPENED_STORY).told
    for record in (fold.fold(told), Summary.load(arrive(list(told), []))):
        assert record.category is not None
        assert record.category.id.endswith("/06010")
        assert (record.description, record.place) == ("", Place(grid_code="370522001004007"))
    said = [getattr(each.event, "text", "") for each in fold.redact_if_confidential(Summary(), told)]
    assert (said[-3], said[-1]) == ("", AFTERWARDS)
