"""The embedded broker: its topics always exist, and it is emptied before it becomes slow."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from contracts.catalogue import CASES_TOPIC
from deploy import topics
from deploy.local import batches, broker
from deploy.local.broker import Tansu
from deploy.local.home import Home
from deploy.local.messages import StartupError
from deploy.local.ports import free_port


@pytest.fixture
async def tansu(home: Home) -> AsyncIterator[Tansu]:
    made = Tansu(home, free_port(), full_batches=20)
    await made.start()
    yield made
    await made.stop()


async def produce(tansu: Tansu, partition: int, count: int) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=tansu.servers)
    await producer.start()
    for number in range(count):
        await producer.send_and_wait(CASES_TOPIC, b"%d" % number, partition=partition)
    await producer.stop()


async def ends(tansu: Tansu) -> dict[str, list[int]]:
    consumer = AIOKafkaConsumer(bootstrap_servers=tansu.servers)
    await consumer.start()
    found = {
        name: list((await consumer.end_offsets([TopicPartition(name, number) for number in range(count)])).values())
        for name, count in topics.PARTITIONS.items()
    }
    await consumer.stop()
    return found


async def test_the_topics_exist_after_the_start_and_after_a_wipe(tansu: Tansu) -> None:
    await produce(tansu, 2, 3)
    assert sum((await ends(tansu))[CASES_TOPIC]) == 3
    await tansu.wipe()
    assert await ends(tansu) == {"gridloop.cases": [0, 0, 0, 0], "gridloop.registry": [0]}


async def test_creating_the_topics_again_changes_nothing(tansu: Tansu) -> None:
    await produce(tansu, 0, 1)
    await topics.create(tansu.connection())
    assert sum((await ends(tansu))[CASES_TOPIC]) == 1


async def test_batches_are_counted_once_each_instead_of_records(tansu: Tansu) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=tansu.servers)
    await producer.start()
    batch = producer.create_batch()
    for _ in range(10):
        batch.append(key=None, value=b"x", timestamp=None)
    await (await producer.send_batch(batch, CASES_TOPIC, partition=1))
    await producer.stop()
    held = batches.BatchCount(CASES_TOPIC, 4)
    await batches.count(tansu.port, held)
    assert held.batches == {1: 1}
    assert held.next_offsets == {1: 10}
    await produce(tansu, 1, 2)
    await produce(tansu, 3, 1)
    await batches.count(tansu.port, held)
    assert held.batches == {1: 3, 3: 1}
    assert held.largest == 3


async def test_a_full_broker_is_emptied(tansu: Tansu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "COUNT_INTERVAL", 0.05)
    await produce(tansu, 0, 19)
    pid, watch = tansu.process.pid, asyncio.create_task(tansu.watch())
    await asyncio.wait({watch}, timeout=0.5)
    assert tansu.process.pid == pid
    await produce(tansu, 0, 1)
    async with asyncio.timeout(60):
        while not tansu.process.alive or tansu.process.pid == pid:
            await asyncio.sleep(0.01)
    watch.cancel()
    await tansu.start()
    assert sum((await ends(tansu))[CASES_TOPIC]) == 0


async def test_the_watch_survives_a_killed_broker(tansu: Tansu, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker, "COUNT_INTERVAL", 0.01)
    watch = asyncio.create_task(tansu.watch())
    tansu.process.kill()
    done, _ = await asyncio.wait({watch}, timeout=0.3)
    assert not done
    watch.cancel()


async def test_a_busy_port_is_an_error_and_not_taken_for_our_broker(
    tansu: Tansu, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.raises(StartupError, match="did not start"):
        await Tansu(Home(tmp_path_factory.mktemp("other")), tansu.port).start()
