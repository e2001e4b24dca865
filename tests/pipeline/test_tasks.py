"""Tasks in the street on real parts: given out when a shift begins, passed on, late, and going up step by step."""

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
from tests.support.installation import Installation, wait_until
from tests.support.intake_driver import IntakeDriver, jpeg, location_in
from tests.support.sample_district import start_with_sample_district
from tests.support.supervision_driver import SupervisionDriver, next_monday_at_nine

WITHOUT_NIGHT_SHIFT = "370522002001006"
"""凤仪06: in the street that has nobody in the field by night; its grid lead is `lead-fengyi-south`."""


@dataclass
class Street:
    """Intake and supervision as they are."""

    installation: Installation
    intake_driver: IntakeDriver
    supervision_driver: SupervisionDriver

    async def asked(self, grid_code: str = "370522001003005") -> tuple[dict[str, Any], UUID]:
        """A resident's report that must be looked at on site: its receipt and the task."""
        receipt = await self.intake_driver.submit_accepted("", photos=[], location=location_in(grid_code))
        task = (await self.intake_driver.wait_for_status(receipt, "verifying")).task
        assert task is not None
        return receipt, task.task_id

    async def officer_of(self, receipt: dict[str, Any], *not_these: str | None) -> str:
        """Who has the verification, once it is somebody else than these."""

        async def there() -> str | None:
            task = (await self.intake_driver.state(receipt)).task
            return task.officer_id if task is not None and task.officer_id not in (None, *not_these) else None

        return await wait_until(there, what="an officer")


@pytest.fixture
async def street(installation: Installation) -> AsyncIterator[Street]:
    installation.shift_clock(seconds=(next_monday_at_nine(installation.now()) - installation.now()).total_seconds())
    await start_with_sample_district(
        installation, SERVICE, SUPERVISION, *(Service(name=name) for name in ("routing", "dispatch"))
    )
    found = Street(
        installation,
        IntakeDriver(installation, installation.running["intake"]),
        SupervisionDriver(installation, installation.running["supervision"]),
    )
    yield found
    await found.intake_driver.close()
    await found.supervision_driver.close()


async def test_what_was_asked_by_night_is_given_out_when_the_day_shift_begins(street: Street) -> None:
    street.installation.shift_clock(hours=14)  # 23:00
    receipt, _ = await street.asked(WITHOUT_NIGHT_SHIFT)
    task = (await street.intake_driver.state(receipt)).task
    assert task is not None
    assert (task.officer_id, task.due_at.astimezone().minute) == (None, 30)
    queue = (
        await (await street.intake_driver.client_of("intake_clerk")).get("/api/intake/queue?kind=verification")
    ).json()["items"]
    assert [item["case"]["case_number"] for item in queue] == [receipt["case_number"]]
    street.installation.shift_clock(hours=9, minutes=5)  # 08:05
    assert await street.officer_of(receipt) == "officer-fengyi-06"

    async def watched() -> bool:
        state = await street.supervision_driver.state(UUID(receipt["case_id"]))
        return any(clock.officer_id == "officer-fengyi-06" for clock in state.clocks.values())

    await wait_until(watched, what="the officer on the clock")


async def test_a_verification_passed_on_goes_to_somebody_else_at_once(street: Street) -> None:
    receipt, task_id = await street.asked()
    assert await street.officer_of(receipt) == "officer-jincheng-05"
    stranger = await street.intake_driver.post("officer_2", f"tasks/{task_id}/pass-on", note="没空")
    assert stranger.status_code == 403
    answers = [
        await street.intake_driver.post("officer", f"tasks/{task_id}/pass-on", note="在另一处现场") for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 200]
    next_one = await street.officer_of(receipt)
    assert next_one != "officer-jincheng-05"
    refused = await street.intake_driver.post("officer", f"tasks/{task_id}/assign", officer_id="officer-jincheng-05")
    assert refused.status_code == 403
    sent = await street.intake_driver.post("shift_lead", f"tasks/{task_id}/assign", officer_id="officer-jincheng-06")
    assert (sent.status_code, sent.json()["task"]["officer_id"]) == (200, "officer-jincheng-06")
    sender = next(
        body["assigned_by"]
        for kind, body in reversed(await street.intake_driver.events_of(receipt))
        if kind == "verification_assigned"
    )
    assert sender["role"] == "shift_lead", "the account is an intake clerk's, too, who sends nobody first"
    kinds = await street.intake_driver.types(receipt)
    assert kinds.count("verification_passed_on") == 1
    assert kinds.count("verification_assigned") == 2


async def test_whoever_has_a_verification_and_reports_the_same_themselves_has_it_no_more(street: Street) -> None:
    """Their report is attached; the task goes to the next by itself, and the timeline says why."""
    receipt, task_id = await street.asked()
    assert await street.officer_of(receipt) == "officer-jincheng-05"
    own = await street.intake_driver.submit_accepted("officer", photos=[await street.intake_driver.photo()])
    await street.intake_driver.wait_for_status(own, "attached")
    next_one = await street.officer_of(receipt, "officer-jincheng-05")
    late = await street.intake_driver.post("officer", f"tasks/{task_id}/answer", result="confirmed", note="属实")
    assert (late.status_code, late.json()["type"]) == (403, "/problems/reported-by-you")
    assert late.json()["officer_id"] == next_one
    told = await street.intake_driver.events_of(receipt)
    assert [kind for kind, _ in told][-3:] == ["report_joined", "verification_passed_on", "verification_assigned"]
    assert told[-2][1]["reason"] == "reported"

    async def watched() -> bool:
        state = await street.supervision_driver.state(UUID(receipt["case_id"]))
        return any(clock.officer_id == next_one for clock in state.clocks.values())

    await wait_until(watched, what="the next officer on the clock")


async def test_a_late_verification_is_the_leads_then_the_desks(street: Street) -> None:
    """Supervision's clock says so; intake's lists follow."""
    receipt, task_id = await street.asked()
    street.installation.shift_clock(minutes=31)
    lead, clerk = (
        await street.intake_driver.client_of("grid_lead"),
        await street.intake_driver.client_of("intake_clerk"),
    )

    async def with_the_lead() -> bool:
        items = (await lead.get("/api/intake/tasks")).json()["items"]
        return any(item["task_id"] == str(task_id) and item["lead_id"] == "lead-jincheng" for item in items)

    await wait_until(with_the_lead, what="the task with the grid lead")
    street.installation.shift_clock(minutes=15)

    async def at_the_desk() -> bool:
        items = (await clerk.get("/api/intake/queue?kind=verification")).json()["items"]
        return [item["case"]["case_number"] for item in items] == [receipt["case_number"]]

    await wait_until(at_the_desk, what="the task at the desk")
    asked = await street.supervision_driver.get("shift_lead", "/tasks", kind="attention")
    assert [item["reason"] for item in asked["items"]] == ["task_overdue"]
    answer = await street.intake_driver.post(
        "intake_clerk", f"tasks/{task_id}/answer", result="confirmed", note="视频核对"
    )
    assert answer.status_code == 200, answer.text
    await street.supervision_driver.wait_for_status(UUID(receipt["case_id"]), "awaiting_dispatch")
    assert (await street.supervision_driver.get("shift_lead", "/tasks", kind="attention"))["items"] == []


async def test_tasks_that_nobody_can_do_keep_none_from_others(street: Street) -> None:
    """However many there are, and however late: here a grid that has no roster, and no neighbour."""
    await street.installation.running["intake"].context.database.execute(
        "INSERT INTO report (case_id, case_number, status, channel, mode, reported_at, registered_at, findable_until,"
        " task_mode, task_grid, task_due_at)"
        " SELECT gen_random_uuid(), 'nobody-' || n, 'verifying', 'hotline', 'actual', '2026-01-01', '2026-01-01', '-infinity',"
        " 'site', 'nowhere', '2026-01-01' FROM generate_series(1, 101) AS n"
    )
    await street.installation.running["supervision"].context.database.execute(
        "INSERT INTO task (id, case_id, queue, kind, open, grid_code, due_at, created_at, case_mode)"
        " SELECT gen_random_uuid(), gen_random_uuid(), 'officer', 'recheck', true, 'nowhere', '2026-01-01', '2026-01-01', 'actual'"
        " FROM generate_series(1, 101)"
    )
    receipt, task_id = await street.asked()
    assert (
        await street.intake_driver.post("officer", f"tasks/{task_id}/pass-on", note="在另一处现场")
    ).status_code == 200
    await street.officer_of(receipt, "officer-jincheng-05")
    case_id = await street.supervision_driver.handle_case()

    async def somebody() -> str | None:
        tasks = (await street.supervision_driver.state(case_id)).tasks.values()
        return next((task.officer_id for task in tasks if task.kind == "recheck"), None)

    await wait_until(somebody, what="an officer for the recheck")


async def recheck_of_officer(street: Street, case_id: UUID) -> str:
    """The recheck that `officer` has, once it is theirs."""

    async def mine() -> str | None:
        items = (await street.supervision_driver.get("officer", "/tasks", scope="mine"))["items"]
        return next((item["task_id"] for item in items if item["case_id"] == str(case_id)), None)

    return await wait_until(mine, what="the recheck")


async def test_a_recheck_passed_on_is_given_to_the_next(street: Street) -> None:
    case_id = await street.supervision_driver.handle_case()
    task_id, after = await recheck_of_officer(street, case_id), [await street.intake_driver.photo(role="after")]
    assert (
        await street.supervision_driver.post("officer_2", f"/tasks/{task_id}/pass-on", note="没空")
    ).status_code == 404
    assert (
        await street.supervision_driver.post("officer", f"/tasks/{task_id}/pass-on", note="车坏了")
    ).status_code == 200

    async def somebody() -> Any:
        task = (await street.supervision_driver.state(case_id)).tasks[UUID(task_id)]
        return task.officer_id if task.officer_id not in (None, "officer-jincheng-05") else None

    await wait_until(somebody, what="the next officer")
    late = await street.supervision_driver.post("officer", f"/tasks/{task_id}/answer", passed=True, photos=after)
    assert late.json()["type"] == "/problems/task-taken"


async def test_a_recheck_is_not_proved_by_a_photo_that_nobody_has_uploaded(street: Street) -> None:
    """The case would close on a picture that is nowhere. The refusal names it; uploaded, the same answer is taken."""
    case_id, after = (
        await street.supervision_driver.handle_case(),
        {"sha256": sha256(jpeg("navy")).hexdigest(), "role": "after"},
    )
    path = f"/tasks/{await recheck_of_officer(street, case_id)}/answer"
    refused = await street.supervision_driver.post("officer", path, passed=True, photos=[after])
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/photos-missing")
    assert refused.json()["missing"] == [after["sha256"]]
    await street.intake_driver.photo(colour="navy", role="after")
    taken = await street.supervision_driver.post("officer", path, passed=True, photos=[after])
    assert (taken.status_code, taken.json()["status"]) == (200, "evaluated"), taken.text
