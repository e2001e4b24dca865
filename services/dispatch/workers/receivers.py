"""Cache of the sender: URL, keys and connections of each endpoint, reloaded when the endpoint changes."""

from __future__ import annotations

import asyncio
import logging
import ssl
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

import httpx

from services.chassis.database import TRANSIENT, Pool
from services.chassis.vault import Vault
from services.dispatch.domain.delivery.addresses import Network
from services.dispatch.domain.delivery.signatures import KeyPair, Scheme, signature_headers
from services.dispatch.store import endpoints
from services.dispatch.store.deliveries import ClaimedDelivery
from services.dispatch.store.endpoints import EndpointTarget
from services.dispatch.workers.transport import EndpointTransport

log = logging.getLogger(__name__)

_FORGET_AFTER = 600.0
"""Seconds without a message after which an endpoint is dropped from the cache and its connections are closed."""


class NotCallable(Exception):
    """Raised if an endpoint cannot be called, because its stored data is unusable. The text says why."""


@dataclass(slots=True)
class Receiver:
    """An endpoint with decrypted keys and open connections, ready to be called."""

    version: int
    url: httpx.URL
    signatures: frozenset[Scheme]
    pairs: Sequence[tuple[KeyPair, float]]
    """Key pairs with which messages are signed, each with the Unix time of its expiry."""
    transport: EndpointTransport
    used_at: float

    def signed(self, message_id: str, body: bytes) -> dict[str, str]:
        """Return the webhook headers of a message that is sent now, with its signatures."""
        now = time.time()
        valid = [pair for pair, until in self.pairs if until > now]
        return signature_headers(valid, self.signatures, message_id, int(now), body)


class Receivers:
    """Endpoints that this sender has called recently."""

    def __init__(self, pool: Pool, vault: Vault, allowed: Sequence[Network], tls: ssl.SSLContext) -> None:
        self._pool = pool
        self._vault = vault
        self._allowed = allowed
        self._tls = tls
        self._known: dict[UUID, Receiver] = {}
        self._faults: dict[UUID, str] = {}
        """Reason why an endpoint cannot be called, by endpoint id."""

    def get(self, endpoint_id: UUID) -> Receiver:
        """Return the receiver of an endpoint. Raises `NotCallable` if `prepare` could not load it."""
        known = self._known.get(endpoint_id)
        if known is None:
            raise NotCallable(self._faults.get(endpoint_id, "no valid signing secret"))
        return known

    async def prepare(self, claimed: Iterable[ClaimedDelivery]) -> None:
        """Load the endpoints of these deliveries, with one query at most. Unchanged endpoints in the cache are kept."""
        now = asyncio.get_running_loop().time()
        stale: set[UUID] = set()
        for each in claimed:
            known = self._known.get(each.endpoint_id)
            if known is None or known.version != each.version:
                stale.add(each.endpoint_id)
            else:
                known.used_at = now
        if stale:
            for key in stale:
                await self._drop(key)
            for target in await self._load(stale):
                try:
                    self._known[target.id] = self._receiver(target, now)
                except Exception as error:
                    log.exception("endpoint %s cannot be called", target.id)
                    self._faults[target.id] = type(error).__name__
            for forgotten in [key for key, each in self._known.items() if each.used_at < now - _FORGET_AFTER]:
                await self._drop(forgotten)

    async def _load(self, ids: Collection[UUID]) -> list[EndpointTarget]:
        try:
            return await endpoints.load_targets(self._pool, ids)
        except TRANSIENT:
            raise
        except Exception as error:
            log.exception("endpoints cannot be read")
            self._faults.update(dict.fromkeys(ids, type(error).__name__))
            return []

    def _receiver(self, target: EndpointTarget, now: float) -> Receiver:
        url = httpx.URL(target.url)
        pairs = [
            (KeyPair.from_bytes(self._vault.decrypt(target.id.bytes, encrypted)), until)
            for encrypted, until in target.secrets
        ]
        transport = EndpointTransport(url, self._allowed, self._tls)
        return Receiver(target.version, url, target.signatures, pairs, transport, now)

    async def aclose(self) -> None:
        """Close the connections to all endpoints."""
        for key in list(self._known):
            await self._drop(key)

    async def _drop(self, endpoint_id: UUID) -> None:
        self._faults.pop(endpoint_id, None)
        known = self._known.pop(endpoint_id, None)
        if known is not None:
            await known.transport.aclose()
