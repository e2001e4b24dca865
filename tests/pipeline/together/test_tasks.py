"""Verifications and rechecks: assigned when a shift begins, passed on, and escalated when late."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from services.chassis.service import Service
from services.intake.app import SERVICE
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.installation import Installation
from tests.support.intake_driver import IntakeDriver, jpeg, location_in
from tests.support.sample_district import start_with_sample_district
from tests.support.supervision_driver import SupervisionDriver, next_monday_at_nine
from tests.support.waiting import wait_until

WITHOUT_NIGHT_SHIFT = "370522002001006"
"""The grid 凤仪06, in a street without officers at night; its grid lead is `lead-fengyi-south`."""


@dataclass
class TaskDriver:
    """Drivers of intake and supervision, and the tasks of officers."""

    installation: Installation
    intake_driver: IntakeDriver
    supervision_driver: SupervisionDriver

    async def report(self, grid_code: str = "370522001003005") -> tuple[dict[str, Any], UUID]:
        """Report as a resident, so that an officer has to verify on site. Return receipt and task."""
        receipt = await self.intake_driver.submit_accepted("", photos=[], location=location_in(grid_code))
        task = (await self.intake_driver.wait_for_status(receipt, "verifying")).task
        assert task is not None
        return receipt, task.task_id

    async def officer_of(self, receipt: dict[str, Any], *not_these: str | None) -> str:
        """Wait until the verification is assigned to another officer than these, and return the officer."""

        async def there() -> str | None:
            task = (await self.intake_driver.state(receipt)).task
            return task.officer_id if task is not None and task.officer_id not in (None, *not_these) else None

        return await wait_until(there, what="an officer")


@pytest.fixture
async def driver(installation: Installation) -> AsyncIterator[TaskDriver]:
    installation.shift_clock(seconds=(next_monday_at_nine(installation.now()) - installation.now()).total_seconds())
    await start_with_sample_district(
        installation, SERVICE, SUPERVISION, *(Service(name=name) for name in ("routing", "dispatch"))
    )
    found = TaskDriver(
        installation,
        IntakeDriver(installation, installation.running["intake"]),
        SupervisionDriver(installation, installation.running["supervision"]),
    )
    yield found
    await found.intake_driver.close()
    await found.supervision_driver.close()


async def test_a_verification_of_the_night_is_assigned_when_the_day_shift_begins(driver: TaskDriver) -> None:
    driver.installation.shift_clock(hours=14)  # 23:00
    receipt, _ = await driver.report(WITHOUT_NIGHT_SHIFT)
    task = (await driver.intake_driver.state(receipt)).task
    assert task is not None
    assert (task.officer_id, task.due_at.astimezone().minute) == (None, 30)
    queue = (
        await (await driver.intake_driver.client_of("intake_clerk")).get("/api/intake/queue?kind=verification")
    ).json()["items"]
    assert [item["case"]["case_number"] for item in queue] == [receipt["case_number"]]
    driver.installation.shift_clock(hours=9, minutes=5)  # 08:05
    assert await driver.officer_of(receipt) == "officer-fengyi-06"

    async def clock_has_officer() -> bool:
        state = await driver.supervision_driver.state(UUID(receipt["case_id"]))
        return any(clock.officer_id == "officer-fengyi-06" for clock in state.clocks.values())

    await wait_until(clock_has_officer, what="the officer on the clock")


async def test_a_verification_that_is_passed_on_is_assigned_to_another_officer(driver: TaskDriver) -> None:
    receipt, task_id = await driver.report()
    assert await driver.officer_of(receipt) == "officer-jincheng-05"
    stranger = await driver.intake_driver.post("officer_2", f"tasks/{task_id}/pass-on", note="没空")
    assert stranger.status_code == 403
    answers = [
        await driver.intake_driver.post("officer", f"tasks/{task_id}/pass-on", note="在另一处现场") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    next_one = await driver.officer_of(receipt)
    assert next_one != "officer-jincheng-05"
    refused = await driver.intake_driver.post("officer", f"tasks/{task_id}/assign", officer_id="officer-jincheng-05")
    assert refused.status_code == 403
    sent = await driver.intake_driver.post("shift_lead", f"tasks/{task_id}/assign", officer_id="officer-jincheng-06")
    assert (sent.status_code, sent.json()["task"]["officer_id"]) == (200, "officer-jincheng-06")
    sender = next(
        body["assigned_by"]
        for kind, body in reversed(await driver.intake_driver.events_of(receipt))
        if kind == "verification_assigned"
    )
    assert sender["role"] == "shift_lead", "the account is also an intake clerk, who may not assign"
    kinds = await driver.intake_driver.types(receipt)
    assert kinds.count("verification_passed_on") == 1
    assert kinds.count("verification_assigned") == 2


async def test_an_officer_who_reports_the_same_loses_the_verification(driver: TaskDriver) -> None:
    """The report is attached, and the task goes to another officer with the reason."""
    receipt, task_id = await driver.report()
    assert await driver.officer_of(receipt) == "officer-jincheng-05"
    own = await driver.intake_driver.submit_accepted("officer", photos=[await driver.intake_driver.photo()])
    await driver.intake_driver.wait_for_status(own, "attached")
    next_one = await driver.officer_of(receipt, "officer-jincheng-05")
    late = await driver.intake_driver.post("officer", f"tasks/{task_id}/answer", result="confirmed", note="属实")
    assert (late.status_code, late.json()["type"]) == (403, "/problems/reported-by-you")
    assert late.json()["officer_id"] == next_one
    events = await driver.intake_driver.events_of(receipt)
    assert [kind for kind, _ in events][-3:] == ["report_joined", "verification_passed_on", "verification_assigned"]
    assert events[-2][1]["reason"] == "reported"

    async def clock_has_officer() -> bool:
        state = await driver.supervision_driver.state(UUID(receipt["case_id"]))
        return any(clock.officer_id == next_one for clock in state.clocks.values())

    await wait_until(clock_has_officer, what="the next officer on the clock")


async def test_a_late_verification_goes_to_the_grid_lead_and_then_to_the_desk(driver: TaskDriver) -> None:
    receipt, task_id = await driver.report()
    driver.installation.shift_clock(minutes=31)
    lead, clerk = (
        await driver.intake_driver.client_of("grid_lead"),
        await driver.intake_driver.client_of("intake_clerk"),
    )

    async def with_the_lead() -> bool:
        items = (await lead.get("/api/intake/tasks")).json()["items"]
        return any(item["task_id"] == str(task_id) and item["lead_id"] == "lead-jincheng" for item in items)

    await wait_until(with_the_lead, what="the task with the grid lead")
    driver.installation.shift_clock(minutes=15)

    async def at_the_desk() -> bool:
        items = (await clerk.get("/api/intake/queue?kind=verification")).json()["items"]
        return [item["case"]["case_number"] for item in items] == [receipt["case_number"]]

    await wait_until(at_the_desk, what="the task at the desk")
    attention = await driver.supervision_driver.get("shift_lead", "/tasks", kind="attention")
    assert [item["reason"] for item in attention["items"]] == ["task_overdue"]
    answer = await driver.intake_driver.post(
        "intake_clerk", f"tasks/{task_id}/answer", result="confirmed", note="视频核对"
    )
    assert answer.status_code == 200, answer.text
    await driver.supervision_driver.wait_for_status(UUID(receipt["case_id"]), "awaiting_dispatch")
    assert (await driver.supervision_driver.get("shift_lead", "/tasks", kind="attention"))["items"] == []


async def test_many_tasks_without_an_officer_do_not_block_others(driver: TaskDriver) -> None:
    """The tasks are in a grid without roster and neighbours."""
    await driver.installation.running["intake"].context.database.execute(
        "INSERT INTO report (case_id, case_number, status, channel, mode, reported_at, registered_at, findable_until,"
        " task_mode, task_grid, task_due_at)"
        " SELECT gen_random_uuid(), 'nobody-' || n, 'verifying', 'hotline', 'actual', '2026-01-01', '2026-01-01', '-infinity',"
        " 'site', 'nowhere', '2026-01-01' FROM generate_series(1, 101) AS n"
    )
    await driver.installation.running["supervision"].context.database.execute(
        "INSERT INTO task (id, case_id, queue, kind, open, grid_code, due_at, created_at, case_mode)"
        " SELECT gen_random_uuid(), gen_random_uuid(), 'officer', 'recheck', true, 'nowhere', '2026-01-01', '2026-01-01', 'actual'"
        " FROM generate_series(1, 101)"
    )
    receipt, task_id = await driver.report()
    assert (
        await driver.intake_driver.post("officer", f"tasks/{task_id}/pass-on", note="在另一处现场")
    ).status_code == 200
    await driver.officer_of(receipt, "officer-jincheng-05")
    case_id = await driver.supervision_driver.handle_case()

    async def somebody() -> str | None:
        tasks = (await driver.supervision_driver.state(case_id)).tasks.values()
        return next((task.officer_id for task in tasks if task.kind == "recheck"), None)

    await wait_until(somebody, what="an officer for the recheck")


async def recheck_of_officer(driver: TaskDriver, case_id: UUID) -> str:
    """Wait until the recheck of a case is assigned to `officer`, and return it."""

    async def mine() -> str | None:
        items = (await driver.supervision_driver.get("officer", "/tasks", scope="mine"))["items"]
        return next((item["task_id"] for item in items if item["case_id"] == str(case_id)), None)

    return await wait_until(mine, what="the recheck")


async def test_a_recheck_that_is_passed_on_is_assigned_to_another_officer(driver: TaskDriver) -> None:
    case_id = await driver.supervision_driver.handle_case()
    task_id, after = await recheck_of_officer(driver, case_id), [await driver.intake_driver.photo(role="after")]
    assert (
        await driver.supervision_driver.post("officer_2", f"/tasks/{task_id}/pass-on", note="没空")
    ).status_code == 404
    assert (
        await driver.supervision_driver.post("officer", f"/tasks/{task_id}/pass-on", note="车坏了")
    ).status_code == 200

    async def somebody() -> Any:
        task = (await driver.supervision_driver.state(case_id)).tasks[UUID(task_id)]
        return task.officer_id if task.officer_id not in (None, "officer-jincheng-05") else None

    await wait_until(somebody, what="the next officer")
    late = await driver.supervision_driver.post("officer", f"/tasks/{task_id}/answer", passed=True, photos=after)
    assert late.json()["type"] == "/problems/task-taken"


async def test_a_recheck_needs_uploaded_photos(driver: TaskDriver) -> None:
    """The refusal lists the missing photo. After its upload the same answer is accepted."""
    case_id, after = (
        await driver.supervision_driver.handle_case(),
        {"sha256": sha256(jpeg("navy")).hexdigest(), "role": "after"},
    )
    path = f"/tasks/{await recheck_of_officer(driver, case_id)}/answer"
    refused = await driver.supervision_driver.post("officer", path, passed=True, photos=[after])
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/photos-missing")
    assert refused.json()["missing"] == [after["sha256"]]
    await driver.intake_driver.photo(colour="navy", role="after")
    taken = await driver.supervision_driver.post("officer", path, passed=True, photos=[after])
    assert (taken.status_code, taken.json()["status"]) == (200, "evaluated"), taken.text
