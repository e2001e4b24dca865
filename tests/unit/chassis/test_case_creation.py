"""A new case is written by one SQL statement whose text depends only on the shape of its rows."""

from __future__ import annotations

from datetime import UTC, datetime
from uuid import UUID, uuid4

from contracts.common import Actor
from contracts.events.acceptance import CaseWithdrawn
from services.chassis import case_creation
from services.chassis.case_creation import Insert
from services.chassis.cases import Aggregate, Case, OutgoingEvent
from tests.support.sample_services import SampleState

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def outgoing_events(case_id: UUID, *notes: str) -> list[OutgoingEvent]:
    case = Case(case_id, Aggregate(), SampleState(), service="intake", now=NOW, district=None, cause="test")
    for note in notes:
        case.emit(CaseWithdrawn(note=note, withdrawn_by=Actor(kind="system", id="test")))
    return case.emitted


def statement_for(note: str) -> tuple[str, list[object]]:
    case_id = uuid4()
    rows = [
        case_creation.aggregate_insert(case_id, Aggregate(version=2, digest=7), "{}"),
        Insert("INSERT INTO a (x, y) VALUES ($1, $2)", (note, 5)),
        Insert("INSERT INTO b (x) VALUES ($1)", (note,)),
    ]
    return case_creation.creation_statement(rows, outgoing_events(case_id, note, "second"))


def test_each_parameter_is_used_once() -> None:
    text, values = statement_for("first")
    assert values[4:7] == ["first", 5, "first"]
    assert len(values) == 4 + 2 + 1 + 2 * 8
    for number in range(1, len(values) + 1):
        assert text.count(f"${number},") + text.count(f"${number})") + text.count(f"${number}:") == 1, number
    assert f"${len(values) + 1}" not in text


def test_rows_of_equal_shape_give_equal_text() -> None:
    """Otherwise the database would prepare a statement for each report."""
    assert statement_for("one")[0] == statement_for("another")[0]


def test_events_keep_their_order() -> None:
    """The ids of the event store follow the order of VALUES, and the outbox relay sends by id."""
    _, values = statement_for("first")
    first, second = values[7:15], values[15:23]
    assert [first[1], second[1]] == [1, 2]
    assert b"second" in bytes(second[7])  # type: ignore[arg-type]
