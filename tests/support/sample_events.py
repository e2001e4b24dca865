"""Events that tests publish through the sample publisher and await at the sample subscriber."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer

from contracts.catalogue import CASES_TOPIC
from contracts.envelope import Envelope
from services.chassis.database import Connection
from tests.support.installation import Installation, RunningService
from tests.support.sample_services import SampleState, withdrawn
from tests.support.waiting import wait_until


async def publish_notes(running: RunningService, case_id: UUID, *notes: str) -> None:
    """Let the publisher state an event with each note about a case, each in its own transaction."""
    for note in notes:
        await running.context.cases.run(
            [case_id], lambda cases, note=note: cases[case_id].emit(withdrawn(note)), cause="test"
        )


async def sample_state(running: RunningService, case_id: UUID) -> SampleState:
    """Return the state of a case at a service."""
    found = await running.context.database.fetchval("SELECT state::text FROM aggregate WHERE case_id = $1", case_id)
    return SampleState.load(found) if found else SampleState()


async def wait_until_applied(running: RunningService, case_id: UUID, *expected: str) -> None:
    """Wait until the service has applied exactly these events to the case."""

    async def there() -> bool:
        return (await sample_state(running, case_id)).applied == list(expected)

    await wait_until(there, what=f"{expected}")


async def wait_until_read(
    installation: Installation, publisher: RunningService, subscriber: RunningService, case_id: UUID
) -> None:
    """Wait until the subscriber has read all events of the publisher about a case, also those that repair fetched."""

    async def sent() -> bool:
        return await publisher.context.database.fetchval("SELECT count(*) FROM outbox") == 0

    await wait_until(sent, what="the relay")
    behind = uuid4()
    await produce(installation, sample_record(behind, 1, "behind it", installation.now()), key=str(case_id).encode())
    await wait_until_applied(subscriber, behind, "1:behind it")


async def produce(installation: Installation, *events: tuple[Envelope, bytes], key: bytes | None = None) -> None:
    """Write records to the topic without the outbox relay, to the partition of their case or of `key`."""
    producer = AIOKafkaProducer(**installation.broker.connection().arguments(), acks="all")
    await producer.start()
    for envelope, body in events:
        await producer.send_and_wait(CASES_TOPIC, body, key or envelope.key, headers=envelope.to_headers())
    await producer.stop()


def sample_record(case_id: UUID, sequence: int, note: str, now: Any, **changes: Any) -> tuple[Envelope, bytes]:
    """Return envelope and body of an event of the publisher; `changes` replace fields of the envelope."""
    envelope = Envelope(
        **{
            "case_id": case_id,
            "source": "intake",
            "sequence": sequence,
            "type": "acceptance.case_withdrawn.v1",
            "time": now,
            **changes,
        }
    )
    return envelope, withdrawn(note).to_bytes()


async def publish_and_lose(running: RunningService, case_id: UUID, note: str) -> None:
    """Let the publisher state an event that the broker never receives: it is deleted from the outbox."""

    async def lose(connection: Connection, _: None) -> None:
        await connection.execute("DELETE FROM outbox")

    await running.context.cases.run(
        [case_id], lambda cases: cases[case_id].emit(withdrawn(note)), cause="test", before_commit=lose
    )


async def wait_until_fired(running: RunningService, case_id: UUID) -> list[str]:
    """Wait until a timer of the case has fired, and return the due times of all that fired."""

    async def fired() -> list[str]:
        return (await sample_state(running, case_id)).fired

    return await wait_until(fired, what="a timer")
