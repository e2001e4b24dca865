"""Rule 4: a deferred event is applied as soon as what it waits for is there, also an upgrade or a release."""

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
from services.chassis import repair as repairing
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.repair import Repair
from tests.support.installation import RunningService
from tests.support.sample_events import produce, sample_record, wait_until_applied
from tests.support.sample_services import SamplePair, on_withdrawn, subscriber
from tests.support.waiting import wait_until


class WithdrawnAnew(CaseWithdrawn):
    """A version of the event that only an upgraded service knows."""

    TYPE: ClassVar[str] = "acceptance.case_withdrawn.v9"


async def wait_until_deferred(running: RunningService, count: int) -> None:
    """Wait until a service has so many deferred events."""

    async def waits() -> bool:
        return await running.context.database.fetchval("SELECT count(*) FROM deferred_event") == count

    await wait_until(waits, what=f"{count} deferred events")


async def test_rule_4_an_upgrade_applies_the_deferred_events_that_it_knows(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The start alone triggers it: there is no further event or release. An event that fails stops no other."""
    installation, _, routing = pair
    known, failing = sorted([uuid4(), uuid4()], reverse=True)
    for case_id, note in ((known, "a"), (failing, "poison")):
        await produce(installation, sample_record(case_id, 1, note, installation.now(), type=WithdrawnAnew.TYPE))
    await produce(installation, sample_record(known, 2, "b", installation.now()))
    await wait_until_deferred(routing, 3)
    await installation.stop("routing")
    monkeypatch.setitem(EVENTS, WithdrawnAnew.TYPE, WithdrawnAnew)
    upgraded = await installation.start(subscriber(events={CaseWithdrawn: on_withdrawn, WithdrawnAnew: on_withdrawn}))
    await wait_until_applied(upgraded, known, "1:a", "2:b")
    await wait_until_deferred(upgraded, 0)
    assert await upgraded.context.database.fetchval("SELECT case_id FROM dead_letter") == failing


async def test_rule_5_a_deferred_event_that_a_pass_did_not_resolve_waits_for_the_next_regular_pass(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Otherwise an event that waits for an upgrade would cause passes without a pause."""
    installation, _, routing = pair
    installation.discard_after_use()
    pool = routing.context.database
    await produce(installation, sample_record(uuid4(), 1, "a", installation.now(), type=WithdrawnAnew.TYPE))
    await wait_until_deferred(routing, 1)

    async def is_due(*, deferred: int, pass_started: int) -> bool:
        """Return whether a pass is due, by the seconds since the event was deferred and since the last pass began."""
        await pool.execute("UPDATE deferred_event SET deferred_at = now() - make_interval(secs => $1)", deferred)
        with monkeypatch.context() as earlier:
            earlier.setattr(repairing, "monotonic", lambda: monotonic() - pass_started)
            repair = Repair(pool, routing.app.state.event_processor, {}, "", set())
        return await repair.has_deferred_event()

    assert await is_due(deferred=100, pass_started=200)
    assert not await is_due(deferred=100, pass_started=50)
    assert not await is_due(deferred=-100, pass_started=200), "it was not deferred two seconds ago"


async def test_rule_4_an_event_that_waited_for_a_release_is_applied_after_a_crash_right_behind_the_release(
    pair: SamplePair,
) -> None:
    """The release was stored, but the deferred event was not retried: the next process retries it at start."""
    installation, _, routing = pair
    case_id = uuid4()
    await produce(installation, sample_record(case_id, 1, "a", installation.now(), dependencies={"registry": 1}))
    await wait_until_deferred(routing, 1)
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


async def test_a_release_is_prepared_outside_the_event_loop_before_it_comes_into_force(pair: SamplePair) -> None:
    installation, _, _ = pair
    await installation.stop("routing")
    prepared: list[tuple[int, bool, int]] = []

    def prepare(district: RegistrySnapshot) -> None:
        """Record whether this is the thread of the event loop, and which release is in force."""
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
        await wait_until(lambda release=release: routing.context.cases.release == release)
    assert prepared == [(1, False, 0), (2, False, 1)]
