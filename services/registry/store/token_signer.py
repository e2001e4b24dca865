"""Signing of access tokens.

The private keys are encrypted in the database. The public keys are published in releases.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from cryptography.exceptions import InvalidTag

from contracts.registry import SigningKey
from services.chassis.database import Connection, Pool
from services.chassis.problems import NotReady
from services.chassis.vault import Vault
from services.registry.domain import tokens
from services.registry.store.tables import real_now

_SETTLING_TIME = timedelta(seconds=60)
"""Age from which a signing key is used. By then every service has loaded the release with its public key."""


class TokenSigner:
    """Signs access tokens.

    It uses the newest published key that is older than `_SETTLING_TIME`. If there is none, it uses the oldest key.
    """

    _vault: Vault

    def __init__(self) -> None:
        self._keys: dict[str, tuple[datetime, bytes]] = {}
        self._release = -1

    def open(self, secret_key: str) -> None:
        """Create the vault that encrypts and decrypts the private keys."""
        self._vault = Vault(secret_key, "signing-keys")

    async def issue(
        self, pool: Pool, published: dict[str, SigningKey], release: int, claims: dict[str, Any]
    ) -> tuple[str, datetime]:
        """Return an access token and the time at which it ends. Raises `NotReady` if there is no key to sign with."""
        if release != self._release:
            self._keys = await self._private_keys(pool, published)
            self._release = release
        if not self._keys:
            raise NotReady
        now = real_now()
        settled = [each for each in self._keys.items() if each[1][0] <= now - _SETTLING_TIME]
        key_id, (_, private) = (
            max(settled, key=lambda each: each[1][0])
            if settled
            else min(self._keys.items(), key=lambda each: each[1][0])
        )
        return tokens.issue(private, key_id, claims, now)

    async def has_private_key(self, pool: Pool, published: dict[str, SigningKey]) -> bool:
        """Return whether this installation can decrypt the private key of at least one published key."""
        return bool(await self._private_keys(pool, published))

    async def superseded_keys(self, pool: Pool, published: dict[str, SigningKey]) -> list[str]:
        """Return the ids of all published keys except the newest one. A rotation removes these keys."""
        rows = await pool.fetch(
            "SELECT id FROM signing_secret WHERE id = ANY($1) ORDER BY created_at DESC OFFSET 1", list(published)
        )
        return [row["id"] for row in rows]

    async def store_key(self, connection: Connection | Pool, key_id: str, private: bytes) -> None:
        """Encrypt and store a private key.

        Call this before the public key is published, so that a published key always has its private key.
        """
        await connection.execute(
            "INSERT INTO signing_secret (id, encrypted, created_at) VALUES ($1, $2, $3)",
            key_id,
            self._vault.encrypt(key_id.encode(), private),
            real_now(),
        )

    async def _private_keys(self, pool: Pool, published: dict[str, SigningKey]) -> dict[str, tuple[datetime, bytes]]:
        """Return id → (creation time, private key) of the published keys that this installation can decrypt."""
        rows = await pool.fetch(
            "SELECT id, encrypted, created_at FROM signing_secret WHERE id = ANY($1)", list(published)
        )
        private_keys: dict[str, tuple[datetime, bytes]] = {}
        for row in rows:
            try:
                private_keys[row["id"]] = row["created_at"], self._vault.decrypt(row["id"].encode(), row["encrypted"])
            except InvalidTag:
                continue
        return private_keys
