"""The routing service with all its parts: events, routes, store and background loops."""

from __future__ import annotations

from pathlib import Path

from services.chassis.calendars import follow_calendar
from services.chassis.service import Service
from services.routing.api import ROUTERS
from services.routing.domain.case import RoutingCase
from services.routing.domain.index import INDEXES
from services.routing.domain.rounds import recompute_deadline
from services.routing.events import EVENTS
from services.routing.store import RoutingStore

SERVICE = Service(
    name="routing",
    title="routing: command 指挥, first half",
    state=RoutingCase,
    events=EVENTS,
    create_store=lambda _: RoutingStore(),
    routers=ROUTERS,
    workers={"calendar": follow_calendar(recompute_deadline)},
    prepare=INDEXES.of,
    migrations=Path(__file__).parent / "migrations",
)
