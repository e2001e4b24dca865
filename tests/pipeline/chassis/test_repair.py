"""Rule 5: an event that never arrived is fetched from its source."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64decode
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.chassis.cases import IncomingEvent, parse_stored_event
from services.chassis.repair import Repair
from tests.support.installation import SERVICE_KEY, Installation, RunningService, service_client
from tests.support.metrics import metric
from tests.support.sample_events import publish_and_lose, publish_notes, wait_until_applied
from tests.support.sample_services import SamplePair, subscriber
from tests.support.waiting import wait_until


async def _database(installation: Installation, name: str) -> asyncpg.Connection:
    return await asyncpg.connect(installation.databases[name])


async def _store(service: RunningService, case_id: str, xact: int) -> None:
    """Store a case with one event, written in the given transaction."""
    await service.context.database.execute(
        "INSERT INTO aggregate (case_id, version) VALUES ($1::text::uuid, 1)", case_id
    )
    await service.context.database.execute(
        "INSERT INTO event_store (xact, case_id, sequence, type, time, dependencies, causation_id, traceparent, body)"
        " VALUES ($2::text::xid8, $1::text::uuid, 1, 'test', now(), '', '', '', '')",
        case_id,
        str(xact),
    )


async def test_rule_5_the_pages_of_aggregates_list_every_case_once(pair: SamplePair) -> None:
    """The pages follow the number of the transaction (not its text), or the id from 0."""
    installation, intake, _ = pair
    installation.discard_after_use()
    expected = [str(uuid4()) for _ in range(7)]
    for number, case_id in enumerate(expected):
        await _store(intake, case_id, 97 + number)
    await _store(intake, str(uuid4()), 9_000_000_000)  # restored from a cluster with higher transaction numbers
    found: list[str] = []
    async with service_client(intake) as ask:
        after = ""
        while True:
            page = (await ask.get("/internal/aggregates", params={"limit": 2, "cursor": after})).json()
            found += [case_id for case_id, *_ in page["aggregates"]]
            if not (after := page["next"]):
                break
        assert found == expected
        pool, listed, first = intake.context.database, list[UUID](), UUID(int=0)
        await pool.execute("INSERT INTO aggregate (case_id, version) VALUES ($1, 1)", first)
        while page := (await ask.get("/internal/aggregates/all", params={"limit": 2, "first": str(first)})).json()[
            "aggregates"
        ]:
            listed += [UUID(case_id) for case_id, *_ in page]
            first = UUID(int=listed[-1].int + 1)
        assert listed == [row["case_id"] for row in await pool.fetch("SELECT case_id FROM aggregate ORDER BY case_id")]


async def test_rule_5_an_event_that_the_broker_lost_is_fetched_from_the_source(pair: SamplePair) -> None:
    _, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    await wait_until(lambda: routing.app.state.repair.succeeded)  # else the pass at start would find the event
    await publish_and_lose(intake, case_id, "lost")
    await publish_notes(intake, case_id, "c")
    await wait_until_applied(routing, case_id, "1:a", "2:lost", "3:c")


async def test_rule_5_an_event_that_arrives_late_is_not_fetched(
    pair: SamplePair, caplog: pytest.LogCaptureFixture
) -> None:
    """Repair finds the event missing, and it arrives before repair looks again."""
    _, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    repair = routing.app.state.repair
    await wait_until(lambda: repair.up_to_date)
    await publish_and_lose(intake, case_id, "late")
    arriving = await _stored_events(intake, case_id, 1)
    fetched = _repaired()
    caplog.set_level(logging.DEBUG, "services.chassis.repair")
    repair.request()
    await wait_until(lambda: "1 cases lack events of intake" in caplog.text, what="a pass that finds the event missing")
    await routing.app.state.event_processor.process(arriving)
    await wait_until_applied(routing, case_id, "1:a", "2:late")
    async with repair.passing:
        assert _repaired() == fetched


async def _stored_events(service: RunningService, case_id: UUID, after: int) -> list[IncomingEvent]:
    """Return the events of a case after a sequence as the broker would deliver them."""
    async with service_client(service) as http:
        answer = await http.post("/internal/events", json={"applied": {str(case_id): after}})
    found = [(each["headers"], b64decode(each["body"])) for each in answer.json()["events"]]
    return [parse_stored_event(json.dumps(headers), body) for headers, body in found]


def _repaired() -> float:
    return metric("gridloop_repaired_events_total", source="intake")


async def test_rule_5_a_wiped_broker_loses_nothing(pair: SamplePair) -> None:
    installation, intake, routing = pair
    cases = [uuid4() for _ in range(10)]
    for case_id in cases:
        await publish_notes(intake, case_id, "before")
    await wait_until_applied(routing, cases[-1], "1:before")
    await installation.broker.wipe()
    for case_id in cases:
        await publish_notes(intake, case_id, "after")
    for case_id in cases:
        await wait_until_applied(routing, case_id, "1:before", "2:after")


async def test_rule_5_a_service_with_an_empty_database_gets_all_events_after_a_wipe(pair: SamplePair) -> None:
    installation, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "a", "b")
    await wait_until_applied(routing, case_id, "1:a", "2:b")
    await installation.stop("routing")
    del installation.databases["routing"]
    await installation.broker.wipe()
    again = await installation.start(subscriber())
    await wait_until_applied(again, case_id, "1:a", "2:b")


async def test_rule_5_a_source_with_a_wrong_response_does_not_stop_repair_from_the_others(pair: SamplePair) -> None:
    installation, intake, routing = pair
    case_id = uuid4()
    sources = {"dispatch": f"{intake.url}/healthz?"} | {
        name: installation.running[name].url for name in ("registry", "intake", "supervision")
    }
    async with routing.app.state.repair.passing:  # only the repair of this test may fetch
        repair = Repair(
            routing.context.database, routing.app.state.event_processor, sources, SERVICE_KEY, repaired_once=set()
        )
        await publish_and_lose(intake, case_id, "lost")
        running = asyncio.create_task(repair.run())
        await wait_until_applied(routing, case_id, "1:lost")
        await wait_until(lambda: repair.sources == dict.fromkeys(sources, True) | {"dispatch": False})
        running.cancel()
    await asyncio.wait([running])
