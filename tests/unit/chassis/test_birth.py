"""Rule: a new case is written by one statement, whose text depends on nothing but the shape of what is written."""

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


def emitted(case_id: UUID, *notes: str) -> list[OutgoingEvent]:
    case = Case(case_id, Aggregate(), SampleState(), service="intake", now=NOW, district=None, cause="test")
    for note in notes:
        case.emit(CaseWithdrawn(note=note, withdrawn_by=Actor(kind="system", id="test")))
    return case.emitted


def write(note: str) -> tuple[str, list[object]]:
    case_id = uuid4()
    rows = [
        case_creation.aggregate_insert(case_id, Aggregate(version=2, digest=7), "{}"),
        Insert("INSERT INTO a (x, y) VALUES ($1, $2)", (note, 5)),
        Insert("INSERT INTO b (x) VALUES ($1)", (note,)),
    ]
    return case_creation.creation_statement(rows, emitted(case_id, note, "second"))


def test_every_parameter_has_its_value_once() -> None:
    text, values = write("first")
    assert values[4:7] == ["first", 5, "first"]
    assert len(values) == 4 + 2 + 1 + 2 * 8
    for number in range(1, len(values) + 1):
        assert text.count(f"${number},") + text.count(f"${number})") + text.count(f"${number}:") == 1, number
    assert f"${len(values) + 1}" not in text


def test_equal_shapes_give_equal_text() -> None:
    """Otherwise the database would prepare a statement for each report."""
    assert write("one")[0] == write("another")[0]


def test_events_stand_in_their_order() -> None:
    """The ledger's ids follow the order of VALUES, and the relay sends by id."""
    _, values = write("first")
    first, second = values[7:15], values[15:23]
    assert [first[1], second[1]] == [1, 2]
    assert b"second" in bytes(second[7])  # type: ignore[arg-type]
