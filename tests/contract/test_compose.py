"""`docker-compose.yml` agrees with the code, and its commands and environment start every service without Docker.

Docker is not available where these tests run. Every command, variable, port and health check is compared with the
code. Then each service starts with exactly the command and environment of the compose file; only host names, ports
and folders are replaced by local ones.
"""

from __future__ import annotations

import asyncio
import importlib.util
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from deploy import topics
from deploy.local.broker import Tansu
from deploy.local.caddy import CADDYFILE, Caddy
from deploy.local.home import ROOT, Home
from deploy.local.ports import free_port
from deploy.local.postgres import Postgres
from deploy.local.processes import Process
from services.chassis import http_client
from services.chassis.settings import SERVICES, Settings
from tests.support.compose_file import COMPOSE, CONTAINERS, VARIABLE, interpolate

SECRET = re.compile("PASSWORD|SECRET|KEY")
EXAMPLE = (ROOT / ".env.example").read_text()
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
"""Allowed keys of a service (a part of the Compose specification)."""
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
READ_BY_OTHERS = {"FORWARDED_ALLOW_IPS": "read by uvicorn itself"}

ours = pytest.mark.parametrize("name", SERVICES)
every = pytest.mark.parametrize("name", CONTAINERS)


def known_settings() -> set[str]:
    """Return every variable that a service reads."""
    names = {field.upper() for field in Settings.model_fields} - {"DATABASE_URL", "GRIDLOOP_URLS"}
    return names | {f"{kind}_{name.upper()}" for kind in ("DATABASE_URL", "GRIDLOOP_URL") for name in SERVICES}


@pytest.fixture(scope="module")
def env() -> dict[str, str]:
    """Return a filled `.env`, as the operator's script writes it."""
    text = subprocess.run(["sh", ROOT / "deploy/docker/new-env.sh"], check=True, capture_output=True, text=True).stdout
    return dict(line.split("=", 1) for line in text.splitlines() if line and not line.startswith("#"))


def test_every_service_has_a_container() -> None:
    assert set(CONTAINERS) == {*SERVICES, "postgres", "kafka", "topics", "caddy"}


@every
def test_a_container_uses_only_known_keys(name: str) -> None:
    part = CONTAINERS[name]
    assert part.keys() <= KEYS
    assert all(isinstance(value, str) for value in part.get("environment", {}).values())
    assert all(isinstance(word, str) for word in part.get("command", []))
    assert set(part["networks"]) <= COMPOSE["networks"].keys()
    for other, how in part.get("depends_on", {}).items():
        assert how["condition"] in CONDITIONS
        if how["condition"] == "service_healthy":
            assert "test" in CONTAINERS[other]["healthcheck"]


@every
def test_every_mounted_path_exists_or_is_declared(name: str, env: dict[str, str]) -> None:
    for volume in CONTAINERS[name].get("volumes", []):
        source = interpolate(volume, env).split(":")[0]
        assert (ROOT / source).exists() if source.startswith(".") else source in COMPOSE["volumes"]


@every
def test_no_container_runs_as_root_or_has_a_writable_root(name: str) -> None:
    part = CONTAINERS[name]
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
def test_every_log_has_a_size_limit(name: str) -> None:
    """Docker's default has no limit."""
    kept = CONTAINERS[name]["logging"]
    assert (kept["driver"], kept["options"].keys()) == ("json-file", {"max-size", "max-file"})
    assert all(isinstance(value, str) for value in kept["options"].values())


@every
def test_every_container_has_limits_of_memory_and_processes(name: str) -> None:
    assert re.fullmatch(r"[0-9]+[mg]", CONTAINERS[name]["mem_limit"])
    assert 0 < CONTAINERS[name]["pids_limit"] <= 512


@every
def test_every_container_has_a_health_check(name: str) -> None:
    assert {"test", "disable"} & CONTAINERS[name]["healthcheck"].keys()


def test_no_secret_has_a_default(env: dict[str, str]) -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    secrets = {(variable, sign) for variable, sign, _ in VARIABLE.findall(text) if SECRET.search(variable)}
    assert secrets
    for variable, sign in secrets:
        assert sign == "?", variable
        assert re.search(rf"^{variable}=$", EXAMPLE, re.MULTILINE), f"{variable} has a value in .env.example"
        assert len(env[variable]) >= 40
    assert not re.search(r"postgresql://\w+:[^$]", text)


def test_the_env_file_has_exactly_the_variables_that_compose_reads(env: dict[str, str]) -> None:
    read = {variable for variable, _, _ in VARIABLE.findall((ROOT / "docker-compose.yml").read_text())}
    assert read - {"GRIDLOOP_VERSION"} == env.keys()


def test_a_missing_secret_stops_the_start() -> None:
    with pytest.raises(LookupError, match="GRIDLOOP_SECRET_KEY"):
        interpolate(CONTAINERS["intake"]["environment"]["GRIDLOOP_SECRET_KEY"], {})


@ours
def test_every_command_is_a_module(name: str) -> None:
    python, flag, module = CONTAINERS[name]["command"]
    assert (python, flag) == ("python", "-m")
    assert importlib.util.find_spec(f"{module}.__main__")


@ours
def test_every_variable_is_a_setting(name: str) -> None:
    assert CONTAINERS[name]["environment"].keys() - READ_BY_OTHERS <= known_settings()


@ours
def test_a_service_gets_only_its_own_database(name: str) -> None:
    urls = {key: value for key, value in CONTAINERS[name]["environment"].items() if key.startswith("DATABASE_URL")}
    expected = f"postgresql://gridloop_{name}:${{POSTGRES_PASSWORD_{name.upper()}:?see .env.example}}@postgres:5432/gridloop_{name}"
    assert urls == ({} if name == "console" else {f"DATABASE_URL_{name.upper()}": expected})


@ours
def test_urls_lead_to_the_port_of_each_service(name: str) -> None:
    port = CONTAINERS[name]["environment"]["GRIDLOOP_SERVICE_PORT"]
    for other in (*SERVICES, "caddy"):
        assert CONTAINERS[other]["environment"][f"GRIDLOOP_URL_{name.upper()}"] == f"http://{name}:{port}"
    assert f"http://127.0.0.1:{port}/healthz" in CONTAINERS[name]["healthcheck"]["test"][-1]


def test_caddy_gets_exactly_the_variables_of_its_configuration() -> None:
    asked = set(re.findall(r"\{(?:\$|env\.)(\w+)\}", CADDYFILE.read_text()))
    assert CONTAINERS["caddy"]["environment"].keys() == asked


def test_only_caddy_publishes_ports_and_only_caddy_and_dispatch_reach_outside() -> None:
    assert [name for name, part in CONTAINERS.items() if "ports" in part] == ["caddy"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name for name, part in CONTAINERS.items() if "outside" in part["networks"]} == {"caddy", "dispatch"}


def test_the_databases_are_those_of_the_services() -> None:
    script = (ROOT / "deploy/docker/postgres-init.sh").read_text()
    made = re.search(r"for service in (.*); do", script)
    assert made
    assert made[1].split() == [name for name in SERVICES if name != "console"]
    wanted = {f"POSTGRES_PASSWORD_{name.upper()}" for name in made[1].split()} | {"POSTGRES_PASSWORD"}
    assert {key for key in CONTAINERS["postgres"]["environment"] if "PASSWORD" in key} == wanted


@pytest.mark.parametrize("name", topics.WRITES)
def test_each_service_has_its_own_kafka_principal(name: str) -> None:
    environment = CONTAINERS[name]["environment"]
    assert environment["KAFKA_USERNAME"] == topics.principal(name)
    assert environment["KAFKA_PASSWORD"] == CONTAINERS["kafka"]["environment"][f"KAFKA_PASSWORD_{name.upper()}"]
    assert environment["KAFKA_SECURITY_PROTOCOL"] == "${KAFKA_SECURITY_PROTOCOL:-SASL_PLAINTEXT}"


def test_the_administrator_of_kafka_creates_the_topics() -> None:
    assert CONTAINERS["topics"]["environment"]["KAFKA_USERNAME"] == topics.principal(topics.ADMIN)


def test_compose_uses_the_same_kafka_version_as_make() -> None:
    version = re.search(
        r"kafka_2.13</artifactId>\s*<version>(.*)</version>", (ROOT / "deploy/kafka/pom.xml").read_text()
    )
    assert version
    assert CONTAINERS["kafka"]["image"] == f"apache/kafka:{version[1]}"


class Host:
    """Runs the commands of the compose file on this machine, with local host names, ports and folders."""

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
        settings = {key: interpolate(value, self.env) for key, value in CONTAINERS["postgres"]["environment"].items()}
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
        part = CONTAINERS[name]
        process = Process(
            name,
            [sys.executable, *part["command"][1:]],
            self.home,
            env={
                key: self.local_value(name, key, interpolate(value, self.env))
                for key, value in part["environment"].items()
            },
        )
        process.start()
        self.running.append(process)
        return process

    def local_value(self, name: str, key: str, value: str) -> str:
        """Return a value of the compose file with the host names and folders of Docker replaced."""
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
async def test_every_service_starts_with_the_command_and_environment_of_the_file(host: Host) -> None:
    topics_process = host.run("topics")
    await topics_process.ended()
    assert topics_process.code == 0, topics_process.last_log_line()
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
