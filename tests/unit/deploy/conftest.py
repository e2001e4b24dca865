"""Fixtures for the tests of the launcher."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.local.home import Home


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Return an empty data folder."""
    return Home(tmp_path / "home")
