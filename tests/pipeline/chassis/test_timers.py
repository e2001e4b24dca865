"""Rule 7: a timer fires once, when it is due, and only while no event of another service can be missing."""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaConsumer

from contracts.catalogue import CASES_TOPIC, REGISTRY_TOPIC
from services.chassis import event_consumer, leases
from services.chassis.database import Pool
from services.chassis.leases import LeaseLost
from services.chassis.repair import Repair
from services.chassis.timers import Timers
from tests.support.metrics import metric
from tests.support.sample_events import publish_notes, sample_state, wait_until_applied, wait_until_fired
from tests.support.sample_services import SamplePair, publisher, subscriber
from tests.support.waiting import wait_until


async def test_rule_7_a_timer_fires_once(pair: SamplePair) -> None:
    _, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "timer")
    assert len(await wait_until_fired(routing, case_id)) == 1
    assert await routing.context.database.fetchval("SELECT count(*) FROM timer") == 0


async def test_rule_7_a_timer_that_is_moved_before_its_case_is_locked_does_not_fire(pair: SamplePair) -> None:
    """The timer loop finds the timer due and waits for the lock of its case; meanwhile the timer is moved."""
    installation, _, routing = pair
    pool, case_id, later = routing.context.database, uuid4(), installation.now() + timedelta(hours=1)
    await routing.context.cases.run([case_id], lambda cases: cases[case_id].set_timer("ring:1", later), cause="t")

    async def waits_for_lock() -> bool:
        return bool(
            await pool.fetchval(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
        )

    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM aggregate WHERE case_id = $1 FOR UPDATE", case_id)
        await pool.execute("UPDATE timer SET due_at = $2, fire_at = $2 WHERE case_id = $1", case_id, installation.now())
        await wait_until(waits_for_lock, what="the timer to wait for its case")
        await connection.execute("UPDATE timer SET due_at = $2, fire_at = $2 WHERE case_id = $1", case_id, later)
    await routing.context.cases.run(
        [case_id], lambda cases: cases[case_id].set_timer("ring:2", installation.now()), cause="t"
    )
    assert len(await wait_until_fired(routing, case_id)) == 1, "only the second timer"
    assert await pool.fetchval("SELECT due_at FROM timer WHERE case_id = $1", case_id) == later


async def test_rule_7_a_timer_that_fails_is_counted_and_retried(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An alarm watches the counter, because the timer may fail every half minute for ever."""
    _, intake, routing = pair
    case_id, before = uuid4(), metric("gridloop_timers_failed_total", name="ring")
    timers: Any = routing.service.timers
    monkeypatch.setitem(timers, "ring", lambda case, due_at: case.no_such_thing)
    await publish_notes(intake, case_id, "timer")
    await wait_until(lambda: metric("gridloop_timers_failed_total", name="ring") == before + 1)

    async def postponed() -> bool:
        return bool(await routing.context.database.fetchval("SELECT fire_at > due_at FROM timer"))

    await wait_until(postponed)


async def test_rule_7_no_timer_fires_before_every_source_was_reached(pair: SamplePair) -> None:
    """The source that does not answer may have stated an event that stops the clock."""
    installation, intake, routing = pair
    case_id = uuid4()
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    await installation.stop("routing")
    await installation.stop("intake")
    again = await installation.start(subscriber())
    await again.context.cases.run(
        [case_id], lambda cases: cases[case_id].set_timer("ring:2", installation.now()), cause="t"
    )
    await wait_until(lambda: not again.app.state.checks["sources_checked"]())
    timers = Timers(again.context.cases, again.service.timers, again.context.clock, again.context.up_to_date)
    await timers.fire_due()
    assert (await sample_state(again, case_id)).fired == []
    await installation.start(publisher())
    await wait_until_fired(again, case_id)


async def test_rule_7_no_timer_fires_while_another_replica_is_behind(pair: SamplePair) -> None:
    """The event that stops the clock may be in a partition of the other replica."""
    installation, intake, routing = pair
    installation.discard_after_use()
    case_id = uuid4()
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    pool, consumer = routing.context.database, routing.app.state.event_consumer
    await wait_until(lambda: consumer.at_end(2.0))
    await pool.execute(
        "UPDATE partition_lease SET holder = 'a replica', lease_until = now() + interval '1 hour', ended_at = '-infinity'"
        " WHERE topic = $1 AND partition = 0",
        CASES_TOPIC,
    )
    await wait_until(lambda: not consumer.at_end(60.0))  # 60 s, so that only the other replica can be behind
    await routing.context.cases.run(
        [case_id], lambda cases: cases[case_id].set_timer("ring:2", installation.now()), cause="t"
    )
    timers = Timers(routing.context.cases, routing.service.timers, routing.context.clock, routing.context.up_to_date)
    await timers.fire_due()
    assert (await sample_state(routing, case_id)).fired == []

    async def fired() -> bool:
        await pool.execute("UPDATE partition_lease SET ended_at = now() WHERE holder = 'a replica'")
        return bool((await sample_state(routing, case_id)).fired)

    await wait_until(fired)


async def test_rule_7_the_end_is_not_reached_while_a_topic_has_no_known_partition(chassis_pool: Pool) -> None:
    """The broker has not listed the topic yet."""
    pool, topics = chassis_pool, [CASES_TOPIC, REGISTRY_TOPIC]
    await leases.synchronise_partitions(pool, REGISTRY_TOPIC, {0})
    assert not (await leases.renew(pool, "this one", topics)).others_at_end
    await leases.synchronise_partitions(pool, CASES_TOPIC, {0})
    share = await leases.renew(pool, "this one", topics)
    assert (len(share.offsets), share.others_at_end) == (2, True)


async def test_rule_7_the_end_is_not_known_while_the_broker_does_not_answer(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There may be newer events than the end that the broker reported last."""
    installation, _, routing = pair
    installation.discard_after_use()
    consumer, pool = routing.app.state.event_consumer, routing.context.database
    await wait_until(lambda: consumer.at_end(2.0))  # the first check may not know every topic yet
    monkeypatch.setattr(event_consumer, "CHECK_SECONDS", 60.0)  # a check would wait for the broker
    patched_at = await pool.fetchval("SELECT now()")
    await wait_until(lambda: pool.fetchval("SELECT bool_and(seen_at > $1) FROM replica", patched_at))
    await wait_until(lambda: consumer.at_end(2.0))
    installation.broker.process.signal(signal.SIGSTOP)
    try:
        await wait_until(lambda: not consumer.at_end(2.0))
    finally:
        installation.broker.process.signal(signal.SIGCONT)
    await wait_until(lambda: consumer.at_end(2.0))


async def test_rule_7_no_timer_fires_on_a_new_log_before_every_source_was_compared(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The old log may have held events that were not read yet."""
    installation, intake, routing = pair
    installation.discard_after_use()
    case_id, request, seen = uuid4(), Repair.request, list[tuple[bool, bool]]()

    def recorded(repair: Repair, *sources: str) -> None:
        """Record what repair and consumer report right after the request. An outage replaces both objects."""
        request(repair, *sources)
        if repair is routing.app.state.repair:
            seen.append((repair.up_to_date, routing.app.state.event_consumer.at_end(60.0)))

    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    await wait_until(routing.context.up_to_date)
    monkeypatch.setattr(Repair, "request", recorded)
    await installation.broker.wipe()
    await publish_notes(intake, case_id, "b")
    await wait_until_applied(routing, case_id, "1:a", "2:b")
    await wait_until(lambda: seen, what="the new log")
    assert seen[0] == (False, False)
    await wait_until(routing.context.up_to_date)


async def test_rule_7_a_restarted_consumer_has_not_reached_the_end(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds no partition yet, so that all of its partitions are at their end."""
    installation, intake, routing = pair
    installation.discard_after_use()
    before = routing.app.state.event_consumer
    case_id = uuid4()
    await publish_notes(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    await wait_until(lambda: before.at_end(60.0))
    starting, may_start = asyncio.Event(), asyncio.Event()
    start = AIOKafkaConsumer.start

    async def delayed(consumer: AIOKafkaConsumer) -> None:
        starting.set()
        await may_start.wait()
        await start(consumer)

    async def lost(*_: object) -> None:
        raise LeaseLost

    with monkeypatch.context() as patched:
        patched.setattr(routing.app.state.event_processor, "process", lost)
        patched.setattr(AIOKafkaConsumer, "start", delayed)
        await publish_notes(intake, case_id, "b")
        await wait_until(starting.is_set)
    consumer = routing.app.state.event_consumer
    assert consumer is not before
    assert not consumer.at_end(60.0)
    may_start.set()
    await wait_until_applied(routing, case_id, "1:a", "2:b")
    await wait_until(lambda: consumer.at_end(60.0))
