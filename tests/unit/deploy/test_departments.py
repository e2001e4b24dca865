"""The demo department accepts only recent messages that the centre signed, and works on each dispatch once."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from standardwebhooks.webhooks import Webhook

from deploy.local import departments
from deploy.local.departments import Department, create_app, verify, verify_by_public_key
from deploy.local.photos import picture

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
PRIVATE = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PUBLIC = "whpk_" + base64.b64encode(PRIVATE.public_key().public_bytes_raw()).decode()
BODY = json.dumps({"type": "endpoint.test", "timestamp": "2026-11-23T08:00:00Z", "data": {"challenge": "c"}}).encode()


def signed(
    body: bytes = BODY,
    secret: str = SECRET,
    at: datetime | None = None,
    name: str = "msg_1",
    private: Ed25519PrivateKey = PRIVATE,
) -> dict[str, str]:
    at = at or datetime.now(UTC)
    sent_at = int(at.timestamp())
    public = base64.b64encode(private.sign(f"{name}.{sent_at}.".encode() + body)).decode()
    signature = f"{Webhook(secret).sign(name, at, body.decode())} v1a,{public}"
    return {"webhook-id": name, "webhook-timestamp": str(sent_at), "webhook-signature": signature}


def test_a_signature_of_the_reference_library_and_of_the_private_key_is_accepted() -> None:
    assert verify(SECRET, signed(), BODY)
    assert verify_by_public_key(PUBLIC, signed(), BODY)


def test_one_valid_signature_among_several_is_enough() -> None:
    headers = signed()
    several = headers | {"webhook-signature": f"v1a,AAAA v1a,A v1,AAAA v9,AAAA {headers['webhook-signature']}"}
    assert verify(SECRET, several, BODY)
    assert verify_by_public_key(PUBLIC, several, BODY)


@pytest.mark.parametrize(
    "made",
    [
        dict[str, str],
        lambda: signed(secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", private=Ed25519PrivateKey.generate()),
        lambda: signed(at=datetime.now(UTC) - timedelta(minutes=6)),
        lambda: signed(at=datetime.now(UTC) + timedelta(minutes=6)),
        lambda: signed() | {"webhook-id": "msg_2"},
        lambda: signed() | {"webhook-timestamp": "soon"},
        lambda: signed(BODY + b" "),
    ],
    ids=["nothing", "forged", "old", "of the future", "another id", "no time", "another body"],
)
def test_a_forged_changed_or_old_message_is_refused(made: Callable[[], dict[str, str]]) -> None:
    """Messages are signed when the test runs, not at collection; otherwise all of them would be refused for their
    age.
    """
    headers = made()
    assert not verify(SECRET, headers, BODY)
    assert not verify_by_public_key(PUBLIC, headers, BODY)


class FakeCentre:
    """The centre as a department sees it; records all requests."""

    def __init__(self) -> None:
        self.calls: list[tuple[str, str, str]] = []
        self.requests: list[httpx.Request] = []
        self.bodies: dict[str, bytes] = {}
        self.inbox: list[dict[str, Any]] = []
        self.failures: list[int] = []
        self.completed = asyncio.Semaphore(0)

    def answer(self, request: httpx.Request) -> httpx.Response:
        path = request.url.path
        self.requests.append(request)
        if self.failures:
            return httpx.Response(self.failures.pop())
        self.calls.append((request.method, path, request.headers.get("idempotency-key", "")))
        self.bodies[path] = request.content
        if path.endswith("/complete"):
            self.completed.release()
        if path == "/api/dispatch/dispatches":
            return httpx.Response(200, json={"items": self.inbox, "next": None})
        return httpx.Response(200, json={"items": [], "secret": SECRET, "public_keys": [PUBLIC]})

    def relevant_calls(self) -> list[str]:
        return [f"{method} {path}" for method, path, _ in self.calls if "/parks/" in path or "photos" in path]


@pytest.fixture
def centre(monkeypatch: pytest.MonkeyPatch) -> FakeCentre:
    monkeypatch.setattr(departments, "PACE", 0.0)
    monkeypatch.setattr(departments, "RETRY_SECONDS", 0.0)
    return FakeCentre()


@pytest.fixture
async def parks(centre: FakeCentre, tmp_path: Path) -> AsyncIterator[Department]:
    made = Department(
        "parks",
        "glk_key",
        "http://centre",
        "http://us/hooks/parks",
        tmp_path / "departments.json",
        transport=httpx.MockTransport(centre.answer),
    )
    await made.open()
    yield made
    await made.close()


def webhook(kind: str = "dispatch.created", **data: Any) -> bytes:
    links = {"dispatch": "http://centre/api/dispatch/dispatches/parks/1"}
    body = {"dispatch_id": "1", "case_number": "LJ-1", "links": links} | data
    return json.dumps({"type": kind, "timestamp": "2026-11-23T08:00:00Z", "data": body}).encode()


async def test_the_receiver_answers_the_challenge_and_refuses_unknown_senders(parks: Department) -> None:
    ours = httpx.ASGITransport(create_app({"parks": parks}))
    async with httpx.AsyncClient(transport=ours, base_url="http://us") as client:
        good = await client.post("/hooks/parks", content=BODY, headers=signed())
        forged = await client.post("/hooks/parks", content=BODY, headers=signed(BODY + b" "))
        nobody = await client.post("/hooks/police", content=BODY, headers=signed())
    assert (good.status_code, good.json()) == (200, {"challenge": "c"})
    assert (forged.status_code, nobody.status_code) == (401, 404)


async def test_a_dispatch_is_signed_worked_on_and_completed_with_photos(parks: Department, centre: FakeCentre) -> None:
    await parks.receive(signed(webhook()), webhook())
    await centre.completed.acquire()
    names = [hashlib.sha256(picture("LJ-1", role)).hexdigest() for role in ("before", "after")]
    link = "/api/dispatch/dispatches/parks/1"
    assert centre.relevant_calls() == [
        f"POST {link}/sign",
        f"POST {link}/progress",
        *(f"PUT /api/intake/photos/{name}" for name in names),
        f"POST {link}/complete",
    ]
    assert [photo["sha256"] for photo in json.loads(centre.bodies[f"{link}/complete"])["photos"]] == names


async def test_a_repeated_message_is_handled_once(parks: Department, centre: FakeCentre) -> None:
    for _ in range(3):
        await parks.receive(signed(webhook()), webhook())
    await centre.completed.acquire()
    await parks.receive(signed(webhook()), webhook())
    assert len([call for call in centre.relevant_calls() if call.endswith("/complete")]) == 1


async def test_a_failed_call_is_repeated_under_the_same_key(parks: Department, centre: FakeCentre) -> None:
    centre.failures = [503, 429]
    await parks.receive(signed(webhook()), webhook())
    await centre.completed.acquire()
    assert [key for _, path, key in centre.calls if path.endswith("/sign")] == ["1/sign/0"]


async def test_every_attempt_of_a_change_is_signed_anew_if_the_centre_requires_it(
    centre: FakeCentre, tmp_path: Path
) -> None:
    made = Department(
        "fire",
        "glk_key",
        "http://centre",
        "http://us/hooks/fire",
        tmp_path / "departments.json",
        SECRET,
        transport=httpx.MockTransport(centre.answer),
    )
    await made.open()
    centre.failures = [503]
    await made.receive(signed(webhook()), webhook())
    await centre.completed.acquire()
    await made.close()
    changes = [each for each in centre.requests if each.method != "GET"]
    names = [each.headers["webhook-id"] for each in changes]
    assert names[1:4] == ["1/sign/0", "1/sign/0", "1/progress/0"]
    assert all(Webhook(SECRET).verify(b"{}", dict(each.headers)) == {} for each in changes if each.content == b"{}")
    assert all(verify(SECRET, each.headers, each.content) for each in changes)
    assert not any("webhook-id" in each.headers for each in centre.requests if each.method == "GET")


async def test_a_rework_is_completed_under_a_new_key(parks: Department, centre: FakeCentre) -> None:
    again = webhook("dispatch.rework_ordered", round=1)
    await parks.receive(signed(webhook()), webhook())
    await centre.completed.acquire()
    async with asyncio.timeout(60):
        while len([key for _, path, key in centre.calls if path.endswith("/complete")]) < 2:
            await parks.receive(signed(again, name="msg_2"), again)
            await asyncio.sleep(0)
    keys = [key for _, path, key in centre.calls if path.endswith("/complete")]
    assert keys == ["1/complete/0", "1/complete/1"]


async def test_dispatches_in_the_inbox_are_handled_at_the_start(
    parks: Department, centre: FakeCentre, tmp_path: Path
) -> None:
    centre.inbox = [json.loads(webhook())["data"] | {"rework_round": 0}]
    await parks.open()
    await centre.completed.acquire()
    registered = [call for call in centre.calls if call[:2] == ("POST", "/api/dispatch/endpoints")]
    assert len(registered) == 1
    assert json.loads((tmp_path / "departments.json").read_text()) == {"parks": {"http://us/hooks/parks": PUBLIC}}


def test_each_case_has_its_own_photos() -> None:
    made = {picture(number, role) for number in ("LJ-1", "LJ-2") for role in ("before", "after")}
    assert len(made) == 4
    assert all(image.startswith(b"\x89PNG") for image in made)
