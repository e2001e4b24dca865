"""The whole loop with intake, dispatch and supervision, from a report to the final figures."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from contracts.events.command import Assignment, CaseRouted
from services.chassis import http_client
from services.chassis.auth import SYSTEM
from services.chassis.service import Service
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.installation import Installation
from tests.support.intake_driver import IntakeDriver
from tests.support.sample_district import access_token, start_with_sample_district
from tests.support.supervision_driver import SupervisionDriver, next_monday_at_nine
from tests.support.waiting import wait_until


@dataclass
class LoopDriver:
    """Drivers of intake, dispatch and supervision; routing is a stub."""

    installation: Installation
    intake_driver: IntakeDriver
    supervision_driver: SupervisionDriver

    async def post_as_unit(self, who: str, path: str, **body: Any) -> httpx.Response:
        """Send a command to dispatch as an account of a unit."""
        headers = {"authorization": f"Bearer {await access_token(self.installation, who)}"}
        url = self.installation.running["dispatch"].url
        async with http_client.create_client(base_url=f"{url}/api/dispatch", headers=headers) as web:
            return await web.post(path, json=body)

    async def dispatch(self, case_id: UUID) -> UUID:
        """Route the case to the sanitation centre, wait until supervision knows the dispatch, and return it."""
        decision = CaseRouted(
            round=1,
            rule="responsibility_list",
            list_version=1,
            assignments=(Assignment(unit_id="sanitation", role="lead"),),
            candidates=(),
            explanation="x",
            explanation_en="x",
            decided_by=SYSTEM,
        )
        await self.supervision_driver.wait_for_status(case_id, "awaiting_dispatch")
        await self._wait_until_filed_at("dispatch", case_id)
        await self.installation.publish("routing", case_id, decision)
        state = await self.supervision_driver.wait_for_status(case_id, "awaiting_signature")
        lead = state.lead_dispatch_id()
        assert lead is not None
        return lead

    async def _wait_until_filed_at(self, service: str, case_id: UUID) -> None:
        """Wait for the filing: the routing stub states no dependencies, so its decision could be applied before."""
        pool = self.installation.running[service].context.database

        async def there() -> Any:
            return await pool.fetchval("SELECT state->'filed_case' FROM aggregate WHERE case_id = $1", case_id)

        await wait_until(there, what=f"the filing at {service}")


@pytest.fixture
async def driver(installation: Installation) -> AsyncIterator[LoopDriver]:
    installation.shift_clock(seconds=(next_monday_at_nine(installation.now()) - installation.now()).total_seconds())
    await start_with_sample_district(installation, SERVICE, Service(name="routing"), DISPATCH, SUPERVISION)
    intake_driver = IntakeDriver(installation, installation.running["intake"])
    supervision_driver = SupervisionDriver(installation, installation.running["supervision"])
    yield LoopDriver(installation, intake_driver, supervision_driver)
    await intake_driver.close()
    await supervision_driver.close()


async def test_a_report_is_handled_rechecked_reworked_and_evaluated(driver: LoopDriver) -> None:
    """The officer who reported it may not recheck it. The first recheck fails."""
    receipt = await driver.intake_driver.file_case()
    case_id = UUID(receipt["case_id"])
    order = await driver.dispatch(case_id)
    assert (await driver.post_as_unit("unit_clerk", f"/dispatches/{order}/sign")).status_code == 200
    photos = [await driver.intake_driver.photo("unit_clerk", *each) for each in (("red", "before"), ("blue", "after"))]
    done = {"outcome": "solved", "note": "已清理", "photos": photos}
    answer = await driver.post_as_unit("unit_clerk", f"/dispatches/{order}/complete", **done)
    assert answer.status_code == 200, answer.text
    for passed in (False, True):
        await driver.supervision_driver.wait_for_status(case_id, "awaiting_recheck")
        task_id = next(
            key for key, task in (await driver.supervision_driver.state(case_id)).tasks.items() if task.waiting
        )
        own = await driver.supervision_driver.post("officer", f"/tasks/{task_id}/answer", passed=passed, note="看过")
        assert own.json()["type"] == "/problems/not-independent"
        closed = {"closing_condition_met": True, "note": "受理台视频核对"}
        if passed:
            assert (
                await driver.supervision_driver.post("shift_lead", f"/cases/{case_id}/close", **closed)
            ).status_code == 200
        else:
            seen = [await driver.intake_driver.photo("grid_lead", "purple", "after")]
            lead = await driver.supervision_driver.post(
                "grid_lead", f"/tasks/{task_id}/answer", passed=False, note="角落还有", photos=seen
            )
            assert lead.json()["status"] == "rework", lead.text
            await _wait_for_rework(driver, order)
            again = await driver.post_as_unit("unit_clerk", f"/dispatches/{order}/complete", **done)
            assert again.status_code == 200, again.text
    state = await driver.supervision_driver.wait_for_status(case_id, "evaluated")
    assert (state.flow.outcome, state.reworks, state.failures) == ("solved", 1, 1)
    final = (await driver.supervision_driver.published(case_id, "case_evaluated"))[0]
    counts = {(figure.subject_id, figure.figure): figure.value for figure in final.figures}
    assert counts["officer-jincheng-05", "filed"] == counts["sanitation", "completed_on_time"] == 1
    assert counts["sanitation", "reworked"] == counts["sanitation", "recheck_failed"] == 1


async def _wait_for_rework(driver: LoopDriver, order: UUID) -> None:
    """Wait until dispatch has applied the rework."""
    pool = driver.installation.running["dispatch"].context.database

    async def there() -> bool:
        return await pool.fetchval("SELECT status FROM dispatch WHERE id = $1", order) == "rework"

    await wait_until(there, what="the rework at dispatch")


async def test_a_settlement_whose_sample_fails_is_filed_and_dispatched(driver: LoopDriver) -> None:
    """Situation 19: another officer rechecks the sample."""
    await _sample_everything(driver)
    photos = [await driver.intake_driver.photo("officer", *each) for each in (("red", "before"), ("blue", "after"))]
    receipt = await driver.intake_driver.submit_accepted(photos=photos, settlement={"what_was_done": "当场清理"})
    case_id = UUID(receipt["case_id"])
    await driver.intake_driver.wait_for_status(receipt, "settled")
    approved = await driver.intake_driver.post("intake_clerk", f"cases/{case_id}/settlement", approved=True)
    assert approved.status_code == 200, approved.text
    state = await driver.supervision_driver.wait_for_status(case_id, "rechecking")
    task_id = next(key for key, task in state.tasks.items() if task.waiting)
    own = await driver.supervision_driver.post("officer", f"/tasks/{task_id}/answer", passed=True, note="好")
    assert own.json()["type"] == "/problems/not-independent"
    seen = [await driver.intake_driver.photo("grid_lead", "purple", "after")]
    found = await driver.supervision_driver.post(
        "grid_lead", f"/tasks/{task_id}/answer", passed=False, note="又贴上了", photos=seen
    )
    assert found.status_code == 200, found.text
    await driver.dispatch(case_id)
    counted = await driver.supervision_driver.supervision.context.database.fetch(
        "SELECT figure FROM score_entry WHERE subject_id = 'officer-jincheng-05' GROUP BY figure HAVING sum(value) > 0 ORDER BY figure"
    )
    assert [row["figure"] for row in counted] == [
        "discovered",
        "filed",
        "grid_filed",
        "reported",
        "sample_failed",
        "settleable",
    ], "the settlement is not counted, and the report is valid"


async def _sample_everything(driver: LoopDriver) -> None:
    """Publish a release in which every settlement is sampled."""
    administrator, registry = (
        await driver.intake_driver.client_of("administrator"),
        driver.installation.running["registry"].url,
    )
    settings = driver.supervision_driver.supervision.context.district.settings.model_copy(update={"sample_rate": 1.0})
    change = {"kind": "district", "id": settings.id, "body": settings.to_body()}
    answer = await administrator.post(f"{registry}/api/registry/changes?publish=true", json={"changes": [change]})
    assert answer.status_code == 200, answer.text
    release = answer.json()["release"]

    async def everywhere() -> bool:
        known = [
            each.context.district_or_none for name, each in driver.installation.running.items() if name != "registry"
        ]
        return all(district is not None and district.release >= release for district in known)

    await wait_until(everywhere, what="the new sample rate")
