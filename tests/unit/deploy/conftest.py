"""A data folder for the launcher's parts."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """An empty one."""
    return Home(tmp_path / "home")
