"""Attack: residents, leaders of units and machines ask for more than they may see."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from tests.support.confidential_scene import ConfidentialScene, open_confidential_scene
from tests.support.infrastructure import Brokers, Postgres
from tests.support.installation import open_installation
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("views")]

RESIDENT_FIELDS = {
    "report_id",
    "case_number",
    "version",
    "possible",
    "request_type",
    "category",
    "place",
    "address",
    "description",
    "photos",
    "occurred_at",
    "reported_at",
    "feedback_wanted",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    postgres: Postgres, brokers: Brokers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ConfidentialScene]:
    home = tmp_path_factory.mktemp("views")
    async with (
        brokers.empty_broker() as broker,
        open_installation(postgres, broker, home) as installation,
        open_confidential_scene(installation) as found,
    ):
        yield found


async def look(scene: ConfidentialScene, who: str, address: str) -> httpx.Response:
    """Send a GET request to an address with a query."""
    path, _, query = address.partition("?")
    return await scene.request(who, path, **dict(parse_qsl(query)))


def follow(scene: ConfidentialScene, case: dict[str, Any]) -> None:
    """Let the name `resident` use the token of this report."""
    scene.tokens["resident"] = scene.intake_driver.intake.context.auth.resident_token(case["case_id"], case["case_id"])


async def test_a_residents_token_shows_only_the_reporters_view_of_the_report(scene: ConfidentialScene) -> None:
    """The view has no task, no officer and no other case."""
    follow(scene, scene.plain)
    seen = await scene.request("resident", f"/api/intake/reports/{scene.plain['case_id']}")
    assert (seen.status_code, set(seen.json())) == (200, RESIDENT_FIELDS)
    added = await scene.request(
        "resident", f"/api/intake/reports/{scene.plain['case_id']}/additions", "POST", {"text": "还在那里"}
    )
    assert (added.status_code, set(added.json())) == (200, RESIDENT_FIELDS)
    clerk = await scene.request("intake_clerk", f"/api/intake/reports/{scene.plain['case_id']}")
    assert {"task", "links", "joined"} <= set(clerk.json()), "the desk sees everything"
    other = await scene.request("resident", f"/api/intake/reports/{scene.secret['case_id']}")
    assert other.status_code == 404


async def test_a_residents_token_opens_no_view_of_the_centre(scene: ConfidentialScene) -> None:
    follow(scene, scene.plain)
    for path in (
        f"/api/supervision/cases/{scene.plain['case_id']}",
        "/api/supervision/scorecards?kind=county",
        "/api/registry/releases",
        "/api/registry/entities/officer",
        "/api/tracking/cases",
    ):
        assert (await look(scene, "resident", path)).status_code == 403, path


async def test_a_units_leader_sees_neither_ledgers_of_the_centre_nor_figures_of_other_units(
    scene: ConfidentialScene,
) -> None:
    for path in (
        "/api/intake/calls/ledger.csv",
        "/api/intake/calls/ledger.xlsx",
        "/api/intake/storms",
        "/api/intake/control-areas",
        "/api/intake/calls/figures?since=2026-01-01T00:00:00Z&until=2027-01-01T00:00:00Z",
        "/api/supervision/scorecards?kind=county",
        "/api/supervision/scorecards?kind=street",
        "/api/supervision/scorecards?kind=officer",
        "/api/supervision/shift-handovers",
        "/api/supervision/shift-handovers/ledger.csv",
        "/api/supervision/digests",
        "/api/supervision/roster",
        "/api/supervision/patrol/rounds",
        "/api/supervision/patrol/rounds/ledger.csv?period=2026",
        "/api/supervision/call-backs",
        "/api/routing/findings",
        "/api/supervision/tasks",
    ):
        assert (await look(scene, "unit_leader", path)).status_code == 403, path
    cards = await scene.items("unit_leader", "/api/supervision/scorecards", kind="unit")
    assert [each["subject_id"] for each in cards] == ["sanitation"]


async def key(scene: ConfidentialScene, **bindings: Any) -> str:
    """Create a machine key and wait until the services know it. Return the name under which the scene uses it."""
    body = {"name": "machine", **bindings}
    made = (await scene.request("administrator", "/api/registry/keys", "POST", body)).json()
    name = f"key-{uuid4()}"
    scene.tokens[name] = made["key"]

    async def known() -> bool:
        return all(each.context.district.release >= made["release"] for each in scene.installation.running.values())

    await wait_until(known, what="the release with the key")
    return name


async def test_a_key_of_the_hotline_lists_only_its_own_reports(scene: ConfidentialScene) -> None:
    hotline = await key(scene, roles=["hotline"], channels=["hotline"])
    assert await scene.items(hotline, "/api/tracking/cases") == []
    assert (await scene.request(hotline, "/api/tracking/board/snapshot")).json()["cards"] == []
    assert (await scene.request(hotline, f"/api/tracking/cases/{scene.plain['case_number']}")).status_code == 404
    for path in (
        "/api/registry/entities/officer",
        "/api/registry/entities/responsibility",
        "/api/registry/releases",
        "/api/supervision/tasks",
        "/api/supervision/call-backs",
        "/api/intake/tasks",
        "/api/intake/calls/ledger.csv",
        f"/api/routing/cases/{scene.plain['case_id']}/explanation",
    ):
        assert (await scene.request(hotline, path)).status_code == 403, path
    report = {
        "channel": "hotline",
        "category_id": "GB47678-5-2026/matter/06010",
        "description": "垃圾",
        "grid_code": "370522001003005",
    }
    sent = (await scene.request(hotline, "/api/intake/reports", "POST", report)).json()

    async def listed() -> list[Any]:
        return await scene.items(hotline, "/api/tracking/cases")

    found = await wait_until(listed, what="the report of the hotline")
    assert [each["case_number"] for each in found] == [sent["case_number"]]
    assert (await scene.request(hotline, "/api/registry/entities/component")).status_code == 200


def comparable(answer: httpx.Response, own: str) -> tuple[int, str]:
    """Return status and body without the requested id."""
    return answer.status_code, answer.text.replace(own, "…")


async def test_a_command_on_a_hidden_case_is_answered_like_one_on_an_unknown_case(scene: ConfidentialScene) -> None:
    """The desk of another street sends every command of a desk."""
    unknown, case_id, note = str(uuid4()), scene.plain["case_id"], {"note": "看看"}
    review = {"approved": True, "note": "属实"}
    asked: list[tuple[str, str, dict[str, Any]]] = [
        ("other_leader", "/api/supervision/cases/{}/review", review),
        ("other_leader", "/api/supervision/cases/{}/force-close", note),
        ("other_shift_lead", "/api/supervision/cases/{}/close", {"note": "看看", "closing_condition_met": True}),
        ("other_shift_lead", "/api/supervision/cases/{}/reopen", note),
        ("other_shift_lead", "/api/supervision/cases/{}/order", {"kind": "important", "text": "看看"}),
        ("other_shift_lead", "/api/supervision/cases/{}/urge", {"text": "看看"}),
        ("other_shift_lead", "/api/supervision/cases/{}/appeals", {"kind": "dispatcher", "text": "看看"}),
        ("other_shift_lead", "/api/intake/cases/{}/void", note),
        ("other_intake_clerk", "/api/intake/cases/{}/file", {"category_id": "GB47678-5-2026/matter/06010"}),
        ("other_intake_clerk", "/api/intake/cases/{}/verify", {"mode": "site"}),
        ("other_intake_clerk", "/api/intake/cases/{}/not-file", {"reason": "not_ours"}),
        ("other_shift_lead", "/api/routing/cases/{}/decision", {"lead": "sanitation"}),
        ("other_shift_lead", "/api/routing/cases/{}/escalate", {}),
        ("other_shift_lead", "/api/routing/cases/{}/send-back", {"reason": "unclear", "note": "看看"}),
        ("other_shift_lead", "/api/routing/cases/{}/handover", {"unit_id": "fire", "mode": "joint"}),
        ("other_shift_lead", "/api/routing/cases/{}/first-response", {"unit_id": "mobile-team", "reason": "看看"}),
    ]
    for who, path, body in asked:
        hidden = await scene.request(who, path.format(case_id), "POST", body)
        absent = await scene.request(who, path.format(unknown), "POST", body)
        assert hidden.status_code == 404, (path, hidden.text)
        assert comparable(hidden, case_id) == comparable(absent, unknown), path
    order = scene.dispatches[scene.plain["case_number"]]
    for action in ("accept-return", "refuse-return"):
        path = f"/api/dispatch/dispatches/{{}}/{action}"
        hidden = await scene.request("other_shift_lead", path.format(order), "POST", note)
        absent = await scene.request("other_shift_lead", path.format(unknown), "POST", note)
        assert comparable(hidden, order) == comparable(absent, unknown), path
