"""Collection and scheduling of the tests. The process that only schedules imports no code under test."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from xdist.remote import Producer

from tests.support.scheduling import ModuleScheduling, rank

collect_ignore = ["situations", "kafka", "attacks"]
"""Folders of long tests; each has its own make target."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Give this run its own temporary folder, and load the fixtures in processes that run tests.

    pytest closes the folder shared by all runs of a user at each start, also to the user of a running database.
    """
    if config.option.basetemp is None:
        config.option.basetemp = str(Path(tempfile.gettempdir(), f"gridloop-tests-{os.getpid()}"))
    if config.getoption("dist", "no") == "no":
        config.pluginmanager.import_plugin("tests.support.fixtures")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Remove the temporary folder after success; keep it after a failure for inspection."""
    mine = Path(session.config.option.basetemp)
    if exitstatus == pytest.ExitCode.OK and mine.name == f"gridloop-tests-{os.getpid()}":
        shutil.rmtree(mine, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ModuleScheduling:
    """Return the scheduler that assigns tests to workers."""
    return ModuleScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Sort the tests into the order in which workers receive them."""
    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """Exempt imported objects from garbage collection, because they live until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
