"""Events that tests publish through the sample publisher and await at the sample subscriber."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from aiokafka import AIOKafkaProducer

from contracts.catalogue import CASES_TOPIC
from contracts.envelope import Envelope
from tests.support.installation import Installation, RunningService, wait_until
from tests.support.sample_services import SampleState, withdrawn


async def publish(running: RunningService, case_id: UUID, *notes: str) -> None:
    """Let the teller state these facts about a case, each in a transaction of its own."""
    for note in notes:
        await running.context.cases.run(
            [case_id], lambda cases, note=note: cases[case_id].emit(withdrawn(note)), cause="test"
        )


async def sample_state(running: RunningService, case_id: UUID) -> SampleState:
    found = await running.context.database.fetchval("SELECT state::text FROM aggregate WHERE case_id = $1", case_id)
    return SampleState.load(found) if found else SampleState()


async def wait_until_applied(running: RunningService, case_id: UUID, *expected: str) -> None:
    async def there() -> bool:
        return (await sample_state(running, case_id)).heard == list(expected)

    await wait_until(there, what=f"{expected}")


async def wait_until_read(
    installation: Installation, teller: RunningService, listener: RunningService, case_id: UUID
) -> None:
    """Wait until the subscriber has read all events of the publisher about a case, also those that repair fetched."""

    async def sent() -> bool:
        return await teller.context.database.fetchval("SELECT count(*) FROM outbox") == 0

    await wait_until(sent, what="the relay")
    behind = uuid4()
    await produce(installation, sample_record(behind, 1, "behind it", installation.now()), key=str(case_id).encode())
    await wait_until_applied(listener, behind, "1:behind it")


async def produce(installation: Installation, *events: tuple[Envelope, bytes], key: bytes | None = None) -> None:
    """Write records to the topic without the outbox relay, to the partition of their case or of `key`."""
    producer = AIOKafkaProducer(**installation.broker.connection().arguments(), acks="all")
    await producer.start()
    for envelope, body in events:
        await producer.send_and_wait(CASES_TOPIC, body, key or envelope.key, headers=envelope.to_headers())
    await producer.stop()


def sample_record(case_id: UUID, sequence: int, note: str, now: Any, **changes: Any) -> tuple[Envelope, bytes]:
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
