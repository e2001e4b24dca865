"""Creation of the topics and access rules in Kafka.

`python -m deploy.topics` creates them as `KAFKA_USERNAME`, which must be the user name of an administrator.

The topic of the cases has four partitions and that of the registry has one. Events are kept forever in both. The number
of partitions of a topic in use must never change, because later events of a case would get into another partition than
earlier ones.

Each service connects to Kafka with its own user name (principal), `gridloop-<service>`. It may write the topic of its
own events, read the topics that it consumes, and commit the offsets of its own consumer group.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from enum import IntEnum

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, SecurityDisabled, TopicAlreadyExistsError, for_code
from aiokafka.protocol.admin import CreateAclsRequest

from contracts.catalogue import CASES_TOPIC, REGISTRY_TOPIC
from services.chassis.kafka import KafkaConnection
from services.chassis.settings import KafkaSettings

log = logging.getLogger(__name__)

PARTITIONS = {CASES_TOPIC: 4, REGISTRY_TOPIC: 1}

ADMIN = "admin"
"""Name of the principal that creates topics and access rules."""
WRITES = {
    "registry": (REGISTRY_TOPIC,),
    "intake": (CASES_TOPIC,),
    "routing": (CASES_TOPIC,),
    "dispatch": (CASES_TOPIC,),
    "supervision": (CASES_TOPIC,),
    "tracking": (),
}
"""Service → topics that it may write."""
READS = {
    "registry": (),
    **dict.fromkeys(("intake", "routing", "dispatch", "supervision", "tracking"), (REGISTRY_TOPIC, CASES_TOPIC)),
}
"""Service → topics that it may read."""

_FIRST_RETRY = 0.02
"""Seconds before the first retry while the broker starts. The pause doubles with each retry, up to one second."""


class _Resource(IntEnum):
    """Kinds of resources in an access rule, with their numbers in Kafka's protocol."""

    TOPIC = 2
    GROUP = 3


class _Operation(IntEnum):
    """Operations in an access rule, with their numbers in Kafka's protocol. Both also permit `DESCRIBE`."""

    READ = 3
    WRITE = 4


_LITERAL = 3
"""Number of the pattern type "literal" in Kafka's protocol: a rule for the resource with exactly this name."""
_ALLOW = 3

Rule = tuple[_Resource, str, str, _Operation]
"""(kind of the resource, name of the resource, service, permitted operation)."""


def principal(name: str) -> str:
    """Return the Kafka user name of a service or of `ADMIN`."""
    return f"gridloop-{name}"


async def create(kafka: KafkaConnection, within: float = 60.0) -> None:
    """Wait for the broker, create missing topics and access rules, and wait until each partition has a leader.

    Rules are created only if the broker authenticates its clients. Raises `TimeoutError` after `within` seconds and
    `KafkaError` if the broker refuses a topic or a rule.
    """
    pause = _FIRST_RETRY
    async with asyncio.timeout(within):
        while not await _topics_exist(kafka):
            await asyncio.sleep(pause)
            pause = min(pause * 2, 1.0)
        if kafka.authenticated:
            await _allow(kafka)


async def _topics_exist(kafka: KafkaConnection) -> bool:
    admin = AIOKafkaAdminClient(**kafka.arguments(), request_timeout_ms=10_000)
    try:
        await admin.start()
        answer = await admin.create_topics(
            [NewTopic(name, count, 1, topic_configs={"retention.ms": "-1"}) for name, count in PARTITIONS.items()]
        )
        # Just after its start Apache Kafka may report that a topic exists without knowing its partitions yet.
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


def rules() -> Iterator[Rule]:
    """Yield every access rule."""
    for service, topics in WRITES.items():
        for topic in topics:
            yield _Resource.TOPIC, topic, service, _Operation.WRITE
    for service, topics in READS.items():
        for topic in topics:
            yield _Resource.TOPIC, topic, service, _Operation.READ
        if topics:
            yield _Resource.GROUP, principal(service), service, _Operation.READ


async def _allow(kafka: KafkaConnection) -> None:
    """Create every access rule. Creating an existing rule again has no effect.

    The administration client of aiokafka has no method for rules, so this function sends the protocol request itself.
    """
    client = AIOKafkaClient(**kafka.arguments(), request_timeout_ms=10_000)
    await client.bootstrap()
    try:
        for kind, name, service, operation in rules():
            request = CreateAclsRequest(kind, name, _LITERAL, f"User:{principal(service)}", "*", operation, _ALLOW)
            answer = await client.send(client.get_random_node(), request)
            created = answer.to_object()["creation_responses"][0]
            if created["error_code"] == SecurityDisabled.errno:
                log.warning("the broker has no authorizer, so it enforces no access rules")
                return
            if created["error_code"]:
                raise for_code(created["error_code"])(created["error_message"])
    finally:
        await client.close()


if __name__ == "__main__":
    asyncio.run(create(KafkaSettings().kafka))
