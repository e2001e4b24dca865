"""The page of the burden on communities: figures of supervision, in both languages, for the signed-in account."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.unit.console.page_client import page_client

LINE = {
    "unit_id": "sanitation",
    "unit_name": "环卫中心",
    "unit_name_en": "Sanitation",
    "community": "370522001003",
    "community_name": "津城社区",
    "community_name_en": "Jincheng",
    "admission_id": "waste-sorting-drive",
    "name": "垃圾分类劝导",
    "name_en": "Waste sorting drive",
    "requests": 2,
    "shares": 20,
    "done": 11,
    "refused": 3,
    "open": 3,
    "accepted": 1,
    "lapsed": 2,
    "hours": 14.5,
    "hours_spent": 8.5,
    "hours_granted": 30.0,
}


class Services:
    """Answers as registry and supervision would; records all paths."""

    def __init__(self, *items: dict[str, Any]) -> None:
        self.items = items
        self.asked: list[str] = []
        self.lapsed: list[dict[str, Any]] = []
        self.more: str | None = None

    async def request(self, service: str, method: str, path: str, **_: Any) -> httpx.Response:
        self.asked.append(path)
        account = {"id": "1", "name": "收件员", "name_en": "Clerk", "roles": ["unit_clerk"], "unit": "sanitation"}
        body: dict[str, Any] = {"month": "2026-11", "items": self.items}
        if service == "registry":
            body = {"account": account, "access_token": "x"}
        elif "assists" in path:
            body = {"items": self.lapsed, "next": self.more}
        return httpx.Response(200, json=body)


async def page_text(services: Services, path: str = "/desk/burden", language: str = "zh") -> str:
    async with page_client(services, language) as web:
        answer = await web.get(path)
    assert answer.status_code == 200, answer.text
    return answer.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("基层负担", "津城社区", "垃圾分类劝导")),
        ("en", ("Burden on communities", "Jincheng", "Waste sorting drive")),
    ],
)
async def test_each_line_names_the_community_the_item_and_the_hours(language: str, words: tuple[str, ...]) -> None:
    text = await page_text(Services(LINE), language=language)
    assert all(word in text for word in words)
    assert "8.5 / 30.0" in text


async def test_a_valid_month_is_passed_on_and_an_invalid_one_is_dropped() -> None:
    services = Services(LINE)
    await page_text(services, "/desk/burden?month=2026-10")
    await page_text(services, "/desk/burden?month=2026-13%26unit=x")
    assert [path for path in services.asked if "burden" in path] == [
        "/api/supervision/burden?month=2026-10",
        "/api/supervision/burden",
    ]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", ("逾期无人答复的协助请求", "津城社区：3 名网格员中 2 名至 2025-11-24 18:00 未答复")),
        ("en", ("nobody answered in time", "Jincheng: 2 of 3 officers did not answer by 2025-11-24 18:00")),
    ],
)
async def test_the_page_lists_requests_that_nobody_answered(language: str, words: tuple[str, ...]) -> None:
    services = Services(LINE)
    services.lapsed = [
        {
            **LINE,
            "answer_due_at": "2025-11-24T10:00:00Z",
            "shares": [{"status": each} for each in ("done", "lapsed", "lapsed")],
        }
    ]
    text = await page_text(services, language=language)
    assert all(word in text for word in words)
    assert services.asked[-1] == "/api/supervision/assists?state=lapsed&month=2026-11&limit=50"
    assert "cursor=" not in text


async def test_further_unanswered_requests_follow_on_the_next_page() -> None:
    services = Services(LINE)
    services.lapsed = [{**LINE, "answer_due_at": "2025-11-24T10:00:00Z", "shares": [{"status": "lapsed"}]}]
    services.more = "ab=c"
    assert "/desk/burden?month=2026-11&amp;cursor=ab%3Dc" in await page_text(services, language="en")
    await page_text(services, "/desk/burden?month=2026-11&cursor=ab%3Dc")
    assert services.asked[-1].endswith("month=2026-11&cursor=ab%3Dc&limit=50")


async def test_a_month_without_requests_says_so() -> None:
    assert "本月没有协助请求" in await page_text(Services())
