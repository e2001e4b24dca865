"""The compose file and its containers."""

from __future__ import annotations

import re
from typing import Any

import yaml

from deploy.local.home import ROOT

COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]

VARIABLE = re.compile(r"\$\{(\w+)(?::([-?])([^}]*))?\}")


def interpolate(value: str, env: dict[str, str]) -> str:
    """Replace the variables in a value, as compose does. Raises `LookupError` for a required one that is missing."""

    def put(match: re.Match[str]) -> str:
        name, sign, rest = match.groups()
        if env.get(name):
            return env[name]
        if sign == "-":
            return rest
        raise LookupError(name)

    return VARIABLE.sub(put, value)
