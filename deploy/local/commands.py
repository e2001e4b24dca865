"""The commands of `python -m deploy.local`."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import time
from collections.abc import Awaitable, Callable, Generator
from datetime import datetime
from pathlib import Path

from deploy.local import files, kafka, ports, web
from deploy.local.home import Home
from deploy.local.messages import print_progress
from deploy.local.stack import Stack

_SHOWN = ("administrator", "dispatcher", "intake_clerk", "officer", "unit_clerk", "leader")
"""Accounts that are printed at startup. The file `demo.json` has all accounts."""
_PAGES = {
    "/": ("首页", "start page"),
    "/board": ("实时案件看板", "live case board"),
    "/desk": ("责任单位", "responsible units"),
}


def run() -> None:
    """Run the whole system until Ctrl-C."""
    asyncio.run(_run_until_signal(_run))


def run_kafka() -> None:
    """Run Apache Kafka until Ctrl-C. The data of Kafka is kept."""
    asyncio.run(_run_until_signal(_run_kafka))


COMMANDS: dict[str, Callable[[], None]] = {"run": run, "kafka": run_kafka, "web": web.build, "web-check": web.check}


async def _run() -> None:
    began = time.monotonic()
    stack = Stack(_home(), ports.port_setting("GRIDLOOP_PORT", 8080), demo=True)
    await stack.start()
    try:
        _welcome(stack, time.monotonic() - began)
        await asyncio.Event().wait()
    finally:
        print_progress("正在停止", "stopping")
        await stack.stop()
        print_progress("已停止，数据保留", "stopped; all data is kept")


async def _run_kafka() -> None:
    home = Home(_home() / "kafka")
    with home.locked():
        broker = kafka.ApacheKafka(home, ports.port_setting("KAFKA_PORT", 9092))
        try:
            await broker.start()
            how = f"GRIDLOOP_KAFKA={broker.access_file} make run"
            print_progress(f"Kafka 就绪：{how}", f"Kafka is ready: {how}")
            await asyncio.Event().wait()
        finally:
            await broker.stop()


def _home() -> Path:
    return Path(os.environ.get("GRIDLOOP_HOME", ".gridloop"))


def _welcome(stack: Stack, seconds: float) -> None:
    file = stack.home.path / "demo.json"
    demo = files.read(file)
    print(f"\n格环已启动（{seconds:.0f} 秒） · Gridloop is running ({seconds:.0f} s)\n")
    for path, (zh, en) in _PAGES.items():
        print(f"  {stack.url + path:<32} {zh} · {en}")
    print("\n登录 · sign in:")
    for name in _SHOWN:
        if account := demo["accounts"].get(name):
            print(f"  {account['username']:<32} {account['password']}")
    print(f"\n其余账号与密钥 · more accounts, and keys: {file}")
    print(f"日志 · logs: {stack.home.logs}")
    print_clock_offset(stack.home)
    print("按 Ctrl-C 停止 · Ctrl-C stops it\n", flush=True)


def print_clock_offset(home: Home) -> None:
    """If the demo clock is ahead of real time, print its time and how to start again at real time."""
    if home.clock_offset:
        now = f"{datetime.now().astimezone() + home.clock_offset:%Y-%m-%d %H:%M}"
        print_progress(
            f"演示已把系统时间拨到 {now}，不会拨回；要从头开始，请停止后删除 {home.path}",
            f"a demo has moved the clock to {now}, and nothing sets it back; to start over, stop and delete {home.path}",
        )


async def _run_until_signal(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work` until it ends or a signal arrives. A signal cancels the work, and its clean-up is awaited."""
    task = asyncio.ensure_future(work())
    with _signals(task), contextlib.suppress(asyncio.CancelledError):
        await task


@contextlib.contextmanager
def _signals(task: asyncio.Future[None]) -> Generator[None]:
    """Cancel the task at the first SIGINT, SIGTERM or SIGHUP. Further signals do not interrupt the clean-up."""
    loop, cancelled = asyncio.get_running_loop(), False

    def cancel_once() -> None:
        nonlocal cancelled
        if not cancelled:
            cancelled = True
            task.cancel()

    which = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for one in which:
        loop.add_signal_handler(one, cancel_once)
    try:
        yield
    finally:
        for one in which:
            loop.remove_signal_handler(one)
