"""Messages of hand-over envelopes, and machine keys that must sign them."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from services.chassis import http_client
from tests.support.installation import Installation
from tests.support.sample_district import access_token
from tests.support.waiting import wait_until


def answer_of_fire_brigade(dispatch_id: UUID | str, kind: str, **fields: Any) -> dict[str, Any]:
    """Return the message with which the platform of the fire brigade answers a dispatch."""
    return {
        "id": str(uuid4()),
        "sender": {"division": "370522", "organisation": "119"},
        "sent": "2026-11-23T09:03:00+08:00",
        "kind": kind,
        "references": [str(dispatch_id)],
        "case": {"number": "119-20261123-0007"},
        "handover": {"accepted_by": "119 指挥中心 07 席"},
        **fields,
    }


async def create_signing_key(installation: Installation, service: str, **key: Any) -> tuple[dict[str, str], str]:
    """Create a machine key that must sign its requests, and wait until the service knows it.

    Return the headers that carry the key, and the secret to sign with.
    """
    running = installation.running
    bearer = {"authorization": f"Bearer {await access_token(installation, 'administrator')}"}
    async with http_client.create_client(base_url=f"{running['registry'].url}/api/registry", headers=bearer) as web:
        created = await web.post("/keys", json={"name": "110", **key})
        machine_key = created.json().get("machine_key")
        if machine_key is None:  # a key that reads confidential text needs a second person
            machine_key = await _approve_key(installation, created.json()["approval"]["id"])
        path = f"/keys/{machine_key['id']}/signature"
        signature = (await web.post(path, json={"overlap_hours": 0})).json()
    await wait_until(
        lambda: running[service].context.district.release >= signature["release"],
        what="the release that asks for a signature",
    )
    headers = {"authorization": f"Bearer {created.json()['key']}", "content-type": "application/json"}
    return headers, signature["secret"]


async def _approve_key(installation: Installation, approval: str) -> dict[str, Any]:
    """Approve a key as the second administrator and return it."""
    bearer = {"authorization": f"Bearer {await access_token(installation, 'administrator_2')}"}
    async with http_client.create_client(
        base_url=f"{installation.running['registry'].url}/api/registry", headers=bearer
    ) as web:
        answer = await web.post(f"/approvals/{approval}/approve")
        assert answer.status_code == 200, answer.text
        (found,) = [each for each in (await web.get("/keys")).json()["items"] if each["name"] == "110"]
    return found
