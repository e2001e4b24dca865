"""Installations with the sample district in force. One is started per worker; others copy its databases."""

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
from tests.support.installation import Installation
from tests.support.waiting import wait_until

LIJIN = ROOT / "deploy" / "districts" / "lijin"
PASSWORD = "correct-horse-battery"
STREET = "370522001"
CONFIDENTIAL_CATEGORY = "LOCAL-370522/matter/15001"
"""A category of the sample district whose cases are confidential."""
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
_KEPT_SNAPSHOTS: list[RegistrySnapshot] = []
"""Snapshots kept in memory, so that `services.chassis.release_store` does not load them again."""
_TOKENS: dict[tuple[str, str], tuple[float, str]] = {}
"""(registry database, or "" for copies of the template; user name) → time of the sign-in and token."""
_TOKEN_S = 180.0
"""Seconds for which a token is reused; it is valid for five minutes."""


async def start_with_sample_district(installation: Installation, *services: Service) -> None:
    """Start these services and a registry with the sample district, demo accounts and keys, and wait for the release.

    Does nothing in a shared installation whose services run already.
    """
    if installation.running:
        return
    accounts = {name: {"username": name, "password": PASSWORD} for name in _DEMO}
    secrets = installation.home / "demo.json"
    secrets.write_text(json.dumps({"accounts": accounts, "channels": CHANNEL_KEYS, "units": UNIT_KEYS}))
    installation.overrides["registry"] = {"gridloop_district": LIJIN, "gridloop_demo_accounts": secrets}
    if _TEMPLATE not in installation.postgres.templates:
        await _create_template(installation)
    installation.template = _TEMPLATE
    await installation.start_all(REGISTRY, *services)
    await _wait_for_district(installation)
    installation.remember_state()


async def access_token(installation: Installation, username: str) -> str:
    """Return an access token of this account, from a sign-in of the last three minutes if there was one.

    Copies of the template have the same signing key and accounts, so a token of one copy is valid in all.
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


async def _create_template(installation: Installation) -> None:
    """Start the services once, so that their databases with the district become the template.

    The background workers do not run: they would store their progress at a time before the clock of the tests.
    """
    first = Installation(
        installation.postgres, installation.broker, installation.home, overrides=installation.overrides
    )
    await first.start(REGISTRY)
    await first.start_all(*(replace(each, workers={}) for each in (INTAKE, ROUTING, DISPATCH, SUPERVISION)))
    await _wait_for_district(first)
    _KEPT_SNAPSHOTS.append(first.running["intake"].context.district)
    bearer = {"authorization": f"Bearer {await access_token(first, 'administrator')}"}
    async with http_client.create_client(base_url=first.running["registry"].url, headers=bearer) as web:
        for name, bindings in PEOPLE.items():
            account = {"username": name, "name": name, "password": PASSWORD, **bindings}
            (await web.post("/api/registry/accounts", json=account)).raise_for_status()
    for each in first.running.values():
        while await housekeeping.extend_chain(each.context.database):
            pass  # else every copy would have to
    await first.save_as_template(_TEMPLATE)


async def _wait_for_district(installation: Installation) -> None:
    """Wait until every service with a database has the district; the console has none."""
    services = [each for each in installation.running.values() if each.service.has_database]

    async def known() -> bool:
        return all(each.context.district_or_none is not None for each in services)

    await wait_until(known, 120, what="the district everywhere")
