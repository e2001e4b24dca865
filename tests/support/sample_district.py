"""Installations with the sample district in force: made once per worker, copied for each test."""

from __future__ import annotations

import json
import math
import time
from dataclasses import replace
from typing import Any

from deploy.local.home import ROOT
from services.chassis import housekeeping, http_client, keys
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.service import Service
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.registry.app import SERVICE as REGISTRY
from services.routing.app import SERVICE as ROUTING
from services.supervision.app import SERVICE as SUPERVISION
from tests.support.installation import Installation, wait_until

LIJIN = ROOT / "deploy" / "districts" / "lijin"
PASSWORD = "correct-horse-battery"
STREET = "370522001"
PEOPLE: dict[str, dict[str, Any]] = {
    "street": {"roles": ["dispatcher"], "areas": [STREET]},
    "other_street": {"roles": ["dispatcher"], "areas": ["370522002"]},
    "street_desk": {"roles": ["hotline"], "areas": [STREET]},
    "other_desk": {"roles": ["hotline"], "areas": ["370522002"]},
    "convenor": {"roles": ["unit_clerk"], "unit": "lijin-street"},
    "sanitation": {"roles": ["unit_clerk"], "unit": "sanitation"},
    "gateway": {"roles": ["gateway"]},
}
"""Accounts besides the demo's: user name → bindings."""
CHANNEL_KEYS = {name: keys.new_key() for name in ("camera", "upstream", "patrol_team", "open311", "emergency")}
UNIT_KEYS = {name: keys.new_key() for name in ("sanitation", "housing", "fire")}
_TEMPLATE = "lijin"
_DEMO = [json.loads(line)["account"] for line in (LIJIN / "demo.jsonl").read_text().splitlines()]
_IN_TEMPLATE = frozenset({*_DEMO, *PEOPLE})
_HELD: list[RegistrySnapshot] = []
"""What somebody holds is not read again (`services.chassis.release_store`)."""
_TOKENS: dict[tuple[str, str], tuple[float, str]] = {}
"""(registry database, or "" for copies of the template; user name) → time of sign-in and token."""
_TOKEN_S = 180.0
"""Seconds for which a token is reused; it is valid for five minutes."""


async def start_with_sample_district(installation: Installation, *services: Service) -> None:
    """Start the registry with the sample district, its demo accounts and keys, and these services, who know it.

    In a house that was kept they run already.
    """
    if installation.running:
        return
    accounts = {name: {"username": name, "password": PASSWORD} for name in _DEMO}
    secrets = installation.home / "demo.json"
    secrets.write_text(json.dumps({"accounts": accounts, "channels": CHANNEL_KEYS, "units": UNIT_KEYS}))
    installation.overrides["registry"] = {"gridloop_district": LIJIN, "gridloop_demo_accounts": secrets}
    if _TEMPLATE not in installation.postgres.templates:
        await _make(installation)
    installation.template = _TEMPLATE
    await installation.start_all(REGISTRY, *services)
    await _know(installation)
    installation.remember_state()


async def access_token(installation: Installation, username: str) -> str:
    """An access token: of a sign-in less than three minutes ago, here or in another copy of the same district.

    All copies have the signing key and the accounts of the first; a sign-in costs as much as a test's other requests.
    """
    known = installation.template == _TEMPLATE and username in _IN_TEMPLATE
    key = ("" if known else installation.databases["registry"], username)
    signed_in, found = _TOKENS.get(key, (-math.inf, ""))
    if time.monotonic() - signed_in < _TOKEN_S:
        return found
    async with http_client.create_client(base_url=installation.running["registry"].url) as web:
        answer = await web.post("/api/registry/session", json={"username": username, "password": PASSWORD})
        answer.raise_for_status()
    found = answer.json()["access_token"]
    _TOKENS[key] = (time.monotonic(), found)
    return found


async def _make(installation: Installation) -> None:
    """Let the services take the district up in the databases of which later ones are copies.

    Without their workers: on a slow machine these would write how far they have looked, at a time that is no test's.
    """
    first = Installation(
        installation.postgres, installation.broker, installation.home, overrides=installation.overrides
    )
    await first.start(REGISTRY)
    await first.start_all(*(replace(each, workers={}) for each in (INTAKE, ROUTING, DISPATCH, SUPERVISION)))
    await _know(first)
    _HELD.append(first.running["intake"].context.district)
    bearer = {"authorization": f"Bearer {await access_token(first, 'administrator')}"}
    async with http_client.create_client(base_url=first.running["registry"].url, headers=bearer) as web:
        for name, bindings in PEOPLE.items():
            account = {"username": name, "name": name, "password": PASSWORD, **bindings}
            (await web.post("/api/registry/accounts", json=account)).raise_for_status()
    for each in first.running.values():
        while await housekeeping.extend_chain(each.context.database):
            pass  # else every house made from this one would
    await first.save_as_template(_TEMPLATE)


async def _know(installation: Installation) -> None:
    """Wait until the district has come to every service; the pages, which keep nothing, ask the registry for it."""
    keeping = [each for each in installation.running.values() if each.service.has_database]

    async def known() -> bool:
        return all(each.context.district_or_none is not None for each in keeping)

    await wait_until(known, 120, what="the district everywhere")
