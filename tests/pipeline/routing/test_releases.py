"""Decisions follow the release in force, and a recorded decision can be made again."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from contracts.base import utc_text
from contracts.events.command import CaseRouted, DecisionDueMoved, DecisionNeeded
from services.chassis import release_store
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from services.routing.store import searches
from tests.support.routing_driver import GB, RoutingDriver
from tests.support.waiting import wait_until


async def waiting(driver: RoutingDriver, who: str, case_id: UUID, mode: str = "actual") -> dict[str, Any]:
    """Wait until the case is in the queue of this account, and return its item."""

    async def there() -> Any:
        page = await driver.get(who, f"/queue?limit=200&mode={mode}")
        return next((item for item in page["items"] if item["case_id"] == str(case_id)), None)

    return await wait_until(there, what=f"the case in the queue of {who}")


async def test_a_new_release_decides_later_cases_and_earlier_decisions_can_be_reproduced(driver: RoutingDriver) -> None:
    """A decision is stored with its question and the version of the list."""
    before = await driver.file_case("06010")
    first = await driver.published(before, CaseRouted)
    change = {
        "kind": "responsibility",
        "id": "gb-06010",
        "body": {"id": "gb-06010", "match": {"category": f"{GB}06010"}, "area": "370522", "lead": "urban-management"},
    }
    release = (await driver.registry("POST", "/changes?publish=true", {"changes": [change]}))["release"]

    await wait_until(lambda: driver.routing.context.district.release == release, what="the new release at routing")
    after = await driver.file_case("06010")
    second = await driver.published(after, CaseRouted)
    assert (first.assignments[0].unit_id, second.assignments[0].unit_id) == ("sanitation", "urban-management")
    assert (first.list_version < second.list_version, second.list_version) == (True, release)
    pool = driver.routing.context.database
    for case_id in (before, after):
        (recorded,) = await searches.decisions(pool, case_id)
        index = ListIndex(await release_store.load_snapshot(pool, recorded.event.list_version))
        again = decide(index, recorded.question)
        event = recorded.event
        assert isinstance(event, CaseRouted)
        assert (again.assignments, again.candidates, again.explanation) == (
            event.assignments,
            event.candidates,
            event.explanation,
        )


async def test_the_due_time_of_a_decision_moves_when_the_holidays_are_announced(driver: RoutingDriver) -> None:
    context = driver.routing.context
    body = context.district.settings.to_body()
    far = {**body, "stage_limits": {**body.get("stage_limits", {}), "dispatch": {"amount": 250, "unit": "work_day"}}}
    release = (await publish_settings(driver, far))["release"]

    await wait_until(lambda: context.district.release == release, what="the limit at routing")
    case_id = await driver.file_case("01023")
    needed = await driver.published(case_id, DecisionNeeded)
    assert needed.provisional
    years = [driver.installation.now().year + more for more in range(3)]
    weekdays = [date(year, 6, 8 + n) for year in years for n in range(7)]
    table = {str(day): day.weekday() == 5 for day in weekdays if day.weekday() != 6}
    await publish_settings(driver, {**body, "announced_years": years}, table)
    moved = await driver.published(case_id, DecisionDueMoved)
    assert (moved.provisional, moved.due_at > needed.due_at) == (False, True)
    item = await waiting(driver, "street", case_id)
    told = await driver.get("street", f"/cases/{case_id}/explanation")
    for shown in (item, item["waiting"], told["decisions"][-1]["needed"]):
        assert (shown["due_at"], shown["provisional"]) == (utc_text(moved.due_at), False)
    assert await context.database.fetchval("SELECT count(*) FROM provisional_deadline") == 0
    assert len(await searches.decisions(context.database, case_id)) == 1, "a calendar makes no decision"


async def publish_settings(
    driver: RoutingDriver, settings: dict[str, Any], table: dict[str, bool] | None = None
) -> Any:
    """Publish a release with these settings and working days."""
    changes = [
        {"kind": "calendar_day", "id": day, "body": {"id": day, "working": works}}
        for day, works in (table or {}).items()
    ]
    changes.append({"kind": "district", "id": settings["id"], "body": settings})
    return await driver.registry("POST", "/changes?publish=true", {"changes": changes})


async def test_a_stored_decision_is_reproduced(driver: RoutingDriver) -> None:
    case_id = await driver.file_case("06010")
    await driver.published(case_id, CaseRouted)
    told = await driver.get("leader", f"/cases/{case_id}/decisions/1/reproduced")
    assert (told["same"], told["repeated"]["chosen"][0]["unit_id"]) == (True, "sanitation")
    for who, path in (("leader", f"{case_id}/decisions/9"), ("other_street", f"{case_id}/decisions/1")):
        assert (await driver.request(who, "GET", f"/cases/{path}/reproduced")).status_code == 404
