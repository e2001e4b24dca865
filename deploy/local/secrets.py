"""The secrets of one local installation, created once and kept in `secrets.json` (mode 600)."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from typing import Any

from deploy.local import files
from deploy.local.home import Home
from services.chassis.settings import SERVICES


@dataclass(frozen=True)
class Secrets:
    """Secrets shared by the processes of this installation."""

    postgres: str
    """Password of the database superuser; only the launcher uses it."""
    databases: dict[str, str]
    """Password of each service's database role."""
    service_key: str
    """`GRIDLOOP_SERVICE_KEY`."""
    secret_key: str
    """`GRIDLOOP_SECRET_KEY`: base64 of 32 random bytes."""


def of(home: Home) -> Secrets:
    """Return the secrets of a data folder; create missing ones."""
    path = home.path / "secrets.json"
    known = files.read(path)
    whole: dict[str, Any] = {
        "postgres": secrets.token_urlsafe(24),
        "service_key": secrets.token_urlsafe(32),
        "secret_key": base64.b64encode(secrets.token_bytes(32)).decode(),
        **known,
        "databases": {name: secrets.token_urlsafe(24) for name in SERVICES} | known.get("databases", {}),
    }
    if whole != known:
        files.write_private(path, whole)
    return Secrets(**whole)
