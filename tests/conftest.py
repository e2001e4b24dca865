"""How tests are collected and handed out. Whoever only hands them out to others imports nothing of what they test."""

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
"""Long tests; each folder has a make target of its own."""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """A folder of this run's own, and fixtures, where tests run.

    The folder that pytest gives all runs of a user is closed to others whenever one begins, also to the user as whom a
    database of another run works.
    """
    if config.option.basetemp is None:
        config.option.basetemp = str(Path(tempfile.gettempdir(), f"gridloop-tests-{os.getpid()}"))
    if config.getoption("dist", "no") == "no":
        config.pluginmanager.import_plugin("tests.support.fixtures")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """What a failed test has left is kept for whoever looks into it."""
    mine = Path(session.config.option.basetemp)
    if exitstatus == pytest.ExitCode.OK and mine.name == f"gridloop-tests-{os.getpid()}":
        shutil.rmtree(mine, ignore_errors=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ModuleScheduling:
    """How tests are handed out to several workers."""
    return ModuleScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order in which workers should get them."""
    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """What has been imported stays: the garbage collector need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
