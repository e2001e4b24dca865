"""Activities of a demo day that create no cases: patrol rounds, shift handovers and confirmations of weekly reviews.

Their results appear on the duty pages, in the reviews and in the patrol figures.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta

from deploy.play.city import City, Json

TIMES = ("08:40", "10:50")
"""Local times of the two patrol rounds. Most duty points need two visits a day."""

HANDOVERS = ("08:20", "18:20")
"""Local times at which shift handovers are signed."""

_API = "/api/supervision"
_WALKING_TIME = timedelta(minutes=4)
"""Walking time from one duty point to the next."""
_WALKER_SHARE = 4
"""Every fourth officer walks rounds in the demo."""
_SKIPS_SECOND_ROUND = 5
"""Every fifth of the walking officers skips the second round."""


def walkers(officers: Sequence[str]) -> list[str]:
    """Return the officers who walk rounds. These are the same officers in each demo."""
    return sorted(officers)[::_WALKER_SHARE]


async def walk(city: City, who: Sequence[str], number: int) -> int:
    """Walk one round with all these officers at the same time. Return the number of counted visits.

    `number` is 0 for the first round and 1 for the second one, which some officers skip.
    """
    walking = [officer for index, officer in enumerate(who, 1) if number == 0 or index % _SKIPS_SECOND_ROUND]
    return sum(await asyncio.gather(*(_walk_alone(city, officer) for officer in walking)))


async def _walk_alone(city: City, officer: str) -> int:
    who, visits = f"officer:{officer}", 0
    for turn in (await city.ask(who, "GET", f"{_API}/patrol/mine"))["turns"]:
        for point in (each for each in turn["points"] if each["visited"] < each["due"]):
            form = {"point_id": point["point_id"], "location": _location_near(city, point)}
            visits += (await city.ask(who, "POST", f"{_API}/patrol/check-ins", form))["result"] == "visited"
            if city.demo_moves_clock:
                await city.pass_time(city.now() + _WALKING_TIME)
    return visits


def _location_near(city: City, point: Json) -> Json:
    """Return a location some metres from a duty point."""
    longitude, latitude = (point[name] + city.random.uniform(-1e-4, 1e-4) for name in ("longitude", "latitude"))
    return {"longitude": longitude, "latitude": latitude, "crs": "cgcs2000", "accuracy_m": 8}


async def hand_over(city: City) -> int:
    """Sign every unsigned shift handover for both the outgoing and the incoming side. Return their number."""
    sheets: list[Json] = (await city.ask("shift_lead", "GET", f"{_API}/shift-handovers"))["items"]
    unsigned = [each for each in sheets if not each["signatures"]]
    for each in unsigned:
        note = f"在办 {each['open']} 件，超期 {each['overdue']} 件，已当面交代。"
        for who, form in (("shift_lead", {"side": "outgoing", "note": note}), ("intake_clerk", {"side": "incoming"})):
            await city.ask(who, "POST", f"{_API}/shift-handovers/{each['sheet_id']}/sign", form)
    return len(unsigned)


async def confirm(city: City) -> int:
    """Confirm the unconfirmed weekly reviews with filed cases, as the grid lead. Return the number of confirmations."""
    found: list[Json] = (await city.ask("grid_lead", "GET", f"{_API}/digests", params={"kind": "week", "limit": 100}))[
        "items"
    ]
    unconfirmed = [each for each in found if each["confirmed"] is None and each["digest"]["figures"]["filed"]]
    for each in unconfirmed:
        form = {"note": "情况属实，垃圾点位已与环卫对接。"}
        await city.ask("grid_lead", "POST", f"{_API}/digests/{each['digest_id']}/confirm", form)
    return len(unconfirmed)
