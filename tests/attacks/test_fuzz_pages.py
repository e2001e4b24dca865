"""The pages of the console answer every request of signed-in people without a fault."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import httpx
from fastapi.routing import APIRoute

from services import console
from services.console.app import SERVICE as CONSOLE
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from services.tracking.app import SERVICE as TRACKING
from tests.support.fuzzing import SEED, path_values_of_a_case
from tests.support.installation import Installation
from tests.support.pages import csrf_of, sign_in
from tests.support.sample_district import start_with_sample_district

PEOPLE = ("shift_lead", "unit_clerk", "administrator")
ROUNDS = 2
"""Random requests of each person to each page, after one without a query."""
MARKUP = "<i>fuzz</i>"
ODD = (
    "",
    " ",
    MARKUP,
    "\"'&",
    "\x00",
    "%00",
    "../..",
    "//evil.example",
    "-1",
    "0",
    str(2**70),
    "1e400",
    "NaN",
    "0000",
    "9999-12",
    "0001-01-01",
    "9999-12-31",
    "0001-01-01T00:00:00+14:00",
    "2026-13-41T99:99",
    "2026-12-01T08:00",
    "格",
    "\ud7ff\u202e",
    "x" * 5000,
    "00000000-0000-0000-0000-000000000000",
    "a\r\nX-Injected: 1",
    "true",
    "null",
    "[]",
    "{",
    "csv",
    "xlsx",
    "county",
    "unit",
)
"""Values for path parameters, queries and fields of forms."""
ANSWERS = {200, 303, 400, 401, 403, 404, 405, 409, 412, 422, 429}
UNREACHABLE = 503
"""Status while a service is busy for a moment; the request is sent again."""
TYPES = (
    "text/html",
    "application/json",
    "text/csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
NO_PAGES = ("/readyz", "/healthz", "/metrics", "/internal")
FIELDS = sorted(
    {
        name
        for each in Path(console.__file__).parent.glob("templates/*.html")
        for name in re.findall(r'name="([a-z_]+)"', each.read_text())
    }
    - {"csrf"}
)


@dataclass(frozen=True)
class Page:
    """One address of the console with one method."""

    method: str
    route: APIRoute

    def plain_request(self, known: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """Return a request without a query, with known values in the path."""
        return {"url": re.sub(r"\{(\w+)\}", lambda match: known.get(match[1], ["-"])[0], self.route.path)}

    def request(self, draw: Random, known: Mapping[str, Sequence[str]], csrf: str) -> dict[str, Any]:
        """Draw a request to this page and return the arguments for httpx."""

        def value(name: str) -> str:
            return draw.choice([*known.get(name, ()), *known.get(name, ()), draw.choice(ODD)])

        def in_path(match: re.Match[str]) -> str:
            return httpx.QueryParams({"x": value(match[1])})["x"].replace("/", "%2F").replace("\x00", "%00") or "-"

        path = re.sub(r"\{(\w+)\}", in_path, self.route.path)
        path = re.sub(r"[\r\n?#]", "", path)
        asked = [each.alias for each in self.route.dependant.query_params] + ["cursor", "days"]
        query = {name: value(name) for name in asked if draw.random() < 0.5}
        if self.method == "GET":
            return {"params": query} | {"url": path}
        fields = {name: value(name) for name in draw.sample(FIELDS, 12)}
        ours = self.route.path != "/sign-out" and draw.random() < 0.9  # the session is still needed
        return {"url": path, "data": {**fields, "csrf": csrf if ours else value("csrf")}}


@dataclass
class Report:
    """Result of a run."""

    statuses: Counter[int] = field(default_factory=Counter)
    shown: set[str] = field(default_factory=set)
    """Pages that answered 200 at least once."""
    faults: list[str] = field(default_factory=list)


def pages_of(installation: Installation) -> Iterator[Page]:
    """Yield the pages of the console, without the routes for machines."""
    for route in installation.running["console"].app.routes:
        if isinstance(route, APIRoute) and not route.path.startswith(NO_PAGES):
            for method in sorted(route.methods & {"GET", "POST"}):
                yield Page(method, route)


async def fuzz(installation: Installation, who: str, known: Mapping[str, Sequence[str]], found: Report) -> None:
    """Send requests of one person to every page."""
    web, draw = await sign_in(installation, who), Random(f"{SEED} {who}")
    csrf = csrf_of((await web.get("/sign-in")).text)
    for page in pages_of(installation):
        for number in range(1 + ROUNDS):
            sent = page.request(draw, known, csrf) if number or page.method == "POST" else page.plain_request(known)
            answer = await web.request(page.method, **sent)
            for pause in (0.5, 2, 5):
                if answer.status_code == UNREACHABLE:
                    await asyncio.sleep(pause)
                    answer = await web.request(page.method, **sent)
            found.statuses[answer.status_code] += 1
            if answer.status_code == 200:
                found.shown.add(page.route.path)
            found.faults += [f"{each}\n{who}: {page.method} {sent}" for each in faults_of(answer)]
    await web.aclose()


def faults_of(answer: httpx.Response) -> Iterator[str]:
    """Yield what is wrong with a response."""
    if answer.status_code not in ANSWERS:
        yield f"status {answer.status_code}"
    kind = answer.headers.get("content-type", "").partition(";")[0]
    if answer.status_code != 303 and kind not in TYPES:
        yield f"content type {kind!r} ({answer.status_code})"
    if kind == "text/html" and MARKUP in answer.text:
        yield "the page shows markup that was sent"
    if "x-injected" in answer.headers or answer.headers.get("location", "/").startswith(("//", "http")):
        yield f"leads elsewhere: {answer.headers}"


async def test_no_page_fails_on_random_requests(installation: Installation) -> None:
    await start_with_sample_district(installation, INTAKE, ROUTING, DISPATCH, SUPERVISION, TRACKING, CONSOLE)
    known, found = await path_values_of_a_case(installation), Report()
    for who in PEOPLE:
        await fuzz(installation, who, known, found)
    assert not found.faults, "\n\n".join(found.faults)
    pages = {page.route.path for page in pages_of(installation) if page.method == "GET"}
    assert len(found.shown & pages) > len(pages) // 2, f"too few pages were shown: {found.statuses}"
