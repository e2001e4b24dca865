"""The data folder: ports, secrets and accounts are created once, kept and private."""

from __future__ import annotations

import json
import socket
import stat
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from deploy.local import accounts, ports, secrets
from deploy.local.commands import print_clock_offset
from deploy.local.home import Home
from deploy.local.messages import StartupError
from deploy.local.stack import DATABASES, DISTRICT
from services.chassis.keys import looks_like_key


def test_only_one_launcher_may_use_a_folder(home: Home) -> None:
    with home.locked(), pytest.raises(StartupError, match="already runs"), Home(home.path).locked():
        pass
    with home.locked():
        pass


def test_an_unusable_folder_is_explained_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StartupError, match="Choose another folder with GRIDLOOP_HOME"):
        Home(tmp_path / "file")


def test_a_moved_clock_is_reported_with_the_way_back(home: Home, capsys: pytest.CaptureFixture[str]) -> None:
    print_clock_offset(home)
    assert capsys.readouterr().out == ""
    (home.path / "clock").write_text(str(100 * 86_400))
    print_clock_offset(home)
    line, moved_date = capsys.readouterr().out, datetime.now().astimezone() + timedelta(days=100)
    assert line.count(f"{moved_date:%Y-%m-%d}") == line.count(str(home.path)) == 2
    assert "拨到" in line
    assert "moved the clock" in line


def test_ports_are_kept(home: Home) -> None:
    first = {name: ports.Ports(home).port_of(name) for name in ("intake", "routing")}
    assert {name: ports.Ports(home).port_of(name) for name in ("routing", "intake")} == first


def test_two_parts_never_get_the_same_port(home: Home) -> None:
    known = ports.Ports(home)
    taken = [known.port_of(str(number)) for number in range(50)]
    assert len(set(taken)) == 50


def test_a_port_that_another_program_took_is_replaced(home: Home) -> None:
    port = ports.Ports(home).port_of("intake")
    with socket.create_server(("127.0.0.1", port)):
        other = ports.Ports(home).port_of("intake")
    assert other != port
    assert ports.Ports(home).port_of("intake") == other


@pytest.mark.parametrize("text", ["", "http", "0", "65536", "-1", "80a"])
def test_an_invalid_public_port_is_explained_in_one_line(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDLOOP_PORT", text)
    with pytest.raises(StartupError) as found:
        ports.port_setting("GRIDLOOP_PORT", 8080)
    assert "GRIDLOOP_PORT" in str(found.value)
    assert "\n" not in str(found.value)


def test_a_busy_public_port_is_explained_in_one_line() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, pytest.raises(StartupError, match="in use") as found:
        ports.require_free(server.getsockname()[1])
    assert "\n" not in str(found.value)


def test_secrets_are_created_once_and_readable_only_by_their_owner(home: Home) -> None:
    made = secrets.ensure_secrets(home)
    assert secrets.ensure_secrets(home) == made
    assert stat.S_IMODE((home.path / "secrets.json").stat().st_mode) == 0o600
    assert set(DATABASES) <= made.databases.keys()
    assert len(set(made.databases.values())) == len(made.databases)


def test_a_new_service_gets_a_password_and_the_others_keep_theirs(home: Home) -> None:
    before = secrets.ensure_secrets(home).databases
    path = home.path / "secrets.json"
    kept = json.loads(path.read_text())
    del kept["databases"]["routing"]
    path.write_text(json.dumps(kept))
    after = secrets.ensure_secrets(home).databases
    assert after.keys() == before.keys()
    assert {name for name in before if after[name] != before[name]} == {"routing"}


def test_two_installations_share_no_secret(tmp_path: Path) -> None:
    one, other = secrets.ensure_secrets(Home(tmp_path / "one")), secrets.ensure_secrets(Home(tmp_path / "other"))
    assert one.secret_key != other.secret_key
    assert one.service_key != other.service_key


def test_demo_accounts_are_private_and_cover_the_district(home: Home) -> None:
    path = accounts.ensure_accounts(home, DISTRICT)
    demo = json.loads(path.read_text())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert {"administrator", "dispatcher", "officer", "leader"} <= demo["accounts"].keys()
    assert {"hotline", "camera", "upstream"} <= demo["channels"].keys()
    assert "sanitation" in demo["units"]
    assert (
        set(demo["signatures"]) == set(accounts.SIGNING) >= {f"unit:{unit}" for unit in accounts.DEPARTMENTS.split(",")}
    )
    assert all(looks_like_key(key) for part in ("channels", "units") for key in demo[part].values())
    assert json.loads(accounts.ensure_accounts(home, DISTRICT).read_text()) == demo
