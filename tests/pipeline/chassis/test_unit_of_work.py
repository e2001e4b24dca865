"""Rules 2 and 3: one transaction writes state, derived rows and events, under the lock of the case."""

from __future__ import annotations

import asyncio
from uuid import UUID, uuid4

import asyncpg
import pytest

from services.chassis.service import Service
from tests.support.installation import RunningService
from tests.support.sample_events import publish_notes, sample_state
from tests.support.sample_services import DerivedRows, SamplePair, needed, publisher, withdrawn
from tests.support.shared_installations import SharedInstallations
from tests.support.waiting import wait_until


async def test_rule_2_two_writers_of_one_case_get_different_sequences(pair: SamplePair) -> None:
    _, intake, routing = pair
    case_id = uuid4()
    await asyncio.gather(*(publish_notes(intake, case_id, f"{number}") for number in range(20)))
    rows = await intake.context.database.fetch(
        "SELECT sequence FROM event_store WHERE case_id = $1 ORDER BY id", case_id
    )
    assert [row["sequence"] for row in rows] == list(range(1, 21))
    await wait_until(lambda: _count_applied(routing, case_id, 20))


async def test_rule_2_two_transactions_on_the_same_cases_never_wait_for_each_other(pair: SamplePair) -> None:
    _, intake, _ = pair
    first, second = uuid4(), uuid4()

    async def touch(ids: list[UUID]) -> None:
        for _ in range(10):
            await intake.context.cases.run(
                ids, lambda cases: [case.emit(withdrawn()) for case in cases.values()], cause="t"
            )

    await asyncio.gather(touch([first, second]), touch([second, first]))
    rows = await intake.context.database.fetch(
        "SELECT version FROM aggregate WHERE case_id = ANY($1::uuid[])", [first, second]
    )
    assert [row["version"] for row in rows] == [20, 20]


async def test_rule_3_one_of_two_relays_sends_the_events_of_both_replicas(pair: SamplePair) -> None:
    installation, intake, routing = pair
    replica = await installation.start(publisher(), key="intake-2", port=installation.ports["console"])
    case_id = uuid4()
    await asyncio.gather(publish_notes(intake, case_id, *"abcde"), publish_notes(replica, case_id, *"fghij"))
    await wait_until(lambda: _count_applied(routing, case_id, 10))
    relays = [installation.running[key].app.state.relay for key in ("intake", "intake-2")]
    await wait_until(lambda: any(relay.leading for relay in relays))  # repair may be quicker than the election
    assert [relay.leading for relay in relays].count(True) == 1


async def test_derived_rows_and_events_commit_together(shared_installations: SharedInstallations) -> None:
    """If the derived rows cannot be written, neither event nor state is stored."""
    installation = await shared_installations.get("with rows")
    for name in ("registry", "routing", "dispatch", "supervision"):
        await installation.start(Service(name=name))
    intake = await installation.start(publisher(create_store=lambda _: DerivedRows()))
    case_id = uuid4()
    with pytest.raises(asyncpg.UndefinedTableError):
        await publish_notes(intake, case_id, "a")
    pool = intake.context.database
    assert await pool.fetchval("SELECT count(*) FROM event_store") == 0
    assert await pool.fetchval("SELECT count(*) FROM aggregate WHERE state IS NOT NULL") == 0
    await pool.execute("CREATE TABLE derived_row (case_id uuid PRIMARY KEY, count int)")
    await publish_notes(intake, case_id, "a")
    assert await pool.fetchval("SELECT count(*) FROM event_store") == 1


async def test_a_service_states_only_events_that_it_owns(pair: SamplePair) -> None:
    _, intake, _ = pair
    with pytest.raises(ValueError, match="routing owns it"):
        await intake.context.cases.run(
            [case_id := uuid4()], lambda cases: cases[case_id].emit(needed(cases[case_id])), cause="t"
        )


async def _count_applied(running: RunningService, case_id: UUID, count: int) -> bool:
    """Return whether the service has applied so many events of a case."""
    return len((await sample_state(running, case_id)).applied) == count
