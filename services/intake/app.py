"""The composition of intake: the only place that wires its parts."""

from __future__ import annotations

from pathlib import Path

from services.chassis.registry_snapshot import District
from services.chassis.service import Service
from services.intake.api import ROUTERS
from services.intake.domain.case import IntakeCase
from services.intake.domain.category_suggestions import SUGGESTERS
from services.intake.domain.grids import GRIDS
from services.intake.events import EVENTS
from services.intake.store import IntakeStore
from services.intake.workers import assign_worker, erase_worker, gather_worker, triage_worker


def prepare(district: District) -> None:
    """Build what is derived from a release: in a thread, before the release is in force."""
    GRIDS.of(district)
    SUGGESTERS.of(district)


def compose() -> Service:
    """Intake with a store of its own, by which its triage hears at once of what was accepted."""
    store = IntakeStore()
    return Service(
        name="intake",
        title="intake: discovery 发现 and acceptance 受理",
        state=IntakeCase,
        events=EVENTS,
        store=store,
        routers=ROUTERS,
        workers={
            "triage": triage_worker(store),
            "gathering": gather_worker,
            "assigning": assign_worker,
            "erasing": erase_worker,
        },
        migrations=Path(__file__).parent / "migrations",
        prepare=prepare,
        wait_ms=400,
        rest=0.2,
    )


SERVICE = compose()
