"""The page of one call back: the phone number or the refusal, and the checks of its forms."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.console.desk.call_backs import answer_body, try_body
from services.console.desk.forms import FormError
from services.console.service_client import ServiceRefusedError
from services.console.words import Words
from tests.unit.console.page_client import page_client

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


async def request_number(services: Services) -> httpx.Response:
    async with page_client(services, "en") as web:
        form = {"csrf": "c", "reason": "call & ask"}
        return await web.post(f"/desk/call-backs/{CASE}/{REPORT}/number", data=form)


async def test_the_number_is_shown_and_the_reason_is_passed_on() -> None:
    services = Services({"name": "<王>", "phone": "13800000000"})
    page = await request_number(services)
    assert page.status_code == 200
    assert "&lt;王&gt;" in page.text
    assert 'href="tel:13800000000"' in page.text
    assert f"/api/intake/reports/{REPORT}/reporter?reason=call+%26+ask" in services.asked
    assert page.headers["cache-control"] == "no-store"


async def test_the_page_says_that_comments_on_a_confidential_case_are_not_stored() -> None:
    page = await request_number(Services({"name": "王", "phone": "13800000000"}))
    assert T("desk.words_unkept") in page.text


async def test_a_refusal_stands_on_the_page_beside_the_forms() -> None:
    page = await request_number(Services(None))
    assert page.status_code == 409
    assert "Told for this call already." in page.text
    assert f'action="/desk/call-backs/{CASE}/{REPORT}/answer"' in page.text


@pytest.mark.parametrize(("form", "fields"), [({}, {"solved"}), ({"solved": "no", "satisfied": "very"}, {"satisfied"})])
def test_an_answer_must_say_whether_the_case_is_solved(form: dict[str, str], fields: set[str]) -> None:
    with pytest.raises(FormError) as caught:
        answer_body(form, T)
    assert set(caught.value.errors) == fields


def test_the_bodies_have_the_fields_that_supervision_needs() -> None:
    assert answer_body({"solved": "no"}, T) == {"solved": False, "satisfied": None, "comment": ""}
    assert try_body({"result": "busy", "note": "x"}, T) == {"result": "busy", "note": "x"}
    with pytest.raises(FormError):
        try_body({"result": "asleep"}, T)
