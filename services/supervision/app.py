"""Composition of the supervision service."""

from __future__ import annotations

from pathlib import Path

from services.chassis.calendars import follow_calendar
from services.chassis.service import Service
from services.supervision.api import routers
from services.supervision.domain.evaluation.scored_case import ScoredCase
from services.supervision.domain.reactions.calendar import recompute_deadlines
from services.supervision.domain.reactions.timers import TIMERS
from services.supervision.events import EVENTS
from services.supervision.store.assists import SupervisionStoreWithAssists
from services.supervision.workers.rechecks import assign_rechecks
from services.supervision.workers.roster import keep_roster

SERVICE = Service(
    name="supervision",
    title="监督与评价 · Supervision and evaluation",
    state=ScoredCase,
    events=EVENTS,
    timers=TIMERS,
    create_store=lambda _: SupervisionStoreWithAssists(),
    routers=routers,
    workers={"assigning": assign_rechecks, "calendar": follow_calendar(recompute_deadlines), "roster": keep_roster},
    migrations=Path(__file__).parent / "migrations",
    wait_ms=400,
    batch_pause=0.2,
)
