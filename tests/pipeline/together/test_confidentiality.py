"""Nobody sees cases of others, or the text of a confidential case, by number, id, list, search, map, stream or table.

The access to each route is tested in tests/contract/test_access.py. Here one plain and one confidential case are in one
street, and the callers belong to another street, another unit or another report.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from tests.support.confidential_scene import (
    CENTRE_ELSEWHERE,
    EVERY_DESK,
    UNITS_ELSEWHERE,
    WORDS,
    ConfidentialScene,
    open_confidential_scene,
    paths_of_case,
)
from tests.support.infrastructure import Brokers, Postgres
from tests.support.installation import open_installation
from tests.support.sample_district import CONFIDENTIAL_CATEGORY, PASSWORD
from tests.support.waiting import wait_until

pytestmark = pytest.mark.asyncio(loop_scope="module")
"""All tests share one scene. A test that changes a case uses a case of its own."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def scene(
    postgres: Postgres, brokers: Brokers, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ConfidentialScene]:
    home = tmp_path_factory.mktemp("city")
    async with (
        brokers.empty_broker() as broker,
        open_installation(postgres, broker, home) as installation,
        open_confidential_scene(installation) as found,
    ):
        yield found


async def test_a_case_cannot_be_opened_by_its_number_from_another_street_or_unit(scene: ConfidentialScene) -> None:
    """A hidden case gets the same response as one that does not exist."""
    opened = [
        (who, path)
        for who in (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE, "officer_3")
        for case in (scene.plain, scene.secret)
        for path in paths_of_case(scene, case)
        if (await scene.request(who, path)).status_code not in (403, 404)
    ]
    assert opened == []
    unknown = await scene.request("other_leader", "/api/tracking/cases/LJ-20200101-000001")
    hidden = await scene.request("other_leader", f"/api/tracking/cases/{scene.plain['case_number']}")
    assert unknown.status_code == hidden.status_code == 404
    assert unknown.json()["type"] == hidden.json()["type"]


async def test_no_list_search_map_or_board_shows_a_case_of_another_street_or_unit(scene: ConfidentialScene) -> None:
    numbers = {scene.plain["case_number"], scene.secret["case_number"]}
    ids = {scene.plain["case_id"], scene.secret["case_id"]}
    assert scene.plain["case_number"] in (await scene.request("leader", "/api/tracking/cases")).text
    for who in (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE):
        texts = [
            (await scene.request(who, path, **query)).text
            for path, query in (
                ("/api/tracking/cases", {}),
                ("/api/tracking/cases", {"grid": "370522001"}),
                ("/api/tracking/cases", {"unit": "sanitation"}),
                ("/api/tracking/cases", {"q": "垃圾"}),
                ("/api/tracking/cases.geojson", {}),
                ("/api/tracking/board/snapshot", {}),
                ("/api/dispatch/dispatches", {"unit": "sanitation", "state": "all"}),
                ("/api/dispatch/dispatches", {"case_id": scene.plain["case_id"]}),
                ("/api/routing/queue", {}),
                ("/api/routing/findings", {}),
                ("/api/supervision/tasks", {}),
                ("/api/intake/queue", {}),
                ("/api/intake/tasks", {}),
            )
        ]
        assert not [text[:300] for text in texts if any(each in text for each in numbers | ids)], who


async def test_no_stream_or_change_of_the_board_shows_a_case_of_another_street_or_unit(
    scene: ConfidentialScene,
) -> None:
    """The streams were open when the cases were published."""
    traces = [scene.plain["case_number"], scene.plain["case_id"], scene.secret["case_number"], scene.secret["case_id"]]
    assert all(each.encode() in scene.streamed["leader"] for each in traces)
    for who in (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE):
        missed = await scene.request(who, "/api/tracking/board/changes", since=scene.empty_board)
        assert missed.status_code == 200, missed.text
        assert (missed.json()["cards"], missed.json()["removed"]) == ([], []), who
        assert not [each for each in traces if each.encode() in scene.streamed[who]], who


EXPORTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/api/tracking/cases", {}),
    ("/api/tracking/cases", {"grid": "370522001"}),
    ("/api/tracking/cases", {"unit": "sanitation"}),
    ("/api/tracking/cases", {"q": "垃圾"}),
    ("/api/tracking/cases", {"q": WORDS[:4]}),
    ("/api/tracking/cases", {"category": CONFIDENTIAL_CATEGORY}),
    ("/api/supervision/scorecards/unit/sanitation/cases", {"figure": "dispatched"}),
    ("/api/supervision/scorecards/street/370522001/cases", {"figure": "filed"}),
    ("/api/supervision/scorecards/ledger", {"kind": "unit"}),
    ("/api/supervision/burden/ledger", {}),
    ("/api/supervision/shift-handovers/ledger", {}),
    ("/api/supervision/patrol/rounds/ledger", {"period": "2026"}),
    ("/api/intake/calls/ledger", {}),
)
"""Exported tables: path and query."""


async def exported(scene: ConfidentialScene, who: str, path: str, form: str, **query: str) -> str:
    """Return the text of an exported table; of a workbook, the text of all of its parts."""
    answer = await scene.request(who, f"{path}.{form}", **query)
    if form == "csv" or answer.status_code != 200:
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_no_exported_table_shows_a_case_of_another_street_or_unit(scene: ConfidentialScene, form: str) -> None:
    traces = [scene.plain["case_number"], scene.plain["case_id"], scene.secret["case_number"], scene.secret["case_id"]]
    assert scene.plain["case_number"] in await exported(scene, "leader", "/api/tracking/cases", form)
    for who in (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE):
        for path, query in EXPORTS:
            text = await exported(scene, who, path, form, **query)
            assert not [each for each in traces if each in text], (who, path, query)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_confidential_text_is_in_no_exported_table_and_in_no_stream(
    scene: ConfidentialScene, form: str
) -> None:
    hidden = (WORDS, scene.photo, CONFIDENTIAL_CATEGORY)
    for who in EVERY_DESK:
        missed = (await scene.request(who, "/api/tracking/board/changes", since=scene.empty_board)).text
        streams = scene.streamed[who].decode()
        tables = [await exported(scene, who, path, form, **query) for path, query in EXPORTS]
        for text in (missed, streams, *tables):
            assert not [each for each in hidden if each in text], who
        for asked in ({"q": WORDS[:4]}, {"category": CONFIDENTIAL_CATEGORY}):
            found = await exported(scene, who, "/api/tracking/cases", form, **asked)
            assert scene.secret["case_number"] not in found, (who, asked)


async def test_the_row_of_a_confidential_case_shows_no_category_text_or_grid(scene: ConfidentialScene) -> None:
    table = await exported(scene, "leader", "/api/tracking/cases", "csv")
    rows = {line["案件编号"]: line for line in csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))}
    line = rows[scene.secret["case_number"]]
    assert (line["类别"], line["摘要"], line["网格"]) == ("保密", "", "")
    assert rows[scene.plain["case_number"]]["网格"] != ""


async def test_another_unit_can_neither_handle_a_dispatch_nor_see_its_figures(scene: ConfidentialScene) -> None:
    dispatch_id = scene.dispatches[scene.plain["case_number"]]
    for who in (*UNITS_ELSEWHERE, "other_street"):
        for action, body in (
            ("sign", {}),
            ("progress", {"note": "到了"}),
            ("complete", {"outcome": "solved", "note": "好了"}),
            ("request-return", {"reason": "not_our_function", "note": "不是"}),
        ):
            answer = await scene.request(who, f"/api/dispatch/dispatches/{dispatch_id}/{action}", "POST", body)
            assert answer.status_code in (403, 404), (who, action, answer.text)
    figures = await scene.request(
        "unit_clerk_2", "/api/supervision/scorecards/unit/sanitation/cases", figure="dispatched"
    )
    assert figures.status_code == 403


async def test_no_desk_reads_a_confidential_text_photo_or_place(scene: ConfidentialScene) -> None:
    """The desks of the centre see only the community and the unit of the case."""
    case_id, number = scene.secret["case_id"], scene.secret["case_number"]
    for who in EVERY_DESK:
        for path, query in (
            *((path, {}) for path in paths_of_case(scene, scene.secret)),
            (f"/api/tracking/cases/{number}/timeline", {"full": True}),
            ("/api/tracking/cases", {"q": WORDS[:4]}),
            ("/api/tracking/cases", {"category": CONFIDENTIAL_CATEGORY}),
            ("/api/tracking/cases.geojson", {}),
            ("/api/tracking/board/snapshot", {}),
            ("/api/dispatch/dispatches", {"case_id": case_id}),
            (f"/api/intake/cases/{case_id}/confidential", {"reason": "看看"}),
            ("/api/supervision/tasks", {}),
        ):
            text = (await scene.request(who, path, **query)).text
            assert WORDS not in text, (who, path)
            assert scene.photo not in text, (who, path)
            assert "370522001003005" not in text or scene.plain["case_number"] in text, (who, path)
    listed = await scene.items("leader", "/api/tracking/cases", category=CONFIDENTIAL_CATEGORY)
    assert listed == [], "a list by category would show the category of a confidential case"
    dots = (await scene.request("leader", "/api/tracking/cases.geojson")).json()["features"]
    assert case_id not in {each["id"] for each in dots}
    cards = (await scene.request("leader", "/api/tracking/board/snapshot")).json()["cards"]
    card = next(each for each in cards if each["id"] == case_id)
    assert {"title", "category", "grid_code", "longitude", "latitude"}.isdisjoint(card)


async def test_a_confidential_text_and_its_photos_are_in_no_event(scene: ConfidentialScene) -> None:
    for name in ("intake", "routing", "dispatch", "supervision"):
        rows = await scene.installation.running[name].context.database.fetch("SELECT body FROM event_store")
        bodies = [bytes(row["body"]).decode() for row in rows]
        assert bodies
        assert not [body for body in bodies if WORDS in body or scene.photo in body], name


async def test_a_confidential_photo_is_answered_like_an_unknown_one(scene: ConfidentialScene) -> None:
    """This holds for every desk, other units and the officer who sent it."""
    scene.tokens["resident"] = scene.intake_driver.intake.context.auth.resident_token(str(uuid4()), str(uuid4()))
    others = (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE, *EVERY_DESK, "officer", "officer_3", "resident")
    for who in others:
        hidden = await scene.request(who, f"/api/intake/photos/{scene.photo}")
        absent = await scene.request(who, f"/api/intake/photos/{'0' * 64}")
        assert hidden.status_code == absent.status_code == 404, who
        assert hidden.json()["type"] == absent.json()["type"]
        assert hidden.text.replace(scene.photo, "0" * 64) == absent.text, who
    assert (await scene.request("resident", f"/api/intake/photos/{scene.plain_photo}")).status_code == 404
    assert (await scene.request("leader", f"/api/intake/photos/{scene.plain_photo}")).status_code == 200


async def test_a_residents_token_opens_one_report_only(scene: ConfidentialScene) -> None:
    own = scene.intake_driver.intake.context.auth.resident_token(str(uuid4()), str(uuid4()))
    scene.tokens["resident"] = own
    for case in (scene.plain, scene.secret):
        for path in paths_of_case(scene, case):
            assert (await scene.request("resident", path)).status_code in (403, 404), path
        number, case_id = case["case_number"], case["case_id"]
        assert (await scene.request("resident", f"/api/tracking/public/{number}")).status_code == 404
        feedback = await scene.request(
            "resident", f"/api/supervision/cases/{case_id}/feedback", "POST", {"solved": False, "report_id": case_id}
        )
        assert feedback.status_code in (403, 404), feedback.text
    for path in ("/api/tracking/cases", "/api/tracking/board/snapshot", "/api/registry/entities/officer"):
        assert (await scene.request("resident", path)).status_code == 403, path


async def test_figures_list_only_cases_of_the_callers_area(scene: ConfidentialScene) -> None:
    path = "/api/supervision/scorecards/unit/sanitation/cases"

    async def counted() -> Any:
        answer = await scene.request("assessor", path, figure="dispatched")
        return answer.json()["items"] if answer.status_code == 200 else None

    cases = await wait_until(counted, what="the figure of the sanitation centre")
    assert scene.plain["case_id"] in {each["case_id"] for each in cases}
    seen = await scene.request("other_assessor", path, figure="dispatched")
    assert scene.plain["case_number"] not in seen.text


async def test_the_key_between_services_opens_no_public_path(scene: ConfidentialScene) -> None:
    key = scene.installation.running["intake"].settings.gridloop_service_key
    scene.tokens["service"] = key
    for path in paths_of_case(scene, scene.plain):
        assert (await scene.request("service", path)).status_code == 401, path


async def test_a_handled_confidential_case_shows_its_major_category_only(scene: ConfidentialScene) -> None:
    """Category, condition and milestones are in no event, dispatch or table; the unit reads them at intake."""
    district = scene.intake_driver.intake.context.district
    category, (condition,) = district.categories[CONFIDENTIAL_CATEGORY], district.conditions_of(CONFIDENTIAL_CATEGORY)
    made = {"username": "justice", "name": "justice", "password": PASSWORD, "roles": ["unit_clerk"], "unit": "justice"}
    proposed = await scene.request("administrator", "/api/registry/accounts", "POST", made)
    approve = f"/api/registry/approvals/{proposed.json()['approval']['id']}/approve"
    assert (await scene.request("administrator_2", approve, "POST", {})).status_code == 200
    secret = await scene.report_confidential_case("夜里又有异响")
    case_id, dispatch = secret["case_id"], f"/api/dispatch/dispatches/{scene.dispatches[secret['case_number']]}"
    step = (await scene.request("justice", dispatch)).json()["milestones"][0]["name"]
    for action, body in (
        ("sign", {}),
        ("progress", {"note": "在办", "milestone": step}),
        ("complete", {"outcome": "handled", "note": "好"}),
    ):
        answer = await scene.request("justice", f"{dispatch}/{action}", "POST", body)
        assert answer.status_code == 200, answer.text

    async def closed() -> bool:
        shown = await scene.request("leader", f"/api/tracking/cases/{secret['case_number']}")
        return bool(shown.json().get("closed_at"))

    await wait_until(closed, what="the end of the confidential case")
    words = {
        category.id,
        category.code,
        category.name,
        category.name_en,
        condition.id,
        condition.text,
        condition.text_en,
        condition.closing_condition,
        condition.closing_condition_en,
        *(f'"{name}"' for each in condition.milestones for name in (each.name, each.name_en)),
    }
    texts = [(await scene.request(who, dispatch)).text for who in ("justice", "dispatcher")]
    for name in ("intake", "routing", "dispatch", "supervision"):
        rows = await scene.installation.running[name].context.database.fetch(
            "SELECT body FROM event_store WHERE case_id = $1", UUID(case_id)
        )
        texts += [bytes(row["body"]).decode() for row in rows]
    tracking = scene.installation.running["tracking"].context.database
    texts += [row["t"] for row in await tracking.fetch("SELECT t::text AS t FROM record AS t")]
    assert not [(word, text) for text in texts for word in words if word in text and scene.plain["case_id"] not in text]
    read = (await scene.request("justice", f"/api/intake/cases/{case_id}/confidential", reason="办理")).json()
    assert (read["category"]["id"], read["condition"]["text"]) == (CONFIDENTIAL_CATEGORY, condition.text)
    assert [each["name"] for each in read["condition"]["milestones"]] == [each.name for each in condition.milestones]
