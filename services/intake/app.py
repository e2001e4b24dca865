"""Composition of the intake service: state, routers, event handlers and workers."""

from __future__ import annotations

from pathlib import Path

from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.service import Service
from services.intake.api import ROUTERS
from services.intake.api.resources import Resources
from services.intake.domain.case import IntakeCase
from services.intake.domain.category_suggestions import SUGGESTERS
from services.intake.domain.grids import GRIDS
from services.intake.events import EVENTS
from services.intake.store import IntakeStore
from services.intake.workers import assign_worker, erase_worker, gather_worker, triage_worker


def prepare(district: RegistrySnapshot) -> None:
    """Build the grid index and the category suggester of a release.

    Runs in a thread before the release comes into force.
    """
    GRIDS.of(district)
    SUGGESTERS.of(district)


SERVICE = Service(
    name="intake",
    title="intake: discovery 发现 and acceptance 受理",
    state=IntakeCase,
    events=EVENTS,
    create_store=lambda _: IntakeStore(),
    create_process_state=Resources.of,
    routers=ROUTERS,
    workers={
        "triage": triage_worker,
        "gathering": gather_worker,
        "assigning": assign_worker,
        "erasing": erase_worker,
    },
    migrations=Path(__file__).parent / "migrations",
    prepare=prepare,
    wait_ms=400,
    batch_pause=0.2,
)
