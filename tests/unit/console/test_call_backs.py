"""The page of one call: the number where it may be had, the refusal where not; what the forms check themselves."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.console.desk.call_backs import answer_body, try_body
from services.console.desk.forms import FormError
from services.console.service_client import ServiceRefusedError
from services.console.words import Words
from tests.unit.console.browsing import browser

T = Words("en")
CASE, REPORT = "00000000-0000-4000-8000-000000000001", "00000000-0000-4000-8000-000000000002"
WAITING = {
    "case_id": CASE,
    "report_id": REPORT,
    "case_number": "LJ-1",
    "category": None,
    "category_en": None,
    "grid": None,
    "grid_en": None,
    "confidential": True,
    "outcome": "",
    "mode": "actual",
    "tries": 0,
    "answer_until": None,
    "due_at": "2026-11-25T10:00:00Z",
}


class Services:
    """Answers as registry, supervision and intake would."""

    def __init__(self, reporter: dict[str, Any] | None) -> None:
        self.reporter = reporter
        self.asked: list[str] = []

    async def request(self, service: str, method: str, path: str, **_: Any) -> httpx.Response:
        self.asked.append(path)
        if service == "registry":
            account = {"id": "1", "name": "x", "roles": ["hotline"]}
            return httpx.Response(200, json={"account": account, "access_token": "x"})
        if service == "intake" and self.reporter is None:
            raise ServiceRefusedError(409, "Told for this call already.")
        return httpx.Response(200, json=self.reporter if service == "intake" else {"items": [WAITING], "next": None})


async def pressed(services: Services) -> httpx.Response:
    async with browser(services, "en") as web:
        form = {"csrf": "c", "reason": "call & ask"}
        return await web.post(f"/desk/call-backs/{CASE}/{REPORT}/number", data=form)


async def test_the_number_is_shown_and_why_is_said() -> None:
    services = Services({"name": "<王>", "phone": "13800000000"})
    page = await pressed(services)
    assert page.status_code == 200
    assert "&lt;王&gt;" in page.text
    assert 'href="tel:13800000000"' in page.text
    assert f"/api/intake/reports/{REPORT}/reporter?reason=call+%26+ask" in services.asked
    assert page.headers["cache-control"] == "no-store"


async def test_of_a_confidential_case_it_is_said_that_words_are_not_recorded() -> None:
    page = await pressed(Services({"name": "王", "phone": "13800000000"}))
    assert T("desk.words_unkept") in page.text


async def test_a_refusal_stands_on_the_page_beside_the_forms() -> None:
    page = await pressed(Services(None))
    assert page.status_code == 409
    assert "Told for this call already." in page.text
    assert f'action="/desk/call-backs/{CASE}/{REPORT}/answer"' in page.text


@pytest.mark.parametrize(("said", "wrong"), [({}, {"solved"}), ({"solved": "no", "satisfied": "very"}, {"satisfied"})])
def test_an_answer_says_whether_it_is_solved(said: dict[str, str], wrong: set[str]) -> None:
    with pytest.raises(FormError) as caught:
        answer_body(said, T)
    assert set(caught.value.errors) == wrong


def test_bodies_hold_what_supervision_asks_for() -> None:
    assert answer_body({"solved": "no"}, T) == {"solved": False, "satisfied": None, "comment": ""}
    assert try_body({"result": "busy", "note": "x"}, T) == {"result": "busy", "note": "x"}
    with pytest.raises(FormError):
        try_body({"result": "asleep"}, T)
