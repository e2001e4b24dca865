"""Tasks in the street on real parts: given out when a shift begins, passed on, late, and going up step by step."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest

from services.chassis.service import Service
from services.intake.app import compose
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.house import House, until
from tests.support.intake import Desk, at, jpeg
from tests.support.lijin import open_lijin
from tests.support.supervision import Watch, next_monday_at_nine

WITHOUT_NIGHT_SHIFT = "370522002001006"
"""凤仪06: in the street that has nobody in the field by night; its grid lead is `lead-fengyi-south`."""


@dataclass
class Street:
    """Intake and supervision as they are."""

    house: House
    desk: Desk
    watch: Watch

    async def asked(self, grid_code: str = "370522001003005") -> tuple[dict[str, Any], UUID]:
        """A resident's report that must be looked at on site: its receipt and the task."""
        receipt = await self.desk.accepted("", photos=[], location=at(grid_code))
        task = (await self.desk.until(receipt, "verifying")).task
        assert task is not None
        return receipt, task.task_id

    async def officer_of(self, receipt: dict[str, Any], *not_these: str | None) -> str:
        """Who has the verification, once it is somebody else than these."""

        async def there() -> str | None:
            task = (await self.desk.state(receipt)).task
            return task.officer_id if task is not None and task.officer_id not in (None, *not_these) else None

        return await until(there, what="an officer")


@pytest.fixture
async def street(house: House) -> AsyncIterator[Street]:
    house.shift_clock(seconds=(next_monday_at_nine(house.now()) - house.now()).total_seconds())
    await open_lijin(house, compose(), SUPERVISION, *(Service(name=name) for name in ("routing", "dispatch")))
    found = Street(house, Desk(house, house.running["intake"]), Watch(house, house.running["supervision"]))
    yield found
    await found.desk.close()
    await found.watch.close()


async def test_what_was_asked_by_night_is_given_out_when_the_day_shift_begins(street: Street) -> None:
    street.house.shift_clock(hours=14)  # 23:00
    receipt, _ = await street.asked(WITHOUT_NIGHT_SHIFT)
    task = (await street.desk.state(receipt)).task
    assert task is not None
    assert (task.officer_id, task.due_at.astimezone().minute) == (None, 30)
    queue = (await (await street.desk.as_("intake_clerk")).get("/api/intake/queue?kind=verification")).json()["items"]
    assert [item["case"]["case_number"] for item in queue] == [receipt["case_number"]]
    street.house.shift_clock(hours=9, minutes=5)  # 08:05
    assert await street.officer_of(receipt) == "officer-fengyi-06"

    async def watched() -> bool:
        state = await street.watch.state(UUID(receipt["case_id"]))
        return any(clock.officer_id == "officer-fengyi-06" for clock in state.clocks.values())

    await until(watched, what="the officer on the clock")


async def test_a_verification_passed_on_goes_to_somebody_else_at_once(street: Street) -> None:
    receipt, task_id = await street.asked()
    assert await street.officer_of(receipt) == "officer-jincheng-05"
    stranger = await street.desk.post("officer_2", f"tasks/{task_id}/pass-on", note="没空")
    assert stranger.status_code == 403
    answers = [await street.desk.post("officer", f"tasks/{task_id}/pass-on", note="在另一处现场") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    next_one = await street.officer_of(receipt)
    assert next_one != "officer-jincheng-05"
    refused = await street.desk.post("officer", f"tasks/{task_id}/assign", officer_id="officer-jincheng-05")
    assert refused.status_code == 403
    sent = await street.desk.post("shift_lead", f"tasks/{task_id}/assign", officer_id="officer-jincheng-06")
    assert (sent.status_code, sent.json()["task"]["officer_id"]) == (200, "officer-jincheng-06")
    sender = next(
        body["assigned_by"]
        for kind, body in reversed(await street.desk.told(receipt))
        if kind == "verification_assigned"
    )
    assert sender["role"] == "shift_lead", "the account is an intake clerk's, too, who sends nobody first"
    kinds = await street.desk.types(receipt)
    assert kinds.count("verification_passed_on") == 1
    assert kinds.count("verification_assigned") == 2


async def test_whoever_has_a_verification_and_reports_the_same_themselves_has_it_no_more(street: Street) -> None:
    """Their report is attached; the task goes to the next by itself, and the timeline says why."""
    receipt, task_id = await street.asked()
    assert await street.officer_of(receipt) == "officer-jincheng-05"
    own = await street.desk.accepted("officer", photos=[await street.desk.photo()])
    await street.desk.until(own, "attached")
    next_one = await street.officer_of(receipt, "officer-jincheng-05")
    late = await street.desk.post("officer", f"tasks/{task_id}/answer", result="confirmed", note="属实")
    assert (late.status_code, late.json()["type"]) == (403, "/problems/reported-by-you")
    assert late.json()["officer_id"] == next_one
    told = await street.desk.told(receipt)
    assert [kind for kind, _ in told][-3:] == ["report_joined", "verification_passed_on", "verification_assigned"]
    assert told[-2][1]["because"] == "reported"

    async def watched() -> bool:
        state = await street.watch.state(UUID(receipt["case_id"]))
        return any(clock.officer_id == next_one for clock in state.clocks.values())

    await until(watched, what="the next officer on the clock")


async def test_a_late_verification_is_the_leads_then_the_desks(street: Street) -> None:
    """Supervision's clock says so; intake's lists follow."""
    receipt, task_id = await street.asked()
    street.house.shift_clock(minutes=31)
    lead, clerk = await street.desk.as_("grid_lead"), await street.desk.as_("intake_clerk")

    async def with_the_lead() -> bool:
        items = (await lead.get("/api/intake/tasks")).json()["items"]
        return any(item["task_id"] == str(task_id) and item["lead_id"] == "lead-jincheng" for item in items)

    await until(with_the_lead, what="the task with the grid lead")
    street.house.shift_clock(minutes=15)

    async def at_the_desk() -> bool:
        items = (await clerk.get("/api/intake/queue?kind=verification")).json()["items"]
        return [item["case"]["case_number"] for item in items] == [receipt["case_number"]]

    await until(at_the_desk, what="the task at the desk")
    asked = await street.watch.get("shift_lead", "/tasks", kind="attention")
    assert [item["reason"] for item in asked["items"]] == ["task_overdue"]
    answer = await street.desk.post("intake_clerk", f"tasks/{task_id}/answer", result="confirmed", note="视频核对")
    assert answer.status_code == 200, answer.text
    await street.watch.until(UUID(receipt["case_id"]), "awaiting_dispatch")
    assert (await street.watch.get("shift_lead", "/tasks", kind="attention"))["items"] == []


async def test_tasks_that_nobody_can_do_keep_none_from_others(street: Street) -> None:
    """However many there are, and however late: here a grid that has no roster, and no neighbour."""
    await street.house.running["intake"].context.database.execute(
        "INSERT INTO report (case_id, case_number, status, channel, mode, reported_at, registered_at, findable_until,"
        " task_mode, task_grid, task_due_at)"
        " SELECT gen_random_uuid(), 'nobody-' || n, 'verifying', 'hotline', 'actual', '2026-01-01', '2026-01-01', '-infinity',"
        " 'site', 'nowhere', '2026-01-01' FROM generate_series(1, 101) AS n"
    )
    await street.house.running["supervision"].context.database.execute(
        "INSERT INTO task (id, case_id, queue, kind, open, grid_code, due_at, created_at, case_mode)"
        " SELECT gen_random_uuid(), gen_random_uuid(), 'officer', 'recheck', true, 'nowhere', '2026-01-01', '2026-01-01', 'actual'"
        " FROM generate_series(1, 101)"
    )
    receipt, task_id = await street.asked()
    assert (await street.desk.post("officer", f"tasks/{task_id}/pass-on", note="在另一处现场")).status_code == 200
    await street.officer_of(receipt, "officer-jincheng-05")
    case_id = await street.watch.handled()

    async def somebody() -> str | None:
        tasks = (await street.watch.state(case_id)).tasks.values()
        return next((task.officer_id for task in tasks if task.kind == "recheck"), None)

    await until(somebody, what="an officer for the recheck")


async def recheck_of_officer(street: Street, case_id: UUID) -> str:
    """The recheck that `officer` has, once it is theirs."""

    async def mine() -> str | None:
        items = (await street.watch.get("officer", "/tasks", scope="mine"))["items"]
        return next((item["task_id"] for item in items if item["case_id"] == str(case_id)), None)

    return await until(mine, what="the recheck")


async def test_a_recheck_passed_on_is_given_to_the_next(street: Street) -> None:
    case_id = await street.watch.handled()
    task_id, after = await recheck_of_officer(street, case_id), [await street.desk.photo(role="after")]
    assert (await street.watch.post("officer_2", f"/tasks/{task_id}/pass-on", note="没空")).status_code == 404
    assert (await street.watch.post("officer", f"/tasks/{task_id}/pass-on", note="车坏了")).status_code == 200

    async def somebody() -> Any:
        task = (await street.watch.state(case_id)).tasks[UUID(task_id)]
        return task.officer_id if task.officer_id not in (None, "officer-jincheng-05") else None

    await until(somebody, what="the next officer")
    late = await street.watch.post("officer", f"/tasks/{task_id}/answer", passed=True, photos=after)
    assert late.json()["type"] == "/problems/task-taken"


async def test_a_recheck_is_not_proved_by_a_photo_that_nobody_has_uploaded(street: Street) -> None:
    """The case would close on a picture that is nowhere. The refusal names it; uploaded, the same answer is taken."""
    case_id, after = await street.watch.handled(), {"sha256": sha256(jpeg("navy")).hexdigest(), "role": "after"}
    path = f"/tasks/{await recheck_of_officer(street, case_id)}/answer"
    refused = await street.watch.post("officer", path, passed=True, photos=[after])
    assert (refused.status_code, refused.json()["type"]) == (422, "/problems/photos-missing")
    assert refused.json()["missing"] == [after["sha256"]]
    await street.desk.photo(colour="navy", role="after")
    taken = await street.watch.post("officer", path, passed=True, photos=[after])
    assert (taken.status_code, taken.json()["status"]) == (200, "evaluated"), taken.text
