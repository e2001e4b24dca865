"""Routing on real parts: decisions recorded with their question, the queue, people's decisions, releases."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.base import utc_text
from contracts.events.acceptance import CaseAttached, CaseVoided
from contracts.events.command import CaseRouted, DecisionDueMoved, DecisionNeeded
from services.chassis import release_store
from services.routing.domain.decide import decide
from services.routing.domain.index import ListIndex
from services.routing.store import searches
from tests.support.installation import Installation, wait_until
from tests.support.pages import fill_in, hidden_in, sign_in
from tests.support.routing_driver import GB, RoutingDriver, open_routing_driver
from tests.unit.routing.desk import CASE, CLERK

WANTED = ("actual", "exercise", "test", "all")


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[RoutingDriver]:
    found = await open_routing_driver(shared_installation)
    yield found
    await found.web.aclose()


async def waiting(driver: RoutingDriver, who: str, case_id: UUID, mode: str = "actual") -> dict[str, Any]:
    """The case in this person's queue."""

    async def there() -> Any:
        page = await driver.get(who, f"/queue?limit=200&mode={mode}")
        return next((item for item in page["items"] if item["case_id"] == str(case_id)), None)

    return await wait_until(there, what=f"the case in the queue of {who}")


async def test_a_filed_case_is_routed_and_explains_itself(driver: RoutingDriver) -> None:
    case_id = await driver.file("01002", component_id="37052201002000001")
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


async def test_two_returns_lead_to_a_survey_that_the_convenor_decides_and_proposes_to_the_list(
    driver: RoutingDriver,
) -> None:
    """Situation 9: A returns, B returns, the joint team names the lead; A keeps the place safe until then."""
    case_id = await driver.file("06027")
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


async def test_a_gap_waits_at_the_street_calls_the_county_once_and_is_found_against_the_list(
    driver: RoutingDriver,
) -> None:
    """Situation 3: an unknown cover without owner."""
    case_id = await driver.file("01023")
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
    assert [each["same"] for each in made_again] == [True, None, None], (
        "the list was asked once; calling and deciding is people's"
    )


async def test_a_gap_stays_a_finding_though_its_case_ended_before_anybody_filled_it(driver: RoutingDriver) -> None:
    """The list had no answer all the same; a hole in it is not mended by a case that was voided."""
    ends = {
        "voided": CaseVoided(note="误报", decided_by=CLERK),
        "merged": CaseAttached(host_case_id=CASE, host_case_number="", rule="merged", decided_by=CLERK),
    }
    cases = {name: await driver.file("01023") for name in ("open", *ends)}
    await asyncio.gather(*(waiting(driver, "dispatcher", case_id) for case_id in cases.values()))
    for name, end in ends.items():
        await driver.publish("intake", cases[name], end)

    async def found() -> Any:
        items = (await driver.get("leader", "/findings"))["items"]
        told = {each["case_id"]: (each["kind"], each["outcome"], each["lead"]) for each in items}
        return told == {str(case_id): ("gap", name, None) for name, case_id in cases.items()}

    await wait_until(found, what="every gap with what became of it")


async def test_what_a_person_may_not_decide_is_refused_with_the_reason(driver: RoutingDriver) -> None:
    case_id = await driver.file("09999", category_id="GB47678-5-2026/matter/09999")
    await waiting(driver, "dispatcher", case_id)
    path = f"/cases/{case_id}/decision"
    unknown = await driver.request("dispatcher", "POST", path, {"lead": "nobody"})
    assert (unknown.status_code, unknown.json()["type"]) == (422, "/problems/unit-may-not-lead")
    elsewhere = await driver.request(
        "dispatcher", "POST", path, {"lead": "sanitation", "co": ["fenghuangcheng-street"]}
    )
    assert elsewhere.json()["type"] == "/problems/unit-may-not-join"
    off = f"/cases/{case_id}/handovers/{uuid4()}/cancel"
    assert (await driver.request("dispatcher", "POST", off, {})).status_code == 422, "never without a reason"
    nobody = await driver.request("dispatcher", "POST", off, {"reason": "误报"})
    assert (nobody.status_code, nobody.json()["type"]) == (404, "/problems/nothing-to-cancel")
    ahead = f"/cases/{case_id}/first-response"
    assert (await driver.request("dispatcher", "POST", ahead, {"unit_id": "mobile-team"})).status_code == 422, (
        "nor this"
    )
    fire = await driver.request("dispatcher", "POST", ahead, {"unit_id": "fire", "reason": "火情"})
    assert (fire.status_code, fire.json()["type"]) == (422, "/problems/unit-cannot-be-sent")
    missing = await driver.request("dispatcher", "POST", f"/cases/{uuid4()}/decision", {"lead": "sanitation"})
    assert (missing.status_code, missing.json()["type"]) == (404, "/problems/case-unknown")
    stale = await driver.request("dispatcher", "POST", path, {"lead": "sanitation"}, **{"if-match": '"99"'})
    assert stale.status_code == 412
    assert (await driver.request("officer", "POST", path, {"lead": "sanitation"})).status_code == 403


async def test_a_unit_sees_why_it_was_chosen_and_nothing_else(driver: RoutingDriver) -> None:
    chosen, other = await driver.file("06010"), await driver.file("01002")
    for case_id in (chosen, other):
        await driver.published(case_id, CaseRouted)
    assert (await driver.get("sanitation", f"/cases/{chosen}/explanation"))["decisions"]
    for who, case_id in (("sanitation", other), ("other_street", chosen), ("street", uuid4())):
        refused = await driver.request(who, "GET", f"/cases/{case_id}/explanation")
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/case-unknown")
    assert (await driver.request("officer", "GET", f"/cases/{chosen}/explanation")).status_code == 403


async def test_a_preview_is_the_decision_that_would_be_made_and_leaves_no_trace(driver: RoutingDriver) -> None:
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


async def test_a_confidential_case_tells_its_competent_unit_and_no_more(driver: RoutingDriver) -> None:
    """Situation 25: no category, text or place in the event or the explanation."""
    local = "LOCAL-370522/matter/15001"
    case_id = await driver.file(
        "15001", category_id=local, place={"grid_code": "370522001003"}, community="370522001003", confidential=True
    )
    routed = await driver.published(case_id, CaseRouted)
    assert [(each.unit_id, each.role) for each in routed.assignments] == [("justice", "lead")]
    told = (await driver.request("leader", "GET", f"/cases/{case_id}/explanation")).text
    assert "15001" not in told
    assert "370522001" not in told


async def test_a_new_release_decides_from_then_on_and_old_decisions_can_be_asked_again(driver: RoutingDriver) -> None:
    """Every decision is reproducible from the question and the list version that are recorded with it."""
    before = await driver.file("06010")
    first = await driver.published(before, CaseRouted)
    change = {
        "kind": "responsibility",
        "id": "gb-06010",
        "body": {"id": "gb-06010", "match": {"category": f"{GB}06010"}, "area": "370522", "lead": "urban-management"},
    }
    release = (await driver.registry("POST", "/changes?publish=true", {"changes": [change]}))["release"]

    async def in_force() -> bool:
        return driver.routing.context.district.release == release

    await wait_until(in_force, what="the new release at routing")
    after = await driver.file("06010")
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
    await _a_waiting_case_follows_the_calendar(driver)


async def _a_waiting_case_follows_the_calendar(driver: RoutingDriver) -> None:
    """Until when a person decides is laid off again when the years it reaches into are announced."""
    context = driver.routing.context
    body = context.district.settings.to_body()
    far = {**body, "stage_limits": {**body.get("stage_limits", {}), "dispatch": {"amount": 250, "unit": "work_day"}}}
    release = (await publish(driver, far))["release"]

    async def in_force() -> bool:
        return context.district.release == release

    await wait_until(in_force, what="the limit at routing")
    case_id = await driver.file("01023")
    needed = await driver.published(case_id, DecisionNeeded)
    assert needed.provisional
    years = [driver.installation.now().year + more for more in range(3)]
    weekdays = [date(year, 6, 8 + n) for year in years for n in range(7)]
    table = {str(day): day.weekday() == 5 for day in weekdays if day.weekday() != 6}
    await publish(driver, {**body, "announced_years": years}, table)
    moved = await driver.published(case_id, DecisionDueMoved)
    assert (moved.provisional, moved.due_at > needed.due_at) == (False, True)
    item = await waiting(driver, "street", case_id)
    told = await driver.get("street", f"/cases/{case_id}/explanation")
    for shown in (item, item["waiting"], told["decisions"][-1]["needed"]):
        assert (shown["due_at"], shown["provisional"]) == (utc_text(moved.due_at), False)
    assert await context.database.fetchval("SELECT count(*) FROM provisional_deadline") == 0
    assert len(await searches.decisions(context.database, case_id)) == 1, "a calendar decides nothing"


async def publish(driver: RoutingDriver, settings: dict[str, Any], table: dict[str, bool] | None = None) -> Any:
    """A release with these settings and working days."""
    changes = [
        {"kind": "calendar_day", "id": day, "body": {"id": day, "working": works}}
        for day, works in (table or {}).items()
    ]
    changes.append({"kind": "district", "id": settings["id"], "body": settings})
    return await driver.registry("POST", "/changes?publish=true", {"changes": changes})


async def test_a_draft_is_tried_on_past_cases_before_anybody_publishes_it(driver: RoutingDriver) -> None:
    """draft → preview → publish: the past case that would go elsewhere, today's answer beside the draft's.

    No drill is tried, and no confidential case: a draft about one matter would tell whether it is that.
    """
    moved, untouched = await driver.file("06010"), await driver.file("01002")
    drill = await driver.file("06010", mode="exercise")
    told = {"place": {"grid_code": "370522001004"}, "confidential": True}
    secret = await driver.file("06010", **told)
    for case_id in (moved, untouched, drill, secret):
        await driver.published(case_id, CaseRouted)
    entry = {
        "id": "gb-06010",
        "match": {"category": f"{GB}06010"},
        "area": "370522",
        "lead": "urban-management",
        "valid_from": "2099-01-01",
    }
    asked = {"changes": [{"id": "gb-06010", "body": entry}], "as_if_on": "2099-01-02"}
    told = (await driver.request("leader", "POST", "/list-preview", asked)).json()
    assert (told["tried"], told["rerouted"], told["limited"]) == (2, 1, False)
    (case,) = told["cases"]
    assert case["case_id"] == str(moved)
    assert (case["now"]["chosen"][0]["unit_id"], case["draft"]["chosen"][0]["unit_id"]) == (
        "sanitation",
        "urban-management",
    )
    before_its_day = (await driver.request("leader", "POST", "/list-preview", {**asked, "as_if_on": None})).json()
    assert before_its_day["cases"][0]["draft"]["chosen"][0]["unit_id"] == "urban-management", (
        "the major's entry is left"
    )
    assert before_its_day["cases"][0]["draft"]["candidates"][0]["entry_id"] == "gb-major-06"
    assert (await driver.request("street", "POST", "/list-preview", {"changes": []})).status_code == 422
    await _a_draft_goes_its_way(driver, moved)
    await _a_draft_goes_its_way_on_pages(driver, case["case_number"])


async def _a_draft_goes_its_way(driver: RoutingDriver, moved: UUID) -> None:
    """Kept, tried, submitted, approved by somebody else, published with its day; over what was seen and nothing
    else.
    """

    async def ask(who: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return await driver.request(who, method, path, body, at="registry/list-drafts", **headers)

    entry = {"match": {"category": f"{GB}06010"}, "area": "370522", "lead": "urban-management"}
    words = {
        "changes": [{"id": "gb-06010", "body": {"id": "gb-06010", **entry}}],
        "effective_on": "2099-01-01",
        "note": "问 13812345678",
        "based_on": 1,
    }
    key = {"idempotency-key": str(uuid4())}
    draft, same = [(await ask("leader", "POST", "", words, **key)).json() for _ in range(2)]
    assert same == draft
    assert "13812345678" not in draft["note"]
    assert [(each["change"], each["id"]) for each in draft["to_publish"]] == [
        ("changed", "gb-06010"),
        ("added", "gb-06010.20990101"),
    ]
    path = f"/{draft['id']}"
    untried = await ask("leader", "POST", f"{path}/submit", {"version": 1, "signed_trial": "mine"})
    assert untried.json()["type"] == "/problems/draft-not-tried"
    tried = (await driver.request("leader", "POST", "/list-preview", draft["trial_request"])).json()
    submission = {"version": 1, "signed_trial": tried["signed_trial"]}
    submitted = (await ask("leader", "POST", f"{path}/submit", submission)).json()
    assert submitted["possible"] == ["discard"], "others approve it, or send it back"
    (case,) = submitted["trial"]["cases"]
    assert (case["case_id"], case["now"], case["draft"]) == (str(moved), ["sanitation"], ["urban-management"])
    assert case["area"] == "370522001004", "kept with the draft, where nobody could seal it: no more than the community"
    assert (await ask("administrator", "GET", path)).json()["possible"] == ["approve", "send_back", "discard"]
    elsewhere = (await ask("other_street", "GET", path)).json()
    assert (elsewhere["trial"]["cases"], elsewhere["possible"]) == ([], [])
    assert (await ask("leader", "POST", f"{path}/approve", {"version": 2})).status_code == 403
    others = (
        await ask("street", "POST", "", words),
        await ask("street", "POST", f"{path}/discard", {"version": 2, "reason": "x"}),
    )
    assert [each.json()["type"] for each in others] == ["/problems/draft-beyond-area"] * 2
    assert (await ask("unit_leader", "GET", path)).status_code == 403

    own = (await ask("administrator", "POST", "", {**words, "effective_on": None, "based_on": 99})).json()
    assert own["based_on"] == 1, "nobody has seen a release that is still to come"
    tried = (await driver.request("administrator", "POST", "/list-preview", own["trial_request"])).json()
    assert (
        await ask(
            "administrator", "POST", f"/{own['id']}/submit", {"version": 1, "signed_trial": tried["signed_trial"]}
        )
    ).is_success
    assert (await ask("administrator", "GET", f"/{own['id']}")).json()["possible"] == ["send_back", "discard"]
    for who, possible in (("administrator", ["send_back", "discard"]), ("leader", ["discard"]), ("street", [])):
        refused = await ask(who, "PUT", f"/{own['id']}", {**words, "effective_on": None, "version": 2})
        assert (refused.json()["type"], refused.json()["possible"]) == ("/problems/draft-action-unavailable", possible)
    refused = await ask("administrator", "POST", f"/{own['id']}/approve", {"version": 2})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/draft-own-approval")

    approved = (await ask("administrator", "POST", f"{path}/approve", {"version": 2})).json()
    assert (approved["state"], approved["release"], approved["possible"]) == ("published", 2, [])
    assert [each["kind"] for each in approved["steps"]] == ["created", "submitted", "published"]

    async def in_force() -> bool:
        return driver.routing.context.district.release >= 2

    await wait_until(in_force, what="the release at routing")
    entries = driver.routing.context.district.responsibilities
    assert (entries["gb-06010"].lead, str(entries["gb-06010"].valid_to)) == ("sanitation", "2099-01-01")
    assert (entries["gb-06010.20990101"].lead, str(entries["gb-06010.20990101"].valid_from)) == (
        "urban-management",
        "2099-01-01",
    )

    late = (await ask("leader", "GET", f"/{own['id']}")).json()
    assert late["collisions"] == {"gb-06010": 2}
    assert (await ask("leader", "POST", f"/{own['id']}/send-back", {"version": 2, "reason": "x"})).status_code == 403
    back = (await ask("administrator", "POST", f"/{own['id']}/send-back", {"version": 2, "reason": "已有变更"})).json()
    assert back["possible"] == ["rewrite", "discard"], "it collides: whatever is submitted is refused"
    refused = await ask("leader", "PUT", f"/{own['id']}", {**words, "effective_on": None, "version": back["version"]})
    assert (refused.status_code, refused.json()["collisions"]) == (409, {"gb-06010": 2})
    seen = {**words, "effective_on": None, "version": back["version"], "based_on": 2}
    assert (await ask("leader", "PUT", f"/{own['id']}", seen)).json()["collisions"] == {}
    page = (await ask("assessor", "GET", "?limit=1")).json()
    assert [each["id"] for each in page["items"]] == [own["id"]]
    page = (await ask("assessor", "GET", f"?limit=1&cursor={page['next']}")).json()
    assert [(each["id"], each["state"]) for each in page["items"]] == [(draft["id"], "published")]


async def _a_draft_goes_its_way_on_pages(driver: RoutingDriver, moved: str) -> None:
    """Begun from an entry of the list, tried, submitted, refused to its author, approved by another, all by forms."""
    leader, admin = await sign_in(driver.installation, "leader"), await sign_in(driver.installation, "administrator")
    assert "/list/new?entry=gb-06010" in (await leader.get("/list/entries?q=06010")).text
    form = "/list/new?entry=gb-06010"
    wrong = await fill_in(leader, form, "/list", area="370522", lead="water", co="water", why="")
    assert (wrong.status_code, "A unit is either lead" in wrong.text) == (422, True)
    begun = await fill_in(leader, form, "/list", area="370522", lead="water", why="<b>per decree</b>")
    at = begun.url.path
    assert "&lt;b&gt;per decree&lt;/b&gt;" in begun.text
    assert re.search(r"<del>.*Sanitation.*</del></td><td><ins>Water", begun.text), begun.text
    assert "The draft has faults" in begun.text, "its successor of 2099 speaks of the same"
    ends = {"area": "370522", "lead": "water", "valid_to": "2099-01-01"}
    assert (
        "The draft has faults" not in (await fill_in(leader, f"{at}/entry?entry=gb-06010", f"{at}/entry", **ends)).text
    )
    put = await fill_in(leader, f"{at}/entry?entry=gb-01002", f"{at}/entry", area="370522", lead="drainage-works")
    assert "gb-01002" in put.text
    left = await leader.post(f"{at}/leave-out", data=hidden_in(put.text, f"{at}/leave-out", 2), follow_redirects=True)
    assert "gb-01002" not in left.text
    submitted = await fill_in(leader, f"{at}?days=30", f"{at}/submit")
    assert "2 cases tried; 1 of them would go to other units" in submitted.text
    assert f"/board?case={moved}" in submitted.text
    assert f'action="{at}/approve"' not in submitted.text
    refused = await leader.post(f"{at}/approve", data=hidden_in(submitted.text, f"{at}/discard"))
    assert (refused.status_code, 'role="alert"' in refused.text) == (403, True)
    approved = await fill_in(admin, at, f"{at}/approve")
    assert "release 3" in approved.text
    assert f'href="{at}"' in (await admin.get("/list?state=published")).text
    own = await fill_in(admin, "/list/new?entry=gb-06010", "/list", remove="1", why="twice")
    await fill_in(admin, f"{own.url.path}?days=30", f"{own.url.path}/submit")
    assert "Another administrator must approve it" in (await admin.get(own.url.path)).text
    back = await fill_in(admin, own.url.path, f"{own.url.path}/send-back", reason="")
    assert back.status_code == 422
    stranger = await sign_in(driver.installation, "officer")
    assert (await stranger.get("/list")).status_code == 403
    await asyncio.gather(*(web.aclose() for web in (leader, admin, stranger)))


async def test_a_recorded_decision_is_made_again_from_its_record(driver: RoutingDriver) -> None:
    case_id = await driver.file("06010")
    await driver.published(case_id, CaseRouted)
    told = await driver.get("leader", f"/cases/{case_id}/decisions/1/reproduced")
    assert (told["same"], told["repeated"]["chosen"][0]["unit_id"]) == (True, "sanitation")
    for who, path in (("leader", f"{case_id}/decisions/9"), ("other_street", f"{case_id}/decisions/1")):
        assert (await driver.request(who, "GET", f"/cases/{path}/reproduced")).status_code == 404


async def test_an_exercise_finds_nothing_against_the_list_and_a_real_gap_proposes_an_entry(
    driver: RoutingDriver,
) -> None:
    for mode in ("exercise", "actual"):
        case_id = await driver.file("01023", mode=mode)
        assert (await waiting(driver, "street", case_id, mode))["mode"] == mode
        counts = {asked: len((await driver.get("street", f"/queue?mode={asked}"))["items"]) for asked in WANTED}
        assert counts == {asked: int(asked in (mode, "all")) for asked in WANTED}, "never among those of another mode"
        form = {"lead": "municipal-works", "reason": "按道路设施养护"}
        assert (await driver.request("street", "POST", f"/cases/{case_id}/decision", form)).status_code == 200
    (found,) = (await driver.get("leader", "/findings"))["items"]
    assert (found["case_id"], found["kind"]) == (str(case_id), "gap")
    assert (found["entry"]["lead"], found["entry"]["area"]) == ("municipal-works", "370522001004007")
    change = {"kind": "responsibility", "id": found["entry"]["id"], "body": found["entry"]}
    looked_at = await driver.registry("POST", "/changes", {"changes": [change]})
    assert looked_at["findings"] == [], "what is proposed may go into the list as it is"


async def test_the_queue_pages_by_cursor_and_refuses_a_wrong_one(driver: RoutingDriver) -> None:
    cases = [await driver.file("01023") for _ in range(5)]
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
