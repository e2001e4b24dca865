"""Entities of keys: public keys of access tokens, and API keys of machines."""

from __future__ import annotations

from typing import ClassVar

from pydantic import AwareDatetime

from contracts.base import Contract
from contracts.common import Channel
from contracts.registry.base import AreaPrefix, Entity, Key


class SigningKey(Entity):
    """The public key with which services check the signature of access tokens."""

    KIND: ClassVar[str] = "signing_key"

    id: Key
    """Id of the key, the `kid` in the header of a token."""
    public_key: str
    """Ed25519 public key, 32 bytes as base64."""
    valid_to: AwareDatetime | None = None


class MessageSecret(Contract):
    """A secret with which a machine signs its requests.

    The secret is stored encrypted, and services can decrypt the secret.
    """

    encrypted: str
    """Encrypted secret as base64: AES-256-GCM with a key that the services derive, bound to the id of the machine key.
    """
    valid_to: AwareDatetime | None = None


class MachineKey(Entity):
    """The API key of a machine. Only a keyed hash of the key is stored."""

    KIND: ClassVar[str] = "machine_key"

    id: Key
    hash: str
    """Hash of the key, as `services.chassis.keys.key_hash` returns it."""
    name: str
    roles: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    """Channels that a report sent with this key may name."""
    unit: Key | None = None
    areas: tuple[AreaPrefix, ...] = ()
    valid_to: AwareDatetime | None = None
    revoked: bool = False
    signed_from: AwareDatetime | None = None
    """Instant from which the machine must sign its commands; `None` means that a signature is optional."""
    secrets: tuple[MessageSecret, ...] = ()
    """Secrets for checking the signatures of the machine, newest first."""
