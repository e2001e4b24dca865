"""Patrols: due visits, check-ins, shifts, and the erasure of positions."""

from __future__ import annotations

import asyncio
import itertools
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from contracts.common import Actor
from services.chassis import http_client
from services.chassis.coordinates import degrees, from_cgcs2000
from services.supervision.app import SERVICE
from services.supervision.store import check_ins
from services.supervision.workers.roster import erase_positions, write_rounds
from tests.support.exported_tables import ledger_rows
from tests.support.supervision_driver import SHANGHAI, SupervisionDriver
from tests.support.waiting import wait_until
from tests.unit.supervision import sample_events

OFFICER = "officer-jincheng-05"
AREA = "370522001003"
"""The community 津城; `grid_lead` leads its officers."""


async def my_points(driver: SupervisionDriver, who: str = "officer") -> list[dict[str, Any]]:
    """Return the duty points of the current shift of this account."""
    turns = (await driver.get(who, "/patrol/mine"))["turns"]
    return turns[0]["points"] if turns else []


def near(point: dict[str, Any], metres: float = 10, crs: str = "wgs84", **more: Any) -> dict[str, Any]:
    """Return a check-in so many metres north of a point, in a coordinate system."""
    north = degrees(metres, point["latitude"])[1]
    longitude, latitude = from_cgcs2000((point["longitude"], point["latitude"] + north), crs)  # type: ignore[arg-type]
    return {
        "point_id": point["point_id"],
        "location": {"longitude": longitude, "latitude": latitude, "crs": crs},
        **more,
    }


async def rows(driver: SupervisionDriver, query: str, *values: Any) -> list[Any]:
    """Return rows of the supervision database."""
    return await driver.supervision.context.database.fetch(query, *values)


async def tomorrow_at_nine(driver: SupervisionDriver) -> datetime:
    """Move the clock to the day shift of tomorrow and wait until its due visits are stored. Return the day."""
    today = driver.installation.now().astimezone(SHANGHAI)
    await wait_until(
        lambda: rows(driver, "SELECT FROM roster_progress WHERE what = 'rounds'"),
        what="the first round of the roster worker",
    )
    driver.installation.shift_clock(hours=24)

    async def stored() -> bool:
        return bool(await rows(driver, "SELECT FROM patrol_duty WHERE officer_id = $1", OFFICER))

    await wait_until(stored, what="the due visits of the day shift")
    return today + timedelta(days=1)


async def test_a_check_in_makes_a_due_visit(driver: SupervisionDriver) -> None:
    """It may use any coordinate system. A repeated request is one visit."""
    first, second = await my_points(driver)
    assert (first["due"], first["visited"], first["radius_m"]) == (2, 0, 50)
    key = {"idempotency-key": str(uuid4())}
    body = near(first, crs="gcj02")
    answers = [await driver.post("officer", "/patrol/check-ins", headers=key, **body) for _ in range(2)]
    assert [answer.json()["result"] for answer in answers] == ["visited", "visited"], answers[0].text
    assert answers[0].json()["visit"]["distance_m"] == pytest.approx(10, abs=0.5)
    again = await driver.post("officer", "/patrol/check-ins", **near(first))
    assert again.json()["result"] == "too_soon"
    shown = await my_points(driver)
    assert [(point["visited"], point["last_visit_at"] is not None) for point in shown] == [(1, True), (0, False)]
    driver.installation.shift_clock(hours=2)

    async def second_visit() -> Any:
        answer = await driver.post("officer", "/patrol/check-ins", **near(first))
        return answer.json()["result"] == "visited" and answer.json()["visit"]["number"] == 2

    await wait_until(second_visit, what="the second visit")
    assert (await my_points(driver))[0]["visited"] == 2
    assert second["visited"] == 0


async def test_a_check_in_too_far_away_is_refused_with_the_distance(driver: SupervisionDriver) -> None:
    point = (await my_points(driver))[0]
    refused = await driver.post("officer", "/patrol/check-ins", **near(point, metres=180))
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/too-far")
    assert refused.json()["distance_m"] == pytest.approx(180, abs=1)
    elsewhere = await driver.post("officer_2", "/patrol/check-ins", **near(point))
    assert (elsewhere.status_code, elsewhere.json()["type"]) == (409, "/problems/not-your-round")
    assert await rows(driver, "SELECT FROM check_in") == []


async def test_an_offline_terminal_sends_its_check_ins_in_a_batch(driver: SupervisionDriver) -> None:
    """Each check-in is checked for its own time. A repeated batch adds nothing."""
    now = driver.installation.now()
    first, second = await my_points(driver)
    seen = [(now - timedelta(minutes=minutes)).isoformat() for minutes in (50, 40, 30)]
    batch = [
        near(second, captured_at=seen[1]),
        near(first, captured_at=seen[0]),
        near(first, metres=400, captured_at=seen[2]),
        near(first, captured_at=(now - timedelta(days=9)).isoformat()),
    ]
    for result in ("visited", "known"):
        answer = await driver.post("officer", "/patrol/check-ins/batch", check_ins=batch)
        assert answer.status_code == 200, answer.text
        found = answer.json()["results"]
        assert [each["result"] for each in found] == [result, result, "refused", "refused"]
        assert [each["problem"]["type"] for each in found[2:]] == [
            "/problems/too-far",
            "/problems/check-in-time-implausible",
        ]
    assert {row["at"] for row in await rows(driver, "SELECT at FROM check_in")} == {
        datetime.fromisoformat(each) for each in seen[:2]
    }


async def test_several_terminals_at_once_make_one_visit(driver: SupervisionDriver) -> None:
    point = (await my_points(driver))[0]
    answers = await asyncio.gather(*(driver.post("officer", "/patrol/check-ins", **near(point)) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    results = sorted(answer.json()["result"] for answer in answers)
    assert results.count("visited") == 1, results
    assert len(await rows(driver, "SELECT FROM check_in")) == 1


async def test_due_visits_and_shifts_are_counted_once_also_over_a_restart(driver: SupervisionDriver) -> None:
    """A shift is attended by a check-in or by a report."""
    day = await tomorrow_at_nine(driver)
    month = f"{day:%Y-%m}"
    scores = await check_ins.count_patrol(driver.supervision.context.database, [month], OFFICER)
    assert scores[OFFICER] == {
        "patrol_due": 4,
        "patrol_visited": 0,
        "points_due": 2,
        "points_visited": 0,
        "shift_due": 1,
        "shift_attended": 0,
    }
    point = (await my_points(driver))[0]
    assert (await driver.post("officer", "/patrol/check-ins", **near(point))).json()["result"] == "visited"
    await driver.installation.stop("supervision")
    driver.supervision = await driver.installation.start(SERVICE)
    driver.installation.shift_clock(hours=24)

    async def next_day() -> bool:
        found = await check_ins.count_patrol(driver.supervision.context.database, months_of(day), OFFICER)
        return found[OFFICER] == {
            "patrol_due": 8,
            "patrol_visited": 1,
            "points_due": 2 * len(months_of(day)),
            "points_visited": 1,
            "shift_due": 2,
            "shift_attended": 1,
        }

    await wait_until(next_day, what="the rounds of another day")
    by = Actor(kind="account", id="officer", role="officer", officer_id=OFFICER)
    await driver.installation.publish(
        "intake", uuid4(), sample_events.received(driver.installation.now(), report_id=uuid4(), reported_by=by)
    )

    async def attended() -> bool:
        found = await check_ins.count_patrol(driver.supervision.context.database, months_of(day), OFFICER)
        return found[OFFICER]["shift_attended"] == 2

    await wait_until(attended, what="the report made in the second shift")


async def test_a_round_of_the_roster_worker_is_written_completely_or_not_at_all(
    driver: SupervisionDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The round after an outage writes the outage, the due visits and the progress; here the progress fails."""
    driver.installation.discard_after_use()
    context = driver.supervision.context
    outage = timedelta(hours=context.district.settings.patrol.offline_hours + 1)
    after_outage = driver.installation.now() + outage
    await wait_until(lambda: check_ins.load_progress(context.database, "rounds"), what="the first round")

    async def written() -> tuple[int, int, datetime | None]:
        counts = [(await rows(driver, f"SELECT count(*) FROM {each}"))[0][0] for each in ("outage", "patrol_duty")]
        return counts[0], counts[1], await check_ins.load_progress(context.database, "rounds")

    async def fail(*_: object) -> None:
        raise ArithmeticError("the progress cannot be written")

    with monkeypatch.context() as patched:
        patched.setattr(check_ins, "save_progress", fail)
        before = await written()
        with pytest.raises(ArithmeticError):
            await write_rounds(context, context.district, after_outage)
        assert await written() == before == (0, 0, before[2])
    turns = await write_rounds(context, context.district, after_outage)
    outages, duties, progress = await written()
    assert (outages, duties >= turns > 0, progress) == (1, True, after_outage)


async def test_a_shift_is_attended_by_a_report_of_its_hours(driver: SupervisionDriver) -> None:
    """One report was sent after the shift; another falls into the hours of a night shift in the next month."""
    pool, now, month = driver.supervision.context.database, driver.installation.now(), "2020-01"
    turns = {"early": (10, 5), "missed": (4, 2), "night": (1, -1)}
    await pool.executemany(
        "INSERT INTO patrol_duty (shift_id, starts_at, point_id, ends_at, officer_id, grid_code, due, month)"
        " VALUES ($1, $2, 'a-point', $3, $4, $5, 1, $6)",
        [
            (shift, now - timedelta(hours=begun), now - timedelta(hours=ended), OFFICER, f"{AREA}005", month)
            for shift, (begun, ended) in turns.items()
        ],
    )
    by = Actor(kind="account", id="officer", role="officer", officer_id=OFFICER)
    for number, seen in (("LJ-1", now - timedelta(hours=6)), ("LJ-2", now)):
        times = {"reported_at": seen, "occurred_at": seen}
        report = sample_events.received(now, report_id=uuid4(), reported_by=by, case_number=number, **times)
        await driver.installation.publish("intake", uuid4(), report)

    async def attended() -> bool:
        found = await check_ins.count_patrol(pool, [month], OFFICER)
        return (found[OFFICER]["shift_due"], found[OFFICER]["shift_attended"]) == (3, 2)

    await wait_until(attended, what="both reports")
    path = f"/patrol/officers/{OFFICER}/turns"
    pages = [await driver.get("officer", path, period=month, limit=2)]
    pages.append(await driver.get("officer", path, period=month, limit=2, cursor=pages[0]["next"]))
    shown = [
        (item["shift_id"], item["seen"] and item["seen"]["case_number"]) for page in pages for item in page["items"]
    ]
    assert shown == [("early", "LJ-1"), ("missed", None), ("night", "LJ-2")]
    only = await driver.get("assessor", path, period=month, attended=True)
    assert [(item["shift_id"], item["seen"]["what"]) for item in only["items"]] == [
        ("early", "reported"),
        ("night", "reported"),
    ]
    elsewhere = await driver.get("grid_lead", path, period=month, attended=True)
    assert [item["seen"]["case_number"] for item in elsewhere["items"]] == [None, None], "a case outside their area"
    ledger = await ledger_rows(await driver.client_of("officer"), f"/patrol/officers/{OFFICER}/ledger", period=month)
    assert [row["Attended by"] for row in ledger] == ["report", "", "report"]


def months_of(day: datetime) -> list[str]:
    """Return the months of a day and the next one."""
    return sorted({f"{day:%Y-%m}", f"{day + timedelta(days=1):%Y-%m}"})


async def test_leads_and_the_centre_see_the_visits_of_their_area(driver: SupervisionDriver) -> None:
    day = await tomorrow_at_nine(driver)
    point = (await my_points(driver))[0]
    await driver.post("officer", "/patrol/check-ins", **near(point))
    lead = await driver.get("grid_lead", "/patrol/rounds", day=f"{day:%Y-%m-%d}")
    officers = driver.supervision.context.district.officers
    own = {each.id for each in officers.values() if each.role == "officer" and (each.primary_grid or "")[:12] == AREA}
    assert sorted(item["officer_id"] for item in lead["items"]) == sorted(own)
    mine = next(item for item in lead["items"] if item["officer_id"] == OFFICER)
    assert (mine["due"], mine["visited"]) == (4, 1)
    assert len((await driver.get("shift_lead", "/patrol/rounds", day=f"{day:%Y-%m-%d}"))["items"]) > len(own)
    path = f"/patrol/officers/{OFFICER}"
    for who in ("officer", "grid_lead", "assessor"):
        behind = await driver.get(who, f"{path}/visits", period=f"{day:%Y-%m}")
        assert [(item["point_id"], item["name"]) for item in behind["items"]] == [(point["point_id"], point["name"])], (
            who
        )
        assert "longitude" not in behind["items"][0]
        pages = [await driver.get(who, f"{path}/duties", period=f"{day:%Y}", limit=1)]
        while pages[-1]["next"]:
            pages.append(await driver.get(who, f"{path}/duties", period=f"{day:%Y}", limit=1, cursor=pages[-1]["next"]))
        due = [item for page in pages for item in page["items"]]
        assert sorted((item["due"], item["visited"]) for item in due) == [(2, 0), (2, 1)], who
        ledger = await ledger_rows(await driver.client_of(who), f"{path}/ledger", period=f"{day:%Y-%m}")
        turn = next(row for row in ledger if row["Visits made"] == "1")
        assert (turn["Id"], turn["Duty points"], turn["Points visited"], turn["Visits due"]) == (OFFICER, "2", "1", "4")
        assert turn["First visit"] == turn["Last visit"]
        assert turn["First visit"].endswith(turn["Times of visits"])
        assert len(turn["Points not done"].split(", ")) == 2
    whole = await ledger_rows(await driver.client_of("grid_lead"), "/patrol/rounds/ledger", period=f"{day:%Y-%m}")
    assert {row["Id"] for row in whole} == own, "only officers of the area"
    for who, what in itertools.product(("officer_2", "lane_lead"), ("visits", "duties", "ledger.csv")):
        answer = await (await driver.client_of(who)).get(f"{path}/{what}", params={"period": f"{day:%Y-%m}"})
        assert answer.status_code == 404, (who, what)


async def test_the_roster_shows_officers_on_duty_and_grids_without_one(driver: SupervisionDriver) -> None:
    day = await tomorrow_at_nine(driver)
    whole = await driver.get("shift_lead", "/roster")
    assert whole["grids"] == len(whole["items"])
    own = next(item for item in whole["items"] if OFFICER in [each["officer_id"] for each in item["on_duty"]])
    assert own["next"]["starts_at"] > own["on_duty"][0]["starts_at"]
    lead = await driver.get("grid_lead", "/roster")
    assert {item["grid_code"][:12] for item in lead["items"]} == {AREA}
    night = await driver.get("leader", "/roster", at=f"{day:%Y-%m-%d}T03:00:00+08:00", only_without=True)
    assert night["without"] == len(night["items"]) <= night["grids"]


async def test_positions_are_erased_after_their_retention_and_check_ins_stay(driver: SupervisionDriver) -> None:
    point = (await my_points(driver))[0]
    await driver.post("officer", "/patrol/check-ins", **near(point))
    context = driver.supervision.context
    await erase_positions(context, context.district)
    assert [row["latitude"] is not None for row in await rows(driver, "SELECT latitude FROM check_in")] == [True]
    driver.installation.shift_clock(days=91)

    async def erased() -> bool:
        found = await rows(driver, "SELECT longitude, latitude, accuracy_m, distance_m FROM check_in")
        return [tuple(row)[:3] for row in found] == [(None, None, None)] and found[0]["distance_m"] > 9

    await wait_until(erased, what="the erasure of the position")
    for change in ("DELETE FROM check_in", "UPDATE check_in SET distance_m = 0", "UPDATE check_in SET latitude = 1"):
        with pytest.raises(asyncpg.RaiseError):
            await context.database.execute(change)


async def test_only_officers_may_check_in(driver: SupervisionDriver) -> None:
    point = (await my_points(driver))[0]
    assert (await driver.post("shift_lead", "/patrol/check-ins", **near(point))).status_code == 403
    async with http_client.create_client(base_url=driver.supervision.url) as nobody:
        assert (await nobody.get("/api/supervision/patrol/mine")).status_code == 401
    without = near(point)
    del without["location"]["crs"]
    assert (await driver.post("officer", "/patrol/check-ins", **without)).status_code == 422
