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
from tests.support.house import House, Running, until
from tests.support.samples import listener, on_withdrawn
from tests.support.telling import fact, produce, until_heard


class WithdrawnAnew(CaseWithdrawn):
    """A version that only an upgrade knows."""

    TYPE: ClassVar[str] = "acceptance.case_withdrawn.v9"


async def _until_parked(running: Running, count: int) -> None:
    async def waits() -> bool:
        return await running.context.database.fetchval("SELECT count(*) FROM deferred_event") == count

    await until(waits, what=f"{count} parked events")


async def test_rule_4_an_upgrade_applies_what_its_predecessor_did_not_know(
    both: tuple[House, Running, Running], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing else moves: no further event of the case, no release. One that it cannot apply holds up nobody."""
    house, _, routing = both
    strange, sick = sorted([uuid4(), uuid4()], reverse=True)
    for case_id, note in ((strange, "a"), (sick, "poison")):
        await produce(house, fact(case_id, 1, note, house.now(), type=WithdrawnAnew.TYPE))
    await produce(house, fact(strange, 2, "b", house.now()))
    await _until_parked(routing, 3)
    await house.stop("routing")
    monkeypatch.setitem(EVENTS, WithdrawnAnew.TYPE, WithdrawnAnew)
    upgraded = await house.start(listener(events={CaseWithdrawn: on_withdrawn, WithdrawnAnew: on_withdrawn}))
    await until_heard(upgraded, strange, "1:a", "2:b")
    await _until_parked(upgraded, 0)
    assert await upgraded.context.database.fetchval("SELECT case_id FROM dead_letter") == sick


async def test_rule_5_what_a_pass_did_not_bring_is_asked_for_with_the_minute(
    both: tuple[House, Running, Running],
) -> None:
    """Or an event that waits for an upgrade would have every source asked without pause until then."""
    house, _, routing = both
    house.spoil()
    pool, repair = (
        routing.context.database,
        Repair(routing.context.database, routing.app.state.event_processor, {}, "", set()),
    )
    await produce(house, fact(uuid4(), 1, "a", house.now(), type=WithdrawnAnew.TYPE))
    await _until_parked(routing, 1)

    async def waits(parked: int, asked: int) -> bool:
        """Whether a pass is due for what was parked so many seconds ago, when the last one began so many seconds ago."""
        await pool.execute("UPDATE deferred_event SET deferred_at = now() - make_interval(secs => $1)", parked)
        repair._began = monotonic() - asked
        return await repair.something_waits()

    assert await waits(parked=100, asked=200)
    assert not await waits(parked=100, asked=50)
    assert not await waits(parked=-100, asked=200)  # not two seconds ago, however slow this machine is


async def test_rule_4_what_waited_for_a_release_is_not_stranded_by_a_kill_right_after_it(
    both: tuple[House, Running, Running],
) -> None:
    """The release is in force, what waited for it was not looked at yet: the next process has it from its start."""
    house, _, routing = both
    case_id = uuid4()
    await produce(house, fact(case_id, 1, "a", house.now(), dependencies={"registry": 1}))
    await _until_parked(routing, 1)
    await house.stop("routing")
    district = DistrictSettings(id="370522", name="利津县", name_en="Lijin County", case_prefix="LJ")
    own = await asyncpg.connect(house.databases["routing"])
    await own.execute(
        "INSERT INTO registry_record VALUES ('district', '370522', 1, $1::text::jsonb)", district.model_dump_json()
    )
    await own.execute("INSERT INTO registry_release VALUES (1, 1, '')")
    await own.close()
    again = await house.start(listener())
    await until_heard(again, case_id, "1:a")
    assert again.context.district.release == 1


async def test_what_a_release_needs_is_prepared_off_the_event_loop_before_it_is_in_force(
    both: tuple[House, Running, Running],
) -> None:
    house, _, _ = both
    await house.stop("routing")
    prepared: list[tuple[int, bool, int]] = []

    def prepare(district: RegistrySnapshot) -> None:
        """Note whether this is the event loop's thread, and which release is in force."""
        on_loop = threading.current_thread() is threading.main_thread()
        prepared.append((district.release, on_loop, routing.context.cases.release))

    routing = await house.start(listener(prepare=prepare))
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

        await until(in_force)
    assert prepared == [(1, False, 0), (2, False, 1)]
