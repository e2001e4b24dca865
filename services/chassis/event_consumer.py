"""The event consumer: passes records of the leased partitions to the event processor (rule 4).

The broker may lose records or whole logs. So the offsets are kept in the service's own database, and every two seconds
the consumer checks that each partition is still the same log. Repair fetches events that never arrive.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial
from math import inf, isnan, nan
from time import monotonic, time
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError, OffsetOutOfRangeError
from aiokafka.structs import OffsetAndMetadata

from contracts.envelope import Envelope, EnvelopeError
from services.chassis import dead_letters, leases, loops, telemetry
from services.chassis.cases import SOURCES, IncomingEvent
from services.chassis.database import TRANSIENT, Connection, Pool
from services.chassis.dead_letters import UnreadableRecord
from services.chassis.event_processor import EventProcessor
from services.chassis.kafka import KafkaConnection
from services.chassis.leases import LeaseLost, PartitionOffset

log = logging.getLogger(__name__)

CHECK_SECONDS = 2.0
"""Seconds between two checks of leases and logs."""
_BATCH = 1000


class EventConsumer:
    """Background loop that reads the leased partitions. Every service that consumes events runs it."""

    def __init__(
        self,
        pool: Pool,
        event_processor: EventProcessor[Any],
        kafka: KafkaConnection,
        topics: list[str],
        holder: str,
        service: str,
        *,
        wait_ms: int = 100,
        batch_pause: float = 0.02,
        new_log: Callable[[], None],
    ) -> None:
        self._pool = pool
        self._event_processor = event_processor
        self._kafka = kafka
        self._topics = topics
        self._holder = holder
        self._service = service
        self._wait_ms = wait_ms
        self._batch_pause = batch_pause
        self._new_log = new_log
        self._positions: dict[TopicPartition, PartitionOffset] = {}
        self._at_end: dict[TopicPartition, float] = {}
        self._lags: dict[TopicPartition, int] = {}
        self._others_at_end = False
        self._checked_at = -inf
        self._broker_answered_at = -inf

    @property
    def broker(self) -> bool:
        """True if the broker answered within the last three checks."""
        return monotonic() - self._broker_answered_at < 3 * CHECK_SECONDS

    @property
    def lag(self) -> int | None:
        """Number of records that we have not read yet; `None` while it is unknown."""
        found = [self._lag_of(partition) for partition in self._positions]
        return sum(map(int, found)) if found and not any(map(isnan, found)) else None

    def _lag_of(self, partition: TopicPartition) -> float:
        """Return the lag of one partition for the metrics; NaN while it is unknown, because 0 would look healthy."""
        return self._lags.get(partition, nan) if self.broker else nan

    def at_end(self, within: float) -> bool:
        """Return whether this or another replica has read each partition to its end in the last `within` seconds."""
        fresh = monotonic() - self._checked_at < within + CHECK_SECONDS
        return fresh and self._others_at_end and self._positions.keys() == self._ended(within)

    def _ended(self, within: float) -> set[TopicPartition]:
        oldest = monotonic() - within
        return {partition for partition in self._positions if self._at_end.get(partition, 0.0) >= oldest}

    async def run(self) -> None:
        """Read until an error or an outage ends the run.

        Then release the leases, so that another replica can read the partitions.
        """
        try:
            await self._read()
        finally:
            self._positions.clear()
            self._lags.clear()
            self._checked_at = -inf  # without leases `at_end` must be false
            with contextlib.suppress(*TRANSIENT):
                await leases.release(self._pool, self._holder)

    async def _read(self) -> None:
        consumer = AIOKafkaConsumer(
            **self._kafka.arguments(),
            group_id=f"gridloop-{self._service}",
            enable_auto_commit=False,
            auto_offset_reset="none",
            fetch_max_wait_ms=self._wait_ms,
            metadata_max_age_ms=10_000,
            max_partition_fetch_bytes=4 << 20,
            request_timeout_ms=10_000,
        )
        try:
            await consumer.start()
            await self._prepare(consumer)
            next_check = 0.0
            while True:
                if monotonic() >= next_check:
                    await self._renew_leases(consumer)
                    next_check = monotonic() + CHECK_SECONDS
                if not self._positions:
                    loops.progress()
                    await asyncio.sleep(0.2)
                    continue
                try:
                    found = await consumer.getmany(timeout_ms=self._wait_ms, max_records=_BATCH)
                except OffsetOutOfRangeError as error:
                    for partition in error.args[0]:
                        await self._reset_offset(consumer, partition, "", 0)
                    await self._check_logs(consumer)
                    continue
                if all(self._positions[partition].log_id for partition in found):
                    await self._process(found)
                else:
                    await self._identify_logs(consumer, found)
                self._record_ends(consumer)
                waiting = self._records_left(consumer)
                if found or not waiting:  # no progress while records wait and none arrive
                    loops.progress()
                if found and waiting < _BATCH:
                    await asyncio.sleep(self._batch_pause)
        finally:
            # A separate task, because stopping after the broker died raises a cancellation that is not ours.
            await asyncio.wait({asyncio.ensure_future(consumer.stop())}, timeout=5)

    async def _prepare(self, consumer: AIOKafkaConsumer) -> None:
        """Assign a first partition of each topic, and wait until the consumer knows its group coordinator.

        Without an assignment aiokafka knows no partitions for a while. If the assignment changes while aiokafka looks
        for the coordinator, the coordination task of aiokafka fails, and then every later call fails.
        """
        first = [TopicPartition(topic, 0) for topic in self._topics]
        consumer.assign(first)
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(5):
                await consumer.committed(first[0])

    async def _renew_leases(self, consumer: AIOKafkaConsumer) -> None:
        """Renew the leases, read the partitions that are leased now, and check that each one is still the known log."""
        if any(consumer.partitions_for_topic(topic) is None for topic in self._topics):
            await consumer.topics()
        for topic in self._topics:
            if partitions := consumer.partitions_for_topic(topic):
                await leases.synchronise_partitions(self._pool, topic, partitions)
        share = await leases.renew(self._pool, self._holder, self._topics, self._ended(CHECK_SECONDS))
        positions = {TopicPartition(position.topic, position.partition): position for position in share.offsets}
        changed = positions.keys() != self._positions.keys()
        if changed:
            consumer.assign(list(positions))
            self._lags.clear()
            telemetry.LAG.clear()
            for partition in positions:
                telemetry.LAG.labels(partition.topic, partition.partition).set_function(
                    partial(self._lag_of, partition)
                )
        for partition, position in positions.items():
            if changed or self._positions.get(partition) != position:
                consumer.seek(partition, position.next_offset)
        self._positions = positions
        self._others_at_end = share.others_at_end
        self._checked_at = monotonic()
        if positions:
            await self._check_logs(consumer)
        else:
            await consumer.topics()  # a standby checks the broker as well
        self._broker_answered_at = monotonic()
        if positions:
            await self._publish_offsets(consumer)

    async def _check_logs(self, consumer: AIOKafkaConsumer) -> None:
        """Read a partition from its beginning if it is another log or ends before our offset.

        A log is identified by the offset and the timestamp that the broker reports for its first record. The timestamp
        of a fetched record is not used, because it may differ.
        """
        partitions = list(self._positions)
        firsts = await consumer.offsets_for_times(dict.fromkeys(partitions, 0))
        for partition in partitions:
            position, first, end = self._positions[partition], firsts.get(partition), consumer.highwater(partition)
            offset, found = 0, ""
            if first is not None and first.timestamp >= 0:
                offset, found = first.offset, f"{first.offset}@{first.timestamp}"
            cut = end is not None and end < position.next_offset
            if cut or found != position.log_id:
                await self._reset_offset(consumer, partition, found, offset)

    async def _identify_logs(self, consumer: AIOKafkaConsumer, found: Iterable[TopicPartition]) -> None:
        """Identify the logs, and rewind partitions that were read before their log was identified."""
        await self._check_logs(consumer)
        for partition in found:
            consumer.seek(partition, self._positions[partition].next_offset)

    async def _reset_offset(
        self, consumer: AIOKafkaConsumer, partition: TopicPartition, found: str, offset: int
    ) -> None:
        position = self._positions[partition]
        self._at_end.pop(partition, None)  # it belongs to the previous log
        if position.log_id or position.next_offset != offset:
            log.warning("%s is another log: reading from its beginning", partition)
            telemetry.LOG_CHANGES.inc()
            self._new_log()
        if not await leases.reset(self._pool, self._holder, position, found, offset):
            raise LeaseLost
        self._positions[partition] = replace(position, log_id=found, next_offset=offset)
        consumer.seek(partition, offset)

    async def _process(self, found: dict[TopicPartition, list[ConsumerRecord[bytes, bytes]]]) -> None:
        batch: list[IncomingEvent] = []
        unreadable: list[UnreadableRecord] = []
        moves: dict[TopicPartition, tuple[PartitionOffset, PartitionOffset]] = {}
        for partition, records in found.items():
            position = self._positions.get(partition)
            if position is None or not records:
                continue
            moves[partition] = (position, replace(position, next_offset=records[-1].offset + 1))
            for record in records:
                headers = [(name, value or b"") for name, value in record.headers]
                try:
                    envelope = Envelope.from_headers(headers)
                except EnvelopeError as error:
                    unreadable.append(_unreadable_record(record, error))
                    continue
                if envelope.source in SOURCES:
                    batch.append(IncomingEvent(envelope, headers, record.value or b""))
                else:
                    unreadable.append(_unknown_source(envelope))

        async def advance_offsets(connection: Connection) -> None:
            await leases.advance(connection, self._holder, list(moves.values()))
            await dead_letters.insert_unreadable(connection, unreadable)

        if not moves:
            return
        await self._event_processor.process(batch, advance_offsets)
        self._positions.update({partition: after for partition, (_, after) in moves.items()})

    def _records_left(self, consumer: AIOKafkaConsumer) -> int:
        """Return the number of unread records in our partitions.

        If a whole batch or more is unread, the consumer does not pause before the next batch.
        """
        ends = ((position, consumer.highwater(partition)) for partition, position in self._positions.items())
        return sum(max(end - position.next_offset, 0) for position, end in ends if end is not None)

    def _record_ends(self, consumer: AIOKafkaConsumer) -> None:
        for partition, position in self._positions.items():
            end, said_at = consumer.highwater(partition), consumer.last_poll_timestamp(partition)
            if end is None or said_at is None:
                continue
            self._lags[partition] = max(end - position.next_offset, 0)
            if position.next_offset >= end:  # at the time of the broker's last answer
                self._at_end[partition] = monotonic() - max(time() - said_at / 1000, 0)

    async def _publish_offsets(self, consumer: AIOKafkaConsumer) -> None:
        """Commit our offsets to the broker, only so that its tools can show the lag. This system never reads them."""
        offsets = {
            partition: OffsetAndMetadata(position.next_offset, "") for partition, position in self._positions.items()
        }
        with contextlib.suppress(KafkaError, TimeoutError):
            async with asyncio.timeout(1):
                await consumer.commit(offsets)


def _unreadable_record(record: ConsumerRecord[bytes, bytes], error: EnvelopeError) -> UnreadableRecord:
    """Return the dead letter for a record that is not an event of this system.

    The record has no case, so the dead letter shows an operator the record's body and the error.
    """
    wrong = f"{record.topic}/{record.partition}@{record.offset}: {error}"
    log.error("record that is not an event of this system: %s", wrong)
    return "", "", record.value or b"", wrong


def _unknown_source(envelope: Envelope) -> UnreadableRecord:
    """Return the dead letter for an event from an unknown source, which is skipped.

    A newer version that knows the source fetches its events by repair. Each source is reported once.
    """
    return envelope.source, "", b"", f"unknown source {envelope.source}: its events are skipped until an upgrade"
