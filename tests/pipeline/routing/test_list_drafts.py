"""Drafts of the responsibility list: tried on past cases, submitted, approved and published."""

from __future__ import annotations

import asyncio
import re
from typing import Any
from uuid import UUID, uuid4

from contracts.events.command import CaseRouted
from tests.support.pages import fill_in, hidden_fields, sign_in
from tests.support.routing_driver import GB, RoutingDriver
from tests.support.waiting import wait_until


async def file_past_cases(driver: RoutingDriver) -> UUID:
    """File two plain cases, an exercise and a confidential case. Return the one that the drafts of these tests move."""
    confidential = {"place": {"grid_code": "370522001004"}, "confidential": True}
    cases = [
        await driver.file_case("06010"),
        await driver.file_case("01002"),
        await driver.file_case("06010", mode="exercise"),
        await driver.file_case("06010", **confidential),
    ]
    for case_id in cases:
        await driver.published(case_id, CaseRouted)
    return cases[0]


async def test_a_draft_is_tried_on_past_cases(driver: RoutingDriver) -> None:
    """Neither exercises nor confidential cases are tried, because the result would show the category of a case."""
    moved = await file_past_cases(driver)
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
        "the entry of the major category applies"
    )
    assert before_its_day["cases"][0]["draft"]["candidates"][0]["entry_id"] == "gb-major-06"
    assert (await driver.request("street", "POST", "/list-preview", {"changes": []})).status_code == 422


async def test_a_draft_is_stored_tried_submitted_and_published_by_another_person(driver: RoutingDriver) -> None:
    """It takes effect on its day. A draft about an entry that was published meanwhile collides."""
    moved = await file_past_cases(driver)

    async def ask(who: str, method: str, path: str, body: Any = None, **headers: str) -> Any:
        return await driver.request(who, method, path, body, at="registry/list-drafts", **headers)

    entry = {"match": {"category": f"{GB}06010"}, "area": "370522", "lead": "urban-management"}
    draft_form = {
        "changes": [{"id": "gb-06010", "body": {"id": "gb-06010", **entry}}],
        "effective_on": "2099-01-01",
        "note": "问 13812345678",
        "based_on": 1,
    }
    key = {"idempotency-key": str(uuid4())}
    draft, same = [(await ask("leader", "POST", "", draft_form, **key)).json() for _ in range(2)]
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
    assert submitted["possible"] == ["discard"], "only others approve it or send it back"
    (case,) = submitted["trial"]["cases"]
    assert (case["case_id"], case["now"], case["draft"]) == (str(moved), ["sanitation"], ["urban-management"])
    assert case["area"] == "370522001004", "a draft is never redacted, so it stores only the community"
    assert (await ask("administrator", "GET", path)).json()["possible"] == ["approve", "send_back", "discard"]
    elsewhere = (await ask("other_street", "GET", path)).json()
    assert (elsewhere["trial"]["cases"], elsewhere["possible"]) == ([], [])
    assert (await ask("leader", "POST", f"{path}/approve", {"version": 2})).status_code == 403
    others = (
        await ask("street", "POST", "", draft_form),
        await ask("street", "POST", f"{path}/discard", {"version": 2, "reason": "x"}),
    )
    assert [each.json()["type"] for each in others] == ["/problems/draft-beyond-area"] * 2
    assert (await ask("unit_leader", "GET", path)).status_code == 403

    own = (await ask("administrator", "POST", "", {**draft_form, "effective_on": None, "based_on": 99})).json()
    assert own["based_on"] == 1, "a release that does not exist yet cannot be the base"
    tried = (await driver.request("administrator", "POST", "/list-preview", own["trial_request"])).json()
    assert (
        await ask(
            "administrator", "POST", f"/{own['id']}/submit", {"version": 1, "signed_trial": tried["signed_trial"]}
        )
    ).is_success
    assert (await ask("administrator", "GET", f"/{own['id']}")).json()["possible"] == ["send_back", "discard"]
    for who, possible in (("administrator", ["send_back", "discard"]), ("leader", ["discard"]), ("street", [])):
        refused = await ask(who, "PUT", f"/{own['id']}", {**draft_form, "effective_on": None, "version": 2})
        assert (refused.json()["type"], refused.json()["possible"]) == ("/problems/draft-action-unavailable", possible)
    refused = await ask("administrator", "POST", f"/{own['id']}/approve", {"version": 2})
    assert (refused.status_code, refused.json()["type"]) == (403, "/problems/draft-own-approval")

    approved = (await ask("administrator", "POST", f"{path}/approve", {"version": 2})).json()
    assert (approved["state"], approved["release"], approved["possible"]) == ("published", 2, [])
    assert [each["kind"] for each in approved["steps"]] == ["created", "submitted", "published"]

    await wait_until(lambda: driver.routing.context.district.release >= 2, what="the release at routing")
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
    assert back["possible"] == ["rewrite", "discard"], "a draft with collisions cannot be submitted"
    refused = await ask(
        "leader", "PUT", f"/{own['id']}", {**draft_form, "effective_on": None, "version": back["version"]}
    )
    assert (refused.status_code, refused.json()["collisions"]) == (409, {"gb-06010": 2})
    seen = {**draft_form, "effective_on": None, "version": back["version"], "based_on": 2}
    assert (await ask("leader", "PUT", f"/{own['id']}", seen)).json()["collisions"] == {}
    page = (await ask("assessor", "GET", "?limit=1")).json()
    assert [each["id"] for each in page["items"]] == [own["id"]]
    page = (await ask("assessor", "GET", f"?limit=1&cursor={page['next']}")).json()
    assert [(each["id"], each["state"]) for each in page["items"]] == [(draft["id"], "published")]


async def test_a_draft_is_written_tried_submitted_and_approved_on_its_pages(driver: RoutingDriver) -> None:
    moved = await file_past_cases(driver)
    number = (await driver.get("leader", f"/cases/{moved}/explanation"))["case_number"]
    entry = {"id": "gb-06010", "match": {"category": f"{GB}06010"}, "area": "370522", "lead": "sanitation"}
    later = {**entry, "id": "gb-06010.20990101", "lead": "urban-management", "valid_from": "2099-01-01"}
    bodies = ({**entry, "valid_to": "2099-01-01"}, later)
    changes = [{"kind": "responsibility", "id": body["id"], "body": body} for body in bodies]
    await driver.registry("POST", "/changes?publish=true", {"changes": changes})
    leader, admin = await sign_in(driver.installation, "leader"), await sign_in(driver.installation, "administrator")
    assert "/list/new?entry=gb-06010" in (await leader.get("/list/entries?q=06010")).text
    form = "/list/new?entry=gb-06010"
    wrong = await fill_in(leader, form, "/list", area="370522", lead="water", co="water", why="")
    assert (wrong.status_code, "A unit is either lead" in wrong.text) == (422, True)
    begun = await fill_in(leader, form, "/list", area="370522", lead="water", why="<b>per decree</b>")
    path = begun.url.path
    assert "&lt;b&gt;per decree&lt;/b&gt;" in begun.text
    assert re.search(r"<del>.*Sanitation.*</del></td><td><ins>Water", begun.text), begun.text
    assert "The draft has faults" in begun.text, "it overlaps with its successor of 2099"
    ends = {"area": "370522", "lead": "water", "valid_to": "2099-01-01"}
    assert (
        "The draft has faults"
        not in (await fill_in(leader, f"{path}/entry?entry=gb-06010", f"{path}/entry", **ends)).text
    )
    put = await fill_in(leader, f"{path}/entry?entry=gb-01002", f"{path}/entry", area="370522", lead="drainage-works")
    assert "gb-01002" in put.text
    left = await leader.post(
        f"{path}/leave-out", data=hidden_fields(put.text, f"{path}/leave-out", 2), follow_redirects=True
    )
    assert "gb-01002" not in left.text
    submitted = await fill_in(leader, f"{path}?days=30", f"{path}/submit")
    assert "2 cases tried; 1 of them would go to other units" in submitted.text
    assert f"/board?case={number}" in submitted.text
    assert f'action="{path}/approve"' not in submitted.text
    refused = await leader.post(f"{path}/approve", data=hidden_fields(submitted.text, f"{path}/discard"))
    assert (refused.status_code, 'role="alert"' in refused.text) == (403, True)
    approved = await fill_in(admin, path, f"{path}/approve")
    assert "release 3" in approved.text
    assert f'href="{path}"' in (await admin.get("/list?state=published")).text
    own = await fill_in(admin, "/list/new?entry=gb-06010", "/list", remove="1", why="twice")
    await fill_in(admin, f"{own.url.path}?days=30", f"{own.url.path}/submit")
    assert "Another administrator must approve it" in (await admin.get(own.url.path)).text
    back = await fill_in(admin, own.url.path, f"{own.url.path}/send-back", reason="")
    assert back.status_code == 422
    stranger = await sign_in(driver.installation, "officer")
    assert (await stranger.get("/list")).status_code == 403
    await asyncio.gather(*(web.aclose() for web in (leader, admin, stranger)))
