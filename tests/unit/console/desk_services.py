"""The services behind the desk's pages, simulated, and requests of its pages."""

from __future__ import annotations

from typing import Any

import httpx

from services.console.service_client import ServiceRefusedError, ServiceUnreachableError
from tests.unit.console.page_client import page_client
from tests.unit.console.sample_dispatches import dispatch

DISPATCH = "00000000-0000-4000-8000-000000000001"

CO = "00000000-0000-4000-8000-000000000002"

CASE = "00000000-0000-4000-8000-000000000003"

CREW = {"unit_name": "Works", "unit_name_en": "Works", "overdue": 1, "next_due_at": "2026-11-23T09:00:00Z"}

CONFIDENTIAL: dict[str, Any] = {
    "description": "Door 3",
    "address": None,
    "grid_code": "370522001003005",
    "component_id": "37052201002000001",
    "location": {"longitude": 118.25, "latitude": 37.4912346, "crs": "cgcs2000", "accuracy_m": None},
    "category": {"id": "c", "name": "求助", "name_en": "Person in danger"},
    "condition": {
        "id": "1",
        "text": "独居失联",
        "text_en": "Cannot be reached",
        "closing_condition": "平安",
        "closing_condition_en": "Safe",
        "milestones": [{"name": "确认平安", "name_en": "Found safe", "amount": 1, "unit": "urgent_hour"}],
    },
}


class Services:
    """Simulates registry, dispatch, tracking, routing and supervision; records the paths and bodies of requests."""

    def __init__(self, mode: str = "actual", *roles: str, unit: str | None = "works", **changes: Any) -> None:
        self.account = {"id": "1", "name": "x", "roles": roles or ["unit_clerk"], "unit": unit}
        self.order = dispatch(dispatch_id=DISPATCH, case_id=CASE, mode=mode, **changes).model_dump(mode="json")
        self.tasks: list[dict[str, str]] = []
        self.notices: list[dict[str, Any]] = []
        self.decisions: list[dict[str, Any]] = []
        self.away = ""
        self.asked: list[str] = []
        self.sent: list[tuple[str, dict[str, Any]]] = []
        self.headers: dict[str, str] = {}
        self.refusal, self.refused_with = "", 409

    async def request(self, service: str, method: str, path: str, **parts: Any) -> httpx.Response:
        self.asked.append(path)
        if service == self.away:
            raise ServiceUnreachableError(service)
        if path.startswith("/api/registry/entities/team"):
            team = {
                "kind": "mobile",
                "name": "机动组",
                "name_en": "Mobile team",
                "convenor": "mobile",
                "areas": ["370522"],
            }
            other = {**team, "convenor": "elsewhere", "areas": ["370500"]}
            return httpx.Response(200, json={"items": [team, other, {**team, "kind": "joint"}], "next": None})
        if service == "registry":
            return httpx.Response(200, json={"account": self.account, "access_token": "x"})
        if method == "POST":
            if self.refusal:
                raise ServiceRefusedError(self.refused_with, self.refusal)
            self.sent.append((path, parts["json"]))
            self.headers = parts["headers"]
            return httpx.Response(200, json={})
        if path.endswith("/explanation"):
            return httpx.Response(200, json={"decisions": self.decisions})
        if path.endswith("/confidential"):
            return httpx.Response(200, json=CONFIDENTIAL)
        if service == "supervision":
            return httpx.Response(200, json={"tasks": self.tasks, "notices": self.notices})
        if path.startswith("/api/dispatch/dispatches/"):
            return httpx.Response(200, json=self.order)
        if path.startswith("/api/dispatch/crews"):
            return httpx.Response(
                200, json={"items": [{**CREW, "crew": None, "open": 1}, {**CREW, "crew": "Crew <1>", "open": 2}]}
            )
        return httpx.Response(200, json={"items": [self.order] if service == "dispatch" else [], "next": None})


async def page_text(services: Services, path: str, language: str = "en") -> str:
    async with page_client(services, language) as web:
        page = await web.get(path)
    assert page.status_code == 200, page.text
    return page.text


async def submit(services: Services, action: str, language: str = "en", **fields: str) -> httpx.Response:
    """Send the form of an action as a browser does; return the page to which it leads."""
    async with page_client(services, language) as web:
        form = {"csrf": "c", "key": f"k-{action}", "version": "7", **fields}
        return await web.post(f"/desk/{DISPATCH}/{action}", data=form, follow_redirects=True)
