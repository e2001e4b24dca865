"""Counts the record batches in a broker.

Tansu reads every batch of a partition on each fetch, so it becomes slow when there are many batches. No request of the
Kafka protocol returns the number of batches. So this module fetches new data (Fetch, version 4) and counts the headers
of the batches.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
from dataclasses import dataclass, field

_FETCH, _VERSION = 1, 4
_WAIT_MS = 20
_MAX_BYTES = 16 << 20
"""Maximum bytes in the response to one request."""
_HEADER = 61
"""Length in bytes of the header of a record batch (format version 2)."""
_LAST_OFFSET_DELTA = 23


@dataclass
class BatchCount:
    """Number and size of the batches counted so far in one topic."""

    topic: str
    partitions: int
    batches: dict[int, int] = field(default_factory=dict[int, int])
    """Partition → number of batches."""
    size: int = 0
    """Bytes of the batches in all partitions together."""
    next_offsets: dict[int, int] = field(default_factory=dict[int, int])

    @property
    def largest(self) -> int:
        """Number of batches in the partition with the most batches."""
        return max(self.batches.values(), default=0)


async def count(port: int, so_far: BatchCount) -> None:
    """Add the batches that are not counted yet. Raises `OSError` or `IncompleteReadError` if no broker answers."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        while True:
            writer.write(_request(so_far))
            (size,) = struct.unpack(">i", await reader.readexactly(4))
            if not _add(so_far, await reader.readexactly(size)):
                return
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


def _request(so_far: BatchCount) -> bytes:
    def text(value: str) -> bytes:
        return struct.pack(">h", len(value)) + value.encode()

    wanted = b"".join(
        struct.pack(">iqi", partition, so_far.next_offsets.get(partition, 0), _MAX_BYTES // so_far.partitions)
        for partition in range(so_far.partitions)
    )
    body = (
        struct.pack(">hhi", _FETCH, _VERSION, 1)
        + text("gridloop-launcher")
        + struct.pack(">iiiib", -1, _WAIT_MS, 1, _MAX_BYTES, 0)
        + struct.pack(">i", 1)
        + text(so_far.topic)
        + struct.pack(">i", so_far.partitions)
        + wanted
    )
    return struct.pack(">i", len(body)) + body


def _add(so_far: BatchCount, answer: bytes) -> bool:
    """Count the batches in a response. Return whether it contains a batch."""
    at, found = 8, False  # correlation id, throttle time
    (topics,) = struct.unpack_from(">i", answer, at)
    at += 4
    for _ in range(topics):
        (length,) = struct.unpack_from(">h", answer, at)
        at += 2 + length
        (partitions,) = struct.unpack_from(">i", answer, at)
        at += 4
        for _ in range(partitions):
            partition, _error, _high, _stable, aborted = struct.unpack_from(">ihqqi", answer, at)
            at += 26 + 16 * max(aborted, 0)
            (size,) = struct.unpack_from(">i", answer, at)
            at += 4
            records = memoryview(answer)[at : at + max(size, 0)]
            at += len(records)
            found |= _count_records(so_far, partition, records)
    return found


def _count_records(so_far: BatchCount, partition: int, records: memoryview) -> bool:
    """Count the complete batches in the data of one partition. Return whether there is a complete batch."""
    at = 0
    while at + _HEADER <= len(records):
        base, length = struct.unpack_from(">qi", records, at)
        if at + 12 + length > len(records):
            break  # truncated; the next request returns it in full
        (delta,) = struct.unpack_from(">i", records, at + _LAST_OFFSET_DELTA)
        so_far.next_offsets[partition] = base + delta + 1
        so_far.batches[partition] = so_far.batches.get(partition, 0) + 1
        so_far.size += 12 + length
        at += 12 + length
    return at > 0
