"""Helpers of the situations: registration of a situation, start and end of a case, checks of results."""

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
"""Units whose simulated systems acknowledge and complete their dispatches."""

NIGHT_SQUAD = "enforcement-night-squad"
"""Id of the unit that is on duty at night."""

SITUATIONS: dict[int, tuple[str, str, Situation]] = {}
"""Number of a situation → (Chinese title, English title, function that plays it)."""


class ExpectationError(Exception):
    """Raised for an unexpected result of a situation."""


def expect(holds: object, what: str) -> None:
    """Raise `ExpectationError` with the text `what` unless the condition `holds`."""
    if not holds:
        raise ExpectationError(what)


def situation(number: int, title: str, title_en: str) -> Callable[[Situation], Situation]:
    def register(play: Situation) -> Situation:
        SITUATIONS[number] = (title, title_en, play)
        return play

    return register


async def begin(city: City, who: str, scripted: frozenset[str] = frozenset(), **form: Any) -> Life:
    """Send a report and return the simulated case (`Life`).

    The case has no default actions for the units in `scripted`: only the `script` of the case acts for them. `form`
    holds the request body of the report, and options of `Life`, such as `script` and `outcome`.
    """
    options = {
        name: form.pop(name)
        for name in ("script", "category", "condition", "outcome", "feedback", "grid")
        if name in form
    }
    receipt = await city.report(who, **form)
    return Life(city, receipt["case_number"], receipt["case_id"], not_simulated=AUTOMATIC | scripted, **options)


async def ends(life: Life, status: str = "evaluated", outcome: str | None = None) -> Json:
    """Play the case to its end, check its status and outcome, and return the case. `None` accepts any outcome."""
    view = await life.run()
    expect(view["status"] == status, f"{life.number} ended as {view['status']}, not {status}: {' → '.join(life.seen)}")
    if outcome is not None:
        expect(view["outcome"] == outcome, f"{life.number} has the outcome {view['outcome']}, not {outcome}")
    return view


async def appears(load: Callable[[], Awaitable[T]], what: str, within: float = 30.0) -> T:
    """Call `load` until its result is not empty, and return the result.

    Raises `TimeoutError` after `within` seconds. `what` names the expected result in the error message.
    """
    while not (found := await load()):
        within -= 0.1
        if within <= 0:
            raise TimeoutError(f"{what} did not appear in time")
        await asyncio.sleep(0.1)
    return found


@asynccontextmanager
async def without_system(city: City, unit: str) -> AsyncGenerator[None]:
    """Switch off the unit's simulated system, so that the script can act for the unit.

    Otherwise the simulated system would complete each dispatch within seconds, before the script can return it. If
    several situations have switched off the same system, the last one of them switches it on again.
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
    """Pause or resume the webhook endpoints of the unit. Wait first until the unit has registered one."""

    async def registered() -> list[Json]:
        found: list[Json] = (await city.ask(f"unit:{unit}", "GET", "/api/dispatch/endpoints"))["items"]
        return found if all(each["state"] in ("verified", "paused") for each in found) else []

    for each in await appears(registered, f"the system of {unit}", within=300):
        await city.ask(f"unit:{unit}", "PATCH", f"/api/dispatch/endpoints/{each['id']}", {"paused": paused})


def happened(view: Json) -> list[str]:
    """Return the types of the events in the timeline of a case, in order."""
    return [entry["type"] for entry in view["timeline"]]


async def counted(life: Life, kind: str, subject: str, figure: str) -> list[Json]:
    """Return the score entries of this case in one figure of `subject`, for example of a unit (`kind`)."""
    page = await life.city.ask(
        "assessor",
        "GET",
        f"/api/supervision/scorecards/{kind}/{subject}/cases",
        params={"figure": figure, "period": f"{life.city.now().astimezone(ZONE):%Y}", "limit": 200},
    )
    return [each for each in page["items"] if each["case_id"] == life.case_id]


RESIDENT = {"name": "居民", "phone": "13800000000", "feedback_wanted": True}
