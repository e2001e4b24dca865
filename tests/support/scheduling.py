"""Assignment of tests to workers, and their order.

The marker `xdist_group` does nothing under pytest 9.2 (the plugin writes to a field that is gone), hence this hook.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class ModuleScheduling(LoadScopeScheduling):
    """Scheduler that keeps the tests of a module on one worker, because they share fixtures.

    All browser tests run on one worker: several browsers at once are four times slower. Tests that start the whole
    system are assigned one by one.
    """

    def __init__(self, config: pytest.Config, log: Producer) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False

    def _split_scope(self, nodeid: str) -> str:
        module = nodeid.partition("::")[0]
        folder = module.removeprefix("tests/").partition("/")[0]
        if folder == "browser":
            return folder
        return nodeid if folder in ("faults", "kafka", "situations") else module


def rank(item: pytest.Item) -> int:
    """Return the sort key of a test: long tests first, so that all workers end together."""
    needs = getattr(item, "fixturenames", ())
    if "browser" in item.keywords:
        return 0
    if "shared_installations" in needs:
        return 1
    if "faults" in item.keywords:
        return 2
    return 3 if "stack" in item.keywords or "postgres" in needs else 4
