"""The bare chain: the same database, broker and HTTP work as from a report to a webhook, without Gridloop's services.

Its steps are: insert and commit, produce, consume, insert, produce, consume, insert, POST. It uses the client libraries
directly and writes as many rows, records and requests as the services do, of the same size. It has no aggregates, no
event store and no checks. Its rate is the floor with which `bench.flow` and `bench.life` compare the services.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import Self

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from bench.receiver import Receiver
from services.chassis.kafka import KafkaConnection

BODY = b'{"filler":"' + b"x" * 900 + b'"}'
_FIRST, _SECOND = TopicPartition("bench.first", 0), TopicPartition("bench.second", 0)


@dataclass
class Floor:
    """The bare chain of steps on one database and one broker."""

    database: str
    kafka: KafkaConnection

    async def __aenter__(self) -> Self:
        self.pool = await asyncpg.create_pool(self.database, min_size=3, max_size=8)
        await self.pool.execute("CREATE TABLE IF NOT EXISTS bare (id text, body bytea)")
        await self._make_topics()
        self.receiver = Receiver(lambda body: str(body["id"]))
        self.url = await self.receiver.start()
        self.producer = AIOKafkaProducer(**self.kafka.arguments(), acks="all")
        await self.producer.start()
        self.http = httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=4))
        ready = [asyncio.Event(), asyncio.Event()]
        self.tasks = [
            asyncio.create_task(self._hop(_FIRST, _SECOND.topic, ready[0])),
            asyncio.create_task(self._hop(_SECOND, None, ready[1])),
        ]
        await asyncio.gather(
            *(each.wait() for each in ready)
        )  # records sent before the consumers reached the end are not read
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        await self.producer.stop()
        await self.http.aclose()
        await self.receiver.stop()
        await self.pool.close()

    async def _make_topics(self) -> None:
        """Create the topics. Apache Kafka does not create missing topics by itself."""
        admin = AIOKafkaAdminClient(**self.kafka.arguments())
        await admin.start()
        try:
            wanted = (_FIRST.topic, _SECOND.topic)
            await admin.create_topics([NewTopic(name, num_partitions=1, replication_factor=1) for name in wanted])
        finally:
            await admin.close()

    async def report(self, key: str) -> float:
        """Begin the chain for one key: insert a row and send a record. Return the time at which this began."""
        sent = time.monotonic()
        await self.pool.execute("INSERT INTO bare VALUES ($1, $2)", key, BODY)
        await self.producer.send(_FIRST.topic, BODY, key.encode(), partition=0)
        return sent

    async def _hop(self, source: TopicPartition, target: str | None, ready: asyncio.Event) -> None:
        consumer = AIOKafkaConsumer(**self.kafka.arguments(), fetch_max_wait_ms=100, auto_offset_reset="earliest")
        await consumer.start()
        consumer.assign([source])
        await consumer.seek_to_end(source)
        ready.set()
        gate = asyncio.Semaphore(4)
        try:
            while True:
                for records in (await consumer.getmany(timeout_ms=100, max_records=1000)).values():
                    keys = [(record.key or b"").decode() for record in records]
                    await self.pool.execute(
                        "INSERT INTO bare SELECT * FROM unnest($1::text[], $2::bytea[])", keys, [BODY] * len(keys)
                    )
                    if target:
                        for key in keys:
                            await self.producer.send(target, BODY, key.encode(), partition=0)
                    else:
                        await asyncio.gather(*(self._post(gate, key) for key in keys))
        finally:
            await consumer.stop()

    async def _post(self, gate: asyncio.Semaphore, key: str) -> None:
        async with gate:
            await self.http.post(self.url, content=b'{"id":"%s",%s' % (key.encode(), BODY[1:]))
