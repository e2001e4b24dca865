"""Rule 6: a record that is not an event of this system stops nothing."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from aiokafka import AIOKafkaProducer

from contracts.catalogue import CASES_TOPIC
from tests.support.operators import dead_letters, decide
from tests.support.sample_events import produce, sample_record, wait_until_applied
from tests.support.sample_services import SamplePair
from tests.support.waiting import wait_until


async def test_rule_6_a_foreign_record_becomes_one_dead_letter_that_can_only_be_skipped(pair: SamplePair) -> None:
    """It belongs to no case. Reading the log again does not report it again."""
    installation, _, routing = pair
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
    (dead_letter,) = await dead_letters(routing)
    assert (dead_letter["case_id"], f"{CASES_TOPIC}/0@{written.offset}" in dead_letter["error"]) == ("", True)
    refused = await decide(routing, dead_letter, "retry")
    assert (refused.status_code, refused.json()["type"]) == (409, "/problems/not-an-event")
    assert [(await decide(routing, dead_letter, "skip")).status_code for _ in range(2)] == [200, 404]
    await pool.execute(back, CASES_TOPIC, written.offset)
    await wait_until(read)
    assert await pool.fetchval("SELECT count(*) FROM dead_letter WHERE resolution IS NULL") == 0


async def test_rule_6_an_unknown_source_is_reported_once_and_stops_no_other_event(pair: SamplePair) -> None:
    """A newer version that knows the source fetches its events by repair."""
    installation, _, routing = pair
    installation.discard_after_use()
    pool, known, foreign = routing.context.database, uuid4(), uuid4()
    key = str(known).encode()
    await produce(
        installation,
        *(sample_record(foreign, each, "x", installation.now(), source="billing") for each in (1, 2, 3)),
        key=key,
    )
    await produce(installation, sample_record(known, 1, "a", installation.now()))  # after them in the same partition
    await wait_until_applied(routing, known, "1:a")
    assert await pool.fetchval("SELECT count(*) FROM deferred_event") == 0
    (dead_letter,) = await dead_letters(routing)
    assert (dead_letter["case_id"], dead_letter["source"]) == ("", "billing")
    assert (await decide(routing, dead_letter, "skip")).status_code == 200
    again = uuid4()
    await produce(installation, sample_record(foreign, 4, "x", installation.now(), source="billing"), key=key)
    await produce(installation, sample_record(again, 1, "a", installation.now()), key=key)
    await wait_until_applied(routing, again, "1:a")
    assert await dead_letters(routing) == []


async def test_rule_6_records_with_values_that_cannot_be_stored_do_not_stop_the_consumer(pair: SamplePair) -> None:
    """Otherwise they would be retried for ever, and nothing after them be read."""
    installation, _, routing = pair
    case_id = uuid4()
    envelope, body = sample_record(case_id, 1, "a", installation.now())
    foreign: list[tuple[str, Any]] = [
        ("ce_sequence", b"2147483648"),
        ("ce_dependencies", b"registry=2147483648"),
        ("ce_type", b"a\0b"),
        ("ce_time", None),
    ]
    producer = AIOKafkaProducer(**installation.broker.connection().arguments(), acks="all")
    await producer.start()
    for header in (*foreign, ("x", None)):
        await producer.send_and_wait(CASES_TOPIC, body, envelope.key, headers=[*envelope.to_headers(), header])
    await producer.stop()
    await wait_until_applied(routing, case_id, "1:a")
    assert await routing.context.database.fetchval("SELECT count(*) FROM dead_letter WHERE case_id IS NULL") == len(
        foreign
    )
