"""Rule: a wrong setting stops the start with one line that names it and says what to do, in both languages."""

from __future__ import annotations

import pytest

from services.chassis.settings import SettingsError, load

GOOD = {
    "GRIDLOOP_SECRET_KEY": "dGVzdC1zZWNyZXQtdGVzdC1zZWNyZXQtdGVzdC1zZWM=",
    "GRIDLOOP_SERVICE_KEY": "service",
    "DATABASE_URL_INTAKE": "postgresql://intake@localhost/intake",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_what_is_right_starts() -> None:
    assert load("intake").database_url == GOOD["DATABASE_URL_INTAKE"]


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("GRIDLOOP_SECRET_KEY", "not base64!", "openssl rand -base64 32"),
        ("GRIDLOOP_SECRET_KEY", "c2hvcnQ=", "32 bytes or more"),
        ("GRIDLOOP_SECRET_KEY", "", "is missing"),
        ("DATABASE_URL_INTAKE", "", "DATABASE_URL_INTAKE is missing"),
        ("GRIDLOOP_PROT", "8080", "unknown setting GRIDLOOP_PROT"),
        ("GRIDLOOP_SERVICE_PORT", "many", "setting GRIDLOOP_SERVICE_PORT is wrong"),
    ],
)
def test_what_is_wrong_is_named_in_one_line(monkeypatch: pytest.MonkeyPatch, name: str, value: str, says: str) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=says) as wrong:
        load("intake")
    assert " / " in str(wrong.value)
    assert "\n" not in str(wrong.value)
