"""The secrets of a local installation, created once and stored in `secrets.json` (mode 600)."""

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
    """Secrets with which the processes of one installation are started."""

    postgres: str
    """Password of the database superuser, used only by the launcher."""
    databases: dict[str, str]
    """Service → password of the database role of the service."""
    service_key: str
    """Value of `GRIDLOOP_SERVICE_KEY`: the key with which services call each other."""
    secret_key: str
    """Value of `GRIDLOOP_SECRET_KEY`, from which encryption keys derive: base64 of 32 random bytes."""


def ensure_secrets(home: Home) -> Secrets:
    """Return the secrets of a data folder. Create and store those that are missing."""
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
