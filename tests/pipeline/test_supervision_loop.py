"""The loop closed: intake, dispatch and supervision as they are, from a report to the final figures."""

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
from tests.support.installation import Installation, wait_until
from tests.support.intake_driver import IntakeDriver
from tests.support.sample_district import access_token, start_with_sample_district
from tests.support.supervision_driver import SupervisionDriver, next_monday_at_nine


@dataclass
class Loop:
    """Everything but routing, whose decision the test states."""

    installation: Installation
    intake_driver: IntakeDriver
    supervision_driver: SupervisionDriver

    async def unit(self, who: str, path: str, **body: Any) -> httpx.Response:
        """A unit answers over dispatch's public interface."""
        headers = {"authorization": f"Bearer {await access_token(self.installation, who)}"}
        url = self.installation.running["dispatch"].url
        async with http_client.create_client(base_url=f"{url}/api/dispatch", headers=headers) as web:
            return await web.post(path, json=body)

    async def dispatched(self, case_id: UUID) -> UUID:
        """Routing decides for the sanitation centre; the order's id once supervision watches it."""
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
        routing = self.installation.running["routing"].context.cases
        await self._until_filed_at("dispatch", case_id)
        await routing.run([case_id], lambda cases: cases[case_id].emit(decision), cause="test")
        state = await self.supervision_driver.wait_for_status(case_id, "awaiting_signature")
        lead = state.lead_dispatch_id()
        assert lead is not None
        return lead

    async def _until_filed_at(self, service: str, case_id: UUID) -> None:
        """Routing here has not read intake, so nothing but this keeps its decision behind the filing."""
        pool = self.installation.running[service].context.database

        async def there() -> Any:
            return await pool.fetchval("SELECT state->'filed_case' FROM aggregate WHERE case_id = $1", case_id)

        await wait_until(there, what=f"the filing at {service}")


@pytest.fixture
async def loop(installation: Installation) -> AsyncIterator[Loop]:
    installation.shift_clock(seconds=(next_monday_at_nine(installation.now()) - installation.now()).total_seconds())
    await start_with_sample_district(installation, SERVICE, Service(name="routing"), DISPATCH, SUPERVISION)
    intake_driver = IntakeDriver(installation, installation.running["intake"])
    supervision_driver = SupervisionDriver(installation, installation.running["supervision"])
    yield Loop(installation, intake_driver, supervision_driver)
    await intake_driver.close()
    await supervision_driver.close()


async def test_from_a_report_to_the_final_figures(loop: Loop) -> None:
    """Reported by the duty grid's officer, so rechecked by another; failed once, reworked, passed, evaluated."""
    receipt = await loop.intake_driver.file_case()
    case_id = UUID(receipt["case_id"])
    order = await loop.dispatched(case_id)
    assert (await loop.unit("unit_clerk", f"/dispatches/{order}/sign")).status_code == 200
    photos = [await loop.intake_driver.photo("unit_clerk", *each) for each in (("red", "before"), ("blue", "after"))]
    done = {"outcome": "solved", "note": "已清理", "photos": photos}
    answer = await loop.unit("unit_clerk", f"/dispatches/{order}/complete", **done)
    assert answer.status_code == 200, answer.text
    for passed in (False, True):
        await loop.supervision_driver.wait_for_status(case_id, "awaiting_recheck")
        task_id = next(
            key for key, task in (await loop.supervision_driver.state(case_id)).tasks.items() if task.waiting
        )
        own = await loop.supervision_driver.post("officer", f"/tasks/{task_id}/answer", passed=passed, note="看过")
        assert own.json()["type"] == "/problems/not-independent"
        closed = {"closing_condition_met": True, "note": "受理台视频核对"}
        if passed:
            assert (
                await loop.supervision_driver.post("shift_lead", f"/cases/{case_id}/close", **closed)
            ).status_code == 200
        else:
            seen = [await loop.intake_driver.photo("grid_lead", "purple", "after")]
            lead = await loop.supervision_driver.post(
                "grid_lead", f"/tasks/{task_id}/answer", passed=False, note="角落还有", photos=seen
            )
            assert lead.json()["status"] == "rework", lead.text
            await _reworked(loop, order)
            again = await loop.unit("unit_clerk", f"/dispatches/{order}/complete", **done)
            assert again.status_code == 200, again.text
    state = await loop.supervision_driver.wait_for_status(case_id, "evaluated")
    assert (state.flow.outcome, state.reworks, state.failures) == ("solved", 1, 1)
    final = (await loop.supervision_driver.published(case_id, "case_evaluated"))[0]
    counts = {(figure.subject_id, figure.figure): figure.value for figure in final.figures}
    assert counts["officer-jincheng-05", "filed"] == counts["sanitation", "completed_on_time"] == 1
    assert counts["sanitation", "reworked"] == counts["sanitation", "recheck_failed"] == 1


async def _reworked(loop: Loop, order: UUID) -> None:
    """Wait until dispatch has heard of the rework."""
    pool = loop.installation.running["dispatch"].context.database

    async def there() -> bool:
        return await pool.fetchval("SELECT status FROM dispatch WHERE id = $1", order) == "rework"

    await wait_until(there, what="the rework at dispatch")


async def test_what_was_settled_on_the_spot_and_fails_its_sample_becomes_a_case(loop: Loop) -> None:
    """Situation 19: approved, drawn into the sample, found undone by another officer, filed and dispatched like any."""
    await _sample_everything(loop)
    photos = [await loop.intake_driver.photo("officer", *each) for each in (("red", "before"), ("blue", "after"))]
    receipt = await loop.intake_driver.submit_accepted(photos=photos, settlement={"what_was_done": "当场清理"})
    case_id = UUID(receipt["case_id"])
    await loop.intake_driver.wait_for_status(receipt, "settled")
    approved = await loop.intake_driver.post("intake_clerk", f"cases/{case_id}/settlement", approved=True)
    assert approved.status_code == 200, approved.text
    state = await loop.supervision_driver.wait_for_status(case_id, "rechecking")
    task_id = next(key for key, task in state.tasks.items() if task.waiting)
    own = await loop.supervision_driver.post("officer", f"/tasks/{task_id}/answer", passed=True, note="好")
    assert own.json()["type"] == "/problems/not-independent"
    seen = [await loop.intake_driver.photo("grid_lead", "purple", "after")]
    found = await loop.supervision_driver.post(
        "grid_lead", f"/tasks/{task_id}/answer", passed=False, note="又贴上了", photos=seen
    )
    assert found.status_code == 200, found.text
    await loop.dispatched(case_id)
    counted = await loop.supervision_driver.supervision.context.database.fetch(
        "SELECT figure FROM score_entry WHERE subject_id = 'officer-jincheng-05' GROUP BY figure HAVING sum(value) > 0 ORDER BY figure"
    )
    assert [row["figure"] for row in counted] == [
        "discovered",
        "filed",
        "grid_filed",
        "reported",
        "sample_failed",
        "settleable",
    ], "撤销计分: what did not hold was not settled, and the report was valid"


async def _sample_everything(loop: Loop) -> None:
    """The district draws every settlement into the sample."""
    administrator, registry = (
        await loop.intake_driver.client_of("administrator"),
        loop.installation.running["registry"].url,
    )
    settings = loop.supervision_driver.supervision.context.district.settings.model_copy(update={"sample_rate": 1.0})
    change = {"kind": "district", "id": settings.id, "body": settings.to_body()}
    answer = await administrator.post(f"{registry}/api/registry/changes?publish=true", json={"changes": [change]})
    assert answer.status_code == 200, answer.text
    release = answer.json()["release"]

    async def everywhere() -> bool:
        known = [
            each.context.district_or_none for name, each in loop.installation.running.items() if name != "registry"
        ]
        return all(district is not None and district.release >= release for district in known)

    await wait_until(everywhere, what="the new sample rate")
