"""A registry that has published the sample district, and a service that reads it."""

from __future__ import annotations

import contextlib
import io
import json
import zipfile
from typing import Any

import httpx

from deploy.local.home import ROOT
from services.chassis import http_client, keys
from services.chassis.auth import Caller
from services.chassis.service import Service
from services.registry.app import SERVICE as REGISTRY
from tests.support.house import House, Running, until

LIJIN = ROOT / "deploy" / "districts" / "lijin"
PASSWORD = "correct-horse-battery"
CSRF = {"x-gridloop-csrf": "1"}


class Town:
    """A registry that has published the sample district, and a service that reads it."""

    def __init__(self, house: House, registry: Running, reader: Running) -> None:
        self.house, self.registry, self.reader = house, registry, reader

    def client(self, **headers: str) -> httpx.AsyncClient:
        return http_client.create_client(base_url=self.registry.url, headers=headers)

    async def signed_in(self, account: str, password: str = PASSWORD) -> httpx.AsyncClient:
        web = self.client(**CSRF)
        answer = await web.post("/api/registry/session", json={"username": account, "password": password})
        assert answer.status_code == 200, answer.text
        return web

    async def approve(self, answer: httpx.Response, account: str = "administrator_2") -> dict[str, Any]:
        """What became of a proposal that this account approved."""
        assert answer.status_code == 202, answer.text
        path = f"/api/registry/approvals/{answer.json()['approval']['id']}/approve"
        async with contextlib.aclosing(await self.signed_in(account)) as web:
            approved = await web.post(path)
        assert approved.status_code == 200, approved.text
        return approved.json()

    async def release_at_reader(self, release: int) -> None:
        async def there() -> bool:
            district = self.reader.context.district_or_none
            return district is not None and district.release >= release

        await until(there, what=f"release {release} at the reader")

    def caller(self, credential: str) -> Caller:
        """Who the reading service takes this credential for."""
        return self.reader.context.auth.caller(credential, self.reader.context.district)


_ACCOUNTS = ("administrator", "administrator_2", "auditor", "officer", "dispatcher")

SECRETS: dict[str, Any] = {
    "accounts": {name: {"username": name, "password": PASSWORD} for name in _ACCOUNTS},
    "channels": {"hotline": keys.new_key()},
    "units": {"sanitation": keys.new_key()},
}


def set_up(house: House) -> None:
    demo = house.home / "demo.json"
    demo.write_text(json.dumps(SECRETS))
    house.overrides["registry"] = {"gridloop_district": LIJIN, "gridloop_demo_accounts": demo}


async def open_town(house: House) -> Town:
    set_up(house)
    registry = await house.start(REGISTRY)
    reader = await house.start(Service(name="tracking"))
    found = Town(house, registry, reader)
    await found.release_at_reader(1)
    return found


async def copied_town(house: House) -> Town:
    """A copy of the first town that this worker made."""
    if "town" not in house.postgres.templates:
        first = House(house.postgres, house.broker, house.home)
        await open_town(first)
        await first.keep_as("town")
    house.template = "town"
    return await open_town(house)


def zipped(**changes: str) -> bytes:
    """The sample district as a ZIP, with some files replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(LIJIN.glob("*.jsonl")):
            archive.writestr(f"lijin/{path.name}", changes.get(path.stem, path.read_text()))
    return buffer.getvalue()
