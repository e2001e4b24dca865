"""Which tests run on the same worker, and in which order workers get them.

The marker `xdist_group` does nothing under pytest 9.2 (the plugin writes to a field that is gone), hence this hook.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling


class ModuleScheduling(LoadScopeScheduling):
    """A module's tests share what it keeps, and are too short to be handed out one by one; several browsers at once take
    four times as long each, so all their tests are together. What starts the whole system is handed out alone.
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
    """The longest first, so that in the end all workers are done at the same time."""
    needs = getattr(item, "fixturenames", ())
    if "browser" in item.keywords:
        return 0
    if "keeper" in needs:
        return 1
    if "faults" in item.keywords:
        return 2
    return 3 if "stack" in item.keywords or "postgres" in needs else 4
