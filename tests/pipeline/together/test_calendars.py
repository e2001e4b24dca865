"""Deadlines in special calendars: before nine days off (situation 14), and in a year that is not announced."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import pytest

from contracts.clocks.calendar import SHANGHAI
from contracts.events.acceptance import Milestone
from contracts.events.command import Assignment
from services.chassis import http_client
from services.chassis.service import Service
from services.dispatch.app import SERVICE as DISPATCH
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.installation import Installation
from tests.support.sample_district import access_token, start_with_sample_district
from tests.support.supervision_driver import GRID
from tests.support.waiting import wait_until
from tests.unit.dispatch.sample_events import filed as filed_event
from tests.unit.dispatch.sample_events import routed
from tests.unit.supervision import sample_events

EVENING = datetime(2026, 2, 13, 17, 30, tzinfo=SHANGHAI)
ONE_DAY = Milestone(name="办结", name_en="Done", amount=1, unit="work_day")


def at(text: str) -> datetime:
    """Return an instant of 2026."""
    return datetime.strptime(f"2026-{text}", "%Y-%m-%d %H:%M").replace(tzinfo=SHANGHAI)


@pytest.fixture
async def evening(installation: Installation) -> Installation:
    """Return dispatch and supervision on Friday 13 February 2026, 17:30; intake and routing are stubs.

    The Saturday is a make-up day, followed by nine days off.
    """
    await start_with_sample_district(
        installation, DISPATCH, SUPERVISION, *(Service(name=name) for name in ("intake", "routing"))
    )
    installation.shift_clock(seconds=(EVENING - installation.now()).total_seconds())
    return installation


async def dispatch_case(installation: Installation) -> tuple[datetime, datetime, str]:
    """Dispatch a case with a limit of one work day. Return its deadline at dispatch, at supervision, and its light."""
    case_id, now = uuid4(), installation.now()
    place = {"place": {"grid_code": GRID}, "community": GRID[:12], "centre_id": "centre-lijin"}
    filed = filed_event(milestones=(ONE_DAY,), reported_at=now, case_due_at=now, **place)
    await installation.publish("intake", case_id, sample_events.received(now), filed)

    async def applied() -> bool:  # the routing stub states no dependencies, so the filing has to be applied first
        rows = [
            await installation.running[name].context.database.fetchval(
                "SELECT intake_applied FROM aggregate WHERE case_id = $1", case_id
            )
            for name in ("dispatch", "supervision")
        ]
        return rows == [2, 2]

    await wait_until(applied, what="the filing")
    await installation.publish("routing", case_id, routed(Assignment(unit_id="sanitation", role="lead")))
    bearer = {"authorization": f"Bearer {await access_token(installation, 'dispatcher')}"}

    async def due_at_dispatch() -> datetime | None:
        async with http_client.create_client(base_url=installation.running["dispatch"].url, headers=bearer) as web:
            found = (await web.get("/api/dispatch/dispatches", params={"case_id": str(case_id)})).json()["items"]
        return datetime.fromisoformat(found[0]["due_at"]) if found else None

    async def due_at_supervision() -> tuple[datetime, str] | None:
        async with http_client.create_client(base_url=installation.running["supervision"].url, headers=bearer) as web:
            found = await web.get(f"/api/supervision/cases/{case_id}")
        clocks = found.json()["clocks"] if found.status_code == 200 else []
        return next(
            ((datetime.fromisoformat(each["due_at"]), each["light"]) for each in clocks if each["name"] == "handle"),
            None,
        )

    return await wait_until(due_at_dispatch, what="the dispatch"), *await wait_until(
        due_at_supervision, what="the clock"
    )


async def publish_settings(
    installation: Installation, table: dict[str, bool] | None = None, **settings: object
) -> None:
    """Publish settings and working days, and wait until dispatch and supervision have the release."""
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


async def test_one_work_day_before_a_make_up_saturday_ends_on_saturday(evening: Installation) -> None:
    """It ends at the same time of day, or with the setting `end_of_day` at the closing time."""
    order, clock, light = await dispatch_case(evening)
    assert order == clock
    assert at("02-14 17:30") <= order < at("02-14 17:32")
    assert light == "green"
    await publish_settings(evening, work_day_reading="end_of_day")
    order, clock, light = await dispatch_case(evening)
    assert order == clock == at("02-14 18:00")
    assert light == "green"


async def test_the_time_to_return_a_dispatch_moves_when_the_holidays_are_announced(evening: Installation) -> None:
    """The case is dispatched on New Year's Eve, and the first week of the year becomes a holiday."""
    installation = evening
    eve = at("12-31 17:00")
    installation.shift_clock(seconds=(eve - installation.now()).total_seconds())
    await dispatch_case(installation)
    pool = installation.running["dispatch"].context.database
    state = "SELECT state->'dispatches'->0->>'return_until' FROM aggregate JOIN provisional_deadline USING (case_id)"
    before = datetime.fromisoformat(await pool.fetchval(state))
    (case_id,) = [row["case_id"] for row in await pool.fetch("SELECT case_id FROM provisional_deadline")]
    week = {f"2027-01-{day:02}": False for day in range(4, 9)}
    await publish_settings(installation, {**week, "2027-01-09": True}, announced_years=[2027])

    async def settled() -> bool:
        return await pool.fetchval("SELECT count(*) FROM provisional_deadline") == 0

    await wait_until(settled, what="the new time to return")
    now = await pool.fetchval(
        "SELECT state->'dispatches'->0->>'return_until' FROM aggregate WHERE case_id = $1", case_id
    )
    assert datetime.fromisoformat(now) > before
