"""Partition leases in the service's own database: which replica reads which partition (rule 4).

A replica may lose a lease without noticing at once. Still no record is applied twice: `next_offset` moves in the
transaction of the batch, and only if its old value and the holder match. Otherwise the batch is rolled back.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.chassis.database import Connection, Pool
from services.chassis.loops import RestartLoop

LEASE_SECONDS = 10
ENDED_SECONDS = 6
"""Seconds for which a replica's report "read this partition to its end" is valid. Replicas report every two seconds."""


@dataclass(frozen=True, slots=True)
class PartitionOffset:
    """How far a partition has been read, and in which log."""

    topic: str
    partition: int
    log_id: str
    next_offset: int


@dataclass(frozen=True, slots=True)
class LeasedPartitions:
    """The partitions that this replica reads, and whether the other replicas have read their own to the end."""

    offsets: list[PartitionOffset]
    others_at_end: bool
    """True if every partition that this replica does not hold was recently read to its end.

    Timers of any case fire only if this is true.
    """


class LeaseLost(RestartLoop):
    """Raised if the lease is lost or another replica moved the offset. Drop the batch and read the offset again."""


_SYNCHRONISE = """
    WITH removed AS (DELETE FROM partition_lease WHERE topic = $1 AND partition <> ALL ($2::int[]))
    INSERT INTO partition_lease (topic, partition) SELECT $1, unnest($2::int[]) ON CONFLICT DO NOTHING
"""
_REPORT_ALIVE = """
    INSERT INTO replica (holder, seen_at) VALUES ($1, now())
    ON CONFLICT (holder) DO UPDATE SET seen_at = excluded.seen_at
"""
_RENEW = """
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
"""Gives the replica `$1` an equal share of each topic's partitions.

If a topic cannot be divided equally, the first replicas in the order of their names get one more partition.
"""
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
"""Selects whether the other replicas have recently read their partitions to the end.

False while a topic has no known partition.
"""
_ADVANCE = """
    UPDATE partition_lease SET next_offset = new.to_offset, log_id = new.log_id,
        lease_until = now() + make_interval(secs => $7)
    FROM unnest($2::text[], $3::int[], $4::bigint[], $5::bigint[], $6::text[])
         AS new (topic, partition, from_offset, to_offset, log_id)
    WHERE partition_lease.topic = new.topic AND partition_lease.partition = new.partition
      AND partition_lease.next_offset = new.from_offset AND partition_lease.holder = $1
"""


async def synchronise_partitions(pool: Pool, topic: str, partitions: set[int]) -> None:
    """Make the rows of a topic agree with the broker's partitions.

    A row for a partition that the broker does not have would stop the consumer, because aiokafka would wait for that
    partition's offsets until a timeout. If a deleted partition comes back, it is read from its beginning.
    """
    await pool.execute(_SYNCHRONISE, topic, sorted(partitions))


async def renew(
    pool: Pool, holder: str, topics: list[str], ended: Collection[tuple[str, int]] = ()
) -> LeasedPartitions:
    """Renew the leases of this replica, and lease free partitions until it has an equal share of each topic.

    `ended` lists the partitions that this replica has read to their end. The other replicas can see this list.
    """
    async with pool.acquire() as connection, connection.transaction():
        await connection.execute(_REPORT_ALIVE, holder)
        rows = await connection.fetch(_RENEW, holder, LEASE_SECONDS, topics)
        if ended:
            await connection.execute(_ENDED, holder, *map(list, zip(*ended, strict=True)))
        others_at_end = await connection.fetchval(_OTHERS, holder, topics, ENDED_SECONDS)
    offsets = [PartitionOffset(row["topic"], row["partition"], row["log_id"], row["next_offset"]) for row in rows]
    return LeasedPartitions(offsets, others_at_end)


async def release(pool: Pool, holder: str) -> None:
    """Release all leases of this replica, so that other replicas need not wait for their expiry."""
    await pool.execute("UPDATE partition_lease SET holder = NULL, lease_until = '-infinity' WHERE holder = $1", holder)
    await pool.execute("DELETE FROM replica WHERE holder = $1", holder)


async def delete_stale_replicas(pool: Pool) -> None:
    """Delete the rows of replicas that have not been seen for an hour."""
    await pool.execute("DELETE FROM replica WHERE seen_at < now() - interval '1 hour'")
    await pool.execute("DELETE FROM heartbeat WHERE beat_at < now() - interval '1 hour'")


async def advance(
    connection: Connection, holder: str, moves: Sequence[tuple[PartitionOffset, PartitionOffset]]
) -> None:
    """Advance the offsets of a batch, given as `(from, to)`, in its transaction.

    Raises `LeaseLost` if one of the offsets is no longer `from`, or its lease is lost.
    """
    result = await connection.execute(
        _ADVANCE,
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


async def reset(pool: Pool, holder: str, current: PartitionOffset, log_id: str, offset: int) -> bool:
    """Set the offset to the beginning of a new log. Return false if the lease is no longer ours."""
    result = await pool.execute(
        "UPDATE partition_lease SET log_id = $4, next_offset = $5"
        " WHERE topic = $1 AND partition = $2 AND holder = $3 AND next_offset = $6",
        current.topic,
        current.partition,
        holder,
        log_id,
        offset,
        current.next_offset,
    )
    return result.endswith(" 1")
