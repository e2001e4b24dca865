"""Fixtures of the chassis tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from services.chassis import database
from services.chassis.database import Pool
from services.chassis.service import Service
from tests.support.infrastructure import Postgres
from tests.support.installation import Installation
from tests.support.sample_services import SamplePair, publisher, subscriber


@pytest.fixture
async def chassis_pool(postgres: Postgres) -> AsyncIterator[Pool]:
    """Yield a pool of a new database with the tables of the chassis."""
    url = await postgres.create_migrated_database("chassis")
    pool = await database.connect(url)
    yield pool
    await pool.close()
    await postgres.drop_databases([url])


@pytest.fixture
async def pair(shared_installation: Installation) -> SamplePair:
    """Return the two sample services on one installation. The registry has published nothing."""
    if not shared_installation.running:
        await shared_installation.start_all(
            *(Service(name=name) for name in ("registry", "dispatch", "supervision")), publisher(), subscriber()
        )
        shared_installation.remember_state()
    return SamplePair(
        shared_installation, shared_installation.running["intake"], shared_installation.running["routing"]
    )
