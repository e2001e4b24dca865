"""Attack: extreme dates, years, numbers and cursors, which once caused server faults."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import orjson
import pytest

from services.chassis import http_client
from services.supervision.app import SERVICE as SUPERVISION
from services.tracking.app import SERVICE as TRACKING
from tests.support.installation import Installation
from tests.support.sample_district import access_token, start_with_sample_district

_CURSOR_OF_YEAR_1 = base64.urlsafe_b64encode(b'["0001-01-01T00:00:00+14:00","x"]').decode().rstrip("=")
_HUGE = 2**70
_NEW_KEY = {"name": "k", "roles": ["unit_clerk"]}


@pytest.mark.parametrize(
    ("who", "service", "method", "path", "sent"),
    [
        ("shift_lead", "supervision", "GET", "roster", {"params": {"at": "0001-01-01T00:00:00+14:00"}}),
        ("shift_lead", "supervision", "GET", "shift-handovers", {"params": {"before": "9999-12-31T23:59:59-14:00"}}),
        ("leader", "supervision", "GET", "patrol/rounds", {"params": {"day": "9999-12-31"}}),
        ("leader", "supervision", "GET", "scorecards", {"params": {"kind": "county", "period": "0000"}}),
        ("leader", "supervision", "GET", "scorecards", {"params": {"kind": "county", "period": "9999-12"}}),
        ("leader", "tracking", "GET", "cases", {"params": {"to": "9999-12-31"}}),
        ("leader", "tracking", "GET", "cases", {"params": {"from": "0001-01-01T00:00:00+14:00"}}),
        ("leader", "tracking", "GET", "cases.csv", {"params": {"cursor": "%%%"}}),
        ("leader", "tracking", "GET", "cases.csv", {"params": {"cursor": _CURSOR_OF_YEAR_1}}),
        ("leader", "tracking", "GET", "cases.xlsx", {"params": {"cursor": _CURSOR_OF_YEAR_1}}),
        ("administrator", "registry", "POST", "keys", {"json": {**_NEW_KEY, "unit": ""}}),
        ("administrator", "registry", "POST", "keys", {"json": {**_NEW_KEY, "team": ""}}),
        ("administrator", "registry", "POST", "keys", {"json": {**_NEW_KEY, "valid_to": "0001-01-01T00:00:00+14:00"}}),
        (
            "administrator",
            "registry",
            "POST",
            "changes",
            {"params": {"based_on": _HUGE}, "json": {"changes": [{"kind": "unit", "id": "x"}]}},
        ),
    ],
)
async def test_a_malformed_request_is_refused(
    shared_installation: Installation, who: str, service: str, method: str, path: str, sent: dict[str, Any]
) -> None:
    await start_with_sample_district(shared_installation, SUPERVISION, TRACKING)
    headers = {"authorization": f"Bearer {await access_token(shared_installation, who)}"}
    async with http_client.create_client(
        base_url=shared_installation.running[service].url, headers=headers, timeout=30
    ) as web:
        answer: httpx.Response = await web.request(method, f"/api/{service}/{path}", **sent)
    assert answer.status_code == 422, answer.text
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_number_of_more_than_64_bits_in_an_entity_is_a_finding(shared_installation: Installation) -> None:
    await start_with_sample_district(shared_installation, SUPERVISION, TRACKING)
    headers = {"authorization": f"Bearer {await access_token(shared_installation, 'administrator')}"}
    change = {"kind": "community", "id": "370522001001", "body": {"id": "370522001001", "households": _HUGE}}
    async with http_client.create_client(
        base_url=shared_installation.running["registry"].url, headers=headers, timeout=30
    ) as web:
        answer = await web.post("/api/registry/changes", json={"changes": [change]})
    assert answer.status_code == 200, answer.text
    assert [each["rule"] for each in answer.json()["findings"]] == ["number-too-large"]


async def test_an_infinite_number_in_an_entity_is_a_finding(shared_installation: Installation) -> None:
    """`1e400` is read as infinity and would be written as null, which no service could load."""
    await start_with_sample_district(shared_installation, SUPERVISION, TRACKING)
    headers = {"authorization": f"Bearer {await access_token(shared_installation, 'administrator')}"}
    point = next(iter(shared_installation.running["registry"].context.district.patrol_points.values())).to_body()
    change = orjson.dumps(
        {"changes": [{"kind": "patrol_point", "id": point["id"], "body": {**point, "radius_m": 12345}}]}
    )
    body = change.replace(b"12345", b"1e400")
    url = shared_installation.running["registry"].url
    async with http_client.create_client(base_url=url, headers=headers, timeout=30) as web:
        answer = await web.post("/api/registry/changes", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 200, answer.text
    assert [each["rule"] for each in answer.json()["findings"]] == ["number-too-large"]
