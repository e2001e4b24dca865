"""The launcher as a whole, without services: start, restart, failures and stop."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.local.home import ROOT
from deploy.local.messages import StartupError
from deploy.local.ports import free_port
from deploy.local.stack import Stack, cancel_all
from services.chassis import http_client


async def databases(stack: Stack) -> list[str]:
    assert stack.postgres is not None
    connection = await asyncpg.connect(stack.postgres.url())
    try:
        found = await connection.fetch("SELECT datname FROM pg_database WHERE datname LIKE 'gridloop%' ORDER BY 1")
        return [row["datname"] for row in found]
    finally:
        await connection.close()


async def test_a_second_start_finds_the_same_urls_and_databases(tmp_path: Path) -> None:
    stack = Stack(tmp_path, services=(), durable=False)
    await stack.start()
    before = (stack.urls, await databases(stack), {name: part.process.argv for name, part in stack.parts.items()})
    await stack.stop()
    assert not any((tmp_path / "run").glob("*.pid"))
    stack = Stack(tmp_path, int(stack.url.rpartition(":")[2]), services=(), durable=False)
    await stack.start()
    assert (stack.urls, await databases(stack), {n: p.process.argv for n, p in stack.parts.items()}) == before
    await stack.stop()


async def test_each_service_gets_only_its_own_database(tmp_path: Path) -> None:
    stack = Stack(tmp_path, services=(), durable=False)
    await stack.start()
    names = ("dispatch", "intake", "registry", "routing", "supervision", "tracking")
    assert await databases(stack) == [f"gridloop_{name}" for name in names]
    for name in names:
        assert [key for key in stack.env(name) if key.startswith("DATABASE_URL")] == [f"DATABASE_URL_{name.upper()}"]
    assert not [key for key in stack.env("console") if key.startswith("DATABASE_URL")]
    await stack.stop()


async def test_processes_of_a_killed_launcher_are_ended_before_the_ports_are_checked(tmp_path: Path) -> None:
    port = free_port()
    code = f"""
import asyncio, os
from deploy.local.stack import Stack, cancel_all
stack = Stack({str(tmp_path)!r}, {port}, services=(), durable=False)
asyncio.run(stack.start())
os.kill(os.getpid(), 9)
"""
    killed = await asyncio.create_subprocess_exec(sys.executable, "-c", code, cwd=ROOT)
    assert await killed.wait() == -9
    left = [psutil.Process(int(path.read_text())) for path in (tmp_path / "run").glob("*.pid")]
    assert len(left) == 3
    stack = Stack(tmp_path, port, services=(), durable=False)
    await stack.start()
    assert not any(process.is_running() for process in left)
    assert len(await databases(stack)) == 6
    await stack.stop()


async def test_two_installations_run_side_by_side(tmp_path: Path) -> None:
    one, other = (Stack(tmp_path / name, services=(), durable=False) for name in ("one", "other"))
    await one.start()
    await other.start()
    assert not {*one.urls.values(), one.url} & {*other.urls.values(), other.url}
    await one.stop()
    async with http_client.create_client() as client:
        assert (await client.get(f"{other.url}/internal")).status_code == 404
    await other.stop()


async def test_killed_parts_can_be_started_again(tmp_path: Path) -> None:
    stack = Stack(tmp_path, services=(), durable=False)
    await stack.start()
    pids = {name: part.process.pid for name, part in stack.parts.items()}
    for name in pids:
        stack.kill(name)
    for part in stack.parts.values():
        await part.start()  # what the supervisor would do half a second later
    assert all(part.process.pid != pids[name] for name, part in stack.parts.items())
    assert len(await databases(stack)) == 6
    await stack.stop()


async def test_a_stopped_part_stays_down_until_it_is_started(tmp_path: Path) -> None:
    stack = Stack(tmp_path, services=(), durable=False)
    await stack.start()
    await stack.down("broker")
    assert not stack.parts["broker"].process.alive
    await stack.up("broker")
    assert stack.parts["broker"].process.alive
    await stack.stop()


async def test_a_failed_start_leaves_nothing_running(tmp_path: Path) -> None:
    stack = Stack(tmp_path, services=("nosuch",), durable=False)
    with pytest.raises((StartupError, KeyError)):
        await stack.start()
    assert not stack.parts
    with stack.home.locked():
        pass


async def test_a_busy_port_stops_the_start_before_anything_is_created(tmp_path: Path) -> None:
    first = Stack(tmp_path / "first", free_port(), services=(), durable=False)
    await first.start()
    second = Stack(tmp_path / "second", int(first.url.rpartition(":")[2]), services=())
    with pytest.raises(StartupError, match="in use"):
        await second.start()
    assert not (tmp_path / "second" / "postgres").exists()
    await first.stop()


async def test_a_swallowed_cancellation_is_repeated() -> None:
    """A client library may take our cancellation for its own; stopping would then never end."""
    swallowed = 0

    async def ignores_first_cancellation() -> None:
        nonlocal swallowed
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                swallowed += 1
                if swallowed > 1:
                    raise

    task = asyncio.create_task(ignores_first_cancellation())
    await asyncio.sleep(0)
    await cancel_all([task])
    assert (task.cancelled(), swallowed) == (True, 2)
