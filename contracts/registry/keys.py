"""Entities of keys: of the token signer and of machines."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from contracts.base import Contract
from contracts.common import Channel
from contracts.registry.base import AreaPrefix, Entity, Key


class SigningKey(Entity):
    """The public key of a key pair that signs access tokens."""

    KIND: ClassVar[str] = "signing_key"

    id: Key
    """The `kid` in a token's header."""
    public_key: str
    """Ed25519, 32 bytes, base64."""
    valid_to: AwareDatetime | None = None


class MessageSecret(Contract):
    """A secret with which a machine signs requests, encrypted for the services."""

    encrypted: str
    """AES-256-GCM under a key that the services derive, bound to the id of the machine key; base64."""
    valid_to: AwareDatetime | None = None


class MachineKey(Entity):
    """The API key of a machine, stored as a keyed hash."""

    KIND: ClassVar[str] = "machine_key"

    id: Key
    hash: str
    """`services.chassis.keys.key_hash` of the key."""
    name: str
    roles: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    """Channels that reports with this key may name."""
    unit: Key | None = None
    areas: tuple[AreaPrefix, ...] = ()
    valid_to: AwareDatetime | None = None
    revoked: bool = False
    signed_from: AwareDatetime | None = None
    """Instant from which commands with this key must be signed; `None` means that a signature is optional."""
    secrets: tuple[MessageSecret, ...] = ()
    """Secrets for checking signatures, newest first."""
