"""Composition of the tracking service."""

from __future__ import annotations

from pathlib import Path

from services.chassis.service import Service
from services.tracking.api import board, cases, exports, public, serials
from services.tracking.domain.summary import Summary
from services.tracking.events import add_event
from services.tracking.store import Store
from services.tracking.workers.board.hub import Hub
from services.tracking.workers.board.hubs import follow_board

SERVICE = Service(
    name="tracking",
    title="tracking: the case record 案件档案",
    state=Summary,
    any_event=add_event,
    create_store=lambda _: Store(),
    routers=[board.router, cases.router, exports.router, public.router, serials.router],
    workers={"board": follow_board},
    migrations=Path(__file__).parent / "migrations",
    create_process_state=Hub,
    wait_ms=400,
    batch_pause=0.2,
)
