"""Create the two topics, if they are not there: `python -m deploy.topics` (broker from `KAFKA_BOOTSTRAP_SERVERS`).

Four partitions for cases, one for the registry, kept for ever. The partition count of a live topic must never change:
a case's events would land in another partition than its earlier ones.
"""

from __future__ import annotations

import asyncio
import contextlib
import os

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from contracts.catalogue import CASES_TOPIC, REGISTRY_TOPIC

PARTITIONS = {CASES_TOPIC: 4, REGISTRY_TOPIC: 1}


async def create(servers: str, within: float = 60.0) -> None:
    """Create what is missing, as soon as the broker answers.

    Raises `TimeoutError` when it does not within so many seconds, and `KafkaError` when it refuses a topic.
    """
    async with asyncio.timeout(within):
        while True:
            with contextlib.suppress(KafkaError, OSError):
                refusals = await _ask(servers)
                break
            await asyncio.sleep(0.02)
    for name, code in refusals.items():
        if code not in (0, TopicAlreadyExistsError.errno):
            raise for_code(code)(name)


async def _ask(servers: str) -> dict[str, int]:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=10_000)
    try:
        await admin.start()
        answer = await admin.create_topics(
            [NewTopic(name, count, 1, topic_configs={"retention.ms": "-1"}) for name, count in PARTITIONS.items()]
        )
    finally:
        await admin.close()
    return {topic["topic"]: topic["error_code"] for topic in answer.to_object()["topic_errors"]}


if __name__ == "__main__":
    asyncio.run(create(os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")))
