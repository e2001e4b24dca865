"""Rule 4: what waits is looked at again as soon as what it waits for is here, an upgrade and a release included."""

from __future__ import annotations

import threading
from time import monotonic
from typing import ClassVar
from uuid import uuid4

import asyncpg
import pytest

from contracts.catalogue import EVENTS
from contracts.events.acceptance import CaseWithdrawn
from contracts.registry import DistrictSettings
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.repair import Repair
from tests.support.installation import Installation, RunningService, wait_until
from tests.support.sample_events import produce, sample_record, wait_until_applied
from tests.support.sample_services import on_withdrawn, subscriber


class WithdrawnAnew(CaseWithdrawn):
    """A version that only an upgrade knows."""

    TYPE: ClassVar[str] = "acceptance.case_withdrawn.v9"


async def _until_parked(running: RunningService, count: int) -> None:
    async def waits() -> bool:
        return await running.context.database.fetchval("SELECT count(*) FROM deferred_event") == count

    await wait_until(waits, what=f"{count} parked events")


async def test_rule_4_an_upgrade_applies_what_its_predecessor_did_not_know(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else moves: no further event of the case, no release. One that it cannot apply holds up nobody."""
    installation, _, routing = both
    strange, sick = sorted([uuid4(), uuid4()], reverse=True)
    for case_id, note in ((strange, "a"), (sick, "poison")):
        await produce(installation, sample_record(case_id, 1, note, installation.now(), type=WithdrawnAnew.TYPE))
    await produce(installation, sample_record(strange, 2, "b", installation.now()))
    await _until_parked(routing, 3)
    await installation.stop("routing")
    monkeypatch.setitem(EVENTS, WithdrawnAnew.TYPE, WithdrawnAnew)
    upgraded = await installation.start(subscriber(events={CaseWithdrawn: on_withdrawn, WithdrawnAnew: on_withdrawn}))
    await wait_until_applied(upgraded, strange, "1:a", "2:b")
    await _until_parked(upgraded, 0)
    assert await upgraded.context.database.fetchval("SELECT case_id FROM dead_letter") == sick


async def test_rule_5_what_a_pass_did_not_bring_is_asked_for_with_the_minute(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """Or an event that waits for an upgrade would have every source asked without pause until then."""
    installation, _, routing = both
    installation.discard_after_use()
    pool, repair = (
        routing.context.database,
        Repair(routing.context.database, routing.app.state.event_processor, {}, "", set()),
    )
    await produce(installation, sample_record(uuid4(), 1, "a", installation.now(), type=WithdrawnAnew.TYPE))
    await _until_parked(routing, 1)

    async def waits(parked: int, asked: int) -> bool:
        """Whether a pass is due for what was parked so many seconds ago, when the last one began so many seconds
        ago.
        """
        await pool.execute("UPDATE deferred_event SET deferred_at = now() - make_interval(secs => $1)", parked)
        repair._pass_started = monotonic() - asked
        return await repair.has_deferred_event()

    assert await waits(parked=100, asked=200)
    assert not await waits(parked=100, asked=50)
    assert not await waits(parked=-100, asked=200)  # not two seconds ago, however slow this machine is


async def test_rule_4_what_waited_for_a_release_is_not_stranded_by_a_kill_right_after_it(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    """The release is in force, what waited for it was not looked at yet: the next process has it from its start."""
    installation, _, routing = both
    case_id = uuid4()
    await produce(installation, sample_record(case_id, 1, "a", installation.now(), dependencies={"registry": 1}))
    await _until_parked(routing, 1)
    await installation.stop("routing")
    district = DistrictSettings(id="370522", name="利津县", name_en="Lijin County", case_prefix="LJ")
    own = await asyncpg.connect(installation.databases["routing"])
    await own.execute(
        "INSERT INTO registry_record VALUES ('district', '370522', 1, $1::text::jsonb)", district.model_dump_json()
    )
    await own.execute("INSERT INTO registry_release VALUES (1, 1, '')")
    await own.close()
    again = await installation.start(subscriber())
    await wait_until_applied(again, case_id, "1:a")
    assert again.context.district.release == 1


async def test_what_a_release_needs_is_prepared_off_the_event_loop_before_it_is_in_force(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, _, _ = both
    await installation.stop("routing")
    prepared: list[tuple[int, bool, int]] = []

    def prepare(district: RegistrySnapshot) -> None:
        """Note whether this is the event loop's thread, and which release is in force."""
        on_loop = threading.current_thread() is threading.main_thread()
        prepared.append((district.release, on_loop, routing.context.cases.release))

    routing = await installation.start(subscriber(prepare=prepare))
    district = DistrictSettings(id="370522", name="利津县", name_en="Lijin County", case_prefix="LJ")
    own = routing.context.database
    await own.execute(
        "INSERT INTO registry_record VALUES ('district', '370522', 1, $1::text::jsonb)", district.model_dump_json()
    )
    for release in (1, 2):
        await own.execute("INSERT INTO registry_release VALUES ($1, 1, '')", release)
        routing.context.release_may_have_changed.set()

        async def in_force(release: int = release) -> bool:
            return routing.context.cases.release == release

        await wait_until(in_force)
    assert prepared == [(1, False, 0), (2, False, 1)]
