"""On Apache Kafka nobody does anything without a password, and each service does only what its rules allow."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    KafkaConnectionError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.structs import OffsetAndMetadata

from contracts.catalogue import CASES_TOPIC, REGISTRY_TOPIC
from deploy import topics
from deploy.local import kafka_access, ports
from deploy.local.home import ROOT, Home
from deploy.local.kafka import ApacheKafka, fetch
from deploy.local.processes import Process
from deploy.local.stack import Stack
from services.chassis import http_client
from services.chassis.kafka import KafkaConnection
from tests.support.compose_file import CONTAINERS, interpolate
from tests.support.waiting import wait_until


@pytest.fixture(scope="module")
async def kafka(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ApacheKafka]:
    made = ApacheKafka(Home(tmp_path_factory.mktemp("kafka")), ports.free_port())
    await made.start()
    yield made
    await made.stop()


async def write(connection: KafkaConnection, topic: str) -> None:
    producer = AIOKafkaProducer(**connection.arguments(), acks="all")
    try:
        await producer.start()
        await producer.send_and_wait(topic, b"{}", partition=0)
    finally:
        await producer.stop()


async def read(connection: KafkaConnection, topic: str) -> int:
    """Read a topic's first partition from its beginning. Returns how many records there were; waits for the first."""
    consumer = AIOKafkaConsumer(**connection.arguments(), enable_auto_commit=False)
    first = TopicPartition(topic, 0)
    try:
        await consumer.start()
        if topic not in await consumer.topics():  # the broker does not even say that it exists
            raise TopicAuthorizationFailedError(topic)
        consumer.assign([first])
        consumer.seek(first, 0)
        found = await consumer.getmany(timeout_ms=30_000)
        return sum(map(len, found.values()))
    finally:
        await consumer.stop()


async def commit(connection: KafkaConnection, group: str) -> None:
    consumer = AIOKafkaConsumer(**connection.arguments(), group_id=group, enable_auto_commit=False)
    first = TopicPartition(REGISTRY_TOPIC, 0)
    try:
        await consumer.start()
        consumer.assign([first])
        await consumer.commit({first: OffsetAndMetadata(0, "")})
    finally:
        await consumer.stop()


async def change_topics(connection: KafkaConnection) -> set[type[Exception]]:
    """Try to create, widen and delete a topic. Returns how the broker answered."""
    admin = AIOKafkaAdminClient(**connection.arguments())
    await admin.start()
    try:
        created = await admin.create_topics([NewTopic("gridloop.other", 1, 1)])
        deleted = await admin.delete_topics([CASES_TOPIC])
        with pytest.raises(TopicAuthorizationFailedError):
            await admin.create_partitions({CASES_TOPIC: NewPartitions(8)})
    finally:
        await admin.close()
    codes = created.to_object()["topic_errors"][0], deleted.to_object()["topic_error_codes"][0]
    return {for_code(code["error_code"]) for code in codes}


async def test_nobody_gets_in_without_a_password(kafka: ApacheKafka) -> None:
    with pytest.raises(KafkaConnectionError):
        await write(KafkaConnection(kafka.servers), CASES_TOPIC)


async def test_nobody_gets_in_with_another_password(kafka: ApacheKafka) -> None:
    with pytest.raises(KafkaConnectionError):
        await write(replace(kafka.connection("intake"), password="guessed"), CASES_TOPIC)


async def test_the_controller_lets_nobody_in_without_a_password(kafka: ApacheKafka) -> None:
    """It listens on the machine's own address, where other users of the machine can reach it."""
    settings = (kafka.access_file.parent / "run" / "kafka.properties").read_text()
    address = re.findall(r"controller.quorum.bootstrap.servers=(.*)", settings)[-1]
    for connection in (KafkaConnection(address), replace(kafka.connection("intake"), servers=address)):
        admin = AIOKafkaAdminClient(**connection.arguments())
        try:
            with pytest.raises(KafkaConnectionError):
                await admin.start()
        finally:
            await admin.close()


@pytest.mark.parametrize("service", topics.WRITES)
async def test_a_service_writes_its_own_topic_only(kafka: ApacheKafka, service: str) -> None:
    for topic in topics.PARTITIONS:
        if topic in topics.WRITES[service]:
            await write(kafka.connection(service), topic)
        else:
            with pytest.raises(TopicAuthorizationFailedError):
                await write(kafka.connection(service), topic)


@pytest.mark.parametrize("service", topics.READS)
async def test_a_service_reads_what_it_listens_to_only(kafka: ApacheKafka, service: str) -> None:
    for topic in topics.PARTITIONS:
        await write(kafka.connection(), topic)
        if topic in topics.READS[service]:
            assert await read(kafka.connection(service), topic)
        else:
            with pytest.raises(TopicAuthorizationFailedError):
                await read(kafka.connection(service), topic)


async def test_a_service_commits_for_its_own_group_only(kafka: ApacheKafka) -> None:
    await commit(kafka.connection("intake"), topics.principal("intake"))
    with pytest.raises(GroupAuthorizationFailedError):
        await commit(kafka.connection("intake"), topics.principal("routing"))


@pytest.mark.parametrize("service", topics.WRITES)
async def test_a_service_changes_no_topic(kafka: ApacheKafka, service: str) -> None:
    assert await change_topics(kafka.connection(service)) == {TopicAuthorizationFailedError}


async def test_passwords_are_in_no_file_that_others_can_read(kafka: ApacheKafka) -> None:
    home = kafka.access_file.parent
    secret = kafka.connection("intake").password.encode()
    holding = [path for path in home.rglob("*") if path.is_file() and secret in path.read_bytes()]
    assert holding == [kafka.access_file]
    assert kafka.access_file.stat().st_mode & 0o077 == 0
    assert secret not in Path(f"/proc/{kafka.process.pid}/cmdline").read_bytes()


async def test_the_whole_system_runs_with_it(
    kafka: ApacheKafka, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each service connects as itself: registry writes a release, the others read all there is."""
    monkeypatch.setenv("GRIDLOOP_KAFKA", str(kafka.access_file))
    stack = Stack(tmp_path, durable=False)
    try:
        await stack.start()
        assert len({stack.env(name)["KAFKA_USERNAME"] for name in topics.WRITES}) == len(topics.WRITES)
        async with http_client.create_client(timeout=10) as web:

            async def read_to_the_end(service: str) -> bool:
                said = (await web.get(f"{stack.urls[service]}/readyz")).json()
                return said["broker"] and said["lag"] == 0

            for service in topics.READS:
                if topics.READS[service]:
                    await wait_until(partial(read_to_the_end, service), what=service)
        assert await read(kafka.connection("tracking"), REGISTRY_TOPIC)
    finally:
        await stack.stop()


async def test_clients_talk_tls_when_the_broker_has_a_certificate(tmp_path: Path) -> None:
    certificates = tmp_path / "tls"
    certificates.mkdir()
    make_certificates(certificates)
    kafka = ApacheKafka(Home(tmp_path / "kafka"), ports.free_port(), tls=certificates)
    try:
        await kafka.start()
        connection = kafka.connection("intake")
        assert connection.security_protocol == "SASL_SSL"
        await write(connection, CASES_TOPIC)
        for unsafe in (replace(connection, security_protocol="SASL_PLAINTEXT"), replace(connection, ca_file=None)):
            with pytest.raises(KafkaConnectionError):
                await write(unsafe, CASES_TOPIC)
    finally:
        await kafka.stop()


def make_certificates(folder: Path) -> None:
    """As deploy/docker/kafka-tls/README says, for this machine's own address."""
    (folder / "names").write_text("subjectAltName=IP:127.0.0.1")
    for words in (
        [
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            "/CN=authority",
            "-keyout",
            "ca.key",
            "-out",
            "ca.pem",
        ],
        ["req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=kafka", "-keyout", "broker.key", "-out", "broker.csr"],
        [
            "x509",
            "-req",
            "-in",
            "broker.csr",
            "-CA",
            "ca.pem",
            "-CAkey",
            "ca.key",
            "-CAcreateserial",
            "-extfile",
            "names",
            "-out",
            "broker.crt",
        ],
    ):
        subprocess.run(["openssl", *words], check=True, cwd=folder, capture_output=True)
    (folder / "broker.pem").write_text((folder / "broker.key").read_text() + (folder / "broker.crt").read_text())


async def test_the_container_starts_it_with_the_passwords_of_its_environment(tmp_path: Path) -> None:
    """The command of compose, with the programs, addresses and folders of this machine."""
    part = CONTAINERS["kafka"]
    programs = tmp_path / "bin"
    programs.mkdir()
    for program, name in (("kafka-storage.sh", "kafka.tools.StorageTool"), ("kafka-server-start.sh", "kafka.Kafka")):
        script = programs / program
        script.write_text(f'#!/bin/sh\nexec java -Xmx384m -cp "{fetch()}" {name} "$@"\n')
        script.chmod(0o755)
    port, controller = ports.free_port(), ports.free_port()
    settings = (ROOT / "deploy/kafka/server.properties").read_text()
    settings = settings.replace("CLIENTS://:9092", f"CLIENTS://127.0.0.1:{port}").replace(
        "kafka:9092", f"127.0.0.1:{port}"
    )
    settings = settings.replace("127.0.0.1:9093", f"127.0.0.1:{controller}").replace(
        "/var/lib/kafka/data", f"{tmp_path}/log"
    )
    (tmp_path / "server.properties").write_text(settings)
    env = {name: f"password-of-{name.lower()}" for name in re.findall(r"\$\{(KAFKA_PASSWORD_\w+)", str(part))}
    environment = {name: interpolate(value, env) for name, value in part["environment"].items()}
    shell, script = part["command"]
    mounted = {target: source for source, target, *_ in (volume.split(":") for volume in part["volumes"])}
    process = Process(
        "kafka",
        [shell, ROOT / mounted[script]],
        Home(tmp_path / "home"),
        env=os.environ
        | environment
        | {
            "KAFKA_PROGRAMS": str(programs),
            "KAFKA_SETTINGS": str(tmp_path / "server.properties"),
            "TMPDIR": str(tmp_path),
        },
    )
    try:
        for _ in range(2):  # a second start finds everything as it was
            process.start()
            await process.listening(port)
            for name in kafka_access.PRINCIPALS:
                connection = KafkaConnection(
                    f"127.0.0.1:{port}",
                    "SASL_PLAINTEXT",
                    username=topics.principal(name),
                    password=env[f"KAFKA_PASSWORD_{name.upper()}"],
                )
                admin = AIOKafkaAdminClient(**connection.arguments())
                async with asyncio.timeout(60):
                    await admin.start()
                await admin.close()
            await process.stop(within=20)
    finally:
        await process.stop(within=20)
    assert not list(tmp_path.glob("tmp.*"))
