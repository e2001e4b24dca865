"""All services with one plain and one confidential case, and accounts that must not see them."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.chassis import http_client
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from services.tracking.app import SERVICE as TRACKING
from tests.support.installation import Installation
from tests.support.intake_driver import IntakeDriver, location_in
from tests.support.sample_district import CONFIDENTIAL_CATEGORY, PASSWORD, access_token, start_with_sample_district
from tests.support.supervision_driver import next_monday_at_nine
from tests.support.waiting import wait_until

WORDS = "夜里有陌生人聚集"
OTHER = "370522002"
PEOPLE_ELSEWHERE: dict[str, dict[str, Any]] = {
    f"other_{role}": {"roles": [role], "areas": [OTHER]}
    for role in ("leader", "shift_lead", "assessor", "intake_clerk")
}
"""Accounts of another street's centre: user name → bindings."""
CENTRE_ELSEWHERE = ("other_street", *PEOPLE_ELSEWHERE)
UNITS_ELSEWHERE = ("unit_clerk_2", "convenor")
EVERY_DESK = ("administrator", "intake_clerk", "shift_lead", "dispatcher", "leader", "assessor", "hotline")


@dataclass
class ConfidentialScene:
    """A running installation with one plain and one confidential case."""

    installation: Installation
    intake_driver: IntakeDriver
    plain: dict[str, Any] = field(default_factory=dict[str, Any])
    secret: dict[str, Any] = field(default_factory=dict[str, Any])
    photo: str = ""
    """Name of the confidential case's photo."""
    plain_photo: str = ""
    dispatches: dict[str, str] = field(default_factory=dict[str, str])
    """Case number → dispatch of the case."""
    tokens: dict[str, str] = field(default_factory=dict[str, str])
    """Name → token of callers without an account."""
    empty_board: str = ""
    """Position of the board's feed before the cases were reported."""
    streamed: dict[str, bytearray] = field(default_factory=dict[str, bytearray])
    """Account → what the board's stream has sent to it since then."""
    listening: list[asyncio.Task[None]] = field(default_factory=list[asyncio.Task[None]])
    web: httpx.AsyncClient = field(default_factory=lambda: http_client.create_client(timeout=30))

    async def listen(self, who: str) -> None:
        """Read the board's stream as this account until the scene closes."""
        received, headers = self.streamed[who], {"authorization": f"Bearer {await self.credential_of(who)}"}
        async with (
            http_client.create_client(base_url=self.installation.running["tracking"].url, timeout=60) as web,
            web.stream("GET", "/api/tracking/board/stream", headers=headers) as answer,
        ):
            assert answer.status_code == 200, who
            async for piece in answer.aiter_bytes():
                received += piece

    async def open_boards(self, *everybody: str) -> None:
        """Open the empty board as each account and keep reading its stream."""
        for who in everybody:
            board = (await self.request(who, "/api/tracking/board/snapshot")).json()
            assert board["cards"] == [], who
            self.empty_board = f"{board['epoch']}.{board['seq']}"
            self.streamed[who] = bytearray()
            self.listening.append(asyncio.create_task(self.listen(who)))
        for who in everybody:
            await wait_until(lambda who=who: b"event: hb" in self.streamed[who], what=f"the stream of {who}")

    async def request(self, who: str, path: str, method: str = "GET", body: Any = None, **query: Any) -> httpx.Response:
        """Send a request as this account to the service that the path names."""
        base = self.installation.running[path.split("/")[2]].url
        headers = {"authorization": f"Bearer {await self.credential_of(who)}"}
        return await self.web.request(method, base + path, headers=headers, json=body, params=query)

    async def credential_of(self, who: str) -> str:
        """Return the credential of this caller."""
        return self.tokens.get(who) or await access_token(self.installation, who)

    async def items(self, who: str, path: str, **query: Any) -> list[Any]:
        """Return the first page of a list."""
        answer = await self.request(who, path, **query)
        assert answer.status_code == 200, f"{who} {path}: {answer.text}"
        return list(answer.json()["items"])

    async def report_confidential_case(self, description: str, **fields: Any) -> dict[str, Any]:
        """Report a confidential case, wait for its dispatch and return its receipt."""
        receipt = await self.intake_driver.submit_accepted(
            category_id=CONFIDENTIAL_CATEGORY,
            condition_id=None,
            description=description,
            location=location_in("370522001003005"),
            **{"photos": [], **fields},
        )
        await self.wait_for_dispatch(receipt)
        return receipt

    async def wait_for_dispatch(self, case: dict[str, Any]) -> None:
        """Wait until every service knows that the case is dispatched, and remember the dispatch."""

        async def dispatched() -> Any:
            listed = await self.items("dispatcher", "/api/dispatch/dispatches", case_id=case["case_id"])
            shown = await self.request("leader", f"/api/tracking/cases/{case['case_number']}")
            supervised = await self.request("leader", f"/api/supervision/cases/{case['case_id']}")
            known = shown.status_code == 200 and shown.json()["dispatches"] and supervised.status_code == 200
            return listed if known else None

        (dispatch,) = await wait_until(dispatched, what=f"the dispatch of {case['case_number']}")
        self.dispatches[case["case_number"]] = dispatch["dispatch_id"]

    async def close(self) -> None:
        """Close streams and clients."""
        for task in self.listening:
            task.cancel()
        await asyncio.gather(*self.listening, return_exceptions=True)
        await self.web.aclose()
        await self.intake_driver.close()


@contextlib.asynccontextmanager
async def open_confidential_scene(installation: Installation) -> AsyncGenerator[ConfidentialScene]:
    """Yield the scene after every service has applied the events of both cases."""
    installation.shift_clock(seconds=(next_monday_at_nine(installation.now()) - installation.now()).total_seconds())
    await start_with_sample_district(installation, INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING)
    found = ConfidentialScene(installation, IntakeDriver(installation, installation.running["intake"]))
    for name, bindings in PEOPLE_ELSEWHERE.items():
        account = {"username": name, "name": name, "password": PASSWORD, **bindings}
        made = await found.request("administrator", "/api/registry/accounts", "POST", account)
        assert made.status_code == 201, made.text
    await found.open_boards(*CENTRE_ELSEWHERE, *UNITS_ELSEWHERE, *EVERY_DESK)
    photo = await found.intake_driver.photo(colour="red")
    found.photo = photo["sha256"]
    found.plain_photo = (await found.intake_driver.photo())["sha256"]
    found.plain = await found.intake_driver.file_case()
    await found.wait_for_dispatch(found.plain)
    found.secret = await found.report_confidential_case(WORDS, photos=[photo])
    numbers = [case["case_number"].encode() for case in (found.plain, found.secret)]
    await wait_until(
        lambda: all(number in found.streamed["leader"] for number in numbers), what="both cases on the leader's board"
    )
    yield found
    await found.close()


def paths_of_case(scene: ConfidentialScene, case: dict[str, Any]) -> list[str]:
    """Return every path that shows one case."""
    number, case_id = case["case_number"], case["case_id"]
    return [
        f"/api/tracking/cases/{number}",
        f"/api/tracking/cases/{case_id}",
        f"/api/tracking/cases/{number}/timeline",
        f"/api/supervision/cases/{case_id}",
        f"/api/routing/cases/{case_id}/explanation",
        f"/api/dispatch/dispatches/{scene.dispatches[number]}",
        f"/api/intake/cases/{number}",
        f"/api/intake/reports/{case_id}",
    ]
