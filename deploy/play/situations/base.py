"""Helpers of the situations: registration, start and end of a case, expectations."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from deploy.play.city import ZONE, City, Json
from deploy.play.life import Life

T = TypeVar("T")

Situation = Callable[[City], Awaitable[list[Life]]]

MATTER = "GB47678-5-2026/matter/"
EMERGENCY = "GB30428-2-2013/event/"
LOCAL = "LOCAL-370522/matter/"

AUTOMATIC = frozenset({"sanitation", "urban-management"})
"""Units with a simulated system."""

NIGHT_SQUAD = "enforcement-night-squad"
"""The unit on duty at night."""

SITUATIONS: dict[int, tuple[str, str, Situation]] = {}
"""Number → Chinese title, English title, story."""


class ExpectationError(Exception):
    """An unexpected result of a situation."""


def expect(holds: object, what: str) -> None:
    """Raise `ExpectationError` with this text unless the condition holds."""
    if not holds:
        raise ExpectationError(what)


def situation(number: int, title: str, title_en: str) -> Callable[[Situation], Situation]:
    def register(play: Situation) -> Situation:
        SITUATIONS[number] = (title, title_en, play)
        return play

    return register


async def begin(city: City, who: str, scripted: frozenset[str] = frozenset(), **form: Any) -> Life:
    """Send a report and return its life. Units in `scripted` act only by the script."""
    options = {
        name: form.pop(name)
        for name in ("script", "category", "condition", "outcome", "feedback", "grid")
        if name in form
    }
    receipt = await city.report(who, **form)
    return Life(city, receipt["case_number"], receipt["case_id"], not_simulated=AUTOMATIC | scripted, **options)


async def ends(life: Life, status: str = "evaluated", outcome: str | None = None) -> Json:
    """Play the case to its end and check status and outcome."""
    view = await life.run()
    expect(view["status"] == status, f"{life.number} ended as {view['status']}, not {status}: {' → '.join(life.seen)}")
    if outcome is not None:
        expect(view["outcome"] == outcome, f"{life.number} has the outcome {view['outcome']}, not {outcome}")
    return view


async def appears(load: Callable[[], Awaitable[T]], what: str, within: float = 30.0) -> T:
    """Poll until there is a result and return it. Raises `TimeoutError` that names the missing thing."""
    while not (found := await load()):
        within -= 0.1
        if within <= 0:
            raise TimeoutError(f"{what} did not appear in time")
        await asyncio.sleep(0.1)
    return found


@asynccontextmanager
async def without_system(city: City, unit: str) -> AsyncGenerator[None]:
    """Switch off the unit's simulated system, so that the script can act for the unit.

    The simulated system would complete a dispatch within seconds that the script wants to return. If several stories
    switch off the same unit, the last one switches it on again.
    """
    async with city.switch_lock:
        if not city.switched_off[unit]:
            await _switch(city, unit, paused=True)
        city.switched_off[unit] += 1
    try:
        yield
    finally:
        async with city.switch_lock:
            city.switched_off[unit] -= 1
            if not city.switched_off[unit]:
                await _switch(city, unit, paused=False)


async def _switch(city: City, unit: str, *, paused: bool) -> None:
    """Pause or resume the unit's endpoint as soon as it is registered."""

    async def registered() -> list[Json]:
        found: list[Json] = (await city.ask(f"unit:{unit}", "GET", "/api/dispatch/endpoints"))["items"]
        return found if all(each["state"] in ("verified", "paused") for each in found) else []

    for each in await appears(registered, f"the system of {unit}", within=300):
        await city.ask(f"unit:{unit}", "PATCH", f"/api/dispatch/endpoints/{each['id']}", {"paused": paused})


def happened(view: Json) -> list[str]:
    """Return the event types of the timeline in order."""
    return [entry["type"] for entry in view["timeline"]]


async def counted(life: Life, kind: str, subject: str, figure: str) -> list[Json]:
    """Return the score entries of this case in one figure of a subject."""
    page = await life.city.ask(
        "assessor",
        "GET",
        f"/api/supervision/scorecards/{kind}/{subject}/cases",
        params={"figure": figure, "period": f"{life.city.now().astimezone(ZONE):%Y}", "limit": 200},
    )
    return [each for each in page["items"] if each["case_id"] == life.case_id]


RESIDENT = {"name": "居民", "phone": "13800000000", "feedback_wanted": True}
