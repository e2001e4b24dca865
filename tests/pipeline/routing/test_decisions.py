"""Routing decisions, the queue of open questions, and the decisions of people."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID, uuid4

from contracts.events.acceptance import CaseAttached, CaseVoided
from contracts.events.command import CaseRouted, DecisionNeeded
from tests.support.routing_driver import GB, RoutingDriver
from tests.support.sample_district import CONFIDENTIAL_CATEGORY
from tests.support.waiting import wait_until
from tests.unit.routing.sample_events import CASE, CLERK

MODES = ("actual", "exercise", "test", "all")


async def waiting(driver: RoutingDriver, who: str, case_id: UUID, mode: str = "actual") -> dict[str, Any]:
    """Wait until the case is in the queue of this account, and return its item."""

    async def there() -> Any:
        page = await driver.get(who, f"/queue?limit=200&mode={mode}")
        return next((item for item in page["items"] if item["case_id"] == str(case_id)), None)

    return await wait_until(there, what=f"the case in the queue of {who}")


async def test_a_filed_case_is_routed_with_an_explanation(driver: RoutingDriver) -> None:
    case_id = await driver.file_case("01002", component_id="37052201002000001")
    routed = await driver.published(case_id, CaseRouted)
    assert [(each.unit_id, each.role) for each in routed.assignments] == [("drainage-works", "lead")]
    told = await driver.get("dispatcher", f"/cases/{case_id}/explanation")
    decision = told["decisions"][0]
    assert (decision["round"], decision["rule"], decision["list_version"]) == (
        1,
        "component_owner",
        routed.list_version,
    )
    assert decision["chosen"] == [
        {"unit_id": "drainage-works", "name": "排水设施养护公司", "name_en": "Drainage Works", "role": "lead"}
    ]
    assert [each["unit_id"] for each in decision["candidates"]] == ["drainage-works", "water", "drainage-works"]
    assert decision["candidates"][2]["entry_id"] == "gb-01002"
    assert (
        decision["explanation"]
        == "由排水设施养护公司牵头：部件的养护单位。优先于县水务局：部件的养护单位先于权属单位。"
    )


async def test_two_returns_lead_to_a_joint_survey_that_the_convenor_decides(
    driver: RoutingDriver,
) -> None:
    """Situation 9: two units return the case. The first keeps the place safe until the joint team names the lead."""
    case_id = await driver.file_case("06027")
    first = await driver.published(case_id, CaseRouted)
    await driver.dispatch(case_id, first)
    await driver.give_back(case_id, "ecology-environment")
    second = await driver.published(case_id, CaseRouted, 2)
    assert (second.rule, second.round, second.assignments[0].unit_id) == ("next_candidate", 2, "urban-management")
    told = await driver.get("leader", f"/cases/{case_id}/explanation")
    assert told["awaiting_reassignment"]["unit_id"] == "ecology-environment"
    await driver.dispatch(case_id, second)
    await driver.give_back(case_id, "urban-management")
    needed = await driver.published(case_id, DecisionNeeded)
    assert (needed.reason, needed.queue, needed.team_id) == ("joint_survey", "lijin-county", "joint-lijin")
    item = await waiting(driver, "convenor", case_id)
    assert item["reason"] == "joint_survey"
    form = {"lead": "ecology-environment", "co": ["market-regulation"], "reason": "现场会商，联系 13812345678"}
    assert (await driver.request("street", "POST", f"/cases/{case_id}/decision", form)).status_code == 403
    answer = await driver.request("convenor", "POST", f"/cases/{case_id}/decision", form)
    assert answer.json()["lead"]["unit_id"] == "ecology-environment"
    routed = await driver.published(case_id, CaseRouted, 3)
    assert (routed.rule, len(routed.withdrawn)) == ("joint_survey", 2)
    assert "13812345678" not in routed.explanation
    found = await driver.get("leader", "/findings")
    assert [(each["kind"], each["lead"]["unit_id"]) for each in found["items"]] == [("proposal", "ecology-environment")]


async def test_a_gap_waits_for_the_street_goes_to_the_county_once_and_becomes_a_finding(
    driver: RoutingDriver,
) -> None:
    """Situation 3: an unknown manhole cover without owner."""
    case_id = await driver.file_case("01023")
    needed = await driver.published(case_id, DecisionNeeded)
    assert (needed.reason, needed.queue, needed.gap) == ("no_match", "lijin-street-centre", True)
    item = await waiting(driver, "street", case_id)
    assert item["waiting"]["queue_name_en"] == "Lijin Street Grid Centre"
    assert (await driver.get("other_street", "/queue"))["items"] == []
    called = await driver.request("street", "POST", f"/cases/{case_id}/escalate", {})
    assert (called.status_code, called.json()["waiting"]["queue"]) == (200, "lijin-county")
    assert (await driver.request("street", "POST", f"/cases/{case_id}/escalate", {})).json() == called.json()
    assert (await driver.get("street", "/queue"))["items"] == []
    form = {"lead": "municipal-works", "reason": "按道路设施养护"}
    refused = await driver.request("street", "POST", f"/cases/{case_id}/decision", form)
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/not-yours-to-decide")
    key = {"idempotency-key": str(uuid4())}
    answers = [await driver.request("dispatcher", "POST", f"/cases/{case_id}/decision", form, **key) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()
    again = await driver.request("dispatcher", "POST", f"/cases/{case_id}/decision", form)
    assert (again.status_code, again.json()["version"]) == (200, answers[0].json()["version"])
    assert (await driver.get("dispatcher", "/queue"))["items"] == []
    assert [each["kind"] for each in (await driver.get("leader", "/findings"))["items"]] == ["gap"]
    made_again = [await driver.get("leader", f"/cases/{case_id}/decisions/{each}/reproduced") for each in (1, 2, 3)]
    assert [each["same"] for each in made_again] == [True, None, None], "only the first decision was made by the list"


async def test_a_gap_stays_a_finding_after_its_case_has_ended(driver: RoutingDriver) -> None:
    """The list still has no entry for it."""
    ends = {
        "voided": CaseVoided(note="误报", decided_by=CLERK),
        "merged": CaseAttached(host_case_id=CASE, host_case_number="", rule="merged", decided_by=CLERK),
    }
    cases = {name: await driver.file_case("01023") for name in ("open", *ends)}
    await asyncio.gather(*(waiting(driver, "dispatcher", case_id) for case_id in cases.values()))
    for name, end in ends.items():
        await driver.installation.publish("intake", cases[name], end)

    async def found() -> Any:
        items = (await driver.get("leader", "/findings"))["items"]
        told = {each["case_id"]: (each["kind"], each["outcome"], each["lead"]) for each in items}
        return told == {str(case_id): ("gap", name, None) for name, case_id in cases.items()}

    await wait_until(found, what="every gap with what became of it")


async def test_a_decision_that_is_not_allowed_is_refused_with_the_reason(driver: RoutingDriver) -> None:
    case_id = await driver.file_case("09999", category_id="GB47678-5-2026/matter/09999")
    await waiting(driver, "dispatcher", case_id)
    path = f"/cases/{case_id}/decision"
    unknown = await driver.request("dispatcher", "POST", path, {"lead": "nobody"})
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unit-may-not-lead")
    elsewhere = await driver.request(
        "dispatcher", "POST", path, {"lead": "sanitation", "co": ["fenghuangcheng-street"]}
    )
    assert elsewhere.json()["type"] == "/problems/unit-may-not-join"
    off = f"/cases/{case_id}/handovers/{uuid4()}/cancel"
    assert (await driver.request("dispatcher", "POST", off, {})).status_code == 422, "it needs a reason"
    nobody = await driver.request("dispatcher", "POST", off, {"reason": "误报"})
    assert (nobody.status_code, nobody.json()["type"]) == (404, "/problems/nothing-to-cancel")
    ahead = f"/cases/{case_id}/first-response"
    assert (await driver.request("dispatcher", "POST", ahead, {"unit_id": "mobile-team"})).status_code == 422, (
        "it needs a reason as well"
    )
    fire = await driver.request("dispatcher", "POST", ahead, {"unit_id": "fire", "reason": "火情"})
    assert (fire.status_code, fire.json()["type"]) == (422, "/problems/unit-cannot-be-sent")
    missing = await driver.request("dispatcher", "POST", f"/cases/{uuid4()}/decision", {"lead": "sanitation"})
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/case-unknown")
    stale = await driver.request("dispatcher", "POST", path, {"lead": "sanitation"}, **{"if-match": '"99"'})
    assert stale.status_code == 412
    assert (await driver.request("officer", "POST", path, {"lead": "sanitation"})).status_code == 403


async def test_a_unit_sees_the_explanations_of_its_own_cases_only(driver: RoutingDriver) -> None:
    chosen, other = await driver.file_case("06010"), await driver.file_case("01002")
    for case_id in (chosen, other):
        await driver.published(case_id, CaseRouted)
    assert (await driver.get("sanitation", f"/cases/{chosen}/explanation"))["decisions"]
    for who, case_id in (("sanitation", other), ("other_street", chosen), ("street", uuid4())):
        refused = await driver.request(who, "GET", f"/cases/{case_id}/explanation")
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/case-unknown")
    assert (await driver.request("officer", "GET", f"/cases/{chosen}/explanation")).status_code == 403


async def test_a_preview_shows_the_decision_and_stores_nothing(driver: RoutingDriver) -> None:
    form = {"category_id": "GB30428-2-2013/event/05-02", "condition_id": "05-02-1", "grid_code": "370522001004007"}
    told = (await driver.request("dispatcher", "POST", "/preview", form)).json()
    assert told["rule"] == "emergency_plan"
    assert {each["unit_id"]: each["role"] for each in told["chosen"]} == {
        "gas-company": "lead",
        "mobile-team": "first_response",
        "fire": "first_response",
    }
    night = {"category_id": f"{GB}08001", "grid_code": "370522001008001", "at": "2026-11-23T23:30:00+08:00"}
    assert (await driver.request("dispatcher", "POST", "/preview", night)).json()["chosen"][0]["unit_id"] == (
        "enforcement-night-squad"
    )
    wrong = await driver.request("dispatcher", "POST", "/preview", {**night, "grid_code": "370522001999001"})
    assert (wrong.status_code, wrong.json()["type"]) == (422, "/problems/not-in-this-release")
    assert await driver.routing.context.database.fetchval("SELECT count(*) FROM decision") == 0


async def test_a_confidential_case_is_routed_without_showing_category_or_place(driver: RoutingDriver) -> None:
    """Situation 25."""
    case_id = await driver.file_case(
        "15001",
        category_id=CONFIDENTIAL_CATEGORY,
        place={"grid_code": "370522001003"},
        community="370522001003",
        confidential=True,
    )
    routed = await driver.published(case_id, CaseRouted)
    assert [(each.unit_id, each.role) for each in routed.assignments] == [("justice", "lead")]
    told = (await driver.request("leader", "GET", f"/cases/{case_id}/explanation")).text
    assert "15001" not in told
    assert "370522001" not in told


async def test_a_real_gap_proposes_an_entry_and_an_exercise_does_not(
    driver: RoutingDriver,
) -> None:
    for mode in ("exercise", "actual"):
        case_id = await driver.file_case("01023", mode=mode)
        assert (await waiting(driver, "street", case_id, mode))["mode"] == mode
        counts = {asked: len((await driver.get("street", f"/queue?mode={asked}"))["items"]) for asked in MODES}
        assert counts == {asked: int(asked in (mode, "all")) for asked in MODES}, "not among those of another mode"
        form = {"lead": "municipal-works", "reason": "按道路设施养护"}
        assert (await driver.request("street", "POST", f"/cases/{case_id}/decision", form)).status_code == 200
    (found,) = (await driver.get("leader", "/findings"))["items"]
    assert (found["case_id"], found["kind"]) == (str(case_id), "gap")
    assert (found["entry"]["lead"], found["entry"]["area"]) == ("municipal-works", "370522001004007")
    change = {"kind": "responsibility", "id": found["entry"]["id"], "body": found["entry"]}
    looked_at = await driver.registry("POST", "/changes", {"changes": [change]})
    assert looked_at["findings"] == [], "the proposed entry passes the checks of the list"


async def test_the_queue_is_paged_and_refuses_a_wrong_cursor(driver: RoutingDriver) -> None:
    cases = [await driver.file_case("01023") for _ in range(5)]
    await asyncio.gather(*(driver.published(case_id, DecisionNeeded) for case_id in cases))
    seen: list[str] = []
    cursor = ""
    while True:
        page = await driver.get("dispatcher", f"/queue?limit=2{cursor}")
        seen += [item["case_id"] for item in page["items"]]
        if page["next"] is None:
            break
        cursor = f"&cursor={page['next']}"
    assert sorted(seen) == sorted(str(case_id) for case_id in cases)
    for wrong in ("%", "W10", "WzEsMl0", "WyJhIiwiYiJd"):
        assert (await driver.request("dispatcher", "GET", f"/queue?cursor={wrong}")).status_code == 422
        assert (await driver.request("dispatcher", "GET", f"/findings?cursor={wrong}")).status_code == 422
