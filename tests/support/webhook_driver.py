"""Driver of the webhook senders on a dispatch database, without other services."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from contracts import webhooks
from contracts.webhooks import WebhookLinks
from services.chassis import database
from services.chassis.auth import Authenticator
from services.chassis.clock import Clock
from services.chassis.context import Context
from services.chassis.database import Pool
from services.chassis.settings import Settings
from services.chassis.vault import Vault
from services.dispatch.app import SERVICE
from services.dispatch.domain.delivery.signatures import SCHEMES, KeyPair
from services.dispatch.domain.dispatches.state import OutgoingMessage
from services.dispatch.store import cases, endpoints
from services.dispatch.store.endpoints import WEBHOOK_SECRETS
from services.dispatch.workers.sender import Sender
from tests.support.infrastructure import Postgres
from tests.support.installation import SECRET, SERVICE_KEY
from tests.support.receivers import Receiver
from tests.support.waiting import wait_until

VAULT = Vault(SECRET, WEBHOOK_SECRETS)


@dataclass
class WebhookDriver:
    """A dispatch database with senders, without other services."""

    url: str
    pool: Pool
    deadline: float = 50.0
    """Seconds for one delivery attempt; long, so that a paused machine does not fail it."""
    tasks: list[asyncio.Task[None]] = field(default_factory=list)
    pools: list[Pool] = field(default_factory=list)

    async def sender(
        self, *, allow: tuple[str, ...] = ("127.0.0.0/8",), deadline: float | None = None
    ) -> asyncio.Task[None]:
        """Start another sender with its own connection pool."""
        pool = await database.connect(self.url)
        self.pools.append(pool)
        settings = Settings(gridloop_secret_key=SECRET, gridloop_service_key=SERVICE_KEY, gridloop_webhook_allow=allow)
        context = Context("dispatch", settings, Clock(), Authenticator(SECRET, SERVICE_KEY), pool)
        task = asyncio.create_task(Sender(context, deadline=deadline or self.deadline).run())
        self.tasks.append(task)
        return task

    async def stop(self, task: asyncio.Task[None]) -> None:
        """Stop a sender."""
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def add_endpoint(self, receiver: Receiver | str, unit: str = "sanitation", **fields: Any) -> tuple[UUID, str]:
        """Store a verified endpoint. Return its id and secret."""
        pair, endpoint_id = KeyPair.new(), uuid4()
        row = row_of(endpoint_id, receiver if isinstance(receiver, str) else receiver.url, unit) | fields
        async with self.pool.acquire() as connection:
            await endpoints.add_endpoint(connection, row, pair, VAULT)
            await connection.execute("DELETE FROM delivery WHERE endpoint_id = $1", endpoint_id)
            await connection.execute(
                "UPDATE endpoint SET state = 'verified', verified_at = now() WHERE id = $1", endpoint_id
            )
        return endpoint_id, pair.secret

    async def notify(self, count: int = 1, *, unit: str = "sanitation", dispatch: UUID | None = None) -> list[UUID]:
        """Store messages to a unit, each about a new dispatch unless one is given. Return their ids."""
        messages = []
        for sequence in range(1, count + 1):
            about = dispatch or uuid4()
            data = webhooks.DispatchClosedData(
                dispatch_id=about,
                case_number="LJ-20261123-000001",
                unit_id=unit,
                role="lead",
                sequence=sequence,
                links=WebhookLinks(dispatch=f"/api/dispatch/dispatches/{about}"),
                outcome="solved",
            )
            webhook = webhooks.DispatchClosed(timestamp=datetime.now(UTC), data=data)
            messages.append((uuid4(), OutgoingMessage(uuid4(), about, unit, webhook)))
        async with self.pool.acquire() as connection:
            await cases.add_messages(connection, messages, "https://gridloop.example.gov.cn")
        return [each.id for _, each in messages]

    async def states(self) -> dict[str, int]:
        """Return the number of deliveries by state."""
        rows = await self.pool.fetch("SELECT state, count(*) AS n FROM delivery GROUP BY state")
        return {row["state"]: row["n"] for row in rows}

    async def wait_for_deliveries(self, count: int, *, retry_now: bool = False) -> None:
        """Wait for so many deliveries. With `retry_now`, failed ones are due again at once."""

        async def there() -> bool:
            if retry_now:
                await self.retry_now()
            return (await self.states()).get("delivered", 0) >= count

        await wait_until(there, what=f"{count} deliveries")

    async def wait_for_attempts(self, count: int) -> list[Any]:
        """Wait for so many attempts and return them."""

        async def there() -> list[Any]:
            rows = await self.pool.fetch("SELECT * FROM attempt ORDER BY id")
            return rows if len(rows) >= count else []

        return await wait_until(there, what=f"{count} attempts")

    async def delivery(self) -> Any:
        """Return the only delivery."""
        return await self.pool.fetchrow("SELECT * FROM delivery")

    async def load_endpoint(self, endpoint_id: UUID) -> Any:
        """Return the row of an endpoint."""
        return await self.pool.fetchrow("SELECT * FROM endpoint WHERE id = $1", endpoint_id)

    async def wait_for_endpoint(self, endpoint_id: UUID, holds: Callable[[Any], object]) -> Any:
        """Wait until the condition holds for the row of an endpoint, and return the row."""

        async def row() -> Any:
            found = await self.load_endpoint(endpoint_id)
            return found if holds(found) else None

        return await wait_until(row, what="a change of the endpoint")

    async def retry_now(self) -> None:
        """Make every pending delivery due, and let open circuits be probed."""
        await self.pool.execute("UPDATE delivery SET next_attempt_at = now() WHERE state = 'pending'")
        await self.pool.execute("UPDATE endpoint SET open_until = now() WHERE open_until IS NOT NULL")


def row_of(endpoint_id: UUID, url: str, unit: str = "sanitation") -> dict[str, Any]:
    """Return the row of a new endpoint, as the API stores it."""
    return {
        "id": endpoint_id,
        "unit_id": unit,
        "url": url,
        "description": "",
        "events": None,
        "max_in_flight": 4,
        "kind": "unit",
        "format": "json",
        "takes_exercises": False,
        "signatures": SCHEMES,
        "created_at": datetime.now(UTC),
        "created_by": "test",
    }


@contextlib.asynccontextmanager
async def open_webhook_driver(postgres: Postgres) -> AsyncIterator[WebhookDriver]:
    """Yield a driver on an empty database."""
    assert SERVICE.migrations is not None
    url = await postgres.create_migrated_database("webhooks", (database.CHASSIS_MIGRATIONS, SERVICE.migrations))
    pool = await database.connect(url)
    found = WebhookDriver(url, pool)
    try:
        yield found
    finally:
        for task in found.tasks:
            await found.stop(task)
        for each in (*found.pools, pool):
            each.terminate()
        await postgres.drop_databases([url])


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """Create a certificate for 127.0.0.1. Return the context of the server, and the file that clients must trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, SHA256())
    )
    pem, secret = folder / "receiver.pem", folder / "receiver.key"
    pem.write_bytes(made.public_bytes(Encoding.PEM))
    secret.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem, secret)
    return context, pem
