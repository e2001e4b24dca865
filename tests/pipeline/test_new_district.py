"""A new district starts with the steps of deploy/districts/README.md alone."""

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
from tests.support.installation import Installation, wait_until

DISTRICTS = ROOT / "deploy" / "districts"

DOCKER = """\
#!/bin/sh
# Stands for `docker compose up …`, which the test does itself, and `docker compose run --rm -T registry COMMAND …`.
[ "$2" = up ] && exit 0
shift 5
exec "$@"
"""


def steps() -> tuple[str, str]:
    """The commands of the page: until the services start, and from then on."""
    page = (DISTRICTS / "README.md").read_text("utf-8")
    section = page.partition("\n## 装入一个真实区县")[2].partition("\n## ")[0]
    before, start, after = "\n".join(re.findall(r"```sh\n(.*?)```", section, re.DOTALL)).partition("docker compose up")
    assert start, "the page starts the services"
    return before, start + after


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A checkout as far as the commands need it, with the programs they call."""
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
async def front_door(installation: Installation, tmp_path: Path) -> AsyncIterator[Caddy]:
    """The front door of this house."""
    await installation.settings("registry")  # gives each service its port
    urls = {name: f"http://127.0.0.1:{port}" for name, port in installation.ports.items()}
    caddy = Caddy(Home(tmp_path / "caddy"), free_port(), urls)
    await caddy.start()
    yield caddy
    await caddy.stop()


async def run(workplace: Path, installation: Installation, url: str, commands: str) -> str:
    """Run commands of the page as an operator does; what they print."""
    settings = await installation.settings("registry")
    environment = {
        "PATH": f"{workplace / '.programs'}:{os.environ['PATH']}",
        "HOME": str(workplace),
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
        cwd=workplace,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    printed = (await shell.communicate())[0].decode()
    assert shell.returncode == 0, printed
    return printed


async def test_a_new_district_starts_with_the_documented_steps_alone(
    installation: Installation, workplace: Path, front_door: Caddy
) -> None:
    before, after = steps()
    checked = await run(workplace, installation, front_door.url, before)
    assert "无误" in checked
    assert "warning" not in checked, "the district to begin with has nothing forgotten"
    installation.overrides["registry"] = {"gridloop_district": workplace / "deploy" / "districts" / "ours"}
    await installation.start(REGISTRY)
    await installation.start_all(INTAKE, ROUTING, DISPATCH)

    async def known() -> bool:
        return all(each.context.district_or_none is not None for each in installation.running.values())

    await wait_until(known, what="the district at every service")
    printed = await run(
        workplace, installation, front_door.url, after + '\necho; echo "$CASE $CLERK"\nrouted > /dev/null'
    )
    case_id, token = printed.splitlines()[-1].split()

    async def routed() -> set[tuple[str, str]] | None:
        async with http_client.create_client(
            base_url=front_door.url, headers={"authorization": f"Bearer {token}"}
        ) as web:
            answer = await web.get("/api/dispatch/dispatches", params={"case_id": case_id})
        found: list[dict[str, Any]] = answer.json()["items"]
        return {(each["unit_id"], each["role"]) for each in found} if len(found) >= 3 else None

    units = {unit for unit, _ in await wait_until(routed, what="the dispatches of the first report")}
    assert units == {"gas-company", "mobile-team", "fire"}
    rows = await installation.running["registry"].context.database.fetch(
        "SELECT by, action FROM administration WHERE by = 'command line'"
    )
    assert [tuple(row) for row in rows] == [("command line", "created")] * 2
