"""How tests are collected and handed out. Whoever only hands them out to others imports nothing of what they test."""

from __future__ import annotations

import gc

import pytest
from xdist.remote import Producer

from tests.support.together import Together, rank

collect_ignore = ["situations", "kafka"]
"""Long ones, run when they are asked for."""


def pytest_configure(config: pytest.Config) -> None:
    """Fixtures, where tests run."""
    if config.getoption("dist", "no") == "no":
        config.pluginmanager.import_plugin("tests.support.fixtures")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together:
    """How tests are handed out to several workers."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In the order in which workers should get them."""
    items.sort(key=rank)


def pytest_collection_finish() -> None:
    """What has been imported stays: the garbage collector need not go through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)
