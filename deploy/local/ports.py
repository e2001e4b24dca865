"""Free TCP ports of this machine, remembered for the next start."""

from __future__ import annotations

import os
import random
import socket
from collections import deque

from deploy.local import files
from deploy.local.home import Home
from deploy.local.say import Trouble

_OURS = range(20000, 32000)
"""Below the range for outgoing connections, which could take a port while a process restarts."""
_CLAIMS = 64
_claims: deque[socket.socket] = deque()
"""Sockets bound to the ports given last, until their servers have started."""


def is_free(port: int, host: str = "127.0.0.1") -> bool:
    """Return True if a server could listen on the port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def answers(port: int, host: str = "127.0.0.1") -> bool:
    """Return True if a server listens on the port. Unlike `is_free` this never binds the port."""
    try:
        socket.create_connection((host, port), timeout=0.5).close()
    except OSError:
        return False
    return True


def free() -> int:
    """Return a free port that is not given to anybody else while its server starts."""
    while True:
        claim = socket.socket()
        try:
            claim.bind(("127.0.0.1", random.choice(_OURS)))
        except OSError:
            claim.close()
            continue
        claim.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a server may bind it from here on, but no other claim
        if len(_claims) == _CLAIMS:
            _claims.popleft().close()
        _claims.append(claim)
        port: int = claim.getsockname()[1]
        return port


def named(setting: str, default: int) -> int:
    """Return the port that an environment variable names. Raise `Trouble` if it is not a port."""
    text = os.environ.get(setting, str(default))
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise Trouble(
            f"{setting}={text} 不是端口号。请写 1 到 65535 之间的数。",
            f"{setting}={text} is no port. Write a number from 1 to 65535.",
        )
    return int(text)


def need(port: int) -> None:
    """Raise `Trouble` if the port of the front door is taken or not permitted."""
    if not is_free(port):
        raise Trouble(
            f"端口 {port} 被占用或不允许使用。请换一个，例如 GRIDLOOP_PORT={port % 60000 + 1001} make run。",
            f"Port {port} is in use or not allowed. Choose another, e.g. GRIDLOOP_PORT={port % 60000 + 1001} make run.",
        )


class Ports:
    """The ports of one data folder, kept in `ports.json`; a port that is taken is replaced."""

    def __init__(self, home: Home) -> None:
        self._path = home.path / "ports.json"
        self._known: dict[str, int] = files.read(self._path)
        self._given: set[int] = set()

    def take(self, name: str) -> int:
        """Return the port of the part with this name."""
        port = self._known.get(name, 0)
        while not port or port in self._given or not is_free(port):
            port = free()
        self._given.add(port)
        if self._known.get(name) != port:
            self._known[name] = port
            files.write_private(self._path, self._known)
        return port
