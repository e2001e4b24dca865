"""Rule 6: an event that cannot be applied becomes a dead letter and stops nothing else."""

from __future__ import annotations

import asyncio
import logging
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from services.chassis import telemetry
from services.chassis.cases import Case, IncomingEvent
from services.chassis.service import Service
from tests.support.infrastructure import database_of
from tests.support.operators import dead_letters, decide, wait_for_dead_letters
from tests.support.sample_events import (
    produce,
    publish_and_lose,
    publish_notes,
    sample_record,
    wait_until_applied,
    wait_until_read,
)
from tests.support.sample_services import SamplePair, SampleState, publisher, subscriber, withdrawn
from tests.support.shared_installations import SharedInstallations
from tests.support.waiting import wait_until


class FailingStore:
    """A store that cannot save a case with the note `unstorable`."""

    async def save(self, connection: Any, cases: list[Case[SampleState]]) -> None:
        if any("unstorable" in note for case in cases for note in case.state.applied):
            raise KeyError("cannot be saved")


async def test_rule_6_an_event_that_fails_becomes_a_dead_letter_and_stops_no_other_case(pair: SamplePair) -> None:
    _, intake, routing = pair
    failing, other = uuid4(), uuid4()
    await publish_notes(intake, failing, "a", "poison", "c")
    await publish_notes(intake, other, "a")
    await wait_until_applied(routing, other, "1:a")
    await wait_until_applied(routing, failing, "1:a")
    (dead_letter,) = await wait_for_dead_letters(routing)
    assert (dead_letter["case_id"], dead_letter["sequence"]) == (str(failing), 2)
    assert "poisonous" in dead_letter["error"]
    assert (await decide(routing, dead_letter, "skip")).status_code == 200
    await wait_until_applied(routing, failing, "1:a", "3:c")
    assert await dead_letters(routing) == []


async def test_a_log_line_about_an_event_has_its_case_its_id_and_its_trace(pair: SamplePair) -> None:
    """Also outside of a request, so that an operator finds the case and the request that caused the event."""
    _, intake, _ = pair
    case_id, fields, trace = uuid4(), list[dict[str, str]](), telemetry.new_trace()

    class Recorder(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "cannot be applied" in record.getMessage():
                fields.append(telemetry.log_fields())

    recorder, event_processor = Recorder(), logging.getLogger("services.chassis.event_processor")
    event_processor.addHandler(recorder)
    try:
        await intake.context.cases.run(
            [case_id], lambda cases: cases[case_id].emit(withdrawn("poison")), cause="t", traceparent=trace
        )
        await wait_until(lambda: fields)
    finally:
        event_processor.removeHandler(recorder)
    assert fields[0] == {"case_id": str(case_id), "event_id": f"{case_id}/intake/1", "trace_id": trace.split("-")[1]}
    assert telemetry.log_fields() == {}


async def test_rule_6_an_event_lost_behind_a_dead_letter_is_fetched_once_that_is_skipped(pair: SamplePair) -> None:
    """Until then repair leaves the case out: to fetch the dead letter again would fail again in every pass."""
    installation, intake, routing = pair
    installation.discard_after_use()
    failing = uuid4()
    await publish_notes(intake, failing, "poison")
    await wait_until_read(installation, intake, routing, failing)  # also what repair fetched
    await wait_for_dead_letters(routing)
    async with routing.app.state.repair.passing:  # a running pass may have fetched it already
        (before,) = await dead_letters(routing)
    await publish_and_lose(intake, failing, "lost")
    stored = await intake.context.database.fetchval(
        "SELECT max(xact::text::bigint)::text FROM event_store WHERE case_id = $1", failing
    )

    async def compared() -> Any:
        routing.app.state.repair.request()
        return await routing.context.database.fetchval(
            "SELECT since > $1::text::xid8 FROM repair_cursor WHERE source = 'intake'", stored
        )

    await wait_until(compared)
    (after,) = await dead_letters(routing)
    assert after["attempts"] == before["attempts"]
    assert (await decide(routing, after, "skip")).status_code == 200
    await wait_until_applied(routing, failing, "2:lost")


async def test_rule_6_a_dead_letter_is_not_skipped_while_earlier_events_are_missing(pair: SamplePair) -> None:
    installation, _, routing = pair
    case_id = uuid4()
    envelope, _body = sample_record(case_id, 3, "", installation.now())
    async with (
        routing.app.state.repair.passing
    ):  # repair would mark the case as diverged: its source knows no such event
        await produce(installation, (envelope, b"{}"))
        (dead_letter,) = await wait_for_dead_letters(routing)
        refused = await decide(routing, dead_letter, "skip")
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/earlier-events-missing")
        assert await dead_letters(routing) == [dead_letter]
        await produce(installation, *(sample_record(case_id, number, "x", installation.now()) for number in (1, 2)))
        await wait_until_applied(routing, case_id, "1:x", "2:x")
        assert (await decide(routing, dead_letter, "skip")).status_code == 200
        await produce(installation, sample_record(case_id, 4, "x", installation.now()))
        await wait_until_applied(routing, case_id, "1:x", "2:x", "4:x")


async def test_rule_6_the_next_failing_event_becomes_a_dead_letter_when_the_first_is_skipped(pair: SamplePair) -> None:
    _, intake, routing = pair
    failing = uuid4()
    await publish_notes(intake, failing, "poison", "poison", "c")

    async def waits() -> bool:
        return await routing.context.database.fetchval("SELECT count(*) FROM deferred_event") == 2

    await wait_until(waits, what="the rest to wait")
    for sequence in (1, 2):
        (dead_letter,) = await dead_letters(routing)
        assert dead_letter["sequence"] == sequence
        assert (await decide(routing, dead_letter, "skip")).status_code == 200
    await wait_until_applied(routing, failing, "3:c")


async def test_rule_6_a_batch_of_failing_events_is_run_a_few_times_not_once_per_event(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise the consumer would lose its lease during the batch and never get past it."""
    installation, _, routing = pair
    failing = [uuid4() for _ in range(200)]
    runs = 0
    run = routing.context.cases.run

    async def counted(*given: Any, **named: Any) -> Any:
        nonlocal runs
        runs += 1
        return await run(*given, **named)

    monkeypatch.setattr(routing.context.cases, "run", counted)
    records = [sample_record(case_id, 1, "poison", installation.now()) for case_id in failing]
    await routing.app.state.event_processor.process(
        [IncomingEvent(envelope, envelope.to_headers(), body) for envelope, body in records]
    )
    assert await routing.context.database.fetchval("SELECT count(*) FROM dead_letter") == 200
    assert runs <= 10, runs


async def test_rule_6_an_event_that_cannot_be_stored_becomes_a_dead_letter(
    shared_installations: SharedInstallations,
) -> None:
    """Only outages of the database are retried for ever."""
    installation = await shared_installations.get("with a store")
    await installation.start_all(*(Service(name=name) for name in ("registry", "dispatch", "supervision")), publisher())
    routing = await installation.start(subscriber(create_store=lambda _: FailingStore()))
    failing, other = uuid4(), uuid4()
    await publish_notes(installation.running["intake"], failing, "unstorable")
    await publish_notes(installation.running["intake"], other, "a")
    await wait_until_applied(routing, other, "1:a")
    (dead_letter,) = await wait_for_dead_letters(routing)
    assert dead_letter["case_id"] == str(failing)
    assert "cannot be saved" in dead_letter["error"]


async def test_rule_6_the_event_that_cannot_be_stored_becomes_the_dead_letter_and_not_its_predecessor(
    shared_installations: SharedInstallations, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator who skipped the predecessor would lose it. Other deferred events stay deferred."""
    installation = await shared_installations.get("with a store")
    await installation.start_all(*(Service(name=name) for name in ("registry", "dispatch", "supervision")), publisher())
    intake, routing = (
        installation.running["intake"],
        await installation.start(subscriber(create_store=lambda _: FailingStore())),
    )
    case_id = uuid4()
    await produce(
        installation,
        sample_record(case_id, 1, "early", installation.now(), source="dispatch", dependencies={"intake": 9}),
    )

    async def deferred() -> int:
        return await routing.context.database.fetchval("SELECT count(*) FROM deferred_event WHERE source = 'dispatch'")

    await wait_until(deferred)
    await publish_and_lose(intake, case_id, "late")
    await publish_notes(intake, case_id, "unstorable", "c")
    assert [each["sequence"] for each in await wait_for_dead_letters(routing)] == [2]
    await wait_until_applied(routing, case_id, "1:late")
    assert await deferred() == 1
    assert 0 < caplog.text.count("its events are applied one by one") < 10, "the batch is not repeated for ever"


async def test_rule_6_a_dead_letter_is_applied_by_a_retry_after_an_upgrade(pair: SamplePair) -> None:
    installation, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "poison", "b")
    (dead_letter,) = await wait_for_dead_letters(routing)
    await installation.stop("routing")
    events = {type(withdrawn()): lambda case, event, meta: case.state.applied.append(f"{meta.sequence}:{event.note}")}
    upgraded = await installation.start(subscriber(events=events))
    assert (await decide(upgraded, dead_letter, "retry")).status_code == 200
    await wait_until_applied(upgraded, case_id, "1:poison", "2:b")


async def test_rule_6_an_outage_of_the_database_makes_no_dead_letters(pair: SamplePair) -> None:
    """The connections are cut under load, and the batches are repeated."""
    installation, intake, routing = pair
    cases, loaded = [uuid4() for _ in range(30)], 0
    admin = await asyncpg.connect(installation.postgres.cluster.url())

    async def cut() -> None:
        for number in range(5):
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                database_of(installation.databases["routing"]),
            )
            await wait_until(lambda number=number: loaded > 5 * number, what="the load to go on")

    async def load() -> None:
        nonlocal loaded
        for case_id in cases:
            await publish_notes(intake, case_id, "a")
            loaded += 1

    await asyncio.gather(cut(), load())
    await admin.close()
    for case_id in cases:
        await wait_until_applied(routing, case_id, "1:a")
    assert await routing.context.database.fetchval("SELECT count(*) FROM dead_letter") == 0
