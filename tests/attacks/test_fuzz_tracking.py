"""The API of tracking answers every request as its OpenAPI document says (see tests/support/fuzzing.py)."""

from __future__ import annotations

import pytest

from tests.support.fuzzing import fuzz_service
from tests.support.installation import Installation

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")

PUBLIC_STATUS = "GET /api/tracking/public/{number}"
"""Needs the token of a resident, which no caller of the run has."""


async def test_every_answer_is_documented(installation: Installation) -> None:
    found = await fuzz_service(installation, "tracking")
    print(f"{found.requests} requests to {len(found.statuses)} operations")
    assert not found.faults, str(found)
    locked = set(found.locked()) - {PUBLIC_STATUS}
    assert len(locked) <= 1, f"refused to every caller: {locked}"
