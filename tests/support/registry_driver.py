"""Driver of a registry that has published the sample district, and of a service that consumes its releases."""

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
from tests.support.installation import Installation, RunningService
from tests.support.waiting import wait_until

LIJIN = ROOT / "deploy" / "districts" / "lijin"
PASSWORD = "correct-horse-battery"
CSRF = {"x-gridloop-csrf": "1"}


class RegistryDriver:
    """A registry that has published the sample district, and a service that consumes its releases."""

    def __init__(self, installation: Installation, registry: RunningService, reader: RunningService) -> None:
        self.installation, self.registry, self.reader = installation, registry, reader

    def client(self, **headers: str) -> httpx.AsyncClient:
        """Return a client of the registry with these headers."""
        return http_client.create_client(base_url=self.registry.url, headers=headers)

    async def sign_in(self, account: str, password: str = PASSWORD) -> httpx.AsyncClient:
        """Sign in and return the client."""
        web = self.client(**CSRF)
        answer = await web.post("/api/registry/session", json={"username": account, "password": password})
        assert answer.status_code == 200, answer.text
        return web

    async def approve(self, answer: httpx.Response, account: str = "administrator_2") -> dict[str, Any]:
        """Approve a proposal with this account and return the response."""
        assert answer.status_code == 202, answer.text
        path = f"/api/registry/approvals/{answer.json()['approval']['id']}/approve"
        async with contextlib.aclosing(await self.sign_in(account)) as web:
            approved = await web.post(path)
        assert approved.status_code == 200, approved.text
        return approved.json()

    async def release_at_reader(self, release: int) -> None:
        """Wait until the consuming service has this release in force."""

        async def there() -> bool:
            district = self.reader.context.district_or_none
            return district is not None and district.release >= release

        await wait_until(there, what=f"release {release} at the reader")

    def caller(self, credential: str) -> Caller:
        """Return the caller that the consuming service finds for this credential."""
        return self.reader.context.auth.caller(credential, self.reader.context.district)


_TEMPLATE = "registry"
"""Template of databases with the published district; another one than that of `sample_district`."""
_ACCOUNTS = ("administrator", "administrator_2", "auditor", "officer", "dispatcher")

SECRETS: dict[str, Any] = {
    "accounts": {name: {"username": name, "password": PASSWORD} for name in _ACCOUNTS},
    "channels": {"hotline": keys.new_key()},
    "units": {"sanitation": keys.new_key()},
}


def use_sample_district(installation: Installation) -> None:
    """Let the registry start with the sample district and these demo accounts and keys."""
    demo = installation.home / "demo.json"
    demo.write_text(json.dumps(SECRETS))
    installation.overrides["registry"] = {"gridloop_district": LIJIN, "gridloop_demo_accounts": demo}


async def open_registry_driver(installation: Installation) -> RegistryDriver:
    """Start a registry with the sample district and a service that consumes its releases."""
    use_sample_district(installation)
    registry = await installation.start(REGISTRY)
    reader = await installation.start(Service(name="tracking"))
    found = RegistryDriver(installation, registry, reader)
    await found.release_at_reader(1)
    return found


async def copy_registry_driver(installation: Installation) -> RegistryDriver:
    """Return a driver on a copy of the first installation of this worker."""
    if _TEMPLATE not in installation.postgres.templates:
        first = Installation(installation.postgres, installation.broker, installation.home)
        await open_registry_driver(first)
        await first.save_as_template(_TEMPLATE)
    installation.template = _TEMPLATE
    return await open_registry_driver(installation)


def zip_of_district(**changes: str) -> bytes:
    """Return the sample district as a ZIP, with some files replaced."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path in sorted(LIJIN.glob("*.jsonl")):
            archive.writestr(f"lijin/{path.name}", changes.get(path.stem, path.read_text()))
    return buffer.getvalue()
