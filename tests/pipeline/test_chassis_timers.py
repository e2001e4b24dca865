"""Rule 7 of "Nothing lost, nothing twice": a timer fires once, when it is due, and only while everybody can
be heard.
"""

from __future__ import annotations

import asyncio
import signal
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.catalogue import CASES_TOPIC, REGISTRY_TOPIC
from services.chassis import database, leases, telemetry
from services.chassis.database import CHASSIS_MIGRATIONS
from services.chassis.event_consumer import EventConsumer
from services.chassis.leases import LeaseLost
from services.chassis.repair import Repair
from tests.support.installation import Installation, RunningService, wait_until
from tests.support.sample_events import publish, sample_state, wait_until_applied
from tests.support.sample_services import publisher, subscriber


async def until_at_end(reader: EventConsumer, within: float) -> None:
    """Wait until the reader knows every partition to be read to its end within the last seconds."""

    async def there() -> bool:
        return reader.at_end(within)

    await wait_until(there)


async def test_rule_7_a_timer_fires_once(both: tuple[Installation, RunningService, RunningService]) -> None:
    _, intake, routing = both
    case_id = uuid4()
    await publish(intake, case_id, "timer")

    async def fired() -> bool:
        return bool((await sample_state(routing, case_id)).fired)

    await wait_until(fired)
    assert len((await sample_state(routing, case_id)).fired) == 1
    assert await routing.context.database.fetchval("SELECT count(*) FROM timer") == 0


async def test_rule_7_a_timer_that_was_moved_while_it_was_due_does_not_fire(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """Seen as due, then its case was locked by a fact that moved it: what was seen counts no more."""
    installation, _, routing = both
    pool, case_id, later = routing.context.database, uuid4(), installation.now() + timedelta(hours=1)
    await routing.context.cases.run([case_id], lambda cases: cases[case_id].set_timer("ring:1", later), cause="t")

    async def seen() -> bool:
        return bool(
            await pool.fetchval(
                "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')"
            )
        )

    async with pool.acquire() as connection, connection.transaction():
        await connection.execute("SELECT FROM aggregate WHERE case_id = $1 FOR UPDATE", case_id)
        await pool.execute("UPDATE timer SET due_at = $2, fire_at = $2 WHERE case_id = $1", case_id, installation.now())
        await wait_until(seen, what="the timer to wait for its case")
        await connection.execute("UPDATE timer SET due_at = $2, fire_at = $2 WHERE case_id = $1", case_id, later)
    await routing.context.cases.run(
        [case_id], lambda cases: cases[case_id].set_timer("ring:2", installation.now()), cause="t"
    )

    async def rung() -> list[str]:
        return (await sample_state(routing, case_id)).fired

    assert len(await wait_until(rung)) == 1, "the second alone"
    assert await pool.fetchval("SELECT due_at FROM timer WHERE case_id = $1", case_id) == later


async def test_rule_7_a_timer_that_fails_is_counted_and_kept(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would fail every half minute for ever, and no alarm could say so."""
    _, intake, routing = both
    failed, case_id = telemetry.TIMERS_FAILED.labels("ring")._value, uuid4()
    before = failed.get()
    timers: Any = routing.service.timers
    monkeypatch.setitem(timers, "ring", lambda case, due_at: case.no_such_thing)
    await publish(intake, case_id, "timer")

    async def counted() -> bool:
        return failed.get() == before + 1

    await wait_until(counted)

    async def put_off() -> bool:
        return bool(await routing.context.database.fetchval("SELECT fire_at > due_at FROM timer"))

    await wait_until(put_off)


async def test_rule_7_no_timer_fires_while_the_others_cannot_be_heard(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """A timer is due, but the source that may have stopped its clock has been silent since we started."""
    installation, intake, routing = both
    case_id = uuid4()
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    await installation.stop("routing")
    await installation.stop("intake")
    again = await installation.start(subscriber())
    await again.context.cases.run(
        [case_id], lambda cases: cases[case_id].set_timer("ring:2", installation.now()), cause="t"
    )

    async def tried_to_repair() -> bool:
        return not again.app.state.checks["sources_checked"]()

    await wait_until(tried_to_repair)
    await asyncio.sleep(0.5)  # five looks of the timers
    assert (await sample_state(again, case_id)).fired == []
    await installation.start(publisher())

    async def fired() -> bool:
        return bool((await sample_state(again, case_id)).fired)

    await wait_until(fired)


async def test_rule_7_no_timer_fires_while_another_replica_is_behind(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """The fact that stopped its clock may lie in a partition that is not ours to read."""
    installation, intake, routing = both
    installation.discard_after_use()
    case_id = uuid4()
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    pool, reader = routing.context.database, routing.app.state.event_consumer

    async def behind() -> bool:
        return not reader.at_end(60.0)  # of the other replica's share: a slow look of our own would pass by itself

    await until_at_end(reader, 2.0)
    await pool.execute(
        "UPDATE partition_lease SET holder = 'a replica', lease_until = now() + interval '1 hour', ended_at = '-infinity'"
        " WHERE topic = $1 AND partition = 0",
        CASES_TOPIC,
    )
    await wait_until(behind)
    await routing.context.cases.run(
        [case_id], lambda cases: cases[case_id].set_timer("ring:2", installation.now()), cause="t"
    )
    await asyncio.sleep(3)  # a look of the reader and ten of the timers
    assert (await sample_state(routing, case_id)).fired == []

    async def fired() -> bool:
        await pool.execute("UPDATE partition_lease SET ended_at = now() WHERE holder = 'a replica'")
        return bool((await sample_state(routing, case_id)).fired)

    await wait_until(fired)


async def test_rule_7_of_a_topic_that_has_shown_no_partition_nobody_is_at_the_end(installation: Installation) -> None:
    """Whoever holds all partitions there are holds none of it: the broker has not said yet that there is such a
    topic.
    """
    pool, topics = (
        await database.connect((await installation.settings("intake")).database_url),
        [CASES_TOPIC, REGISTRY_TOPIC],
    )
    await database.migrate(pool, [CHASSIS_MIGRATIONS])
    await leases.synchronise_partitions(pool, REGISTRY_TOPIC, {0})
    assert not (await leases.renew(pool, "this one", topics)).others_at_end
    await leases.synchronise_partitions(pool, CASES_TOPIC, {0})
    share = await leases.renew(pool, "this one", topics)
    assert (len(share.offsets), share.others_at_end) == (2, True)
    await pool.close()


async def test_rule_7_a_silent_broker_says_nothing_of_the_end(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That we stand where it last said the end was is true for as long as it says nothing; what came since we do not
    know.
    """
    installation, _, routing = both
    installation.discard_after_use()
    reader = routing.app.state.event_consumer

    async def nowhere_at_end() -> bool:
        return not reader._ended(2.0)

    async def nobody_looks(_: object) -> None:
        pass

    await until_at_end(reader, 2.0)
    with monkeypatch.context() as patched:
        patched.setattr(
            reader, "_renew_leases", nobody_looks
        )  # it would wait for the broker, and note nothing meanwhile
        installation.broker.process.signal(signal.SIGSTOP)
        try:
            await wait_until(nowhere_at_end)
        finally:
            installation.broker.process.signal(signal.SIGCONT)


async def test_rule_7_on_a_new_log_nothing_is_at_its_end_and_nobody_has_been_heard(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the old one had not brought yet is lost with it: no timer fires before each source was asked."""
    installation, intake, routing = both
    installation.discard_after_use()
    case_id, want, seen = uuid4(), Repair.request, list[tuple[bool, bool]]()

    def noted(repair: Repair, *sources: str) -> None:
        """What the new log makes of both; the objects are those in use, since an outage replaces them."""
        want(repair, *sources)
        if repair is routing.app.state.repair:
            seen.append((repair.up_to_date, routing.app.state.event_consumer.at_end(60.0)))

    async def up_to_date() -> bool:
        return bool(routing.context.up_to_date())

    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")
    await wait_until(up_to_date)
    monkeypatch.setattr(Repair, "request", noted)
    await installation.broker.wipe()
    await publish(intake, case_id, "b")
    await wait_until_applied(routing, case_id, "1:a", "2:b")

    async def noticed() -> bool:
        return bool(seen)

    await wait_until(noticed, what="the new log")
    assert seen[0] == (False, False)
    await wait_until(up_to_date)


async def test_rule_7_a_reader_that_starts_again_is_at_the_end_of_nothing(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    """It holds no partition then, and each of none was read to its end."""
    installation, intake, routing = both
    installation.discard_after_use()
    before = routing.app.state.event_consumer
    case_id = uuid4()
    await publish(intake, case_id, "a")
    await wait_until_applied(routing, case_id, "1:a")

    await until_at_end(before, 60.0)
    starts_again, may_go_on = asyncio.Event(), asyncio.Event()
    read = EventConsumer._read

    async def held_up(reader: EventConsumer) -> None:
        if reader._service == "routing":
            starts_again.set()
            await may_go_on.wait()
        await read(reader)

    async def lost(*_: object) -> None:
        raise LeaseLost

    with monkeypatch.context() as patched:
        patched.setattr(before, "_process", lost)
        patched.setattr(EventConsumer, "_read", held_up)
        await publish(intake, case_id, "b")
        await asyncio.wait_for(starts_again.wait(), 20)
    reader = routing.app.state.event_consumer
    assert reader is not before
    assert not reader.at_end(60.0)
    may_go_on.set()
    await wait_until_applied(routing, case_id, "1:a", "2:b")
    await until_at_end(reader, 60.0)
