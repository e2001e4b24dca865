"""Driver of the tracking service, with a small district in force."""

from __future__ import annotations

import base64
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from contracts.common import Place
from contracts.registry import Category, Centre, Community, DistrictSettings, Entity, Grid, Officer, SigningKey, Unit
from services.chassis import http_client
from services.chassis.auth import AUDIENCE
from services.chassis.cases import IncomingEvent
from services.chassis.service import Service
from services.tracking.app import SERVICE
from services.tracking.domain.recorded_event import RecordedEvent
from tests.support.installation import Installation, RunningService
from tests.support.waiting import wait_until
from tests.unit.tracking.case_history import CaseHistory
from tests.unit.tracking.sample_events import dispatched, filed, received, routed, stable_id

_SIGNER = Ed25519PrivateKey.generate()
GRIDS = ("370522001004007", "370522001004008", "370522002001001")


def district(**names: str) -> list[Entity]:
    """Return a district with two streets, three grids, three units and an officer; `names` replace names of units."""
    public = base64.b64encode(_SIGNER.public_key().public_bytes_raw()).decode()
    return [
        DistrictSettings(id="370522", name="利津县", name_en="Lijin", case_prefix="LJ"),
        Centre(
            id="lijin-street", level="street", name="利津街道中心", name_en="Lijin Street centre", areas=("370522001",)
        ),
        *(
            Community(
                id=code, name=code, name_en=code, street=code[:9], street_name="街", street_name_en="St", households=9
            )
            for code in ("370522001004", "370522002001")
        ),
        *(
            Grid(
                id=code,
                kind="base",
                name=f"网格{code[-2:]}",
                name_en="grid",
                community=code[:12],
                valid_from=date(2026, 1, 1),
            )
            for code in GRIDS
        ),
        *(
            Unit(id=unit, name=names.get(unit, name), name_en=unit, kind="authority")
            for unit, name in (
                ("sanitation", "环卫中心"),
                ("municipal-works", "市政公用"),
                ("justice-office", "司法所"),
            )
        ),
        Category(
            id="GB-T-47678-5/matter/06010",
            standard="GB-T-47678-5",
            kind="matter",
            code="06010",
            major="06",
            name="暴露垃圾",
            name_en="Exposed rubbish",
        ),
        Officer(id="officer-07", role="officer", name="网格员07", name_en="Officer 07", grids=(GRIDS[0],)),
        SigningKey(id="test-key", public_key=public),
    ]


@dataclass
class TrackingDriver:
    """Driver of the tracking service: publishes releases, feeds events, signs clients in."""

    installation: Installation
    tracking: RunningService
    clients: list[httpx.AsyncClient] = field(default_factory=list[httpx.AsyncClient])

    async def publish_release(self, release: int, entities: Iterable[Entity]) -> None:
        """Put a release in force, as if the registry had published it."""
        pool = self.tracking.context.database
        for entity in entities:
            await pool.execute(
                "INSERT INTO registry_record VALUES ($1, $2, $3, $4::text::jsonb)",
                entity.KIND,
                entity.id,
                release,
                entity.model_dump_json(exclude_defaults=True),
            )
        await pool.execute("INSERT INTO registry_release (release, count, sha256) VALUES ($1, 0, '')", release)
        self.tracking.context.release_may_have_changed.set()

        async def in_force() -> bool:
            found = self.tracking.context.district_or_none
            return found is not None and found.release == release

        await wait_until(in_force, what=f"release {release}")

    async def receive(self, *told: RecordedEvent) -> None:
        """Feed events to the event processor in one batch."""
        await self.tracking.app.state.event_processor.process(
            [IncomingEvent(each.meta, each.meta.to_headers(), each.event.to_bytes()) for each in told]
        )

    def client_of(self, *roles: str, token: str = "", **claims: Any) -> httpx.AsyncClient:
        """Return a client signed in with these roles, or with this token."""
        credential = token or token_for(*roles, **claims)
        web = http_client.create_client(
            base_url=self.tracking.url, headers={"authorization": f"Bearer {credential}"}, timeout=30
        )
        self.clients.append(web)
        return web

    async def close(self) -> None:
        """Close all clients."""
        for web in self.clients:
            await web.aclose()

    def follow_token(self, case_id: UUID) -> str:
        """Return the token that intake gives a resident for one case."""
        return self.tracking.context.auth.resident_token(str(case_id), str(case_id))

    async def rows(self) -> dict[str, list[tuple[Any, ...]]]:
        """Return all stored rows that must depend on the events alone."""
        pool = self.tracking.context.database
        statements = {
            "head": "SELECT case_id, state::text FROM aggregate WHERE state IS NOT NULL AND case_id <> $1 ORDER BY case_id",
            "event": "SELECT * FROM event WHERE case_id <> $1 ORDER BY case_id, position, source",
            "record": "SELECT * FROM record WHERE case_id <> $1 ORDER BY case_id",
            "involved": "SELECT * FROM involved WHERE case_id <> $1 ORDER BY who, reported_at, case_id",
            "search": "SELECT * FROM search WHERE case_id <> $1 ORDER BY case_id",
        }
        return {name: [tuple(row) for row in await pool.fetch(sql, UUID(int=0))] for name, sql in statements.items()}


def token_for(*roles: str, seconds: float = 300, **claims: Any) -> str:
    """Return an access token as the registry would sign it."""
    body = {"aud": AUDIENCE, "sub": "zhao", "roles": roles, "exp": time.time() + seconds, **claims}
    return jwt.encode(body, _SIGNER, algorithm="EdDSA", headers={"kid": "test-key"})


async def open_tracking_driver(installation: Installation, *, sources: bool = False) -> TrackingDriver:
    """Start tracking with the district in force; with `sources`, also stubs of the other services."""
    if installation.running:
        return TrackingDriver(installation, installation.running["tracking"])
    if sources:
        names = ("registry", "intake", "routing", "dispatch", "supervision")
        await installation.start_all(*(Service(name=name) for name in names))
    driver = TrackingDriver(installation, await installation.start(SERVICE))
    await driver.publish_release(1, district())
    installation.remember_state()
    return driver


def small_life(number: int, grid: str = GRIDS[0], **changes: Any) -> CaseHistory:
    """Return a case that was filed and dispatched."""
    life = CaseHistory(f"small-{number}")
    life.number = f"LJ-20261123-{number:06d}"
    place = Place(grid_code=grid, longitude=118.25, latitude=37.49, address="津苑小区")
    report = stable_id(f"report-{number}")
    life.emit(received(life.number, report_id=report, place=place, **changes))
    life.emit(filed(case_number=life.number, report_id=report, place=place, community=grid[:12], **changes))
    return life.emit(routed(1, ("sanitation", "lead"))).emit(dispatched(stable_id(f"dispatch-{number}"), "sanitation"))
