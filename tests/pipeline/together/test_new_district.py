"""A new district starts with the documented steps of deploy/districts/README.md."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from deploy.local.caddy import Caddy
from deploy.local.home import ROOT, Home
from services.chassis import http_client
from services.dispatch.app import SERVICE as DISPATCH
from services.intake.app import SERVICE as INTAKE
from services.registry.app import SERVICE as REGISTRY
from services.routing.app import SERVICE as ROUTING
from tests.support.infrastructure import free_port
from tests.support.installation import Installation
from tests.support.waiting import wait_until

DISTRICTS = ROOT / "deploy" / "districts"

DOCKER = """\
#!/bin/sh
# Stands for `docker compose up …`, which the test does itself, and `docker compose run --rm -T registry COMMAND …`.
[ "$2" = up ] && exit 0
shift 5
exec "$@"
"""


def steps() -> tuple[str, str]:
    """Return the commands of the page before and after the start of the services."""
    page = (DISTRICTS / "README.md").read_text("utf-8")
    section = page.partition("\n## 装入一个真实区县")[2].partition("\n## ")[0]
    before, start, after = "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL)).partition("docker compose up")
    assert start, "the page starts the services"
    return before, start + after


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a folder like a checkout, with the files and programs that the commands need."""
    found = tmp_path / "checkout"
    shutil.copytree(DISTRICTS / "starter", found / "deploy" / "districts" / "starter")
    for path, text in {
        found / ".venv" / "bin" / "python": f'#!/bin/sh\nexec {sys.executable} "$@"\n',
        found / ".programs" / "python": f'#!/bin/sh\nexec {sys.executable} "$@"\n',
        found / ".programs" / "docker": DOCKER,
    }.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)
    return found


@pytest.fixture
async def caddy(installation: Installation, tmp_path: Path) -> AsyncIterator[Caddy]:
    """Yield the reverse proxy of the installation."""
    await installation.settings("registry")  # gives each service its port
    urls = {name: f"http://127.0.0.1:{port}" for name, port in installation.ports.items()}
    proxy = Caddy(Home(tmp_path / "caddy"), free_port(), urls)
    await proxy.start()
    yield proxy
    await proxy.stop()


async def run(checkout: Path, installation: Installation, url: str, commands: str) -> str:
    """Run commands of the page in a shell and return what they print."""
    settings = await installation.settings("registry")
    environment = {
        "PATH": f"{checkout / '.programs'}:{os.environ['PATH']}",
        "HOME": str(checkout),
        "PYTHONPATH": str(ROOT),
        "GRIDLOOP": url,
        "DATABASE_URL_REGISTRY": settings.database_url,
        "NO_PROXY": "*",
        "GRIDLOOP_SECRET_KEY": settings.gridloop_secret_key,
        "GRIDLOOP_SERVICE_KEY": settings.gridloop_service_key,
    }
    shell = await asyncio.create_subprocess_exec(
        "bash",
        "-euo",
        "pipefail",
        "-c",
        commands,
        cwd=checkout,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = (await shell.communicate())[0].decode()
    assert shell.returncode == 0, printed
    return printed


async def test_a_new_district_starts_with_the_documented_steps_alone(
    installation: Installation, checkout: Path, caddy: Caddy
) -> None:
    before, after = steps()
    checked = await run(checkout, installation, caddy.url, before)
    assert "无误" in checked
    assert "warning" not in checked, "the starter district is complete"
    installation.overrides["registry"] = {"gridloop_district": checkout / "deploy" / "districts" / "ours"}
    await installation.start(REGISTRY)
    await installation.start_all(INTAKE, ROUTING, DISPATCH)

    await wait_until(
        lambda: all(each.context.district_or_none is not None for each in installation.running.values()),
        what="the district at every service",
    )
    printed = await run(checkout, installation, caddy.url, after + '\necho; echo "$CASE $CLERK"\nrouted > /dev/null')
    case_id, token = printed.splitlines()[-1].split()

    async def routed() -> set[tuple[str, str]] | None:
        async with http_client.create_client(base_url=caddy.url, headers={"authorization": f"Bearer {token}"}) as web:
            answer = await web.get("/api/dispatch/dispatches", params={"case_id": case_id})
        found: list[dict[str, Any]] = answer.json()["items"]
        return {(each["unit_id"], each["role"]) for each in found} if len(found) >= 3 else None

    units = {unit for unit, _ in await wait_until(routed, what="the dispatches of the first report")}
    assert units == {"gas-company", "mobile-team", "fire"}
    rows = await installation.running["registry"].context.database.fetch(
        "SELECT by, action FROM administration WHERE by = 'command line'"
    )
    assert [tuple(row) for row in rows] == [("command line", "created")] * 2
