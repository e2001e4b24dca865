"""Accounts: what they may be bound to, what their tokens say, how demo accounts are described."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

import orjson
from pydantic import Field

from contracts.base import Contract
from contracts.common import Channel
from contracts.registry import MachineKey
from contracts.registry.base import AreaPrefix, Key
from contracts.roles import CONFIDENTIAL_READERS, GRANTABLE, TWO_PERSON_ROLES
from services.chassis.auth import AUDIENCE, ROLES, Caller
from services.chassis.registry_snapshot import District
from services.registry.domain.problems import BeyondOwnRights, UnknownBinding, WholeDistrictOnly


class Bindings(Contract):
    """What an account or key may do, and what it is limited to."""

    roles: tuple[str, ...] = ()
    areas: tuple[AreaPrefix, ...] = ()
    """Grid-code prefixes; empty: the whole district."""
    channels: tuple[Channel, ...] = ()
    unit: Key | None = None
    officer: Key | None = None
    team: Key | None = None


class Bound(Protocol):
    """An account as it is stored."""

    id: UUID
    access_id: UUID
    name: str
    roles: list[str]
    areas: list[str]
    channels: list[str]
    unit_id: str | None
    officer_id: str | None
    team_id: str | None


def bindings_of(account: Bound) -> Bindings:
    """What a stored account may do."""
    return Bindings.model_validate({
        "roles": account.roles, "areas": account.areas, "channels": account.channels,
        "unit": account.unit_id, "officer": account.officer_id, "team": account.team_id,
    })  # fmt: skip


def only_bindings(form: Bindings) -> Bindings:
    """The bindings of a form that holds more."""
    return Bindings.model_validate(form.model_dump(include=set(Bindings.model_fields)))


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


def claims_of(account: Bound, session_id: UUID) -> dict[str, Any]:
    """What an access token says of an account. It is valid while neither its session nor its access has been ended."""
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
        "session": str(session_id),
        "access": str(account.access_id),
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


def guard_grant(grantor: Caller, bindings: Bindings, district: District) -> None:
    """Refuse rights that the grantor may not give.

    A grantor gives the roles of `GRANTABLE`. One limited to areas, channels or a unit gives nothing outside of them; empty
    areas or channels of a grantor mean no limit. Raises `BeyondOwnRights`.
    """
    for field, value in _beyond(grantor, bindings, district):
        raise BeyondOwnRights(field=field, value=value)


def guard_whole_district(caller: Caller) -> None:
    """Refuse a caller who is limited to an area. Raises `WholeDistrictOnly`."""
    if caller.areas:
        raise WholeDistrictOnly


def needs_second_person(before: Bindings | None, after: Bindings) -> bool:
    """Return whether a change of an account needs a second administrator's approval.

    `before` is what an enabled account may do now; `None` if it is new or disabled. Taking rights away needs no approval.
    """
    if TWO_PERSON_ROLES.isdisjoint(after.roles):
        return False
    return before is None or not _narrower(after, before)


def key_needs_second_person(bindings: Bindings) -> bool:
    """Return whether a machine key needs approval: one with a two-person role, or that reads a unit's confidential text."""
    reads = bindings.unit is not None and not set(CONFIDENTIAL_READERS).isdisjoint(bindings.roles)
    return reads or not TWO_PERSON_ROLES.isdisjoint(bindings.roles)


def _beyond(grantor: Caller, bindings: Bindings, district: District) -> Iterator[tuple[str, str]]:
    grantable = {each for role in grantor.roles for each in GRANTABLE.get(role, ())}
    yield from (("roles", role) for role in bindings.roles if role not in grantable)
    if grantor.channels:
        yield from (("channels", channel) for channel in bindings.channels if channel not in grantor.channels)
    if grantor.unit_id is not None and bindings.unit != grantor.unit_id:
        yield "unit", bindings.unit or "–"
    if grantor.areas:
        for field, value, areas in _reach(bindings, district):
            if not _inside(areas, grantor.areas):
                yield field, value


def _reach(bindings: Bindings, district: District) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Field, value and areas of everything that lets somebody see a place; no areas: the whole district."""
    yield "areas", ", ".join(bindings.areas) or district.settings.id, bindings.areas
    if bindings.unit is not None:
        unit = district.units.get(bindings.unit)
        yield "unit", bindings.unit, unit.areas if unit is not None else ()
    if bindings.team is not None:
        team = district.teams.get(bindings.team)
        yield "team", bindings.team, team.areas if team is not None else ()
    if bindings.officer is not None:
        officer = district.officers.get(bindings.officer)
        yield "officer", bindings.officer, (*officer.grids, *officer.areas) if officer is not None else ()


def _inside(areas: Sequence[str], limit: Sequence[str]) -> bool:
    """Whether areas lie within a limit; none of either is the whole district."""
    return not limit or (bool(areas) and all(area.startswith(tuple(limit)) for area in areas))


def _narrower(after: Bindings, before: Bindings) -> bool:
    same_or_gone = all(
        getattr(after, each) in (None, getattr(before, each)) for each in ("unit", "officer", "team")
    ) and (before.unit is None or after.unit == before.unit)
    return (
        set(after.roles) <= set(before.roles)
        and _inside(after.areas, before.areas)
        and set(after.channels) <= set(before.channels)
        and same_or_gone
    )


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
