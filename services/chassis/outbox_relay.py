"""The outbox relay: sends stored events to the broker in order (rule 3).

One replica of a service runs it, elected by an advisory lock. Events are sent in the order of the event store, with
`acks=all`, and leave the outbox after the acknowledgement. After a crash some are sent twice; consumers drop
duplicates.
"""

from __future__ import annotations

import asyncio
import contextlib
from time import monotonic

import asyncpg
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError

from contracts.catalogue import topic_of
from services.chassis import event_store, loops, telemetry
from services.chassis.database import SILENT_PEER, Pool
from services.chassis.kafka import KafkaConnection

_LOCK = 0x7265_6C61  # "rela"
_BATCH = 2000
_PACE = 0.02
"""Seconds between two sends under load. Waking the consumers for every single event would use a whole CPU core."""
_IDLE = 0.25
"""Seconds after which an idle relay looks for events that another replica committed."""
_DEADLINE = 15.0


class OutboxRelay:
    """Background loop that sends the outbox to the broker. Every service that states events runs it."""

    def __init__(self, pool: Pool, service: str, kafka: KafkaConnection, database_url: str) -> None:
        self._pool = pool
        self._service = service
        self._topic = topic_of(service)
        self._kafka = kafka
        self._url = database_url
        self._wake = asyncio.Event()
        self.leading = False

    @property
    def role(self) -> str:
        """`leading`, or `standing_by` while another replica leads or the database or broker is unreachable."""
        return "leading" if self.leading else "standing_by"

    def wake(self) -> None:
        """Report that the outbox may hold new events."""
        self._wake.set()

    async def run(self) -> None:
        """Wait to be elected, then send the outbox until an error or an outage ends the run."""
        try:
            await self._lead()
        finally:
            self.leading = False

    async def _lead(self) -> None:
        """Wait for the lock, then send the outbox.

        The lock has its own connection. If this connection breaks, the leadership ends.
        """
        election = await asyncpg.connect(self._url, command_timeout=10, server_settings=SILENT_PEER)
        try:
            while not await election.fetchval("SELECT pg_try_advisory_lock($1)", _LOCK):
                loops.progress()
                await asyncio.sleep(0.5)
            producer = AIOKafkaProducer(
                **self._kafka.arguments(),
                acks="all",
                linger_ms=0,
                max_batch_size=262_144,
                request_timeout_ms=10_000,
                metadata_max_age_ms=30_000,
            )
            try:
                await producer.start()
                self.leading = True
                await self._send_all(producer, election)
            finally:
                await asyncio.wait({asyncio.ensure_future(producer.stop())}, timeout=5)
        finally:
            with contextlib.suppress(Exception):
                await election.close(timeout=2)

    async def _send_all(self, producer: AIOKafkaProducer, election: asyncpg.Connection) -> None:
        next_check = 0.0
        while True:
            self._wake.clear()
            rows = await event_store.load_outbox(self._pool, _BATCH)
            if rows:
                await self._send(producer, rows)
                await asyncio.sleep(_PACE)
            else:
                await loops.wait_for_event(self._wake, _IDLE)
            loops.progress()
            if monotonic() >= next_check:
                next_check = monotonic() + 2
                await election.execute("SELECT 1")

    async def _send(self, producer: AIOKafkaProducer, rows: list[tuple[int, event_store.Row]]) -> None:
        try:
            async with asyncio.timeout(_DEADLINE):
                futures = []
                for _, row in rows:
                    envelope = event_store.envelope_of(self._service, row)
                    headers = envelope.to_headers()
                    futures.append(
                        await producer.send(self._topic, value=row["body"], key=envelope.key, headers=headers)
                    )
                await asyncio.gather(*futures)
        except TimeoutError as error:
            raise KafkaTimeoutError from error  # the broker did not answer
        await event_store.mark_sent(self._pool, [event_id for event_id, _ in rows])
        telemetry.RELAYED.inc(len(rows))
