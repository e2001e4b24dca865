"""Apache Kafka from Maven behaves as the services expect of any broker, and keeps what it has."""

from __future__ import annotations

import asyncio
from pathlib import Path

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.structs import OffsetAndMetadata

from contracts.catalogue import CASES_TOPIC
from deploy import topics
from deploy.local.home import Home
from deploy.local.kafka import ApacheKafka
from deploy.local.ports import free_port

FIRST = TopicPartition(CASES_TOPIC, 0)


async def produce(kafka: ApacheKafka, count: int) -> None:
    producer = AIOKafkaProducer(**kafka.connection().arguments())
    await producer.start()
    for number in range(count):
        await producer.send_and_wait(CASES_TOPIC, b"%d" % number, partition=0)
    await producer.stop()


async def test_the_log_survives_a_kill_and_ends_with_a_wipe(tmp_path: Path) -> None:
    kafka = ApacheKafka(Home(tmp_path), free_port())
    await kafka.start()
    await produce(kafka, 3)
    kafka.process.kill()
    await kafka.start()
    consumer = AIOKafkaConsumer(**kafka.connection().arguments(), group_id="gridloop-test", enable_auto_commit=False)
    await consumer.start()
    every = [TopicPartition(name, number) for name, count in topics.PARTITIONS.items() for number in range(count)]
    consumer.assign(every)
    assert await consumer.end_offsets(every) == dict.fromkeys(every, 0) | {FIRST: 3}
    before = (await consumer.offsets_for_times({FIRST: 0}))[FIRST]
    assert before is not None
    assert before.offset == 0
    await consumer.commit({FIRST: OffsetAndMetadata(2, "")})
    assert await consumer.committed(FIRST) == 2
    await consumer.stop()

    await kafka.wipe()
    consumer = AIOKafkaConsumer(**kafka.connection().arguments())
    await consumer.start()
    assert await consumer.end_offsets([FIRST]) == {FIRST: 0}
    assert (await consumer.offsets_for_times({FIRST: 0}))[FIRST] is None
    await consumer.stop()
    async with asyncio.timeout(60):
        await kafka.stop()
    assert not kafka.process.alive
