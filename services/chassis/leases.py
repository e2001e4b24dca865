"""Which partitions this replica reads: leases in the service's own database (rule 4).

A lease says who should read; it does not have to be exact. What makes reading exact is that `next_offset` moves
only under its old value and holder: a reader that lost its lease, or slept through it, cannot move it.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.chassis.database import Connection, Pool
from services.chassis.loops import RestartLoop

LEASE_SECONDS = 10
ENDED_SECONDS = 6
"""How old another replica's word may be that it has read a partition to its end: it says so every two seconds."""


@dataclass(frozen=True, slots=True)
class PartitionOffset:
    """How far a partition has been read, and of which log."""

    topic: str
    partition: int
    log_id: str
    next_offset: int


@dataclass(frozen=True, slots=True)
class LeasedPartitions:
    """What this replica reads, and whether the others have read the rest."""

    marks: list[PartitionOffset]
    others_at_end: bool
    """Every partition we do not hold was at its end a moment ago: what a timer must know of cases that are not ours to
    read."""


class LeaseLost(RestartLoop):
    """Somebody else moved this partition on: drop the batch, read the mark again."""


_ADD = """
    INSERT INTO partition_lease (topic, partition) SELECT $1, unnest($2::int[]) ON CONFLICT DO NOTHING
"""
_SEEN = """
    INSERT INTO replica (holder, seen_at) VALUES ($1, now())
    ON CONFLICT (holder) DO UPDATE SET seen_at = excluded.seen_at
"""
_TAKE = """
    WITH live AS (
        SELECT count(*) AS replicas, count(*) FILTER (WHERE holder <= $1) AS place
        FROM replica WHERE seen_at > now() - make_interval(secs => $2)
    ), quota AS (
        SELECT topic, count(*) / replicas + (place <= count(*) % replicas)::int AS share
        FROM partition_lease, live WHERE topic = ANY($3::text[]) GROUP BY topic, replicas, place
    ), wanted AS (
        SELECT mine.topic, mine.partition FROM quota, LATERAL (
            SELECT topic, partition FROM partition_lease
            WHERE partition_lease.topic = quota.topic AND (holder = $1 OR holder IS NULL OR lease_until < now())
            ORDER BY (holder = $1) IS TRUE DESC, partition LIMIT quota.share FOR UPDATE SKIP LOCKED
        ) AS mine
    ), freed AS (
        UPDATE partition_lease SET holder = NULL, lease_until = '-infinity'
        WHERE holder = $1 AND (topic, partition) NOT IN (SELECT topic, partition FROM wanted)
    )
    UPDATE partition_lease SET holder = $1, lease_until = now() + make_interval(secs => $2)
    FROM wanted WHERE partition_lease.topic = wanted.topic AND partition_lease.partition = wanted.partition
    RETURNING partition_lease.topic, partition_lease.partition, log_id, next_offset
"""
"""Of each topic a live replica gets its share. What does not divide goes to the first in the order of their names."""
_ENDED = """
    UPDATE partition_lease SET ended_at = now()
    FROM unnest($2::text[], $3::int[]) AS ended (topic, partition)
    WHERE partition_lease.topic = ended.topic AND partition_lease.partition = ended.partition AND holder = $1
"""
_OTHERS = """
    SELECT count(DISTINCT topic) = cardinality($2::text[]) AND coalesce(
        min(ended_at) FILTER (WHERE holder IS DISTINCT FROM $1) > now() - make_interval(secs => $3), true)
    FROM partition_lease WHERE topic = ANY($2::text[])
"""
"""Of a topic that has shown no partition yet nobody is at the end."""
_MOVE = """
    UPDATE partition_lease SET next_offset = new.to_offset, log_id = new.log_id,
        lease_until = now() + make_interval(secs => $7)
    FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::text[])
         AS new (topic, partition, from_offset, to_offset, log_id)
    WHERE partition_lease.topic = new.topic AND partition_lease.partition = new.partition
      AND partition_lease.next_offset = new.from_offset AND partition_lease.holder = $1
"""


async def add_partitions(pool: Pool, topic: str, partitions: set[int]) -> None:
    """Make the rows of a topic's partitions that are not known yet."""
    await pool.execute(_ADD, topic, sorted(partitions))


async def renew(
    pool: Pool, holder: str, topics: list[str], ended: Collection[tuple[str, int]] = ()
) -> LeasedPartitions:
    """Renew our leases, take our share of what is free, and say which of our partitions are read to their `ended`."""
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_SEEN, holder)
        rows = await connection.fetch(_TAKE, holder, LEASE_SECONDS, topics)
        if ended:
            await connection.execute(_ENDED, holder, *map(list, zip(*ended, strict=True)))
        others_at_end = await connection.fetchval(_OTHERS, holder, topics, ENDED_SECONDS)
    marks = [PartitionOffset(row["topic"], row["partition"], row["log_id"], row["next_offset"]) for row in rows]
    return LeasedPartitions(marks, others_at_end)


async def release(pool: Pool, holder: str) -> None:
    """Give everything back: the others need not wait for the leases to end."""
    await pool.execute("UPDATE partition_lease SET holder = NULL, lease_until = '-infinity' WHERE holder = $1", holder)
    await pool.execute("DELETE FROM replica WHERE holder = $1", holder)


async def delete_stale_replicas(pool: Pool) -> None:
    """Delete what replicas left behind that have not been seen for an hour."""
    await pool.execute("DELETE FROM replica WHERE seen_at < now() - interval '1 hour'")
    await pool.execute("DELETE FROM heartbeat WHERE beat_at < now() - interval '1 hour'")


async def advance(
    connection: Connection, holder: str, moves: Sequence[tuple[PartitionOffset, PartitionOffset]]
) -> None:
    """Move the marks of a batch `(from, to)`, in its transaction. Raises `LeaseLost` when any is not where we left it."""
    result = await connection.execute(
        _MOVE,
        holder,
        [after.topic for _, after in moves],
        [after.partition for _, after in moves],
        [before.next_offset for before, _ in moves],
        [after.next_offset for _, after in moves],
        [after.log_id for _, after in moves],
        LEASE_SECONDS,
    )
    if int(result.rpartition(" ")[2]) != len(moves):
        raise LeaseLost


async def reset(pool: Pool, holder: str, mark: PartitionOffset, log_id: str, offset: int) -> bool:
    """The partition is another log: read it from its beginning. False if the lease is not ours any more."""
    result = await pool.execute(
        "UPDATE partition_lease SET log_id = $4, next_offset = $5"
        " WHERE topic = $1 AND partition = $2 AND holder = $3 AND next_offset = $6",
        mark.topic, mark.partition, holder, log_id, offset, mark.next_offset,
    )  # fmt: skip
    return result.endswith(" 1")
