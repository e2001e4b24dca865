"""Accounts and machine keys that the registry creates for demos and tests."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from pydantic import Field

from contracts.base import Contract
from contracts.common import Channel
from contracts.registry import MachineKey
from services.registry.domain.bindings import Bindings


class DemoAccount(Bindings):
    """A line of the district's file `demo.jsonl`: a demo account and its rights."""

    account: str
    """Name of the account in the file `GRIDLOOP_DEMO_ACCOUNTS`, which holds its password."""
    name: str
    name_en: str


class Credentials(Contract):
    """User name and password of a demo account."""

    username: str
    password: str


class DemoSecrets(Contract):
    """Content of the file `GRIDLOOP_DEMO_ACCOUNTS`: passwords and keys that the launcher has generated."""

    accounts: dict[str, Credentials] = Field(default_factory=dict[str, Credentials])
    channels: dict[Channel, str] = Field(default_factory=dict["Channel", str])
    units: dict[str, str] = Field(default_factory=dict[str, str])
    signatures: dict[str, str] = Field(default_factory=dict[str, str])
    """`channel:<channel>` or `unit:<unit>` → secret (`whsec_…`) with which this machine signs its requests."""

    def secret_of(self, key_id: str) -> str | None:
        """Return the secret with which the owner of this demo key signs requests. `None` if the owner does not sign."""
        return next((secret for owner, secret in self.signatures.items() if _demo_id(owner) == key_id), None)


def parse_accounts(lines: bytes) -> dict[str, DemoAccount]:
    """Return name → account for the lines of `demo.jsonl`. Raises `ValueError` for an invalid line."""
    accounts = [DemoAccount.model_validate_json(line) for line in lines.splitlines() if line.strip()]
    return {each.account: each for each in accounts}


def machine_keys(secrets: DemoSecrets, hashes: Mapping[str, str]) -> list[MachineKey]:
    """Return the demo machine keys: one per channel and one per unit.

    `hashes` maps the text of each key to its keyed hash.
    """
    channels = [
        MachineKey(
            id=_demo_id(f"channel:{channel}"),
            hash=hashes[key],
            name=f"演示渠道 {channel}",
            roles=("hotline",) if channel == "hotline" else (),
            channels=(channel,),
        )
        for channel, key in secrets.channels.items()
    ]
    units = [
        MachineKey(
            id=_demo_id(f"unit:{unit}"),
            hash=hashes[key],
            name=f"演示单位 {unit}",
            roles=("unit_clerk", "handler"),
            unit=unit,
            channels=("department",),
        )
        for unit, key in secrets.units.items()
    ]
    return [*channels, *units]


def _demo_id(owner: str) -> str:
    return "demo-" + owner.replace(":", "-").replace("_", "-")


def parse_secrets(text: bytes) -> DemoSecrets:
    """Parse the file `GRIDLOOP_DEMO_ACCOUNTS`. Unknown fields are ignored."""
    return DemoSecrets.model_validate(orjson.loads(text), extra="ignore")
