"""Rule 4: events are applied once, in order, and never before their dependencies."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.catalogue import CASES_TOPIC
from services.chassis import leases
from tests.support.metrics import metric
from tests.support.sample_events import produce, publish_notes, sample_record, sample_state, wait_until_applied
from tests.support.sample_services import SamplePair
from tests.support.waiting import wait_until


async def test_events_reach_the_subscriber_in_order_and_once(pair: SamplePair) -> None:
    _, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "a", "b", "c")
    await wait_until_applied(routing, case_id, "1:a", "2:b", "3:c")


async def test_rule_4_an_event_that_arrives_twice_is_applied_once(pair: SamplePair) -> None:
    installation, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    again = sample_record(case_id, 1, "a", installation.now())
    await produce(installation, again, again, sample_record(case_id, 2, "b", installation.now()))
    await wait_until_applied(routing, case_id, "1:a", "2:b")


async def test_rule_4_a_service_skips_its_own_events(pair: SamplePair) -> None:
    """After the broker was wiped, its own events have gaps that are never repaired."""
    installation, _, routing = pair
    case_id = uuid4()
    own = sample_record(case_id, 7, "", installation.now(), source="routing", type="command.dispatch_withdrawn.v1")
    await produce(installation, own, sample_record(case_id, 1, "a", installation.now()))
    await wait_until_applied(routing, case_id, "1:a")
    assert await routing.context.database.fetchval("SELECT count(*) FROM deferred_event") == 0


async def test_rule_4_the_offsets_are_committed_to_the_broker_for_its_lag_tools(pair: SamplePair) -> None:
    installation, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    read = "SELECT partition, next_offset FROM partition_lease WHERE topic = $1 AND next_offset > 0"
    tool = AIOKafkaConsumer(
        **installation.broker.connection().arguments(), group_id="gridloop-routing", enable_auto_commit=False
    )
    await tool.start()

    async def published() -> bool:
        rows = await routing.context.database.fetch(read, CASES_TOPIC)
        committed = [await tool.committed(TopicPartition(CASES_TOPIC, row["partition"])) for row in rows]
        return bool(rows) and committed == [row["next_offset"] for row in rows]

    await wait_until(published)
    await tool.stop()


async def test_rule_4_an_event_waits_for_its_dependencies(pair: SamplePair) -> None:
    installation, _, routing = pair
    case_id = uuid4()
    effect = sample_record(case_id, 1, "effect", installation.now(), dependencies={"dispatch": 1})
    await produce(installation, effect, sample_record(case_id, 2, "later", installation.now()))

    async def waits() -> bool:
        return bool(
            await routing.context.database.fetchval("SELECT deferred = 2 FROM aggregate WHERE case_id = $1", case_id)
        )

    await wait_until(waits)
    assert (await sample_state(routing, case_id)).applied == []
    cause = sample_record(case_id, 1, "", installation.now(), source="dispatch", type="command.dispatch_withdrawn.v1")
    await produce(installation, cause)
    await wait_until_applied(routing, case_id, "1:effect", "2:later")
    assert await routing.context.database.fetchval("SELECT count(*) FROM deferred_event") == 0


async def test_rule_4_an_event_of_an_unknown_version_defers_only_its_own_case(pair: SamplePair) -> None:
    installation, _, routing = pair
    strange, other = uuid4(), uuid4()
    unknown = sample_record(strange, 1, "a", installation.now(), type="acceptance.case_withdrawn.v9")
    await produce(
        installation,
        unknown,
        sample_record(strange, 2, "b", installation.now()),
        sample_record(other, 1, "fine", installation.now()),
    )
    await wait_until_applied(routing, other, "1:fine")

    async def waits() -> bool:
        return bool(await routing.context.database.fetchval("SELECT count(*) = 2 FROM deferred_event"))

    await wait_until(waits)
    assert (await sample_state(routing, strange)).applied == []


async def test_rule_4_a_consumer_that_lost_its_lease_cannot_move_the_offset(pair: SamplePair) -> None:
    _, intake, routing = pair
    await publish_notes(intake, uuid4(), "a")
    pool = routing.context.database
    read = (
        "SELECT * FROM partition_lease WHERE next_offset > 0 AND holder IS NOT NULL ORDER BY topic, partition LIMIT 1"
    )

    async def moved() -> bool:
        return await pool.fetchrow(read) is not None

    await wait_until(moved)
    async with pool.acquire() as connection, connection.transaction():
        row = await connection.fetchrow(f"{read} FOR UPDATE")  # the consumer reads on only after this
        offset = leases.PartitionOffset(row["topic"], row["partition"], row["log_id"], row["next_offset"])
        earlier = replace(offset, next_offset=offset.next_offset - 1)
        for holder, before in (("another replica", offset), (row["holder"], earlier)):
            with pytest.raises(leases.LeaseLost):
                async with connection.transaction():
                    await leases.advance(
                        connection, holder, [(before, replace(before, next_offset=offset.next_offset + 1))]
                    )
        assert await connection.fetchrow(read) == row


async def test_rule_4_the_first_records_of_a_new_topic_are_not_taken_for_another_log(pair: SamplePair) -> None:
    """The broker may report another timestamp of the first record than the record carries."""
    _, intake, routing = pair
    pool, changes = routing.context.database, metric("gridloop_log_changes_total")
    cases = [uuid4() for _ in range(8)]
    for case_id in cases:
        await publish_notes(intake, case_id, "a")
    for case_id in cases:
        await wait_until_applied(routing, case_id, "1:a")

    async def checked_again() -> bool:
        rows = await pool.fetch("SELECT ended_at > $1 AS later FROM partition_lease WHERE next_offset > 0", applied_at)
        return bool(rows) and all(row["later"] for row in rows)

    for _ in range(2):
        applied_at = await pool.fetchval("SELECT now()")
        await wait_until(checked_again)
    assert metric("gridloop_log_changes_total") == changes
