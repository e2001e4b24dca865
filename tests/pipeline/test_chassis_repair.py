"""Rules 5 and 6: what never came is fetched, and what cannot be applied holds up nobody else."""

from __future__ import annotations

import asyncio
import json
import logging
from base64 import b64decode
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from aiokafka import AIOKafkaProducer
from prometheus_client import REGISTRY

from contracts.catalogue import CASES_TOPIC
from services.chassis import telemetry
from services.chassis.cases import Case, IncomingEvent, parse_stored_event
from services.chassis.service import Service
from tests.support.infrastructure import database_of
from tests.support.installation import Installation, RunningService, service_client, wait_until
from tests.support.sample_events import produce, publish, sample_record, wait_until_applied, wait_until_read
from tests.support.sample_services import SampleState, publisher, subscriber, withdrawn
from tests.support.shared_installations import SharedInstallations


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


class Choosy:
    """A store that cannot write one case."""

    async def save(self, connection: Any, cases: list[Case[SampleState]]) -> None:
        if any("choosy" in note for case in cases for note in case.state.heard):
            raise KeyError("not to my taste")


async def test_rule_5_pages_of_heads_leave_nobody_out(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """Paged by the number of a transaction, not by its text, or by id from nought: page for page, every case once."""
    installation, intake, _ = both
    installation.discard_after_use()
    expected = [str(uuid4()) for _ in range(7)]
    for number, case_id in enumerate(expected):
        await _store(intake, case_id, 97 + number)
    await _store(intake, str(uuid4()), 9_000_000_000)  # of a dump from a cluster that had counted further
    found: list[str] = []
    async with service_client(intake) as ask:
        after = ""
        while True:
            page = (await ask.get("/internal/aggregates", params={"limit": 2, "cursor": after})).json()
            found += [case_id for case_id, *_ in page["aggregates"]]
            if not (after := page["next"]):
                break
        assert found == expected
        pool, everyone, first = intake.context.database, list[UUID](), UUID(int=0)
        await pool.execute("INSERT INTO aggregate (case_id, version) VALUES ($1, 1)", first)
        while page := (await ask.get("/internal/aggregates/all", params={"limit": 2, "first": str(first)})).json()[
            "aggregates"
        ]:
            everyone += [UUID(case_id) for case_id, *_ in page]
            first = UUID(int=everyone[-1].int + 1)
        assert everyone == [
            row["case_id"] for row in await pool.fetch("SELECT case_id FROM aggregate ORDER BY case_id")
        ]


async def test_rule_5_a_lost_tail_is_repaired_from_the_source(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """The broker never gets these events: they are forgotten as if it had acknowledged and then lost them."""
    _, intake, routing = both
    case_id = uuid4()
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")

    async def asked() -> bool:
        return bool(routing.app.state.repair.succeeded)

    await wait_until(asked)  # else what is asked at start would find it

    def state_and_lose(cases: Any) -> None:
        cases[case_id].emit(withdrawn("lost"))

    async def lose(connection: Any, _: None) -> None:
        await connection.execute("DELETE FROM outbox")

    await intake.context.cases.run([case_id], state_and_lose, cause="t", before_commit=lose)
    await publish(intake, case_id, "c")
    await wait_until_applied(routing, case_id, "1:a", "2:lost", "3:c")


async def test_rule_5_an_event_that_is_still_arriving_is_not_fetched(
    both: tuple[Installation, RunningService, RunningService], caplog: pytest.LogCaptureFixture
) -> None:
    """The relay is slow: repair sees that the event is missing, and it arrives before repair looks again."""
    _, intake, routing = both
    case_id = uuid4()
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    repair = routing.app.state.repair

    async def nothing_is_known_to_be_missing() -> bool:
        return bool(repair.up_to_date)

    async def lose(connection: Any, _: None) -> None:
        await connection.execute("DELETE FROM outbox")

    await wait_until(nothing_is_known_to_be_missing)
    await intake.context.cases.run(
        [case_id], lambda cases: cases[case_id].emit(withdrawn("late")), cause="t", before_commit=lose
    )
    arriving = await _stored_events(intake, case_id, 1)
    fetched = _repaired()
    caplog.set_level(logging.DEBUG, "services.chassis.repair")
    repair.request()

    async def found_missing() -> bool:
        return "1 cases lack events of intake" in caplog.text

    await wait_until(found_missing, what="a pass that finds the event missing")
    await routing.app.state.event_processor.process(arriving)
    await wait_until_applied(routing, case_id, "1:a", "2:late")
    async with repair.passing:
        assert _repaired() == fetched


async def _stored_events(service: RunningService, case_id: UUID, above: int) -> list[IncomingEvent]:
    """Return the events of a case as the broker brings them."""
    async with service_client(service) as http:
        answer = await http.post("/internal/events", json={"applied": {str(case_id): above}})
    found = [(each["headers"], b64decode(each["body"])) for each in answer.json()["events"]]
    return [parse_stored_event(json.dumps(headers), body) for headers, body in found]


def _repaired() -> float:
    return REGISTRY.get_sample_value("gridloop_repaired_events_total", {"source": "intake"}) or 0


async def test_rule_5_a_wiped_broker_loses_nothing(both: tuple[Installation, RunningService, RunningService]) -> None:
    installation, intake, routing = both
    cases = [uuid4() for _ in range(10)]
    for case_id in cases:
        await publish(intake, case_id, "before")
    await wait_until_applied(routing, cases[-1], "1:before")
    await installation.broker.wipe()
    for case_id in cases:
        await publish(intake, case_id, "after")
    for case_id in cases:
        await wait_until_applied(routing, case_id, "1:before", "2:after")


async def test_rule_5_a_new_reader_gets_what_the_broker_never_kept(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """A wiped broker and an empty database: everything comes from the ledgers."""
    installation, intake, routing = both
    case_id = uuid4()
    await publish(intake, case_id, "a", "b")
    await wait_until_applied(routing, case_id, "1:a", "2:b")
    await installation.stop("routing")
    del installation.databases["routing"]
    await installation.broker.wipe()
    again = await installation.start(subscriber())
    await wait_until_applied(again, case_id, "1:a", "2:b")


async def test_rule_5_a_source_that_answers_nonsense_keeps_nobody_from_the_others(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, intake, routing = both
    case_id = uuid4()
    async with service_client(routing):
        repair = routing.app.state.repair
        urls = dict(repair._sources)
        repair._sources = {"dispatch": f"{intake.url}/healthz?", **{k: v for k, v in urls.items() if k != "dispatch"}}

        async def answered_nonsense() -> bool:
            return not repair.succeeded and not repair._requested.is_set()

        repair.request()
        await wait_until(answered_nonsense, what="a pass that began with nonsense")

        async def lose(connection: Any, _: None) -> None:
            await connection.execute("DELETE FROM outbox")

        await intake.context.cases.run(
            [case_id], lambda cases: cases[case_id].emit(withdrawn("lost")), cause="t", before_commit=lose
        )
        repair.request()
        await wait_until_applied(routing, case_id, "1:lost")
        assert not repair.succeeded
        repair._sources = urls
    assert installation


async def test_rule_6_poison_is_buried_and_everything_else_flows(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, routing = both
    sick, well = uuid4(), uuid4()
    await publish(intake, sick, "a", "poison", "c")
    await publish(intake, well, "a")
    await wait_until_applied(routing, well, "1:a")
    await wait_until_applied(routing, sick, "1:a")
    async with service_client(routing) as http:

        async def buried() -> Any:
            return (await http.get("/internal/dead-letters")).json()["items"]

        (grave,) = await wait_until(buried)
        assert grave["case_id"] == str(sick)
        assert grave["sequence"] == 2
        assert "stomach" in grave["error"]
        answer = await http.post(
            f"/internal/dead-letters/{grave['id']}/skip", json={"by": "test", "reason": "known bad"}
        )
        assert answer.status_code == 200
        await wait_until_applied(routing, sick, "1:a", "3:c")
        assert await buried() == []


async def test_what_is_logged_of_an_event_bears_its_case_its_id_and_its_trace(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """Also outside of any request: an operator goes from the line to the case, and along its trace to who began it."""
    _, intake, _ = both
    case_id, said, begun = uuid4(), list[dict[str, str]](), telemetry.new_trace()

    class Listening(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "cannot be applied" in record.getMessage():
                said.append(telemetry.log_fields())

    listening, event_processor = Listening(), logging.getLogger("services.chassis.event_processor")
    event_processor.addHandler(listening)
    try:
        await intake.context.cases.run(
            [case_id], lambda cases: cases[case_id].emit(withdrawn("poison")), cause="t", traceparent=begun
        )

        async def told() -> bool:
            return bool(said)

        await wait_until(told)
    finally:
        event_processor.removeHandler(listening)
    assert said[0] == {"case_id": str(case_id), "event_id": f"{case_id}/intake/1", "trace_id": begun.split("-")[1]}
    assert telemetry.log_fields() == {}


async def test_rule_6_what_the_broker_lost_behind_a_dead_event_comes_after_it(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """While the event was dead, repair passed over its case; skipped, the rest is fetched though nothing moves any
    more.
    """
    installation, intake, routing = both
    installation.discard_after_use()
    sick = uuid4()
    await publish(intake, sick, "poison")
    await wait_until_read(installation, intake, routing, sick)  # repair may have buried it, too
    async with service_client(routing) as http:

        async def buried() -> Any:
            return (await http.get("/internal/dead-letters")).json()["items"]

        await wait_until(buried)
        async with routing.app.state.repair.passing:  # a pass under way had perhaps asked for it before
            (grave,) = await buried()

        async def lose(connection: Any, _: None) -> None:
            await connection.execute("DELETE FROM outbox")

        await intake.context.cases.run(
            [sick], lambda cases: cases[sick].emit(withdrawn("lost")), cause="t", before_commit=lose
        )
        stored = await intake.context.database.fetchval(
            "SELECT max(xact::text::bigint)::text FROM event_store WHERE case_id = $1", sick
        )

        async def passed_over() -> Any:
            routing.app.state.repair.request()
            return await routing.context.database.fetchval(
                "SELECT since > $1::text::xid8 FROM repair_cursor WHERE source = 'intake'", stored
            )

        await wait_until(passed_over)
        (left_alone,) = await buried()
        assert left_alone["attempts"] == grave["attempts"]  # to fetch it again would bury it again, with every pass
        answer = await http.post(
            f"/internal/dead-letters/{grave['id']}/skip", json={"by": "test", "reason": "known bad"}
        )
        assert answer.status_code == 200
        await wait_until_applied(routing, sick, "2:lost")


async def test_rule_6_a_foreign_record_is_buried_once_and_can_be_resolved(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """It belongs to no case, so there is nothing to try again; to read the log anew tells nobody of it anew."""
    installation, intake, routing = both
    pool = routing.context.database
    producer = AIOKafkaProducer(**installation.broker.connection().arguments(), acks="all")
    await producer.start()
    written = await producer.send_and_wait(CASES_TOPIC, b"hello", partition=0)
    await producer.stop()

    async def read() -> bool:
        passed = "SELECT EXISTS (SELECT FROM partition_lease WHERE topic = $1 AND partition = 0 AND next_offset > $2)"
        return await pool.fetchval(passed, CASES_TOPIC, written.offset)

    await wait_until(read)
    back = "UPDATE partition_lease SET next_offset = $2 WHERE topic = $1 AND partition = 0"
    await pool.execute(back, CASES_TOPIC, written.offset)
    await wait_until(read)
    async with service_client(routing) as http:
        (grave,) = (await http.get("/internal/dead-letters")).json()["items"]
        assert (grave["case_id"], f"{CASES_TOPIC}/0@{written.offset}" in grave["error"]) == ("", True)
        decision = {"by": "test", "reason": "somebody tried the topic"}
        refused = await http.post(f"/internal/dead-letters/{grave['id']}/retry", json=decision)
        assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-an-event")
        assert (await http.post(f"/internal/dead-letters/{grave['id']}/skip", json=decision)).status_code == 200
        assert (await http.post(f"/internal/dead-letters/{grave['id']}/skip", json=decision)).status_code == 404
    await pool.execute(back, CASES_TOPIC, written.offset)
    await wait_until(read)
    assert await pool.fetchval("SELECT count(*) FROM dead_letter WHERE resolution IS NULL") == 0
    assert intake


async def test_rule_6_a_source_that_nobody_here_knows_is_told_once_and_holds_up_nobody(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """Whatever it says, and however often it is read: the version that knows it fetches everything from the source
    itself.
    """
    installation, _, routing = both
    installation.discard_after_use()
    pool, known, strange = routing.context.database, uuid4(), uuid4()
    key = str(known).encode()
    await produce(
        installation,
        *(sample_record(strange, each, "x", installation.now(), source="billing") for each in (1, 2, 3)),
        key=key,
    )
    await produce(installation, sample_record(known, 1, "a", installation.now()))  # behind them, in the same partition
    await wait_until_applied(routing, known, "1:a")
    assert await pool.fetchval("SELECT count(*) FROM deferred_event") == 0
    async with service_client(routing) as http:
        (grave,) = (await http.get("/internal/dead-letters")).json()["items"]
        assert (grave["case_id"], grave["source"]) == ("", "billing")
        decision = {"by": "test", "reason": "of the next version"}
        assert (await http.post(f"/internal/dead-letters/{grave['id']}/skip", json=decision)).status_code == 200
        again = uuid4()
        await produce(installation, sample_record(strange, 4, "x", installation.now(), source="billing"), key=key)
        await produce(installation, sample_record(again, 1, "a", installation.now()), key=key)
        await wait_until_applied(routing, again, "1:a")
        assert (await http.get("/internal/dead-letters")).json()["items"] == []


async def test_rule_6_no_record_whatever_it_is_stops_a_reader(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """What a database could not keep would be tried for ever, and nothing behind it be read."""
    installation, intake, routing = both
    case_id = uuid4()
    envelope, body = sample_record(case_id, 1, "a", installation.now())
    strange: list[tuple[str, Any]] = [
        ("ce_sequence", b"2147483648"),
        ("ce_dependencies", b"registry=2147483648"),
        ("ce_type", b"a\0b"),
        ("ce_time", None),
    ]
    producer = AIOKafkaProducer(**installation.broker.connection().arguments(), acks="all")
    await producer.start()
    for header in (*strange, ("x", None)):
        await producer.send_and_wait(CASES_TOPIC, body, envelope.key, headers=[*envelope.to_headers(), header])
    await producer.stop()
    await wait_until_applied(routing, case_id, "1:a")
    assert await routing.context.database.fetchval("SELECT count(*) FROM dead_letter WHERE case_id IS NULL") == len(
        strange
    )
    assert intake


async def test_rule_6_a_dead_event_is_not_skipped_over_what_is_missing(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, _, routing = both
    case_id = uuid4()
    envelope, _body = sample_record(case_id, 3, "", installation.now())
    # Its source has said none of this: compared with it, the case would be stopped.
    async with routing.app.state.repair.passing, service_client(routing) as http:
        await produce(installation, (envelope, b"{}"))

        async def buried() -> Any:
            return (await http.get("/internal/dead-letters")).json()["items"]

        (grave,) = await wait_until(buried)
        answer = await http.post(
            f"/internal/dead-letters/{grave['id']}/skip", json={"by": "test", "reason": "in a hurry"}
        )
        assert (answer.status_code, answer.json()["type"]) == (409, "/problems/earlier-events-missing")
        assert await buried()
        await produce(installation, *(sample_record(case_id, number, "x", installation.now()) for number in (1, 2)))
        await wait_until_applied(routing, case_id, "1:x", "2:x")
        answer = await http.post(f"/internal/dead-letters/{grave['id']}/skip", json={"by": "test", "reason": "now"})
        assert answer.status_code == 200
        await produce(installation, sample_record(case_id, 4, "x", installation.now()))
        await wait_until_applied(routing, case_id, "1:x", "2:x", "4:x")


async def test_rule_6_skipping_a_dead_event_buries_the_next_that_cannot_be_applied(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """It had waited behind the first; the operator is told of it like of any other."""
    _, intake, routing = both
    sick = uuid4()
    await publish(intake, sick, "poison", "poison", "c")

    async def waits() -> bool:
        return await routing.context.database.fetchval("SELECT count(*) FROM deferred_event") == 2

    await wait_until(waits, what="the rest to wait")
    async with service_client(routing) as http:
        for sequence in (1, 2):
            (grave,) = (await http.get("/internal/dead-letters")).json()["items"]
            assert grave["sequence"] == sequence
            decision = {"by": "test", "reason": "known bad"}
            assert (await http.post(f"/internal/dead-letters/{grave['id']}/skip", json=decision)).status_code == 200
    await wait_until_applied(routing, sick, "3:c")


async def test_rule_6_a_batch_full_of_poison_is_run_a_few_times_not_once_for_each(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """Or a reader would outlive its lease on it, begin again, and never get past it."""
    installation, _, routing = both
    sick = [uuid4() for _ in range(200)]
    runs = 0
    run = routing.context.cases.run

    async def counted(*given: Any, **named: Any) -> Any:
        nonlocal runs
        runs += 1
        return await run(*given, **named)

    routing.context.cases.run = counted  # type: ignore[method-assign]
    facts = [sample_record(case_id, 1, "poison", installation.now()) for case_id in sick]
    await routing.app.state.event_processor.process(
        [IncomingEvent(envelope, envelope.to_headers(), body) for envelope, body in facts]
    )
    assert await routing.context.database.fetchval("SELECT count(*) FROM dead_letter") == 200
    assert runs <= 10, runs


async def test_rule_6_a_failing_store_buries_its_event_and_everything_else_flows(
    shared_installations: SharedInstallations,
) -> None:
    """Whatever is raised: only what the database cannot help is tried for ever."""
    installation = await shared_installations.get("with a store")
    await installation.start_all(*(Service(name=name) for name in ("registry", "dispatch", "supervision")), publisher())
    routing = await installation.start(subscriber(create_store=lambda _: Choosy()))
    sick, well = uuid4(), uuid4()
    await publish(installation.running["intake"], sick, "choosy")
    await publish(installation.running["intake"], well, "a")
    await wait_until_applied(routing, well, "1:a")

    async def buried() -> Any:
        return await routing.context.database.fetchval("SELECT error FROM dead_letter WHERE case_id = $1", sick)

    assert "not to my taste" in await wait_until(buried)


async def test_rule_6_what_cannot_be_stored_is_not_blamed_on_what_it_waited_for(
    shared_installations: SharedInstallations, caplog: pytest.LogCaptureFixture
) -> None:
    """An operator would skip the innocent one, and lose it. What waits for something else goes on waiting."""
    installation = await shared_installations.get("with a store")
    await installation.start_all(*(Service(name=name) for name in ("registry", "dispatch", "supervision")), publisher())
    intake, routing = (
        installation.running["intake"],
        await installation.start(subscriber(create_store=lambda _: Choosy())),
    )
    case_id = uuid4()
    await produce(
        installation,
        sample_record(case_id, 1, "early", installation.now(), source="dispatch", dependencies={"intake": 9}),
    )

    async def parked() -> int:
        return await routing.context.database.fetchval("SELECT count(*) FROM deferred_event WHERE source = 'dispatch'")

    await wait_until(parked)

    async def lose(connection: Any, _: None) -> None:
        await connection.execute("DELETE FROM outbox")

    await intake.context.cases.run(
        [case_id], lambda cases: cases[case_id].emit(withdrawn("late")), cause="t", before_commit=lose
    )
    await publish(intake, case_id, "choosy", "c")

    async def buried() -> Any:
        return await routing.context.database.fetch("SELECT sequence FROM dead_letter")

    assert [row["sequence"] for row in await wait_until(buried)] == [2]
    await wait_until_applied(routing, case_id, "1:late")
    assert await parked() == 1
    assert caplog.text.count("replayed event by event") < 10, "it is settled, not tried for ever"


async def test_rule_6_a_retry_after_an_upgrade_applies_it(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, intake, _routing = both
    case_id = uuid4()
    await publish(intake, case_id, "poison", "b")

    async def buried() -> Any:
        async with service_client(installation.running["routing"]) as http:
            return (await http.get("/internal/dead-letters")).json()["items"]

    (grave,) = await wait_until(buried)
    await installation.stop("routing")
    events = {type(withdrawn()): lambda case, event, meta: case.state.heard.append(f"{meta.sequence}:{event.note}")}
    upgraded = await installation.start(subscriber(events=events))
    async with service_client(upgraded) as http:
        answer = await http.post(f"/internal/dead-letters/{grave['id']}/retry", json={"by": "test", "reason": "mended"})
        assert answer.status_code == 200
    await wait_until_applied(upgraded, case_id, "1:poison", "2:b")


async def test_rule_6_the_database_is_never_blamed_on_an_event(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """The connections are cut under load: batches are tried again, nothing is buried."""
    installation, intake, routing = both
    cases = [uuid4() for _ in range(30)]
    admin = await asyncpg.connect(installation.postgres.cluster.url())

    async def cut() -> None:
        for _ in range(5):
            await admin.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1",
                database_of(installation.databases["routing"]),
            )
            await asyncio.sleep(0.05)

    async def load() -> None:
        for case_id in cases:
            await publish(intake, case_id, "a")

    await asyncio.gather(cut(), load())
    await admin.close()
    for case_id in cases:
        await wait_until_applied(routing, case_id, "1:a")
    assert await routing.context.database.fetchval("SELECT count(*) FROM dead_letter") == 0
