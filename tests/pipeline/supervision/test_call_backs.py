"""Call-backs: the list of reporters to call, and the recorded calls."""

from __future__ import annotations

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest

from contracts.common import Place
from contracts.events.acceptance import CaseAnswered
from services.console.app import SERVICE as CONSOLE
from tests.support.pages import fill_in, sign_in
from tests.support.supervision_driver import GRID, SupervisionDriver, lead_of
from tests.support.waiting import wait_until
from tests.unit.supervision import sample_district, sample_events

REPORT = str(sample_events.REPORT)


async def closed_case(driver: SupervisionDriver) -> UUID:
    """Return a case that was closed just now and whose reporter wants feedback."""
    case_id = await driver.handle_case(feedback_wanted=True, recheck_mode="document")

    async def checked() -> bool:
        mine = (await driver.get("intake_clerk", "/tasks"))["items"]
        task = next((each for each in mine if each["case_id"] == str(case_id)), None)
        if task is None:
            return False
        return (
            await driver.post("intake_clerk", f"/tasks/{task['task_id']}/answer", passed=True, note="好")
        ).is_success

    await wait_until(checked, what="the check of the desk")
    await driver.wait_for_status(case_id, "awaiting_feedback")
    return case_id


async def answered_inquiry(driver: SupervisionDriver, place: Place | None) -> UUID:
    """Return an inquiry that was answered and not filed."""
    case_id, now = uuid4(), driver.installation.now()
    await driver.installation.publish("intake", case_id, sample_events.received(now, place=place))
    await driver.installation.publish(
        "intake", case_id, CaseAnswered(answer="明天恢复", answered_by=sample_district.DESK)
    )
    await driver.wait_for_status(case_id, "awaiting_feedback")
    return case_id


async def call_backs(driver: SupervisionDriver, who: str = "hotline", **query: Any) -> list[dict[str, Any]]:
    """Return the call-backs in the list of this account."""
    return (await driver.get(who, "/call-backs", **query))["items"]


async def record_call(driver: SupervisionDriver, case_id: UUID, result: str = "no_answer", who: str = "hotline") -> Any:
    """Record a call that did not reach the reporter."""
    return await driver.post(who, f"/cases/{case_id}/call-backs", report_id=REPORT, result=result)


async def test_a_call_back_is_listed_until_it_is_answered_or_three_calls_have_failed(driver: SupervisionDriver) -> None:
    """A failed call postpones the next one by the limit of a call-back."""
    first, second = await closed_case(driver), await closed_case(driver)
    listed = await call_backs(driver)
    assert [(each["case_id"], each["report_id"], each["tries"]) for each in listed] == [
        (str(first), REPORT, 0),
        (str(second), REPORT, 0),
    ]
    due_at = [datetime.fromisoformat(each["due_at"]) for each in listed]
    assert timedelta(hours=20) < due_at[0] - driver.installation.now() < timedelta(hours=28), (
        "a work day from Monday morning"
    )
    answer = await record_call(driver, first)
    assert (answer.status_code, answer.json()) == (200, {"report_id": REPORT, "tries": 1, "waiting": True})
    assert [(each["case_id"], each["tries"]) for each in await call_backs(driver)] == [
        (str(second), 0),
        (str(first), 1),
    ]
    voice = {"report_id": REPORT, "solved": True, "satisfied": "satisfied"}
    assert (await driver.post("hotline", f"/cases/{second}/feedback", **voice)).status_code == 200
    assert [each["case_id"] for each in await call_backs(driver)] == [str(first)]
    for count, still in ((2, True), (3, False)):
        answer = await record_call(driver, first, "busy")
        assert (answer.json()["tries"], answer.json()["waiting"]) == (count, still)
    assert await call_backs(driver) == []
    late = await record_call(driver, first)
    assert (late.status_code, late.json()["type"]) == (409, "/problems/feedback-not-open")


async def test_a_reopened_case_has_no_call_back(driver: SupervisionDriver) -> None:
    case_id = await closed_case(driver)
    voice = {"report_id": REPORT, "solved": False}
    assert (await driver.post("hotline", f"/cases/{case_id}/feedback", **voice)).json()["reopened"] is True
    assert await call_backs(driver) == []


async def test_a_repeated_request_counts_one_call(driver: SupervisionDriver) -> None:
    case_id = await closed_case(driver)
    key, body = {"idempotency-key": str(uuid4())}, {"report_id": REPORT, "result": "no_answer"}
    answers = await asyncio.gather(
        *(driver.post("hotline", f"/cases/{case_id}/call-backs", headers=key, **body) for _ in range(3))
    )
    assert [answer.json()["tries"] for answer in answers] == [1, 1, 1]
    assert len(await driver.published(case_id, "call_back_tried")) == 1


async def test_a_reporter_who_refuses_is_not_called_again(driver: SupervisionDriver) -> None:
    case_id = await closed_case(driver)
    assert (await record_call(driver, case_id, "refused")).json()["waiting"] is False
    assert await call_backs(driver) == []
    assert (await driver.wait_for_status(case_id, "evaluated")).reports[sample_events.REPORT].asked == "lapsed"


async def test_only_the_desk_of_the_area_sees_and_records_call_backs(driver: SupervisionDriver) -> None:
    case_id = await closed_case(driver)
    assert [each["case_id"] for each in await call_backs(driver, "street_desk")] == [str(case_id)]
    assert await call_backs(driver, "other_desk") == []
    assert (await record_call(driver, case_id, who="other_desk")).status_code == 404
    for who in ("officer", "unit_clerk", "dispatcher"):
        assert (await (await driver.client_of(who)).get("/call-backs")).status_code == 403, who
        assert (await record_call(driver, case_id, who=who)).status_code == 403, who
    inquiry = await answered_inquiry(driver, Place(grid_code=GRID))
    nowhere = await answered_inquiry(driver, None)
    assert {each["case_id"] for each in await call_backs(driver, "street_desk")} == {str(case_id), str(inquiry)}
    assert await call_backs(driver, "other_desk") == [], "an inquiry belongs to the place of its report"
    assert {each["case_id"] for each in await call_backs(driver)} == {str(case_id), str(inquiry), str(nowhere)}
    voice = {"report_id": REPORT, "solved": True}
    assert (await record_call(driver, inquiry, who="other_desk")).status_code == 404
    assert (await driver.post("other_desk", f"/cases/{inquiry}/feedback", **voice)).status_code == 404
    assert (await driver.post("street_desk", f"/cases/{inquiry}/feedback", **voice)).status_code == 200
    unknown = await driver.post("hotline", f"/cases/{case_id}/call-backs", report_id=str(uuid4()), result="busy")
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/problems/report-unknown")
    assert (await record_call(driver, uuid4())).status_code == 404


async def test_a_call_back_of_a_confidential_case_shows_only_the_community(driver: SupervisionDriver) -> None:
    community = "370522001003"
    case_id = await driver.file_case(feedback_wanted=True, confidential=True, place={"grid_code": community})
    done = sample_events.all_completed().model_copy(update={"lead_dispatch_id": lead_of(case_id)})
    await driver.installation.publish("dispatch", case_id, sample_events.completed(dispatch_id=lead_of(case_id)), done)
    await driver.wait_for_status(case_id, "awaiting_feedback")
    (seen,) = await call_backs(driver)
    assert (seen["confidential"], seen["category_id"], seen["grid_code"]) == (True, None, community)


async def test_call_backs_are_paged_with_one_statement_per_page(
    driver: SupervisionDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    cases = [str(await closed_case(driver)) for _ in range(3)]
    asked: list[str] = []
    fetch = asyncpg.Pool.fetch

    async def counted(self: Any, query: str, *args: Any, **more: Any) -> Any:
        if "call_back" in query:
            asked.append(query)
        return await fetch(self, query, *args, **more)

    monkeypatch.setattr(asyncpg.Pool, "fetch", counted)
    page = await driver.get("hotline", "/call-backs", limit=2)
    rest = await driver.get("hotline", "/call-backs", limit=2, cursor=page["next"])
    assert [each["case_id"] for each in (*page["items"], *rest["items"])] == cases
    assert (rest["next"], len(asked)) == (None, 2)
    broken = await (await driver.client_of("hotline")).get("/call-backs", params={"cursor": "nonsense"})
    assert (broken.status_code, broken.json()["type"]) == (422, "/problems/cursor-invalid")


async def test_a_call_is_recorded_on_the_page_of_its_reporter(driver: SupervisionDriver) -> None:
    """If the number cannot be shown, the page stays and says why."""
    case_id, other = await closed_case(driver), await closed_case(driver)
    await driver.installation.start(CONSOLE)
    hotline = await sign_in(driver.installation, "hotline")
    assert (await hotline.get("/desk")).headers["location"] == "/desk/call-backs"
    page, second = (f"/desk/call-backs/{each}/{REPORT}" for each in (case_id, other))
    listed = (await hotline.get("/desk/call-backs")).text
    assert f'href="{page}"' in listed
    assert listed.index(page) < listed.index(second)
    refused = await fill_in(hotline, page, f"{page}/number")
    assert ('role="alert"' in refused.text, f'action="{page}/answer"' in refused.text) == (True, True)
    wrong = await fill_in(hotline, page, f"{page}/answer", comment="kept")
    assert (wrong.status_code, "Choose whether it is solved." in wrong.text, ">kept<" in wrong.text) == (
        422,
        True,
        True,
    )
    recorded = await fill_in(hotline, page, f"{page}/answer", solved="yes", satisfied="fair", comment="谢谢")
    assert "The answer has been recorded." in recorded.text
    assert (await hotline.get(page)).headers["location"] == "/desk/call-backs?done=gone"
    away = await fill_in(hotline, second, f"{second}/try", result="busy")
    assert "The call has been recorded." in away.text
    assert [(each["case_id"], each["tries"]) for each in await call_backs(driver)] == [(str(other), 1)]
    clerk = await sign_in(driver.installation, "unit_clerk")
    assert (await clerk.get("/desk/call-backs")).status_code == 403
    await hotline.aclose()
    await clerk.aclose()
