"""The quiet half of a demo day: officers walk their rounds, shifts are handed over, the week's reviews are confirmed.

Nobody reports anything here; the duty pages, the reviews and the patrol figures show it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from deploy.play.city import City, Json

TIMES = ("08:40", "10:50")
"""When a round begins, local time: of most duty points two visits are due."""

HANDOVERS = ("08:20", "18:20")
"""When the sheets of a change of shifts are signed, local time."""

_API = "/api/supervision"
_BETWEEN = timedelta(minutes=4)
"""From one duty point to the next."""
_EVERY = 4
"""One officer in so many walks with a terminal in the play."""
_CARELESS = 5
"""One walker in so many goes round in the morning only."""


def walkers(officers: Sequence[str]) -> list[str]:
    """Who walks: the same ones at each play."""
    return sorted(officers)[::_EVERY]


async def walk(city: City, who: Sequence[str], number: int) -> int:
    """Everybody's round of this number, from 0, at once. Returns the visits that counted; nobody off duty walks."""
    going = [officer for place, officer in enumerate(who, 1) if number == 0 or place % _CARELESS]
    return sum(await asyncio.gather(*(_one(city, officer) for officer in going)))


async def _one(city: City, officer: str) -> int:
    who, visits = f"officer:{officer}", 0
    for turn in (await city.ask(who, "GET", f"{_API}/patrol/mine"))["turns"]:
        for point in (each for each in turn["points"] if each["visited"] < each["due"]):
            form = {"point_id": point["point_id"], "location": _beside(city, point)}
            visits += (await city.ask(who, "POST", f"{_API}/patrol/check-ins", form))["result"] == "visited"
            if city.time_is_kept:
                await city.pass_time(city.now() + _BETWEEN)
    return visits


def _beside(city: City, point: Json) -> Json:
    """Some metres from the point, as a device would say it."""
    longitude, latitude = (point[name] + city.random.uniform(-1e-4, 1e-4) for name in ("longitude", "latitude"))
    return {"longitude": longitude, "latitude": latitude, "crs": "cgcs2000", "accuracy_m": 8}


async def hand_over(city: City) -> int:
    """The shift lead gives the last shift of each centre, an intake clerk takes it. Returns the sheets signed now."""
    sheets: list[Json] = (await city.ask("shift_lead", "GET", f"{_API}/shift-handovers"))["items"]
    unsigned = [each for each in sheets if not each["signatures"]]
    for each in unsigned:
        note = f"在办 {each['open']} 件，超时 {each['overdue']} 件，已当面交代。"
        for who, form in (("shift_lead", {"side": "outgoing", "note": note}), ("intake_clerk", {"side": "incoming"})):
            await city.ask(who, "POST", f"{_API}/shift-handovers/{each['sheet_id']}/sign", form)
    return len(unsigned)


async def confirm(city: City) -> int:
    """The grid lead confirms the reviews of weeks in which something was filed. Returns how many."""
    found: list[Json] = (await city.ask("grid_lead", "GET", f"{_API}/digests", params={"kind": "week", "limit": 100}))[
        "items"
    ]
    eventful = [each for each in found if each["confirmed"] is None and each["digest"]["figures"]["filed"]]
    for each in eventful:
        form = {"note": "情况属实，垃圾点位已与环卫对接。"}
        await city.ask("grid_lead", "POST", f"{_API}/digests/{each['digest_id']}/confirm", form)
    return len(eventful)
