"""Situation 14 on its own evening: Friday 13 February 2026, 17:30, with Saturday a make-up day and nine days off after
it.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

import pytest

from contracts.base import Event
from contracts.clocks.calendar import SHANGHAI
from contracts.events.acceptance import Milestone
from contracts.events.command import Assignment
from services.chassis import http_client
from services.chassis.service import Service
from services.dispatch.app import SERVICE as DISPATCH
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.installation import Installation, wait_until
from tests.support.sample_district import access_token, start_with_sample_district
from tests.support.supervision_driver import GRID
from tests.unit.dispatch import kit
from tests.unit.supervision import town

EVENING = datetime(2026, 2, 13, 17, 30, tzinfo=SHANGHAI)
ONE_DAY = Milestone(name="办结", name_en="Done", amount=1, unit="work_day")


def at(text: str) -> datetime:
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.fixture
async def evening(installation: Installation) -> Installation:
    """Dispatch and supervision on that evening; intake and routing say what a test lets them say."""
    await start_with_sample_district(
        installation, DISPATCH, SUPERVISION, *(Service(name=name) for name in ("intake", "routing"))
    )
    installation.shift_clock(seconds=(EVENING - installation.now()).total_seconds())
    return installation


async def tell(installation: Installation, case_id: UUID, *events: Event) -> None:
    for event in events:
        await installation.running[event.SOURCE].context.cases.run(
            [case_id], lambda cases, event=event: cases[case_id].emit(event), cause="test"
        )


async def sent(installation: Installation) -> tuple[datetime, datetime, str]:
    """A matter of one work day goes to the sanitation centre: when it is due there, when supervision's clock ends,
    which light.
    """
    case_id, now = uuid4(), installation.now()
    place = {"place": {"grid_code": GRID}, "community": GRID[:12], "centre_id": "centre-lijin"}
    filed = kit.filed(milestones=(ONE_DAY,), reported_at=now, case_due_at=now, **place)
    await tell(installation, case_id, town.received(now), filed)

    async def heard() -> bool:  # the routing of this test hears nobody: its facts name no causes to wait for
        rows = [
            await installation.running[name].context.database.fetchval(
                "SELECT intake_applied FROM aggregate WHERE case_id = $1", case_id
            )
            for name in ("dispatch", "supervision")
        ]
        return rows == [2, 2]

    await wait_until(heard, what="the filing")
    await tell(installation, case_id, kit.routed(Assignment(unit_id="sanitation", role="lead")))
    bearer = {"authorization": f"Bearer {await access_token(installation, 'dispatcher')}"}

    async def order() -> datetime | None:
        async with http_client.create_client(base_url=installation.running["dispatch"].url, headers=bearer) as web:
            found = (await web.get("/api/dispatch/dispatches", params={"case_id": str(case_id)})).json()["items"]
        return datetime.fromisoformat(found[0]["due_at"]) if found else None

    async def clock() -> tuple[datetime, str] | None:
        async with http_client.create_client(base_url=installation.running["supervision"].url, headers=bearer) as web:
            found = await web.get(f"/api/supervision/cases/{case_id}")
        clocks = found.json()["clocks"] if found.status_code == 200 else []
        return next(
            ((datetime.fromisoformat(each["due_at"]), each["light"]) for each in clocks if each["name"] == "handle"),
            None,
        )

    return await wait_until(order, what="the order"), *await wait_until(clock, what="the clock")


async def publish(installation: Installation, table: dict[str, bool] | None = None, **settings: object) -> None:
    """The administrator publishes other settings, and working days; dispatch and supervision take them up."""
    bearer = {"authorization": f"Bearer {await access_token(installation, 'administrator')}"}
    days = [
        {"kind": "calendar_day", "id": day, "body": {"id": day, "working": works}}
        for day, works in (table or {}).items()
    ]
    async with http_client.create_client(base_url=installation.running["registry"].url, headers=bearer) as web:
        body = (await web.get("/api/registry/entities/district")).json()["items"][0]
        change = {"kind": "district", "id": body["id"], "body": {**body, **settings}}
        answer = await web.post("/api/registry/changes", params={"publish": True}, json={"changes": [*days, change]})
    release = answer.json()["release"]

    async def taken_up() -> bool:
        return all(
            installation.running[name].context.district.release >= release for name in ("dispatch", "supervision")
        )

    await wait_until(taken_up, what="the release everywhere")


async def test_one_work_day_from_the_evening_before_a_make_up_saturday_in_both_readings(evening: Installation) -> None:
    """One office day consumed ends on Saturday at the same time; the other reading at Saturday's closing time."""
    order, clock, light = await sent(evening)
    assert order == clock
    assert at("02-14 17:30") <= order < at("02-14 17:32")
    assert light == "green"
    await publish(evening, work_day_reading="end_of_day")
    order, clock, light = await sent(evening)
    assert order == clock == at("02-14 18:00")
    assert light == "green"
    await _an_order_is_returned_by_the_calendar_that_is_announced(evening)


async def _an_order_is_returned_by_the_calendar_that_is_announced(installation: Installation) -> None:
    """Sent on New Year's Eve before a year that has no calendar yet: its first week becomes a holiday."""
    eve = at("12-31 17:00")
    installation.shift_clock(seconds=(eve - installation.now()).total_seconds())
    await sent(installation)
    pool = installation.running["dispatch"].context.database
    state = "SELECT state->'dispatches'->0->>'return_until' FROM aggregate JOIN provisional_deadline USING (case_id)"
    before = datetime.fromisoformat(await pool.fetchval(state))
    (case_id,) = [row["case_id"] for row in await pool.fetch("SELECT case_id FROM provisional_deadline")]
    week = {f"2027-01-{day:02}": False for day in range(4, 9)}
    await publish(installation, {**week, "2027-01-09": True}, announced_years=[2027])

    async def settled() -> bool:
        return await pool.fetchval("SELECT count(*) FROM provisional_deadline") == 0

    await wait_until(settled, what="the window of returns")
    now = await pool.fetchval(
        "SELECT state->'dispatches'->0->>'return_until' FROM aggregate WHERE case_id = $1", case_id
    )
    assert datetime.fromisoformat(now) > before
