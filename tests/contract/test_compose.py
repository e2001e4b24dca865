"""`docker-compose.yml` says only what is so: read as compose reads it, then started without Docker.

There is no Docker where these tests run. So every command, variable, port and health check is held against the code,
and each service is started with exactly the command and environment that compose gives it; only host names, ports and
folders are replaced by those of this machine.
"""

from __future__ import annotations

import asyncio
import importlib.util
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deploy import topics
from deploy.local.broker import Tansu
from deploy.local.caddy import CADDYFILE, Caddy
from deploy.local.home import ROOT, Home
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import Process
from services.chassis import http_client
from services.chassis.settings import SERVICES, Settings

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
PARTS: dict[str, dict[str, Any]] = COMPOSE["services"]
EXAMPLE = (ROOT / ".env.example").read_text()
VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")
KEYS = {
    "build",
    "cap_add",
    "cap_drop",
    "command",
    "depends_on",
    "environment",
    "healthcheck",
    "image",
    "logging",
    "mem_limit",
    "networks",
    "pids_limit",
    "ports",
    "read_only",
    "restart",
    "security_opt",
    "shm_size",
    "stop_grace_period",
    "tmpfs",
    "user",
    "volumes",
}
"""What a service of ours may say (Compose specification, services)."""
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
NOT_OURS = {"FORWARDED_ALLOW_IPS": "read by uvicorn itself"}

ours = pytest.mark.parametrize("name", SERVICES)
every = pytest.mark.parametrize("name", PARTS)


def interpolated(value: str, env: dict[str, str]) -> str:
    """A value with its variables put in, as compose does. Raises `LookupError` for a required one that is missing."""

    def put(match: re.Match[str]) -> str:
        name, sign, rest = match.groups()
        if env.get(name):
            return env[name]
        if sign == "-":
            return rest
        raise LookupError(name)

    return VARIABLE.sub(put, value)


def settings_known() -> set[str]:
    """Every variable a service reads."""
    names = {field.upper() for field in Settings.model_fields} - {"DATABASE_URL", "GRIDLOOP_URLS"}
    return names | {f"{kind}_{name.upper()}" for kind in ("DATABASE_URL", "GRIDLOOP_URL") for name in SERVICES}


@pytest.fixture(scope="module")
def env() -> dict[str, str]:
    """A filled `.env`, as the operator's script writes it."""
    text = subprocess.run(["sh", ROOT / "deploy/docker/new-env.sh"], check=True, capture_output=True, text=True).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def test_every_service_has_its_container() -> None:
    assert set(PARTS) == {*SERVICES, "postgres", "kafka", "topics", "caddy"}


@every
def test_a_container_says_only_what_compose_knows(name: str) -> None:
    part = PARTS[name]
    assert part.keys() <= KEYS
    assert all(isinstance(value, str) for value in part.get("environment", {}).values())
    assert all(isinstance(word, str) for word in part.get("command", []))
    assert set(part["networks"]) <= COMPOSE["networks"].keys()
    for other, how in part.get("depends_on", {}).items():
        assert how["condition"] in CONDITIONS
        if how["condition"] == "service_healthy":
            assert "test" in PARTS[other]["healthcheck"]


@every
def test_what_is_mounted_exists_or_is_declared(name: str, env: dict[str, str]) -> None:
    for volume in PARTS[name].get("volumes", []):
        source = interpolated(volume, env).split(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


@every
def test_nobody_is_root_and_nothing_can_be_written(name: str) -> None:
    part = PARTS[name]
    assert part["read_only"] is True
    assert part["cap_drop"] == ["ALL"]
    assert "no-new-privileges:true" in part["security_opt"]
    if "build" in part:
        stage = (
            (ROOT / part["build"]["dockerfile"]).read_text().split(f" AS {part['build']['target']}")[1].split("FROM")[0]
        )
        assert "USER 10001:10001" in stage
    else:
        assert part["user"] in ("postgres", "appuser")


@every
def test_no_log_fills_the_disk(name: str) -> None:
    """What Docker keeps by itself has no limit."""
    kept = PARTS[name]["logging"]
    assert (kept["driver"], kept["options"].keys()) == ("json-file", {"max-size", "max-file"})
    assert all(isinstance(value, str) for value in kept["options"].values())


@every
def test_no_container_takes_all_memory_or_all_processes(name: str) -> None:
    assert re.fullmatch(r"[0-9]+[mg]", PARTS[name]["mem_limit"])
    assert 0 < PARTS[name]["pids_limit"] <= 512


@every
def test_every_container_has_a_health_check(name: str) -> None:
    assert {"test", "disable"} & PARTS[name]["healthcheck"].keys()


def test_no_secret_has_a_default(env: dict[str, str]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    for variable, sign, _ in VARIABLE.findall(text):
        if re.search("PASSWORD|SECRET|KEY", variable):
            assert sign == "?", variable
            assert re.search(rf"^{variable}=$", EXAMPLE, re.MULTILINE), f"{variable} is filled in .env.example"
            assert len(env[variable]) >= 40
    assert not re.search(r"postgresql://\w+:[^$]", text)


def test_what_compose_reads_is_explained_and_nothing_else(env: dict[str, str]) -> None:
    read = {variable for variable, _, _ in VARIABLE.findall((ROOT / "docker-compose.yml").read_text())}
    assert read - {"GRIDLOOP_VERSION"} == env.keys()


def test_a_missing_secret_stops_the_start() -> None:
    with pytest.raises(LookupError, match="GRIDLOOP_SECRET_KEY"):
        interpolated(PARTS["intake"]["environment"]["GRIDLOOP_SECRET_KEY"], {})


@ours
def test_every_command_exists(name: str) -> None:
    python, flag, module = PARTS[name]["command"]
    assert (python, flag) == ("python", "-m")
    assert importlib.util.find_spec(f"{module}.__main__")


@ours
def test_every_variable_is_a_setting(name: str) -> None:
    assert PARTS[name]["environment"].keys() - NOT_OURS <= settings_known()


@ours
def test_a_service_knows_its_own_database_only(name: str) -> None:
    urls = {key: value for key, value in PARTS[name]["environment"].items() if key.startswith("DATABASE_URL")}
    expected = f"postgresql://gridloop_{name}:${{POSTGRES_PASSWORD_{name.upper()}:?see .env.example}}@postgres:5432/gridloop_{name}"
    assert urls == ({} if name == "console" else {f"DATABASE_URL_{name.upper()}": expected})


@ours
def test_addresses_lead_to_the_port_that_the_service_listens_on(name: str) -> None:
    port = PARTS[name]["environment"]["GRIDLOOP_SERVICE_PORT"]
    for other in (*SERVICES, "caddy"):
        assert PARTS[other]["environment"][f"GRIDLOOP_URL_{name.upper()}"] == f"http://{name}:{port}"
    assert f"http://127.0.0.1:{port}/healthz" in PARTS[name]["healthcheck"]["test"][-1]


def test_caddy_is_given_what_its_file_asks_for() -> None:
    asked = set(re.findall(r"\{(?:\$|env\.)(\w+)\}", CADDYFILE.read_text()))
    assert PARTS["caddy"]["environment"].keys() == asked


def test_only_the_front_door_is_open() -> None:
    assert [name for name, part in PARTS.items() if "ports" in part] == ["caddy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name for name, part in PARTS.items() if "outside" in part["networks"]} == {"caddy", "dispatch"}


def test_the_databases_are_those_that_services_ask_for() -> None:
    script = (ROOT / "deploy/docker/postgres-init.sh").read_text()
    made = re.search(r"for service in (.*); do", script)
    assert made
    assert made[1].split() == [name for name in SERVICES if name != "console"]
    wanted = {f"POSTGRES_PASSWORD_{name.upper()}" for name in made[1].split()} | {"POSTGRES_PASSWORD"}
    assert {key for key in PARTS["postgres"]["environment"] if "PASSWORD" in key} == wanted


@pytest.mark.parametrize("name", topics.WRITES)
def test_each_service_is_a_principal_of_its_own_at_kafka(name: str) -> None:
    environment = PARTS[name]["environment"]
    assert environment["KAFKA_USERNAME"] == topics.principal(name)
    assert environment["KAFKA_PASSWORD"] == PARTS["kafka"]["environment"][f"KAFKA_PASSWORD_{name.upper()}"]
    assert environment["KAFKA_SECURITY_PROTOCOL"] == "${KAFKA_SECURITY_PROTOCOL:-SASL_PLAINTEXT}"


def test_the_topics_are_made_by_the_administrator_of_kafka() -> None:
    assert PARTS["topics"]["environment"]["KAFKA_USERNAME"] == topics.principal(topics.ADMIN)


def test_compose_and_make_run_the_same_kafka() -> None:
    version = re.search(
        r"kafka_2.13</artifactId>\s*<version>(.*)</version>", (ROOT / "deploy/kafka/pom.xml").read_text()
    )
    assert version
    assert PARTS["kafka"]["image"] == f"apache/kafka:{version[1]}"


class Host:
    """This machine in the place of Docker's: where each host name, port and folder of compose is here."""

    def __init__(self, home: Home, env: dict[str, str]) -> None:
        self.home = home
        self.env = env
        self.ports = {name: free_port() for name in (*SERVICES, "postgres", "kafka", "caddy")}
        self.postgres = Postgres(home, self.ports["postgres"], env["POSTGRES_PASSWORD"], durable=False)
        self.broker = Tansu(home, self.ports["kafka"])
        self.running: list[Process] = []

    async def start_parts(self) -> None:
        await self.postgres.start()
        await self.broker.start()
        settings = {key: interpolated(value, self.env) for key, value in PARTS["postgres"]["environment"].items()}
        subprocess.run(
            ["sh", ROOT / "deploy/docker/postgres-init.sh"],
            check=True,
            env=settings
            | {
                "PATH": f"{self._programs()}:/usr/bin:/bin",
                "PGHOST": "127.0.0.1",
                "PGPORT": str(self.postgres.port),
                "PGPASSWORD": settings["POSTGRES_PASSWORD"],
            },
        )

    def run(self, name: str) -> Process:
        part = PARTS[name]
        process = Process(
            name,
            [sys.executable, *part["command"][1:]],
            self.home,
            env={
                key: self.here(name, key, interpolated(value, self.env)) for key, value in part["environment"].items()
            },
        )
        process.start()
        self.running.append(process)
        return process

    def here(self, name: str, key: str, value: str) -> str:
        """A value as compose gives it, with the names of Docker's network and folders replaced."""
        if key == "GRIDLOOP_SERVICE_PORT":
            return str(self.ports[name])
        if key == "KAFKA_SECURITY_PROTOCOL":
            return "PLAINTEXT"  # the embedded broker asks for no password; tests/kafka has the one that does
        for host, port in {"postgres": 5432, "kafka": 9092, **dict.fromkeys(SERVICES, 8000)}.items():
            value = re.sub(rf"(^|[@/]){host}:{port}\b", rf"\g<1>127.0.0.1:{self.ports[host]}", value)
        return {"/data": str(self.home.path), "/district": str(ROOT / "deploy/districts/lijin")}.get(value, value)

    async def stop(self) -> None:
        await asyncio.gather(*(process.stop() for process in self.running))
        await self.broker.stop()
        await self.postgres.stop()

    def _programs(self) -> Path:
        return Path(self.postgres.process.argv[0]).parent


@pytest.fixture
async def host(tmp_path: Path, env: dict[str, str]) -> AsyncIterator[Host]:
    made = Host(Home(tmp_path), env)
    await made.start_parts()
    yield made
    await made.stop()


@pytest.mark.stack
async def test_each_service_starts_with_exactly_this_command_and_environment(host: Host) -> None:
    making = host.run("topics")
    await making.ended()
    assert making.code == 0, making.last_log_line()
    processes = {name: host.run(name) for name in SERVICES}
    urls = {name: f"http://127.0.0.1:{host.ports[name]}" for name in SERVICES}
    caddy = Caddy(host.home, host.ports["caddy"], urls)
    host.running.append(caddy.process)
    await caddy.start()
    async with http_client.create_client(timeout=10) as client:
        for name, process in processes.items():
            await process.listening(host.ports[name])
            assert (await client.get(f"{urls[name]}/healthz")).status_code == 200
        async with asyncio.timeout(90):
            while (answer := await client.get(f"{caddy.url}/readyz/all")).status_code != 200:
                assert all(process.alive for process in processes.values()), answer.text
                await asyncio.sleep(0.2)
