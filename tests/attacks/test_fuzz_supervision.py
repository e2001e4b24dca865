"""The API of supervision answers every request as its OpenAPI document says (see tests/support/fuzzing.py)."""

from __future__ import annotations

import pytest

from tests.support.fuzzing import fuzz_service
from tests.support.installation import Installation

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")


async def test_every_answer_is_documented(installation: Installation) -> None:
    found = await fuzz_service(installation, "supervision")
    print(f"{found.requests} requests to {len(found.statuses)} operations")
    assert not found.faults, str(found)
    assert len(found.locked()) <= len(found.statuses) // 5, f"refused to every caller: {found.locked()}"
