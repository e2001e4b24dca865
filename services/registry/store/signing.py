"""The keys that tokens are signed with: sealed in the database, published by their public half."""

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

_SETTLING = timedelta(seconds=60)
"""A new key signs nothing until every service has surely read the release that publishes it."""


class Mint:
    """Signs access tokens with the newest published key that has settled."""

    _vault: Vault

    def __init__(self) -> None:
        self._keys: dict[str, tuple[datetime, bytes]] = {}
        self._release = -1

    def open(self, secret_key: str) -> None:
        """Open the vault in which private keys are kept."""
        self._vault = Vault(secret_key, "signing-keys")

    async def issue(
        self, pool: Pool, published: dict[str, SigningKey], release: int, claims: dict[str, Any]
    ) -> tuple[str, datetime]:
        """An access token and when it ends. Raises `NotReady` while no key is published."""
        if release != self._release:
            self._keys = await self._unsealed(pool, published)
            self._release = release
        if not self._keys:
            raise NotReady
        now = real_now()
        settled = [each for each in self._keys.items() if each[1][0] <= now - _SETTLING]
        key_id, (_, private) = (
            max(settled, key=lambda each: each[1][0])
            if settled
            else min(self._keys.items(), key=lambda each: each[1][0])
        )
        return tokens.issue(private, key_id, claims, now)

    async def usable(self, pool: Pool, published: dict[str, SigningKey]) -> bool:
        """Whether we hold the private half of a published key."""
        return bool(await self._unsealed(pool, published))

    async def older(self, pool: Pool, published: dict[str, SigningKey]) -> list[str]:
        """Published keys but the newest: no token signed with them is alive any more."""
        rows = await pool.fetch(
            "SELECT id FROM signing_secret WHERE id = ANY($1) ORDER BY created_at DESC OFFSET 1", list(published)
        )
        return [row["id"] for row in rows]

    async def store(self, connection: Connection | Pool, key_id: str, private: bytes) -> None:
        """Keep a private key, sealed. Before its public half is published: one without the other must not happen."""
        await connection.execute(
            "INSERT INTO signing_secret (id, sealed, created_at) VALUES ($1, $2, $3)",
            key_id, self._vault.seal(key_id.encode(), private), real_now(),
        )  # fmt: skip

    async def _unsealed(self, pool: Pool, published: dict[str, SigningKey]) -> dict[str, tuple[datetime, bytes]]:
        rows = await pool.fetch("SELECT id, sealed, created_at FROM signing_secret WHERE id = ANY($1)", list(published))
        found: dict[str, tuple[datetime, bytes]] = {}
        for row in rows:
            try:
                found[row["id"]] = row["created_at"], self._vault.open(row["id"].encode(), row["sealed"])
            except InvalidTag:
                continue
        return found
