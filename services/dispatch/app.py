"""Composition of the dispatch service."""

from __future__ import annotations

from pathlib import Path

from services.chassis.calendars import follow_calendar
from services.chassis.service import Context, Service
from services.dispatch.api import ROUTERS
from services.dispatch.domain.dispatches.returns import apply_new_calendar
from services.dispatch.domain.dispatches.state import DispatchCase
from services.dispatch.events import EVENTS
from services.dispatch.store import DispatchStore
from services.dispatch.workers.sender import run_sender
from services.dispatch.workers.sweep import run_sweep

_STORE = DispatchStore()


async def _start(context: Context) -> None:
    """Give the store the public address that links in messages begin with."""
    _STORE.public_url = context.settings.gridloop_public_url


SERVICE = Service(
    name="dispatch",
    title="dispatch: command 指挥, second half, and handling 处置",
    state=DispatchCase,
    events=EVENTS,
    store=_STORE,
    routers=ROUTERS,
    workers={"sender": run_sender, "sweep": run_sweep, "calendar": follow_calendar(apply_new_calendar)},
    migrations=Path(__file__).parent / "migrations",
    on_start=_start,
)
