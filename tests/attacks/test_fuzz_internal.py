"""The internal routes answer every request of another service without a fault (see tests/support/fuzzing.py)."""

from __future__ import annotations

import pytest

from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from services.tracking.app import SERVICE as TRACKING
from tests.support.fuzzing import fuzz_internal
from tests.support.installation import Installation
from tests.support.sample_district import start_with_sample_district

pytestmark = pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")


async def test_no_internal_route_of_any_service_fails(installation: Installation) -> None:
    await start_with_sample_district(installation, INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING)
    faults: list[str] = []
    for name in installation.running:
        thorough = name == "intake"  # the services share nearly all of these routes
        found = await fuzz_internal(installation, name, thorough=thorough)
        print(f"{name}: {found.requests} requests to {len(found.statuses)} internal operations")
        faults += [f"{name}: {found}"] if found.faults else []
        assert not found.locked(), f"{name}: refused to the service key: {found.locked()}"
    assert not faults, "\n\n".join(faults)
