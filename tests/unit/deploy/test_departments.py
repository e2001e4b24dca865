"""The demo department trusts only what the centre signed, just now."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from standardwebhooks.webhooks import Webhook

from deploy.local.departments import Department, create_app, verify
from deploy.local.photos import picture

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
BODY = json.dumps({"type": "endpoint.test", "timestamp": "2026-11-23T08:00:00Z", "data": {"challenge": "c"}}).encode()


def signed(body: bytes = BODY, secret: str = SECRET, at: datetime | None = None) -> dict[str, str]:
    at = at or datetime.now(UTC)
    signature = Webhook(secret).sign("msg_1", at, body.decode())
    return {"webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())), "webhook-signature": signature}


def test_what_the_reference_library_signs_is_accepted() -> None:
    assert verify(SECRET, signed(), BODY)


def test_one_good_signature_among_several_is_enough() -> None:
    headers = signed()
    assert verify(SECRET, headers | {"webhook-signature": f"v1a,AAAA v1,AAAA {headers['webhook-signature']}"}, BODY)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        signed(secret="whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        signed(at=datetime.now(UTC) - timedelta(minutes=6)),
        signed(at=datetime.now(UTC) + timedelta(minutes=6)),
        signed() | {"webhook-id": "msg_2"},
        signed() | {"webhook-timestamp": "soon"},
        signed(BODY + b" "),
    ],
)
def test_what_is_forged_changed_or_old_is_refused(headers: dict[str, str]) -> None:
    assert not verify(SECRET, headers, BODY)


async def test_the_receiver_answers_the_challenge_and_refuses_strangers(tmp_path: Path) -> None:
    (tmp_path / "departments.json").write_text(json.dumps({"parks": {"http://us/hooks/parks": SECRET}}))

    def centre(request: httpx.Request) -> httpx.Response:
        assert request.url.path == "/api/dispatch/dispatches"
        return httpx.Response(200, json={"items": [], "next": None})

    parks = Department(
        "parks", "glk_key", "http://centre", "http://us/hooks/parks", tmp_path / "departments.json",
        transport=httpx.MockTransport(centre),
    )  # fmt: skip
    await parks.open()
    ours = httpx.ASGITransport(create_app({"parks": parks}))
    async with httpx.AsyncClient(transport=ours, base_url="http://us") as client:
        good = await client.post("/hooks/parks", content=BODY, headers=signed())
        forged = await client.post("/hooks/parks", content=BODY, headers=signed(BODY + b" "))
        nobody = await client.post("/hooks/police", content=BODY, headers=signed())
    await parks.close()
    assert (good.status_code, good.json()) == (200, {"challenge": "c"})
    assert (forged.status_code, nobody.status_code) == (401, 404)


def test_each_case_has_its_own_photos() -> None:
    made = {picture(number, role) for number in ("LJ-1", "LJ-2") for role in ("before", "after")}
    assert len(made) == 4
    assert all(image.startswith(b"\x89PNG") for image in made)
