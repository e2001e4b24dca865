"""One case that cannot be handled stops nobody else, is shown to an operator, and goes on when it can."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import timedelta
from typing import Any, ClassVar, Literal
from uuid import UUID, uuid4

import pytest

from contracts.catalogue import EVENTS
from contracts.events.acceptance import CaseWithdrawn
from contracts.registry import DistrictSettings
from services.chassis import deferred_store, quarantine
from services.chassis.cases import Case, IncomingEvent
from services.chassis.problems import CaseHalted
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.timers import Timers
from tests.support.installation import Installation, RunningService, service_client
from tests.support.sample_events import sample_record, sample_state
from tests.support.sample_services import ACTOR, SampleState, on_withdrawn

BY = {"by": "test", "reason": "seen to"}
UNREADABLE = '{"heard": "a word of a newer version"}'


class Graded(CaseWithdrawn):
    """A fact with a value of a closed list."""

    TYPE: ClassVar[str] = "acceptance.case_graded.v1"

    grade: Literal["a", "b"]


class GradedLater(Graded):
    """The same, with one value more."""

    grade: Literal["a", "b", "c"]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]


def arrived(installation: Installation, case_id: UUID, sequence: int, note: str, **envelope: Any) -> IncomingEvent:
    """An event as the event_processor gets it."""
    found, body = sample_record(case_id, sequence, note, installation.now(), **envelope)
    return IncomingEvent(found, found.to_headers(), body)


def graded(installation: Installation, case_id: UUID, sequence: int, grade: str) -> IncomingEvent:
    found, _ = sample_record(case_id, sequence, "", installation.now(), type=Graded.TYPE)
    body = GradedLater.model_construct(note=f"grade {grade}", withdrawn_by=ACTOR, grade=grade).to_bytes()
    return IncomingEvent(found, found.to_headers(), body)


async def damage(running: RunningService, case_id: UUID) -> None:
    """Leave a state that this version cannot read."""
    pool = running.context.database
    await pool.execute("INSERT INTO aggregate (case_id) VALUES ($1) ON CONFLICT DO NOTHING", case_id)
    await pool.execute("UPDATE aggregate SET state = $2::text::jsonb WHERE case_id = $1", case_id, UNREADABLE)


async def stored(running: RunningService, case_id: UUID) -> str:
    return str(await running.context.database.fetchval("SELECT state::text FROM aggregate WHERE case_id = $1", case_id))


async def listed(running: RunningService, path: str = "dead-letters") -> list[dict[str, Any]]:
    async with service_client(running) as http:
        items: list[dict[str, Any]] = (await http.get(f"/internal/{path}")).json()["items"]
        return items


async def test_an_unreadable_state_halts_its_own_case_and_goes_on_when_it_can_be_read(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, _, routing = both
    bad, good = uuid4(), uuid4()
    event_processor, pool = routing.app.state.event_processor, routing.context.database
    await damage(routing, bad)
    await event_processor.process([arrived(installation, bad, 1, "a"), arrived(installation, good, 1, "a")])
    assert (await sample_state(routing, good)).heard == ["1:a"], "the batch goes on"
    assert await stored(routing, bad) == UNREADABLE, "never overwritten"
    (item,) = await listed(routing)
    assert (item["kind"], item["case_id"]) == ("state", str(bad))
    assert "heard" in item["error"]
    assert "upgrade" in item["remedy"]
    (waits,) = await listed(routing, "deferred")
    assert (waits["case_id"], waits["sequence"]) == (str(bad), 1)
    assert "cannot be read" in waits["waits_for"]
    assert await event_processor.retry_halted() == 0, "this version still cannot read it"
    await pool.execute("UPDATE aggregate SET state = NULL WHERE case_id = $1", bad)  # as after an upgrade
    assert await event_processor.retry_halted() == 1
    assert (await sample_state(routing, bad)).heard == ["1:a"], "its deferred events are applied"
    assert await listed(routing) == []


async def test_a_command_on_a_halted_case_is_told_so_in_both_languages(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    _, intake, _ = both
    bad = uuid4()
    await damage(intake, bad)
    async with service_client(intake) as http:
        for language, word in (("zh", "无法读取"), ("en", "cannot read")):
            answer = await http.post(
                f"/api/intake/tell/{bad}", json={"note": "a"}, headers={"accept-language": language}
            )
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/case-halted")
            assert word in answer.json()["title"]
            assert "retry-after" in answer.headers
    assert await stored(intake, bad) == UNREADABLE


async def test_a_timer_of_a_halted_case_is_put_off_and_the_others_fire(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, _, routing = both
    installation.discard_after_use()
    bad, good, pool = uuid4(), uuid4(), routing.context.database
    timers = Timers(routing.context.cases, routing.service.timers, routing.context.clock, lambda: True)
    due = installation.now() - timedelta(minutes=1)
    rows = [(case_id, "ring:1", due, due + timedelta(hours=1)) for case_id in (bad, good)]
    await pool.execute("INSERT INTO aggregate (case_id) SELECT unnest($1::uuid[])", [bad, good])
    await pool.executemany("INSERT INTO timer (case_id, name, due_at, fire_at) VALUES ($1, $2, $3, $4)", rows)
    await damage(routing, bad)
    for case_id in (bad, good):
        await timers.fire_alone((case_id, "ring:1", due))
    assert len((await sample_state(routing, good)).fired) == 1
    assert [row["case_id"] for row in await pool.fetch("SELECT case_id FROM timer")] == [bad]
    assert await stored(routing, bad) == UNREADABLE


async def test_the_retry_of_a_failed_timer_leaves_one_alone_that_was_moved_meanwhile(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, _, routing = both
    case_id, pool = uuid4(), routing.context.database
    due, later = installation.now() + timedelta(hours=1), installation.now() + timedelta(hours=9)

    def fails(_: Case[Any], __: Any) -> None:
        raise ValueError("cannot ring")

    await routing.context.cases.run([case_id], lambda cases: cases[case_id].set_timer("ring:1", due), cause="t")
    timers = Timers(_MovesTimers(routing, case_id, later), {"ring": fails}, routing.context.clock, lambda: True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await timers.fire_alone((case_id, "ring:1", due))
    assert tuple(await pool.fetchrow("SELECT due_at, fire_at FROM timer")) == (later, later)


class _MovesTimers:
    """A unit of work whose case is moved by another transaction right after it failed."""

    def __init__(self, running: RunningService, case_id: UUID, later: Any) -> None:
        self.pool, self._unit = running.context.database, running.context.cases
        self._case_id, self._later = case_id, later

    async def run(self, *args: Any, **named: Any) -> Any:
        try:
            return await self._unit.run(*args, **named)
        finally:
            await self._unit.run(
                [self._case_id], lambda cases: cases[self._case_id].set_timer("ring:1", self._later), cause="t"
            )


async def test_a_value_that_only_a_newer_version_knows_is_deferred_until_the_upgrade(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, _, routing = both
    case_id, event_processor, pool = uuid4(), routing.app.state.event_processor, routing.context.database
    monkeypatch.setitem(EVENTS, Graded.TYPE, Graded)
    monkeypatch.setitem(event_processor._handlers, Graded.TYPE, on_withdrawn)
    await event_processor.process([graded(installation, case_id, 1, "c"), arrived(installation, case_id, 2, "b")])
    assert await listed(routing) == []
    first, second = await listed(routing, "deferred")
    assert "does not know a value in it: grade" in first["waits_for"]
    assert second["waits_for"] == "intake 1, the event before it"
    monkeypatch.setitem(EVENTS, Graded.TYPE, GradedLater)
    await event_processor.retry_deferred()
    assert (await sample_state(routing, case_id)).heard == ["1:grade c", "2:b"]
    assert await pool.fetchval("SELECT count(*) FROM deferred_event") == 0


async def test_a_deferred_event_can_be_dropped_with_a_reason(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    installation, _, routing = both
    case_id, event_processor, pool = uuid4(), routing.app.state.event_processor, routing.context.database
    await event_processor.process(
        [
            arrived(installation, case_id, 1, "a", type="acceptance.of_a_newer_version.v1"),
            arrived(installation, case_id, 2, "b"),
        ]
    )
    drop = f"/internal/deferred/{case_id}/intake"
    async with service_client(routing) as http:
        early = await http.post(f"{drop}/2/drop", json=BY)
        assert (early.status_code, early.json()["type"]) == (409, "/problems/earlier-events-missing")
        assert (await http.post(f"{drop}/7/drop", json=BY)).status_code == 404
        assert (await http.post(f"{drop}/1/drop", json=BY)).status_code == 200
    assert (await sample_state(routing, case_id)).heard == ["2:b"]
    assert await listed(routing, "deferred") == []
    row = await pool.fetchrow("SELECT resolution, resolved_by, reason FROM dead_letter")
    assert tuple(row) == ("skipped", "test", "seen to")


async def test_all_dead_events_are_tried_again_by_one_request_and_by_another_build(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, _, routing = both
    event_processor, pool, cases = (
        routing.app.state.event_processor,
        routing.context.database,
        [uuid4() for _ in range(3)],
    )
    await event_processor.process([arrived(installation, case_id, 1, "poison") for case_id in cases])
    assert await event_processor.retry_dead("upgrade", "same build", other_builds=True) == 0
    async with service_client(routing) as http:
        answer = await http.post("/internal/dead-letters/retry", json=BY)
    assert answer.json() == {"retried": 3, "resumed": 0}
    assert len(await listed(routing)) == 3, "dead again"
    mended = {CaseWithdrawn.TYPE: lambda case, event, meta: case.state.heard.append(event.note)}
    monkeypatch.setattr(event_processor, "_handlers", {**event_processor._handlers, **mended})
    await pool.execute("UPDATE dead_letter SET build = 'before' WHERE resolution IS NULL")
    assert await event_processor.retry_dead("upgrade", "another build", other_builds=True) == 3
    for case_id in cases:
        assert (await sample_state(routing, case_id)).heard == ["poison"]
    assert await listed(routing) == []


async def test_an_event_is_judged_ready_by_the_release_that_its_handler_sees(
    both: tuple[Installation, RunningService, RunningService], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release that comes into force while the transaction runs counts from the next one on, which follows at once."""
    installation, _, routing = both
    installation.discard_after_use()
    case_id, context, event_processor = uuid4(), routing.context, routing.app.state.event_processor
    settings = DistrictSettings(id="370522", name="利津县", name_en="Lijin County", case_prefix="LJ")
    seen: list[int] = []

    load_for_batch = deferred_store.load_for_batch

    async def load(connection: Any, cases: Collection[Case[SampleState]], only: Any) -> list[IncomingEvent]:
        if not seen:
            seen.append(next(iter(cases)).release)
            context.district_or_none = RegistrySnapshot.from_records(1, {DistrictSettings.KIND: {"370522": settings}})
        return await load_for_batch(connection, cases, only)

    def handler(case: Case[SampleState], event: CaseWithdrawn, meta: Any) -> None:
        case.state.heard.append(f"release {case.district.release}")

    monkeypatch.setattr(deferred_store, "load_for_batch", load)
    monkeypatch.setattr(event_processor, "_handlers", {**event_processor._handlers, CaseWithdrawn.TYPE: handler})
    await event_processor.process([arrived(installation, case_id, 1, "a", dependencies={"registry": 1})])
    assert seen == [0]
    assert (await sample_state(routing, case_id)).heard == ["release 1"]
    assert await listed(routing) == []


async def test_one_bad_case_stops_no_work_over_many(
    both: tuple[Installation, RunningService, RunningService], caplog: pytest.LogCaptureFixture
) -> None:
    """The batch first, then one by one; what failed is left out until its next try."""
    _, _, routing = both
    pool, unit, cases = routing.context.database, routing.context.cases, sorted(uuid4() for _ in range(7))
    bad, tried = cases[3], list[list[UUID]]()
    caplog.set_level(logging.CRITICAL, "services.chassis.quarantine")

    async def attempt(ids: list[UUID]) -> int:
        tried.append(ids)

        def decide(found: dict[UUID, Case[SampleState]]) -> int:
            if bad in found:
                raise ValueError("bad case")
            for case in found.values():
                case.state.heard.append("done")
            return len(found)

        return await unit.run(ids, decide, cause="t")

    async def work() -> int:
        return sum([done async for done in quarantine.run_in_batches(pool, "sample", cases, attempt, size=4)])

    assert await work() == 6
    assert tried == [cases[:4], cases[4:], *([each] for each in cases[:4])]
    (item,) = await listed(routing)
    assert (item["kind"], item["task"], item["case_id"], item["attempts"]) == ("task", "sample", str(bad), 1)
    tried.clear()
    assert await work() == 6
    assert bad not in [case_id for ids in tried for case_id in ids], "not before its next try"
    await quarantine.retry_now(pool)
    assert await work() == 6
    assert (await listed(routing))[0]["attempts"] == 2
    delays = "SELECT extract(epoch FROM next_try - now()) FROM quarantine"
    assert await pool.fetchval(delays) > 1.5 * quarantine.FIRST_DELAY, "the delay doubles"
    bad = uuid4()
    await quarantine.retry_now(pool)
    assert await work() == 7
    assert await listed(routing) == []


async def test_lists_leave_an_unreadable_case_out_and_are_filled_up(
    both: tuple[Installation, RunningService, RunningService],
) -> None:
    from services.chassis import state_documents

    _, _, routing = both
    cases = sorted(uuid4() for _ in range(5))
    for case_id in cases:
        await routing.context.cases.run([case_id], lambda _: None, cause="t")
    await damage(routing, cases[1])
    text = "SELECT case_id, state::text AS state FROM aggregate WHERE case_id > $1 ORDER BY case_id LIMIT $2"

    async def fetch(after: UUID | None, count: int) -> list[Any]:
        return await routing.context.database.fetch(text, after, count)

    rows = await state_documents.load_page(SampleState, 3, UUID(int=0), fetch, lambda row: row["case_id"])
    assert [row["case_id"] for row, _ in rows] == [cases[0], cases[2], cases[3]]
    with pytest.raises(CaseHalted):
        state_documents.parse_state(SampleState, cases[1], UNREADABLE)
