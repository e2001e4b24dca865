"""The composition root of supervision."""

from __future__ import annotations

from pathlib import Path

from services.chassis.calendars import follow_calendar
from services.chassis.service import Service
from services.supervision.api import routers
from services.supervision.domain import assists, attention, escalation, feedback, requests, steps
from services.supervision.domain.state import SupervisedCase
from services.supervision.events import EVENTS
from services.supervision.roster_workers import keep_roster
from services.supervision.store.assists import StoreWithAssists
from services.supervision.workers import assign_rechecks, lay_off_again

TIMERS = {
    steps.TIMER: escalation.on_clock,
    escalation.REPLY: escalation.on_reply_due,
    attention.CLIMB: attention.on_climb,
    feedback.TIMER: feedback.on_window_end,
    requests.RESUME: requests.on_resume,
    assists.LAPSE: assists.on_answer_due,
}
"""Kind of timer → what happens when it is due."""

SERVICE = Service(
    name="supervision",
    title="监督与评价 · Supervision and evaluation",
    state=SupervisedCase,
    events=EVENTS,
    timers=TIMERS,
    store=StoreWithAssists(),
    routers=routers,
    workers={"assigning": assign_rechecks, "calendar": follow_calendar(lay_off_again), "roster": keep_roster},
    migrations=Path(__file__).parent / "migrations",
    wait_ms=400,
    rest=0.2,
)
