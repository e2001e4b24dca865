"""Samples of a running system: CPU time by component, SQL statements, tables, and activity of broker and database."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Self

import asyncpg
import httpx
import psutil

from deploy.local.stack import DATABASES, Stack
from services.chassis import http_client

_SAMPLE_SECONDS = 0.5
"""Seconds between two samples of the processes.

A PostgreSQL process that no sample saw is counted as `postgres/ended`, from the CPU time of PostgreSQL's main process.
"""
_BACKEND = re.compile(r"postgres: gridloop_(\w+) ")
_METRICS = ("gridloop_repaired_events_total", "gridloop_log_changes_total", "gridloop_duplicate_events_total")

_STATEMENTS = """
    SELECT datname || ': ' || regexp_replace(left(query, 400), '\\s+', ' ', 'g') AS what, total_exec_time AS ms, calls
    FROM pg_stat_statements AS seen JOIN pg_database ON pg_database.oid = seen.dbid WHERE toplevel
"""
_SERVER = """
    SELECT (SELECT num_timed + num_requested FROM pg_stat_checkpointer) AS checkpoints,
           (SELECT wal_bytes::bigint / 1000000 FROM pg_stat_wal) AS wal_mb
"""
_TABLES = """
    SELECT relname, n_live_tup AS live, n_dead_tup AS dead, n_tup_upd AS updated, n_tup_hot_upd AS hot,
           autovacuum_count AS vacuums, autoanalyze_count AS analyzes, seq_tup_read AS scanned
    FROM pg_stat_user_tables
"""


@dataclass
class Sample:
    """One sample. All values count from the start of the system."""

    cpu: defaultdict[str, float] = field(default_factory=lambda: defaultdict[str, float](float))
    """Component → CPU seconds."""
    statements: dict[str, tuple[float, int]] = field(default_factory=dict[str, tuple[float, int]])
    """SQL statement → (milliseconds, number of calls)."""
    counts: Counter[str] = field(default_factory=Counter[str])
    tables: dict[str, dict[str, int]] = field(default_factory=dict[str, dict[str, int]])


class Usage:
    """Samples the processes of a stack regularly, inside an `async with` block."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._seen: dict[tuple[int, float], tuple[str, float]] = {}
        """(process id, start time) → (component, CPU seconds at the last sample of this process)."""
        self._postgres = 0.0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        await self._enable_statement_statistics()
        self._task = asyncio.create_task(self._sample_forever())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _enable_statement_statistics(self) -> None:
        """Restart PostgreSQL with the extension `pg_stat_statements`, which counts SQL statements."""
        await self._execute("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
        await self._stack.restart("postgres")
        await self._execute("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        await self._stack.ready()

    async def _execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self._database())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _database(self, name: str = "postgres") -> str:
        assert self._stack.postgres is not None
        return self._stack.postgres.url(name)

    async def _sample_forever(self) -> None:
        while True:
            self._sample_processes()
            await asyncio.sleep(_SAMPLE_SECONDS)

    def _sample_processes(self) -> None:
        self._add_process("load", psutil.Process())
        for name, part in self._stack.parts.items():
            with contextlib.suppress(psutil.Error, ProcessLookupError):
                top = psutil.Process(part.process.pid)
                if name != "postgres":
                    self._add_process(name, top)
                    continue
                times = top.cpu_times()
                self._postgres = times.user + times.system + times.children_user + times.children_system
                for child in top.children():
                    with contextlib.suppress(psutil.Error):
                        title = " ".join(child.cmdline())
                        self._add_process(f"postgres/{component_of(title)}", child)

    def _add_process(self, component: str, process: psutil.Process) -> None:
        times = process.cpu_times()
        self._seen[process.pid, process.create_time()] = (component, times.user + times.system)

    async def sample(self) -> Sample:
        """Return a sample of the values so far."""
        self._sample_processes()
        found = Sample()
        alive = 0.0
        for (pid, _), (component, used) in self._seen.items():
            found.cpu[component] += used
            if component.startswith("postgres/") and psutil.pid_exists(pid):
                alive += used
        named = sum(used for component, used in found.cpu.items() if component.startswith("postgres/"))
        found.cpu["postgres/ended"] = max(self._postgres + alive - named, 0.0)  # processes that no sample saw
        broker = self._stack.parts.get("broker")
        found.counts["broker starts"] = broker.process.starts if broker else 0
        await asyncio.gather(self._sample_database(found), self._sample_metrics(found))
        return found

    async def _sample_database(self, found: Sample) -> None:
        connection = await asyncpg.connect(self._database())
        try:
            for row in await connection.fetch(_STATEMENTS):
                ms, calls = found.statements.get(row["what"], (0.0, 0))
                found.statements[row["what"]] = ms + row["ms"], calls + row["calls"]
            found.counts.update(dict(await connection.fetchrow(_SERVER)))
        finally:
            await connection.close()
        for name in DATABASES:
            connection = await asyncpg.connect(self._database(f"gridloop_{name}"))
            try:
                for row in await connection.fetch(_TABLES):
                    counts = dict(row)
                    found.tables[f"{name}.{counts.pop('relname')}"] = counts
            finally:
                await connection.close()
        for counts in found.tables.values():
            found.counts["autovacuums"] += counts["vacuums"]
            found.counts["autoanalyzes"] += counts["analyzes"]

    async def _sample_metrics(self, found: Sample) -> None:
        async with http_client.create_client(timeout=20) as client:
            for name in DATABASES:
                with contextlib.suppress(httpx.HTTPError):
                    text = (await client.get(f"{self._stack.urls[name]}/metrics")).text
                    for metric in _METRICS:
                        values = re.findall(rf"^{metric}(?:{{.*}})? (.*)$", text, re.MULTILINE)
                        label = metric.removeprefix("gridloop_").removesuffix("_total").replace("_", " ")
                        found.counts[label] += int(sum(map(float, values)))


def component_of(title: str) -> str:
    """Return the component of a PostgreSQL process from the title of the process: a service or a kind of worker."""
    if backend := _BACKEND.match(title):
        return backend[1]
    if not title.startswith("postgres: "):
        return "starting"
    return title.removeprefix("postgres: ").partition(" gridloop_")[0].strip() or "other"


def per_case(before: Sample, after: Sample, cases: int) -> dict[str, float]:
    """Return component → CPU milliseconds per case between two samples."""
    return {name: (used - before.cpu[name]) / cases * 1000 for name, used in after.cpu.items()}


def statements_per_case(before: Sample, after: Sample, cases: int) -> dict[str, tuple[float, float]]:
    """Return SQL statement → (milliseconds per case, calls per case) between two samples."""
    return {
        what: (
            (ms - before.statements.get(what, (0.0, 0))[0]) / cases,
            (calls - before.statements.get(what, (0.0, 0))[1]) / cases,
        )
        for what, (ms, calls) in after.statements.items()
    }


def activity_between(before: Sample, after: Sample) -> str:
    """Return a text with the counts between two samples, such as starts of the broker and checkpoints."""
    done = after.counts - before.counts
    return ", ".join(f"{name} {count:,}" for name, count in sorted(done.items()))


def busiest_tables(before: Sample, after: Sample, most: int = 6) -> str:
    """Return a text with the tables that have the most dead rows, and those of which scans read the most rows."""
    dead = sorted(after.tables.items(), key=lambda each: -each[1]["dead"])[:most]
    described = [
        f"{name} {counts['dead']:,} dead of {counts['live']:,} ({counts['hot'] / counts['updated']:.0%} hot)"
        if counts["updated"]
        else f"{name} {counts['dead']:,} dead"
        for name, counts in dead
    ]
    read = {
        name: counts["scanned"] - before.tables.get(name, {}).get("scanned", 0) for name, counts in after.tables.items()
    }
    scanned = sorted(read.items(), key=lambda each: -each[1])[:most]
    return "; ".join(described) + " | rows read by scans: " + ", ".join(f"{name} {rows:,}" for name, rows in scanned)
