"""Authentication of callers: access tokens and machine keys, verified locally against the registry snapshot in force.

People carry a token signed by the registry (EdDSA, five minutes), as a cookie or a bearer token. Machines carry a key;
the snapshot holds a keyed hash of the key. If the centre demands signatures, machines also sign their messages.
Residents carry a token for one case, issued by intake and signed with a secret that all services derive. No service
calls another to identify a caller. The registry publishes the sessions and accounts whose tokens are no longer valid.
"""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from starlette.responses import Response

from contracts.common import Actor
from contracts.registry import MachineKey
from contracts.roles import ROLE_NAMES
from services.chassis import keys, signing
from services.chassis.problems import NotSignedIn
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.vault import Vault

AUDIENCE = "gridloop"
TOKEN_SECONDS = 300

MESSAGE_SECRETS = "machine message secrets"
"""Purpose of the vault in which the registry stores the secrets with which machines sign messages."""


def is_encrypted(public_url: str) -> bool:
    """Return whether browsers use HTTPS, even if TLS ends at a load balancer before the reverse proxy."""
    return public_url.startswith("https://")


def host_cookie(name: str, public_url: str) -> str:
    """Return the name of a cookie, with the prefix `__Host-` if the public URL uses HTTPS.

    A browser accepts a cookie with that prefix only over HTTPS, from this host itself, for all its paths (RFC 6265bis
    §4.1.3.2). So no other host of the domain can set the cookie.
    """
    return f"__Host-{name}" if is_encrypted(public_url) else name


def access_cookie(public_url: str) -> str:
    """Return the name of the cookie that holds the access token."""
    return host_cookie("gridloop_access", public_url)


def session_cookie(public_url: str) -> str:
    """Return the name of the cookie that holds the session's refresh token."""
    return host_cookie("gridloop_session", public_url)


def delete_session_cookies(response: Response, public_url: str) -> None:
    """Delete both cookies of a session from the browser."""
    for name in (access_cookie(public_url), session_cookie(public_url)):
        response.delete_cookie(name, secure=is_encrypted(public_url), httponly=True, samesite="lax")


ROLES = tuple(ROLE_NAMES)
"""Every role an account or key can have."""


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated account, machine, resident or service, with its roles and limits."""

    kind: Literal["account", "key", "resident", "service"]
    id: str
    name: str = ""
    roles: frozenset[str] = frozenset()
    areas: tuple[str, ...] = ()
    """Beginnings of the grid codes to which the caller is limited; empty means the whole district."""
    unit_id: str | None = None
    officer_id: str | None = None
    team_id: str | None = None
    channels: frozenset[str] = frozenset()
    case_id: str | None = None
    """The only case that a resident's token is for; `None` for all other callers."""
    report_id: str | None = None
    acts_as: str | None = None
    """The role that authorised the call; `None` if identity alone was enough."""

    def has(self, *roles: str) -> bool:
        """Return whether the caller has any of these roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_channel(self) -> bool:
        """True if the caller is the key of a reporting system. Such a key has channels and belongs to no unit."""
        return self.kind == "key" and bool(self.channels) and self.unit_id is None

    def acting_as(self, *roles: str) -> Caller:
        """Return the caller with `acts_as` set to the first of these roles that the caller has.

        A caller without any of these roles is returned unchanged.
        """
        found = next((role for role in roles if role in self.roles), None)
        return self if found is None else replace(self, acts_as=found)

    def covers(self, grid_code: str | None) -> bool:
        """Return whether a grid lies in the caller's areas.

        A case without a grid is visible only to callers without area limits.
        """
        if not self.areas:
            return True
        return grid_code is not None and grid_code.startswith(self.areas)

    def unit_and_team_ids(self, district: RegistrySnapshot) -> frozenset[str]:
        """Return the units and teams whose dispatches belong to the caller; empty for people of a centre.

        The dispatches of a mobile team also belong to the unit that convenes the team.
        """
        own = {each for each in (self.unit_id, self.team_id) if each}
        return frozenset(
            own | {team.id for team in district.teams.values() if team.kind == "mobile" and team.convenor in own}
        )

    def actor(self) -> Actor:
        """Return the caller as an actor in events: the work identity and the role that authorised the call.

        If no role was needed, the actor gets the caller's first role in the order of `ROLES`; `None` without roles.
        """
        kind: Literal["account", "key", "resident", "system"] = "system" if self.kind == "service" else self.kind
        role = self.acts_as or next((each for each in ROLES if each in self.roles), None)
        return Actor(
            kind=kind,
            id=self.id if self.kind != "resident" else "resident",
            role=role,
            unit_id=self.unit_id,
            officer_id=self.officer_id,
        )


def is_not_resident(caller: Caller) -> bool:
    """Return true for accounts, keys and services; false for residents."""
    return caller.kind != "resident"


def acts_for_centre(caller: Caller) -> bool:
    """Return true for callers of a centre; false for residents and for people and keys of a unit."""
    return caller.kind != "resident" and caller.unit_id is None


def is_not_channel(caller: Caller) -> bool:
    """Return false for the keys of reporting systems, true for all other callers."""
    return not caller.is_channel


def is_centre_staff(caller: Caller) -> bool:
    """Return true for callers of a centre, except the keys of reporting systems."""
    return acts_for_centre(caller) and not caller.is_channel


SYSTEM = Actor(kind="system", id="gridloop")
"""The actor of automatic decisions."""


class Authenticator:
    """Turns a credential into a `Caller`. Verified tokens are cached for their lifetime."""

    def __init__(self, secret_key: str, service_key: str) -> None:
        self._pepper = keys.derive(secret_key, "machine-keys")
        self._resident_secret = keys.derive(secret_key, "resident-tokens")
        self._service_key = service_key
        self._vault = Vault(secret_key, MESSAGE_SECRETS)
        self._known: dict[str, tuple[float, int, Caller]] = {}
        self._ended: frozenset[str] = frozenset()

    def set_ended_access(self, ended: frozenset[str]) -> None:
        """Refuse access tokens of these ended sessions and accounts. Each call replaces the previous set."""
        if ended != self._ended:
            self._ended = ended
            self._known.clear()

    def is_service(self, credential: str) -> bool:
        """Return whether the credential is the service key."""
        return hmac.compare_digest(credential.encode(), self._service_key.encode())

    def caller(self, credential: str, district: RegistrySnapshot) -> Caller:
        """Return the caller with this credential. Raises `NotSignedIn`."""
        now = time.time()
        remembered = self._known.get(credential)
        if remembered is not None and remembered[0] > now and remembered[1] == district.release:
            return remembered[2]
        if keys.looks_like_key(credential):
            caller, until = self._caller_of_key(credential, district), now + 60
        else:
            caller, until = self._caller_of_token(credential, district)
        if len(self._known) > 10_000:
            self._known.clear()
        self._known[credential] = (until, district.release, caller)
        return caller

    def signed_id(self, machine: MachineKey, headers: Mapping[str, str], body: bytes) -> str | None:
        """Return the id of a machine's signed message.

        `None` for an unsigned message from a machine that is not required to sign now. Raises `SignatureMissing`,
        `SignatureOutdated` or `SignatureWrong`.
        """
        now = time.time()
        demanded = machine.signed_from is not None and machine.signed_from.timestamp() <= now
        if not demanded and signing.SIGNATURE not in headers:
            return None
        valid = [each for each in machine.secrets if each.valid_to is None or each.valid_to.timestamp() > now]
        opened = [self._vault.decrypt(machine.id.encode(), base64.b64decode(each.encrypted)) for each in valid]
        return signing.signed_id(opened, headers, body, now)

    def resident_token(self, case_id: str, report_id: str, seconds: int = 1800) -> str:
        """Return a token with which a resident follows one case and says whether the problem was solved."""
        claims = {"aud": AUDIENCE, "kind": "resident", "sub": report_id, "case": case_id, "exp": time.time() + seconds}
        return jwt.encode(claims, self._resident_secret, algorithm="HS256")

    def _caller_of_key(self, key: str, district: RegistrySnapshot) -> Caller:
        found = keys.key_hash(self._pepper, key)
        machine = next((each for each in district.machine_keys.values() if each.hash == found), None)
        if machine is None or machine.revoked:
            raise NotSignedIn
        if machine.valid_to is not None and machine.valid_to.timestamp() < time.time():
            raise NotSignedIn
        return Caller(
            kind="key",
            id=machine.id,
            name=machine.name,
            roles=frozenset(machine.roles),
            areas=tuple(machine.areas),
            unit_id=machine.unit,
            channels=frozenset(machine.channels),
        )

    def _caller_of_token(self, token: str, district: RegistrySnapshot) -> tuple[Caller, float]:
        try:
            header = jwt.get_unverified_header(token)
            key: Any = self._resident_secret
            algorithm = "HS256"
            if header.get("alg") != "HS256":
                signing = district.signing_keys[header["kid"]]
                if signing.valid_to is not None and signing.valid_to.timestamp() < time.time():
                    raise NotSignedIn
                key = Ed25519PublicKey.from_public_bytes(base64.b64decode(signing.public_key))
                algorithm = "EdDSA"
            claims = jwt.decode(token, key, algorithms=[algorithm], audience=AUDIENCE, leeway=5)
        except (jwt.InvalidTokenError, KeyError, ValueError) as error:
            raise NotSignedIn from error
        if algorithm == "HS256" and claims.get("kind") != "resident":
            raise NotSignedIn
        if not self._ended.isdisjoint((claims.get("session"), claims.get("access"))):
            raise NotSignedIn
        return _from_claims(claims), float(claims["exp"])


def _from_claims(claims: dict[str, Any]) -> Caller:
    if claims.get("kind") == "resident":
        return Caller(kind="resident", id=claims["sub"], case_id=claims["case"], report_id=claims["sub"])
    return Caller(
        kind="account",
        id=claims["sub"],
        name=claims.get("name", ""),
        roles=frozenset(_texts(claims.get("roles"))),
        areas=tuple(_texts(claims.get("areas"))),
        unit_id=claims.get("unit"),
        officer_id=claims.get("officer"),
        team_id=claims.get("team"),
        channels=frozenset(_texts(claims.get("channels"))),
    )


def _texts(values: Iterable[Any] | None) -> list[str]:
    return [str(value) for value in values or ()]
