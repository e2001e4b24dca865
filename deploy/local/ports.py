"""TCP ports on this machine: it finds free ports and stores them, so that the next start uses the same ports."""

from __future__ import annotations

import os
import random
import socket
from collections import deque

from deploy.local import files
from deploy.local.home import Home
from deploy.local.messages import StartupError

_RANGE = range(20000, 32000)
"""Range of the ports.

It lies below the ephemeral ports, so that no outgoing connection takes a port while the process of the port restarts.
"""
_CLAIMS = 64
_claims: deque[socket.socket] = deque()
"""Sockets bound to the ports returned last, so that no other caller gets a port before its server has started."""


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server can listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Return whether a server listens on the port. Unlike `is_free` it does not bind the port."""
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def free_port() -> int:
    """Return a free port that no other caller gets while its server starts."""
    while True:
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", random.choice(_RANGE)))
        except OSError:
            claim.close()
            continue
        claim.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # lets the server bind it, but no other claim
        if len(_claims) == _CLAIMS:
            _claims.popleft().close()
        _claims.append(claim)
        port: int = claim.getsockname()[1]
        return port


def port_setting(setting: str, default: int) -> int:
    """Return the port in an environment variable, by default `default`. Raises `StartupError` for an invalid port."""
    text = os.environ.get(setting, str(default))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StartupError(
            f"{setting}={text} 不是端口号。请写 1 到 65535 之间的数。",
            f"{setting}={text} is not a port. Use a number from 1 to 65535.",
        )
    return int(text)


def require_free(port: int) -> None:
    """Check that a server can listen on the public port. Raises `StartupError` if it cannot."""
    if not is_free(port):
        raise StartupError(
            f"端口 {port} 被占用或不允许使用。请换一个，例如 GRIDLOOP_PORT={port % 60000 + 1001} make run。",
            f"Port {port} is in use or not allowed. Choose another, e.g. GRIDLOOP_PORT={port % 60000 + 1001} make run.",
        )


class Ports:
    """The ports of one data folder, stored in `ports.json`. If a stored port is not free, another one replaces it."""

    def __init__(self, home: Home) -> None:
        self._path = home.path / "ports.json"
        self._known: dict[str, int] = files.read(self._path)
        self._given: set[int] = set()

    def port_of(self, name: str) -> int:
        """Return the port of the part of the system with this name."""
        port = self._known.get(name, 0)
        while not port or port in self._given or not is_free(port):
            port = free_port()
        self._given.add(port)
        if self._known.get(name) != port:
            self._known[name] = port
            files.write_private(self._path, self._known)
        return port
