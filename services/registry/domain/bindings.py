"""Bindings: the rights of an account or machine key, as roles, areas, channels, unit, officer and team."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol
from uuid import UUID

from contracts.base import Contract
from contracts.common import Channel
from contracts.registry.base import AreaPrefix, Key
from contracts.roles import CONFIDENTIAL_READERS, GRANTABLE, TWO_PERSON_ROLES
from services.chassis.auth import AUDIENCE, ROLES, Caller
from services.chassis.registry_snapshot import RegistrySnapshot
from services.registry.domain.problems import BeyondOwnRights, UnknownBinding, WholeDistrictOnly


class Bindings(Contract):
    """Rights of an account or machine key: roles, and the areas, channels, unit, officer and team that limit them."""

    roles: tuple[str, ...] = ()
    areas: tuple[AreaPrefix, ...] = ()
    """Areas of the account or key, as prefixes of grid codes. Empty means the whole district."""
    channels: tuple[Channel, ...] = ()
    unit: Key | None = None
    officer: Key | None = None
    team: Key | None = None


class StoredBindings(Protocol):
    """Fields of a stored account that hold its rights (bindings)."""

    id: UUID
    access_id: UUID
    name: str
    roles: list[str]
    areas: list[str]
    channels: list[str]
    unit_id: str | None
    officer_id: str | None
    team_id: str | None


def bindings_of(account: StoredBindings) -> Bindings:
    """Return the rights (bindings) of a stored account."""
    return Bindings.model_validate(
        {
            "roles": account.roles,
            "areas": account.areas,
            "channels": account.channels,
            "unit": account.unit_id,
            "officer": account.officer_id,
            "team": account.team_id,
        }
    )


def only_bindings(form: Bindings) -> Bindings:
    """Return the rights (bindings) in a request body, without the other fields of the body."""
    return Bindings.model_validate(form.model_dump(include=set(Bindings.model_fields)))


def claims_of(account: StoredBindings, session_id: UUID) -> dict[str, Any]:
    """Return the claims of an access token of an account.

    The token names the session and the access id of the account. When one of these two ends, the token is invalid.
    """
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


def check_bindings(bindings: Bindings, district: RegistrySnapshot) -> None:
    """Check that the named roles, areas, unit, officer and team exist. Raises `UnknownBinding`."""
    for field, value, known in _named_entities(bindings, district):
        if value is not None and value not in known:
            raise UnknownBinding(field=field, value=value)
    codes = (*district.grids, *district.communities, district.settings.id)
    for area in bindings.areas:
        if not any(code.startswith(area) for code in codes):
            raise UnknownBinding(field="areas", value=area)


def _named_entities(
    bindings: Bindings, district: RegistrySnapshot
) -> Iterator[tuple[str, str | None, Mapping[str, object] | Sequence[str]]]:
    yield from (("roles", role, ROLES) for role in bindings.roles)
    yield "unit", bindings.unit, district.units
    yield "officer", bindings.officer, district.officers
    yield "team", bindings.team, district.teams


def guard_grant(grantor: Caller, bindings: Bindings, district: RegistrySnapshot) -> None:
    """Raise `BeyondOwnRights` unless the grantor may give these rights to an account or machine key.

    `GRANTABLE` names the roles that each role may grant. A grantor who is limited to areas, channels or a unit may
    grant rights only inside these limits. A grantor whose areas are empty may grant rights in the whole district.
    """
    for field, value in _beyond(grantor, bindings, district):
        raise BeyondOwnRights(field=field, value=value)


def guard_whole_district(caller: Caller) -> None:
    """Raise `WholeDistrictOnly` if the caller is limited to areas."""
    if caller.areas:
        raise WholeDistrictOnly


def needs_second_person(before: Bindings | None, after: Bindings, district: RegistrySnapshot) -> bool:
    """Return whether a change of an account needs a second administrator's approval.

    `before` holds the present rights of the account. It is `None` for a new or disabled account. A change that only
    removes rights needs no approval.
    """
    if not is_two_person(after, district):
        return False
    return before is None or not _narrower(after, before)


def is_two_person(bindings: Bindings, district: RegistrySnapshot) -> bool:
    """Return whether an account with these rights needs the approval of a second administrator.

    It does if it has a role of `TWO_PERSON_ROLES`, or may read confidential text as a unit that is competent for a
    confidential category. Anybody with the password of such an account could read confidential reports.
    """
    if not TWO_PERSON_ROLES.isdisjoint(bindings.roles):
        return True
    return _reads_unit_text(bindings) and bindings.unit in confidential_units(district)


def confidential_units(district: RegistrySnapshot) -> frozenset[str]:
    """Return the units that the responsibility list or an emergency plan names for a confidential category."""
    confidential = [each for each in district.categories.values() if each.confidential]
    listed = {
        entry.lead
        for entry in district.responsibilities.values()
        if entry.lead is not None and any(map(entry.match.covers, confidential))
    }
    ids = {each.id for each in confidential}
    plans = [each for each in district.plans.values() if not ids.isdisjoint(each.categories)]
    teams = [district.teams[each.first_response] for each in plans if each.first_response in district.teams]
    return frozenset(listed | {each.convenor for each in teams} | {unit for each in plans for unit in each.agencies})


def key_needs_second_person(bindings: Bindings) -> bool:
    """Return whether a machine key with these rights needs a second administrator's approval.

    It does if it has a role of `TWO_PERSON_ROLES`, or if it may read the confidential text of its unit.
    """
    return _reads_unit_text(bindings) or not TWO_PERSON_ROLES.isdisjoint(bindings.roles)


def _reads_unit_text(bindings: Bindings) -> bool:
    return bindings.unit is not None and not set(CONFIDENTIAL_READERS).isdisjoint(bindings.roles)


def _beyond(grantor: Caller, bindings: Bindings, district: RegistrySnapshot) -> Iterator[tuple[str, str]]:
    """Yield (field, value) for each of the rights that the grantor may not grant."""
    grantable = {each for role in grantor.roles for each in GRANTABLE.get(role, ())}
    yield from (("roles", role) for role in bindings.roles if role not in grantable)
    if grantor.channels:
        yield from (("channels", channel) for channel in bindings.channels if channel not in grantor.channels)
    if grantor.unit_id is not None and bindings.unit != grantor.unit_id:
        yield "unit", bindings.unit or "–"
    if grantor.areas:
        for field, value, areas in _visible_areas(bindings, district):
            if not _inside(areas, grantor.areas):
                yield field, value


def _visible_areas(bindings: Bindings, district: RegistrySnapshot) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """Yield (field, value, areas) for each of the rights that gives access to areas.

    Empty areas mean the whole district.
    """
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
    """Return whether the areas lie within the areas of `limit`. An empty sequence means the whole district."""
    return not limit or (bool(areas) and all(area.startswith(tuple(limit)) for area in areas))


def _narrower(after: Bindings, before: Bindings) -> bool:
    """Return whether the rights `after` contain no right that `before` does not contain."""
    same_or_gone = all(
        getattr(after, each) in (None, getattr(before, each)) for each in ("unit", "officer", "team")
    ) and (before.unit is None or after.unit == before.unit)
    return (
        set(after.roles) <= set(before.roles)
        and _inside(after.areas, before.areas)
        and set(after.channels) <= set(before.channels)
        and same_or_gone
    )
