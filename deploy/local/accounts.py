"""The demo accounts and keys of a local installation, created once and stored in `demo.json` (mode 600).

The registry reads the file at startup and creates these accounts and machine keys. Keys of simulated outside systems
require signed requests. The other keys work without signatures, so that a person can try them.
"""

from __future__ import annotations

import json
import secrets
from pathlib import Path
from typing import Any, get_args

from contracts.common import Channel
from deploy.local import files
from deploy.local.home import Home
from services.chassis.keys import new_key
from services.chassis.signing import new_secret

DEPARTMENTS = "sanitation,urban-management"
"""Units with a simulated system, unless `GRIDLOOP_DEPARTMENTS` names others."""

SIGNING = ("channel:upstream", "channel:emergency", *(f"unit:{unit}" for unit in DEPARTMENTS.split(",")))
"""Channels and units whose machine keys require signed requests."""

_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
"""Letters and digits for passwords. Letters and digits that look alike are left out."""


def ensure_accounts(home: Home, district: Path) -> Path:
    """Create or complete `demo.json` and return its path.

    The file has an account for each line of the district's `demo.jsonl`, and a key for each channel and each unit.
    Existing accounts and keys are kept.
    """
    path = home.path / "demo.json"
    known = files.read(path)
    accounts, channels, units, signatures = (
        known.get(part, {}) for part in ("accounts", "channels", "units", "signatures")
    )
    whole = {
        "accounts": {name: {"username": name, "password": _password()} for name in _names(district)} | accounts,
        "channels": {name: new_key() for name in get_args(Channel)} | channels,
        "units": {name: new_key() for name in _values(district / "units.jsonl", "id")} | units,
        "signatures": {who: new_secret() for who in SIGNING} | signatures,
    }
    if whole != known:
        files.write_private(path, whole)
    return path


def _names(district: Path) -> list[str]:
    return _values(district / "demo.jsonl", "account")


def _values(path: Path, name: str) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    entries: list[dict[str, Any]] = [json.loads(line) for line in lines if line.strip()]
    return [entry[name] for entry in entries if name in entry]


def _password() -> str:
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))
