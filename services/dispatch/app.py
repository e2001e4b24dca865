"""The dispatch service with all its parts: events, routes, store and background loops."""

from __future__ import annotations

from pathlib import Path

from services.chassis.calendars import follow_calendar
from services.chassis.service import Service
from services.dispatch.api import ROUTERS
from services.dispatch.domain.dispatches.returns import apply_new_calendar
from services.dispatch.domain.dispatches.state import DispatchCase
from services.dispatch.events import EVENTS
from services.dispatch.store import DispatchStore
from services.dispatch.workers.sender import run_sender
from services.dispatch.workers.sweep import run_sweep

SERVICE = Service(
    name="dispatch",
    title="dispatch: command 指挥, second half, and handling 处置",
    state=DispatchCase,
    events=EVENTS,
    create_store=lambda settings: DispatchStore(settings.gridloop_public_url),
    routers=ROUTERS,
    workers={"sender": run_sender, "sweep": run_sweep, "calendar": follow_calendar(apply_new_calendar)},
    migrations=Path(__file__).parent / "migrations",
)
