"""Rule 3: the event store is append-only, and its hash chain proves it."""

from __future__ import annotations

from uuid import uuid4

import asyncpg
import pytest

from contracts.common import Place
from contracts.events.discovery import ReportReceived
from services.chassis import housekeeping
from services.chassis.database import Pool
from tests.support.installation import service_client
from tests.support.sample_events import publish_notes
from tests.support.sample_services import ACTOR, SamplePair
from tests.support.waiting import wait_until
from tests.unit.dispatch.sample_district import GRID
from tests.unit.dispatch.sample_events import filed


async def wait_until_chained(pool: Pool, length: int) -> None:
    """Wait until the hash chain has this length. An event waits while an older transaction of the cluster is open."""

    async def chained() -> bool:
        await housekeeping.extend_chain(pool)
        return await housekeeping.verify_chain(pool) == length

    await wait_until(chained, what=f"a chain of {length} events")


async def test_rule_3_the_event_store_refuses_changes(pair: SamplePair) -> None:
    _, intake, _ = pair
    await publish_notes(intake, uuid4(), "a")
    for statement in ("UPDATE event_store SET body = ''", "DELETE FROM event_store"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await intake.context.database.execute(statement)


async def test_rule_3_the_chain_breaks_at_a_forged_event(pair: SamplePair) -> None:
    installation, intake, _ = pair
    installation.discard_after_use()
    pool = intake.context.database
    await publish_notes(intake, uuid4(), "a", "b", "c")

    await wait_until_chained(pool, 3)
    async with service_client(intake) as operator:
        head = (await operator.get("/internal/event-store")).json()
        assert head == (await operator.get("/internal/event-store", params={"position": 3})).json()
        assert (head["position"], len(head["hash"])) == (3, 64)
        assert (await operator.post("/internal/event-store/verify")).json() == {"whole": True, "length": 3}
        await pool.execute("ALTER TABLE event_store DISABLE TRIGGER USER")
        await pool.execute("UPDATE event_store SET body = 'forged' WHERE sequence = 2")
        with pytest.raises(ValueError, match="breaks at position 2"):
            await housekeeping.verify_chain(pool)
        found = (await operator.post("/internal/event-store/verify")).json()
        assert found == {"whole": False, "error": "the chain breaks at position 2"}


async def test_rule_3_a_redacted_event_keeps_the_chain_whole(
    pair: SamplePair,
) -> None:
    """The chain proves who stated the event and when, and that only the redacted body may replace it."""
    installation, intake, _ = pair
    installation.discard_after_use()
    pool, case_id = intake.context.database, uuid4()
    now = intake.context.clock.now()
    report = ReportReceived(
        report_id=case_id,
        case_number="LJ-20261123-000001",
        channel="hotline",
        description="楼上总有异响",
        occurred_at=now,
        reported_at=now,
        registered_at=now,
        reported_by=ACTOR,
        place=Place(grid_code=GRID, longitude=118.2, latitude=37.5),
    )

    await intake.context.cases.run([case_id], lambda cases: cases[case_id].emit(report), cause="t")
    await wait_until_chained(pool, 1)
    filing = filed(confidential=True).redacted()  # as intake files a confidential case
    await intake.context.cases.run([case_id], lambda cases: cases[case_id].emit(filing), cause="t")
    await wait_until_chained(pool, 3)
    bodies = [row["body"] for row in await pool.fetch("SELECT body FROM event_store ORDER BY id")]
    assert "异响".encode() not in b"".join(bodies)
    assert ReportReceived.parse(bodies[0]).place == Place(grid_code=GRID[:12])
    await publish_notes(intake, uuid4(), "a")
    await wait_until_chained(pool, 4)
    for statement in (
        "UPDATE event_store SET body = 'x' WHERE sequence = 1",
        "UPDATE redaction SET redacted_sha256 = 'x'",
    ):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await pool.execute(statement)
    await pool.execute("ALTER TABLE event_store DISABLE TRIGGER USER")
    await pool.execute("UPDATE event_store SET body = 'forged' WHERE case_id = $1 AND sequence = 1", case_id)
    with pytest.raises(ValueError, match="breaks at position 1"):
        await housekeeping.verify_chain(pool)


async def test_rule_3_the_chain_orders_transactions_as_numbers(pair: SamplePair) -> None:
    """In the order of texts, 99 would come after 100 and never be chained."""
    _, intake, _ = pair
    pool = intake.context.database
    await pool.execute(
        "INSERT INTO event_store (case_id, sequence, type, time, dependencies, causation_id, traceparent, body, xact)"
        " SELECT gen_random_uuid(), 1, '', now(), '', '', '', '', xact::text::xid8 FROM unnest(ARRAY[100, 99, 101]) xact"
    )

    await wait_until_chained(pool, 3)
    rows = await pool.fetch("SELECT hash_chain.xact::text FROM hash_chain ORDER BY position")
    assert [row["xact"] for row in rows] == ["99", "100", "101"]


async def test_rule_3_the_chain_continues_after_a_restore_into_a_new_cluster(pair: SamplePair) -> None:
    """The new cluster counts its transactions from the start, so restored rows have higher numbers than new ones."""
    installation, intake, _ = pair
    installation.discard_after_use()
    pool = intake.context.database

    await publish_notes(intake, uuid4(), "a", "b")
    await wait_until_chained(pool, 2)
    await pool.execute("ALTER TABLE event_store DISABLE TRIGGER USER")
    later = "(xact::text::bigint + 1000000000)::text::xid8"
    await pool.execute(f"UPDATE event_store SET xact = {later}")
    await pool.execute(f"UPDATE hash_chain SET xact = {later}")
    await pool.execute(
        "INSERT INTO event_store (case_id, sequence, type, time, dependencies, causation_id, traceparent, body, xact)"
        " SELECT gen_random_uuid(), 1, 'restored unchained', now(), '', '', '', '', max(xact) FROM event_store"
    )
    await pool.execute("ALTER TABLE event_store ENABLE TRIGGER USER")
    await publish_notes(intake, uuid4(), "c")
    await wait_until_chained(pool, 4)
    await publish_notes(intake, uuid4(), "d")
    await wait_until_chained(pool, 5)
    types = [
        row["type"]
        for row in await pool.fetch(
            "SELECT type FROM hash_chain JOIN event_store ON event_store.id = event_id ORDER BY position"
        )
    ]
    assert types.index("restored unchained") == 2
