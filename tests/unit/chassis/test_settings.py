"""A wrong setting stops the start with one line in both languages that names the setting and the remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.chassis.settings import SettingsError, load

VALID = {
    "GRIDLOOP_SECRET_KEY": "dGVzdC1zZWNyZXQtdGVzdC1zZWNyZXQtdGVzdC1zZWM=",
    "GRIDLOOP_SERVICE_KEY": "service",
    "DATABASE_URL_INTAKE": "postgresql://intake@localhost/intake",
    "GRIDLOOP_URL_REGISTRY": "http://localhost:8001",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Set valid settings."""
    for name, value in VALID.items():
        monkeypatch.setenv(name, value)


def test_valid_settings_are_loaded() -> None:
    settings = load("intake", ["registry"])
    assert settings.database_url == VALID["DATABASE_URL_INTAKE"]
    assert settings.gridloop_urls == {"registry": VALID["GRIDLOOP_URL_REGISTRY"]}


def test_variables_of_other_programs_are_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "KAFKA_HEAP_OPTS", "KAFKA_PORT", "FORWARDED_ALLOW_IPS"):
        monkeypatch.setenv(name, "of somebody else")
    assert load("intake", ["registry"]).database_url == VALID["DATABASE_URL_INTAKE"]


def test_the_kafka_password_is_passed_to_the_client(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT")
    monkeypatch.setenv("KAFKA_USERNAME", "gridloop-intake")
    monkeypatch.setenv("KAFKA_PASSWORD", "secret")
    arguments = load("intake").kafka.arguments()
    assert arguments["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (arguments["sasl_plain_username"], arguments["sasl_plain_password"]) == ("gridloop-intake", "secret")


def test_a_missing_ca_file_stops_the_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, value in (("SECURITY_PROTOCOL", "SASL_SSL"), ("USERNAME", "gridloop-intake"), ("PASSWORD", "secret")):
        monkeypatch.setenv(f"KAFKA_{name}", value)
    monkeypatch.setenv("KAFKA_CA_FILE", str(tmp_path / "ca.pem"))
    with pytest.raises(SettingsError, match="KAFKA_CA_FILE"):
        load("intake")


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("GRIDLOOP_SECRET_KEY", "not base64!", "openssl rand -base64 32"),
        ("GRIDLOOP_SECRET_KEY", "c2hvcnQ=", "32 bytes or more"),
        ("GRIDLOOP_SECRET_KEY", "", "is missing"),
        ("DATABASE_URL_INTAKE", "", "DATABASE_URL_INTAKE is missing"),
        ("GRIDLOOP_PROT", "8080", "unknown setting GRIDLOOP_PROT"),
        ("GRIDLOOP_URLS", "{}", "unknown setting GRIDLOOP_URLS"),
        ("KAFKA_BOOTSTRAP_SERVER", "kafka:9092", "unknown setting KAFKA_BOOTSTRAP_SERVER"),
        ("KAFKA_PASSWORD_INTAKE", "secret", "unknown setting KAFKA_PASSWORD_INTAKE"),
        ("KAFKA_SECURITY_PROTOCOL", "SASL", "KAFKA_SECURITY_PROTOCOL is wrong"),
        ("KAFKA_SECURITY_PROTOCOL", "SASL_PLAINTEXT", "setting KAFKA_PASSWORD is missing"),
        ("DATABASE_URL_INTAK", "postgresql://intake@localhost/intake", "unknown setting DATABASE_URL_INTAK"),
        ("GRIDLOOP_URL_REGISTRY", "", "GRIDLOOP_URL_REGISTRY is missing"),
        (
            "GRIDLOOP_WEBHOOK_ALLOW",
            "127.0.0.0/8,10.1.2.3/8",
            "GRIDLOOP_WEBHOOK_ALLOW is wrong.*10.1.2.3/8 has host bits",
        ),
        ("GRIDLOOP_WEBHOOK_ALLOW", "intranet", "GRIDLOOP_WEBHOOK_ALLOW is wrong.*'intranet'"),
        ("GRIDLOOP_SERVICE_PORT", "many", "setting GRIDLOOP_SERVICE_PORT is wrong"),
    ],
)
def test_a_wrong_setting_is_named_in_one_line(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, message: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=message) as error:
        load("intake", ["registry"])
    assert " / " in str(error.value)
    assert "\n" not in str(error.value)
