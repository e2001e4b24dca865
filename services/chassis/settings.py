"""All settings with their meaning. A missing, wrong or unknown setting stops the start with one line that names it."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Literal, NoReturn

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from services.chassis.kafka import KafkaConnection, SaslMechanism, SecurityProtocol

SERVICES = ("registry", "intake", "routing", "dispatch", "supervision", "tracking", "console")
"""Every service, in the order in which they are started."""

_LAUNCHER_ONLY = {"GRIDLOOP_PORT", "GRIDLOOP_KAFKA"}
"""Settings of `make run` and compose, not of a service."""

_OURS = (
    "GRIDLOOP_",
    "DATABASE_URL_",
    "KAFKA_BOOTSTRAP",
    "KAFKA_SECURITY",
    "KAFKA_SASL",
    "KAFKA_USERNAME",
    "KAFKA_PASSWORD",
    "KAFKA_CA_",
)
"""Prefixes of our settings. An unknown environment variable with such a prefix is a mistake."""


def _split(value: object) -> object:
    return tuple(part.strip() for part in value.split(",") if part.strip()) if isinstance(value, str) else value


def _networks(values: tuple[str, ...]) -> tuple[str, ...]:
    for value in values:
        ip_network(value)  # raises with an explanation
    return values


class SettingsError(Exception):
    """Raised if a setting is missing, wrong or unknown.

    The message is one line that names the setting and what to do.
    """


class KafkaSettings(BaseSettings):
    """How to connect to the broker."""

    model_config = SettingsConfigDict(frozen=True, extra="ignore", case_sensitive=False, populate_by_name=True)

    kafka_bootstrap_servers: str = "127.0.0.1:9092"
    """Broker addresses, `host:port[,host:port]`."""
    kafka_security_protocol: SecurityProtocol = "PLAINTEXT"
    """`SASL_PLAINTEXT`: name and password. `SASL_SSL`: name and password over TLS. `PLAINTEXT`: neither."""
    kafka_sasl_mechanism: SaslMechanism = "SCRAM-SHA-512"
    kafka_username: str = ""
    """Name of this service at the broker."""
    kafka_password: str = ""
    """Password of this service at the broker."""
    kafka_ca_file: Path | None = None
    """PEM file of the authority that signed the broker's certificate, for `SASL_SSL`. Unset: the system's authorities.
    """

    @property
    def kafka(self) -> KafkaConnection:
        """Return how to connect to the broker."""
        return KafkaConnection(
            self.kafka_bootstrap_servers,
            self.kafka_security_protocol,
            self.kafka_sasl_mechanism,
            self.kafka_username,
            self.kafka_password,
            self.kafka_ca_file,
        )


class Settings(KafkaSettings):
    """The settings of one service process, from its environment."""

    # --- the process -------------------------------------------------------------------------------------------
    gridloop_host: str = "127.0.0.1"
    """Address to listen on. `0.0.0.0` in a container."""
    gridloop_service_port: int = Field(default=8000, ge=0, le=65535)
    """Port this service listens on."""
    gridloop_home: Path = Path(".gridloop")
    """Folder for data that is not in the database: photos."""
    gridloop_log: Literal["json", "text"] = "json"
    """Format of the log lines on standard output."""

    # --- the database ------------------------------------------------------------------------------------------
    database_url: str = ""
    """This service's database, from `DATABASE_URL_<SERVICE>`; empty for the console, which has none."""
    gridloop_database_connections: int = Field(default=10, ge=4, le=100)
    """Maximum size of a process's connection pool. A process needs up to two more connections outside the pool.

    The database must allow the sum of the connections of all processes.
    """

    # --- secrets -----------------------------------------------------------------------------------------------
    gridloop_secret_key: str = ""
    """Base64 of 32 random bytes, the same for all services.

    Encryption keys, and the secret with which machine keys are hashed, derive from it.
    """
    gridloop_service_key: str = ""
    """The key with which services call each other's `/internal/*` routes."""

    # --- addresses ---------------------------------------------------------------------------------------------
    gridloop_public_url: str = "http://localhost:8080"
    """Public address of the reverse proxy, for links in messages and pages."""
    gridloop_urls: dict[str, str] = Field(default_factory=dict[str, str])
    """Base URL of each other service, from `GRIDLOOP_URL_<SERVICE>`."""

    # --- one service -------------------------------------------------------------------------------------------
    gridloop_district: Path | None = None
    """For the registry: folder of district files, which are imported when there is no release yet."""
    gridloop_demo_accounts: Path | None = None
    """For the registry: file with demo accounts and keys to create at the first import. Never set in production."""
    gridloop_webhook_allow: Annotated[
        tuple[str, ...], NoDecode, BeforeValidator(_split), AfterValidator(_networks)
    ] = ()
    """For dispatch: the only private networks (CIDR, comma-separated) that webhooks may reach."""
    gridloop_clock_file: Path | None = None
    """Demo and tests: file with the number of seconds that is added to the domain clock. Never set in production."""


def load(service: str, sources: Iterable[str] = ()) -> Settings:
    """Return the settings of a service from the environment.

    `sources` are the services whose URLs the service needs for repair. Raises `SettingsError`.
    """
    environment = {name.upper(): value for name, value in os.environ.items()}
    known = {name.upper() for name in Settings.model_fields if name not in ("database_url", "gridloop_urls")}
    known |= _LAUNCHER_ONLY | {f"{kind}_URL_{name.upper()}" for kind in ("GRIDLOOP", "DATABASE") for name in SERVICES}
    for name in environment:
        if name.startswith(_OURS) and name not in known:
            raise SettingsError(
                f"unknown setting {name}: remove it or correct its name / 未知设置 {name}：请删除或改正"
            )
    urls = {name: environment.get(f"GRIDLOOP_URL_{name.upper()}", "").rstrip("/") for name in SERVICES}
    try:
        settings = Settings(
            database_url=environment.get(f"DATABASE_URL_{service.upper()}", ""),
            gridloop_urls={name: url for name, url in urls.items() if url},
        )
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise SettingsError(f"setting {name} is wrong: {first['msg']} / 设置 {name} 有误，请改正") from error
    required = {"gridloop_secret_key", "gridloop_service_key"}
    if service != "console":  # it has no database and does not talk to the broker
        required |= {"database_url"}
        required |= {"kafka_username", "kafka_password"} if settings.kafka.authenticated else set()
    for name in sorted(required):
        if not getattr(settings, name):
            shown = f"DATABASE_URL_{service.upper()}" if name == "database_url" else name.upper()
            raise SettingsError(
                f"setting {shown} is missing: set it in the environment / 缺少设置 {shown}：请在环境变量中设置"
            )
    if (
        settings.kafka_security_protocol == "SASL_SSL"
        and settings.kafka_ca_file
        and not settings.kafka_ca_file.is_file()
    ):
        raise SettingsError(
            f"setting KAFKA_CA_FILE: there is no file {settings.kafka_ca_file}"
            f" / 设置 KAFKA_CA_FILE：没有文件 {settings.kafka_ca_file}"
        )
    for name in sorted(set(sources) - settings.gridloop_urls.keys()):
        shown = f"GRIDLOOP_URL_{name.upper()}"
        raise SettingsError(
            f"setting {shown} is missing: set it in the environment / 缺少设置 {shown}：请在环境变量中设置"
        )
    if not _is_key(settings.gridloop_secret_key):
        raise SettingsError(
            "setting GRIDLOOP_SECRET_KEY must be base64 of 32 bytes or more, e.g. from `openssl rand -base64 32`"
            " / 设置 GRIDLOOP_SECRET_KEY 须为至少 32 字节的 base64，可用 `openssl rand -base64 32` 生成"
        )
    return settings


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, validate=True)) >= 32
    except ValueError:
        return False


def load_or_exit(service: str, sources: Iterable[str] = ()) -> Settings:
    """Return the settings, or end the process with one line on standard error and exit code 2."""
    try:
        return load(service, sources)
    except SettingsError as error:
        exit_with_error(service, error)


def exit_with_error(service: str, error: SettingsError) -> NoReturn:
    """End the process with one line on standard error and exit code 2."""
    sys.stderr.write(f"gridloop {service}: {error}\n")
    raise SystemExit(2) from error
