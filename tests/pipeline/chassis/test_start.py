"""A service that cannot start ends with one line that says why."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest

from services.chassis import database
from services.chassis.settings import SERVICES, SettingsError
from tests.support.infrastructure import Postgres
from tests.support.installation import SECRET, SERVICE_KEY


def run_tracking(url: str, home: Path, **others: str) -> subprocess.CompletedProcess[str]:
    """Run tracking as a process with this database until it ends."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GRIDLOOP_")} | {
        "DATABASE_URL_TRACKING": url,
        "GRIDLOOP_SECRET_KEY": SECRET,
        "GRIDLOOP_SERVICE_KEY": SERVICE_KEY,
        "GRIDLOOP_HOME": str(home),
        "GRIDLOOP_SERVICE_PORT": "0",
        **{f"GRIDLOOP_URL_{name.upper()}": "http://127.0.0.1:9" for name in SERVICES},
        **others,
    }
    return subprocess.run(
        [sys.executable, "-m", "services.tracking"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("wrong", ["password", "database", "address"])
def test_a_database_that_refuses_the_login_ends_the_start_with_one_line(
    postgres: Postgres, tmp_path: Path, wrong: str
) -> None:
    urls = {
        "password": postgres.cluster.url("postgres", "test", "guessed"),
        "database": postgres.cluster.url("nowhere", "test", "test"),
        "address": "mysql://somewhere/else",
    }
    ended = run_tracking(urls[wrong], tmp_path)
    assert ended.returncode == 2
    assert ended.stderr.startswith("gridloop tracking: the database refuses DATABASE_URL: ")
    assert "数据库拒绝" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert "guessed" not in ended.stderr


@pytest.mark.parametrize(
    "url",
    [
        "u:half/secret@host/db",
        "u:secret@host:many/db",
        "u:secret@host:99999/db",
        "u:secret@[::1/db",
        "u:secret@::1:5432/db",
    ],
)
def test_an_invalid_database_address_is_reported_without_its_password(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL is not a valid address") as wrong:
        asyncio.run(database.check_access(f"postgresql://{url.replace('host', '127.0.0.1')}"))
    assert "secret" not in str(wrong.value)
    assert "half" not in str(wrong.value)


def test_a_missing_address_of_another_service_ends_the_start_with_one_line(tmp_path: Path) -> None:
    ended = run_tracking("postgresql://nobody@127.0.0.1:9/none", tmp_path, GRIDLOOP_URL_ROUTING="")
    assert ended.returncode == 2
    assert ended.stderr == (
        "gridloop tracking: setting GRIDLOOP_URL_ROUTING is missing: set it in the environment"
        " / 缺少设置 GRIDLOOP_URL_ROUTING：请在环境变量中设置\n"
    )


async def test_an_unreachable_database_does_not_end_the_start(caplog: pytest.LogCaptureFixture) -> None:
    await database.check_access("postgresql://test:test@127.0.0.1:9/test?sslmode=disable")
    assert "not reachable yet" in caplog.text
