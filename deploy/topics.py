"""Create the two topics, if they are not there: `python -m deploy.topics` (broker from `KAFKA_BOOTSTRAP_SERVERS`).

Four partitions for cases, one for the registry, kept for ever. The partition count of a live topic must never change:
a case's events would land in another partition than its earlier ones.
"""

from __future__ import annotations

import asyncio
import os

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from contracts.catalogue import CASES_TOPIC, REGISTRY_TOPIC

PARTITIONS = {CASES_TOPIC: 4, REGISTRY_TOPIC: 1}

_AGAIN = 0.02
"""Seconds until a broker that is starting is asked again."""


async def create(servers: str, within: float = 60.0) -> None:
    """Create what is missing, as soon as the broker answers, and return when each partition has a leader.

    Raises `TimeoutError` when that takes longer than so many seconds, and `KafkaError` when the broker refuses a topic.
    """
    async with asyncio.timeout(within):
        while not await _done(servers):
            await asyncio.sleep(_AGAIN)


async def _done(servers: str) -> bool:
    admin = AIOKafkaAdminClient(bootstrap_servers=servers, request_timeout_ms=10_000)
    try:
        await admin.start()
        answer = await admin.create_topics(
            [NewTopic(name, count, 1, topic_configs={"retention.ms": "-1"}) for name, count in PARTITIONS.items()]
        )
        # Just after its start Apache Kafka may say that a topic exists and not know its partitions yet.
        known = await admin.describe_topics(list(PARTITIONS))
    except (KafkaError, OSError):
        return False
    finally:
        await admin.close()
    for topic in answer.to_object()["topic_errors"]:
        if topic["error_code"] not in (0, TopicAlreadyExistsError.errno):
            raise for_code(topic["error_code"])(topic["error_message"])
    led = {topic["topic"]: [part for part in topic["partitions"] if part["leader"] >= 0] for topic in known}
    return all(len(led.get(name, ())) >= count for name, count in PARTITIONS.items())


if __name__ == "__main__":
    asyncio.run(create(os.environ.get("KAFKA_BOOTSTRAP_SERVERS", "127.0.0.1:9092")))
