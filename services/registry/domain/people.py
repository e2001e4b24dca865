"""Accounts: what they may be bound to, what their tokens say, how demo accounts are described."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import orjson
from pydantic import Field

from contracts.base import Contract
from contracts.places import Channel
from contracts.registry import MachineKey
from contracts.registry.base import AreaPrefix, Key
from services.chassis.auth import AUDIENCE, ROLES
from services.chassis.district import District
from services.registry.domain.problems import UnknownBinding


class Bindings(Contract):
    """What an account or key may do, and what it is limited to."""

    roles: tuple[str, ...] = ()
    areas: tuple[AreaPrefix, ...] = ()
    """Grid-code prefixes; empty: the whole district."""
    channels: tuple[Channel, ...] = ()
    unit: Key | None = None
    officer: Key | None = None
    team: Key | None = None


class DemoAccount(Bindings):
    """A line of `demo.jsonl`: an account that a demonstration offers, and what it is bound to."""

    account: str
    """The name by which the file of passwords speaks of it."""
    name: str
    name_en: str


class Credentials(Contract):
    """User name and password of a demo account."""

    username: str
    password: str


class DemoSecrets(Contract):
    """The file `GRIDLOOP_DEMO_ACCOUNTS`: passwords and keys that the launcher made and shows."""

    accounts: dict[str, Credentials] = Field(default_factory=dict[str, Credentials])
    channels: dict[Channel, str] = Field(default_factory=dict["Channel", str])
    units: dict[str, str] = Field(default_factory=dict[str, str])
    signatures: dict[str, str] = Field(default_factory=dict[str, str])
    """`channel:<channel>` or `unit:<unit>` → the secret (`whsec_…`) by which the machine with that key signs what it sends."""

    def secret_of(self, key_id: str) -> str | None:
        """The secret that the demo key of this id signs by."""
        return next((secret for who, secret in self.signatures.items() if _demo_id(who) == key_id), None)


class Bound(Protocol):
    """An account as it is stored."""

    id: UUID
    name: str
    roles: list[str]
    areas: list[str]
    channels: list[str]
    unit_id: str | None
    officer_id: str | None
    team_id: str | None


def claims_of(account: Bound) -> dict[str, Any]:
    """What an access token says of an account."""
    return {
        "aud": AUDIENCE,
        "kind": "account",
        "sub": str(account.id),
        "name": account.name,
        "roles": account.roles,
        "areas": account.areas,
        "channels": account.channels,
        "unit": account.unit_id,
        "officer": account.officer_id,
        "team": account.team_id,
    }


def check_bindings(bindings: Bindings, district: District) -> None:
    """Raises `UnknownBinding` for a role, area, unit, officer or team that the district does not have."""
    for field, value, known in _bound(bindings, district):
        if value is not None and value not in known:
            raise UnknownBinding(field=field, value=value)
    codes = (*district.grids, *district.communities, district.settings.id)
    for area in bindings.areas:
        if not any(code.startswith(area) for code in codes):
            raise UnknownBinding(field="areas", value=area)


def _bound(
    bindings: Bindings, district: District
) -> Iterator[tuple[str, str | None, Mapping[str, object] | Sequence[str]]]:
    yield from (("roles", role, ROLES) for role in bindings.roles)
    yield "unit", bindings.unit, district.units
    yield "officer", bindings.officer, district.officers
    yield "team", bindings.team, district.teams


def demo_accounts(lines: bytes) -> dict[str, DemoAccount]:
    """The accounts of `demo.jsonl` by name. ValueError for a line that is wrong."""
    found = [DemoAccount.model_validate_json(line) for line in lines.splitlines() if line.strip()]
    return {each.account: each for each in found}


def demo_keys(secrets: DemoSecrets, hashes: Mapping[str, str]) -> list[MachineKey]:
    """The machine keys of a demonstration: one per channel, one per unit. `hashes`: key → its keyed hash."""
    channels = [
        MachineKey(
            id=_demo_id(f"channel:{channel}"), hash=hashes[key], name=f"演示渠道 {channel}",
            roles=("hotline",) if channel == "hotline" else (), channels=(channel,),
        )
        for channel, key in secrets.channels.items()
    ]  # fmt: skip
    units = [
        MachineKey(
            id=_demo_id(f"unit:{unit}"), hash=hashes[key], name=f"演示单位 {unit}", roles=("unit_clerk", "handler"), unit=unit,
            channels=("department",),
        )
        for unit, key in secrets.units.items()
    ]  # fmt: skip
    return [*channels, *units]


def _demo_id(who: str) -> str:
    return "demo-" + who.replace(":", "-").replace("_", "-")


def read_demo_secrets(text: bytes) -> DemoSecrets:
    """The file of demo passwords and keys; members it has besides are the launcher's own."""
    return DemoSecrets.model_validate(orjson.loads(text), extra="ignore")
