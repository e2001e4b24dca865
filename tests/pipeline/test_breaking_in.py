"""Trying to break in: everybody asks for what is not theirs, by number, by id, by list, by search, by map, by stream.

The doors themselves are in tests/contract/test_access.py; here whoever came through a door looks around. One plain case
and one confidential case lie in one street; those who try are of another street, another unit, another report.
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

from tests.support.city import (
    ANOMALY,
    CENTRE_ELSEWHERE,
    EVERY_DESK,
    UNITS_ELSEWHERE,
    WORDS,
    City,
    doors_of,
    settled,
)
from tests.support.house import open_house, until
from tests.support.lijin import PASSWORD
from tests.support.parts import Brokers, Postgres

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("breaking_in")]
"""One city for all of them: whoever tries to break in changes nothing."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def city(postgres: Postgres, brokers: Brokers, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[City]:
    home = tmp_path_factory.mktemp("city")
    async with brokers.an_empty_one() as broker, open_house(postgres, broker, home) as house, settled(house) as found:
        yield found


async def test_nobody_of_another_street_or_unit_opens_a_case_by_its_number(city: City) -> None:
    """IDOR: who knows a number or an id knows no more by it, and hears the same as for one that does not exist."""
    opened = [
        (who, door)
        for who in (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE, "officer_3")
        for case in (city.plain, city.secret)
        for door in doors_of(city, case)
        if (await city.ask(who, door)).status_code not in (403, 404)
    ]
    assert opened == []
    unknown = await city.ask("other_leader", "/api/tracking/cases/LJ-20200101-000001")
    hidden = await city.ask("other_leader", f"/api/tracking/cases/{city.plain['case_number']}")
    assert unknown.status_code == hidden.status_code == 404
    assert unknown.json()["type"] == hidden.json()["type"]


async def test_nor_by_any_list_search_map_board_or_figure(city: City) -> None:
    numbers = {city.plain["case_number"], city.secret["case_number"]}
    ids = {city.plain["case_id"], city.secret["case_id"]}
    for who in (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE):
        texts = [
            (await city.ask(who, path, **query)).text
            for path, query in (
                ("/api/tracking/cases", {}),
                ("/api/tracking/cases", {"grid": "370522001"}),
                ("/api/tracking/cases", {"unit": "sanitation"}),
                ("/api/tracking/cases", {"q": "垃圾"}),
                ("/api/tracking/cases.geojson", {}),
                ("/api/tracking/board/snapshot", {}),
                ("/api/dispatch/dispatches", {"unit": "sanitation", "state": "all"}),
                ("/api/dispatch/dispatches", {"case_id": city.plain["case_id"]}),
                ("/api/routing/queue", {}),
                ("/api/routing/findings", {}),
                ("/api/supervision/tasks", {}),
                ("/api/intake/queue", {}),
                ("/api/intake/tasks", {}),
            )
        ]
        assert not [text[:300] for text in texts if any(each in text for each in numbers | ids)], who


async def test_nor_by_the_stream_of_the_board_or_what_changed_since(city: City) -> None:
    """What is published while they look on: their streams stay silent about it, and a batch made up later is, too."""
    traces = [city.plain["case_number"], city.plain["case_id"], city.secret["case_number"], city.secret["case_id"]]

    async def published() -> bool:
        return all(each.encode() in city.streamed["leader"] for each in traces)

    await until(published, what="both cases on the leader's board")
    for who in (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE):
        missed = await city.ask(who, "/api/tracking/board/changes", since=city.empty_board)
        assert missed.status_code == 200, missed.text
        assert (missed.json()["cards"], missed.json()["removed"]) == ([], []), who
        assert not [each for each in traces if each.encode() in city.streamed[who]], who


EXPORTS: tuple[tuple[str, dict[str, str]], ...] = (
    ("/api/tracking/cases", {}),
    ("/api/tracking/cases", {"grid": "370522001"}),
    ("/api/tracking/cases", {"unit": "sanitation"}),
    ("/api/tracking/cases", {"q": "垃圾"}),
    ("/api/tracking/cases", {"q": WORDS[:4]}),
    ("/api/tracking/cases", {"category": ANOMALY}),
    ("/api/supervision/scorecards/unit/sanitation/cases", {"figure": "dispatched"}),
    ("/api/supervision/scorecards/street/370522001/cases", {"figure": "filed"}),
    ("/api/supervision/scorecards/ledger", {"kind": "unit"}),
    ("/api/supervision/burden/ledger", {}),
    ("/api/supervision/shift-handovers/ledger", {}),
    ("/api/supervision/patrol/rounds/ledger", {"period": "2026"}),
    ("/api/intake/calls/ledger", {}),
)
"""Tables that can be taken away."""


async def exported(city: City, who: str, path: str, form: str, **query: str) -> str:
    """All text of a table: of a workbook, of every part in it."""
    answer = await city.ask(who, f"{path}.{form}", **query)
    if form == "csv" or answer.status_code != 200:
        return answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_nor_by_any_table_that_can_be_taken_away(city: City, form: str) -> None:
    traces = [city.plain["case_number"], city.plain["case_id"], city.secret["case_number"], city.secret["case_id"]]
    assert city.plain["case_number"] in await exported(city, "leader", "/api/tracking/cases", form)
    for who in (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE):
        for path, query in EXPORTS:
            text = await exported(city, who, path, form, **query)
            assert not [each for each in traces if each in text], (who, path, query)


@pytest.mark.parametrize("form", ["csv", "xlsx"])
async def test_a_confidential_text_is_in_no_table_and_in_no_stream(city: City, form: str) -> None:
    hidden = (WORDS, city.photo, ANOMALY)
    for who in EVERY_DESK:
        missed = (await city.ask(who, "/api/tracking/board/changes", since=city.empty_board)).text
        streams = city.streamed[who].decode()
        tables = [await exported(city, who, path, form, **query) for path, query in EXPORTS]
        for text in (missed, streams, *tables):
            assert not [each for each in hidden if each in text], who
        for asked in ({"q": WORDS[:4]}, {"category": ANOMALY}):
            found = await exported(city, who, "/api/tracking/cases", form, **asked)
            assert city.secret["case_number"] not in found, (who, asked)


async def test_its_line_in_a_table_says_no_more_than_its_card(city: City) -> None:
    table = await exported(city, "leader", "/api/tracking/cases", "csv")
    rows = {line["案件编号"]: line for line in csv.DictReader(io.StringIO(table.removeprefix("\ufeff")))}
    line = rows[city.secret["case_number"]]
    assert (line["类别"], line["摘要"], line["网格"]) == ("保密", "", "")
    assert rows[city.plain["case_number"]]["网格"] != ""


async def test_no_other_unit_answers_or_reads_what_was_sent(city: City) -> None:
    order = city.orders[city.plain["case_number"]]
    for who in (*UNITS_ELSEWHERE, "other_street"):
        for action, body in (
            ("sign", {}), ("progress", {"note": "到了"}), ("complete", {"outcome": "solved", "note": "好了"}),
            ("request-return", {"reason": "not_our_function", "note": "不是"}),
        ):  # fmt: skip
            answer = await city.ask(who, f"/api/dispatch/dispatches/{order}/{action}", "POST", body)
            assert answer.status_code in (403, 404), (who, action, answer.text)
    figures = await city.ask(
        "unit_clerk_2", "/api/supervision/scorecards/unit/sanitation/cases", figure="dispatched"
    )  # fmt: skip
    assert figures.status_code == 403


async def test_a_confidential_text_is_read_by_no_desk_whatever_it_asks(city: City) -> None:
    """All desks of the centre see that there is a case in the community, and which unit has it: nothing else, anywhere."""
    case_id, number = city.secret["case_id"], city.secret["case_number"]
    for who in EVERY_DESK:
        for path, query in (
            *((door, {}) for door in doors_of(city, city.secret)),
            (f"/api/tracking/cases/{number}/timeline", {"full": True}),
            ("/api/tracking/cases", {"q": WORDS[:4]}),
            ("/api/tracking/cases", {"category": ANOMALY}),
            ("/api/tracking/cases.geojson", {}),
            ("/api/tracking/board/snapshot", {}),
            ("/api/dispatch/dispatches", {"case_id": case_id}),
            (f"/api/intake/cases/{case_id}/confidential", {"reason": "看看"}),
            ("/api/supervision/tasks", {}),
        ):  # fmt: skip
            text = (await city.ask(who, path, **query)).text
            assert WORDS not in text, (who, path)
            assert city.photo not in text, (who, path)
            assert "370522001003005" not in text or city.plain["case_number"] in text, (who, path)
    listed = await city.items("leader", "/api/tracking/cases", category=ANOMALY)
    assert listed == [], "a list by category tells what a confidential case is about"
    dots = (await city.ask("leader", "/api/tracking/cases.geojson")).json()["features"]
    assert case_id not in {each["id"] for each in dots}
    cards = (await city.ask("leader", "/api/tracking/board/snapshot")).json()["cards"]
    card = next(each for each in cards if each["id"] == case_id)
    assert {"title", "category", "grid_code", "longitude", "latitude"}.isdisjoint(card)


async def test_its_text_and_photos_are_in_no_event(city: City) -> None:
    for name in ("intake", "routing", "dispatch", "supervision"):
        rows = await city.house.running[name].context.database.fetch("SELECT body FROM event_store")
        bodies = [bytes(row["body"]).decode() for row in rows]
        assert bodies
        assert not [body for body in bodies if WORDS in body or city.photo in body], name


async def test_a_confidential_photo_answers_like_one_that_is_not_there(city: City) -> None:
    """Knowing its name is not enough, at no desk, in no other unit, nor for the officer who sent it."""
    city.tokens["resident"] = city.desk.intake.context.auth.resident_token(str(uuid4()), str(uuid4()))
    others = (*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE, *EVERY_DESK, "officer", "officer_3", "resident")
    for who in others:
        hidden = await city.ask(who, f"/api/intake/photos/{city.photo}")
        absent = await city.ask(who, f"/api/intake/photos/{'0' * 64}")
        assert hidden.status_code == absent.status_code == 404, who
        assert hidden.json()["type"] == absent.json()["type"]
        assert hidden.text.replace(city.photo, "0" * 64) == absent.text, who
    assert (await city.ask("resident", f"/api/intake/photos/{city.plain_photo}")).status_code == 404
    assert (await city.ask("leader", f"/api/intake/photos/{city.plain_photo}")).status_code == 200


async def test_a_residents_token_is_for_one_report(city: City) -> None:
    """It follows its own report and opens nothing else, at no service."""
    own = city.desk.intake.context.auth.resident_token(str(uuid4()), str(uuid4()))
    city.tokens["resident"] = own
    for case in (city.plain, city.secret):
        for door in doors_of(city, case):
            assert (await city.ask("resident", door)).status_code in (403, 404), door
        number, case_id = case["case_number"], case["case_id"]
        assert (await city.ask("resident", f"/api/tracking/public/{number}")).status_code == 404
        said = await city.ask(
            "resident", f"/api/supervision/cases/{case_id}/feedback", "POST", {"solved": False, "report_id": case_id}
        )
        assert said.status_code in (403, 404), said.text
    for path in ("/api/tracking/cases", "/api/tracking/board/snapshot", "/api/registry/entities/officer"):
        assert (await city.ask("resident", path)).status_code == 403, path


async def test_figures_and_their_cases_end_at_the_border_of_the_area(city: City) -> None:
    """A street's assessor sees the figures of the street: from a figure one click leads to cases, not past the border."""
    path = "/api/supervision/scorecards/unit/sanitation/cases"

    async def counted() -> Any:
        answer = await city.ask("assessor", path, figure="dispatched")
        return answer.json()["items"] if answer.status_code == 200 else None

    cases = await until(counted, what="the figure of the sanitation centre")
    assert city.plain["case_id"] in {each["case_id"] for each in cases}
    seen = await city.ask("other_assessor", path, figure="dispatched")
    assert city.plain["case_number"] not in seen.text


async def test_a_key_that_services_show_each_other_opens_no_public_door(city: City) -> None:
    key = city.house.running["intake"].settings.gridloop_service_key
    city.tokens["service"] = key
    for door in doors_of(city, city.plain):
        assert (await city.ask("service", door)).status_code == 401, door


async def test_a_confidential_life_names_its_major_and_nowhere_else_what_it_is(city: City) -> None:
    """No event, table of tracking or order says category, condition or milestones; the competent unit reads them at intake."""
    district = city.desk.intake.context.district
    category, (condition,) = district.category(ANOMALY), district.conditions_of(ANOMALY)
    made = {"username": "justice", "name": "justice", "password": PASSWORD, "roles": ["unit_clerk"], "unit": "justice"}
    assert (await city.ask("administrator", "/api/registry/accounts", "POST", made)).status_code == 201
    case_id, order = city.secret["case_id"], f"/api/dispatch/dispatches/{city.orders[city.secret['case_number']]}"
    step = (await city.ask("justice", order)).json()["milestones"][0]["name"]
    for action, body in (
        ("sign", {}), ("progress", {"note": "在办", "milestone": step}), ("complete", {"outcome": "handled", "note": "好"}),
    ):  # fmt: skip
        answer = await city.ask("justice", f"{order}/{action}", "POST", body)
        assert answer.status_code == 200, answer.text

    async def closed() -> bool:
        shown = await city.ask("leader", f"/api/tracking/cases/{city.secret['case_number']}")
        return bool(shown.json().get("closed_at"))

    await until(closed, what="the end of the confidential case")
    words = {
        category.id, category.code, category.name, category.name_en, condition.id, condition.text, condition.text_en,
        condition.closing_condition, condition.closing_condition_en,
        *(f'"{name}"' for each in condition.milestones for name in (each.name, each.name_en)),
    }  # fmt: skip
    said = [(await city.ask(who, order)).text for who in ("justice", "dispatcher")]
    for name in ("intake", "routing", "dispatch", "supervision"):
        rows = await city.house.running[name].context.database.fetch(
            "SELECT body FROM event_store WHERE case_id = $1", UUID(case_id)
        )
        said += [bytes(row["body"]).decode() for row in rows]
    tracking = city.house.running["tracking"].context.database
    said += [row["t"] for row in await tracking.fetch("SELECT t::text AS t FROM record AS t")]
    assert not [(word, text) for text in said for word in words if word in text and city.plain["case_id"] not in text]
    read = (await city.ask("justice", f"/api/intake/cases/{case_id}/confidential", reason="办理")).json()
    assert (read["category"]["id"], read["condition"]["text"]) == (ANOMALY, condition.text)
    assert [each["name"] for each in read["condition"]["milestones"]] == [each.name for each in condition.milestones]
