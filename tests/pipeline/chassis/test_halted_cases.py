"""Halted cases: a case that this version cannot handle stops no other, is shown to an operator, and resumes later."""

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
from services.chassis.event_processor import EventProcessor
from services.chassis.problems import CaseHalted
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.timers import Timers
from tests.support.installation import Installation, RunningService, service_client
from tests.support.operators import DECISION, dead_letters, list_items
from tests.support.sample_events import sample_record, sample_state
from tests.support.sample_services import ACTOR, SamplePair, SampleState, on_withdrawn

UNREADABLE = '{"applied": "a value of a newer version"}'


class Graded(CaseWithdrawn):
    """An event with a value of a closed list."""

    TYPE: ClassVar[str] = "acceptance.case_graded.v1"

    grade: Literal["a", "b"]


class GradedLater(Graded):
    """The same event in a newer version, which knows one more value."""

    grade: Literal["a", "b", "c"]  # type: ignore[assignment]  # pyright: ignore[reportIncompatibleVariableOverride]


def incoming(installation: Installation, case_id: UUID, sequence: int, note: str, **envelope: Any) -> IncomingEvent:
    """Return an event as the event processor receives it."""
    found, body = sample_record(case_id, sequence, note, installation.now(), **envelope)
    return IncomingEvent(found, found.to_headers(), body)


def graded(installation: Installation, case_id: UUID, sequence: int, grade: str) -> IncomingEvent:
    """Return an incoming event with this grade."""
    found, _ = sample_record(case_id, sequence, "", installation.now(), type=Graded.TYPE)
    body = GradedLater.model_construct(note=f"grade {grade}", withdrawn_by=ACTOR, grade=grade).to_bytes()
    return IncomingEvent(found, found.to_headers(), body)


async def make_unreadable(running: RunningService, case_id: UUID) -> None:
    """Store a state of the case that this version cannot read."""
    pool = running.context.database
    await pool.execute("INSERT INTO aggregate (case_id) VALUES ($1) ON CONFLICT DO NOTHING", case_id)
    await pool.execute("UPDATE aggregate SET state = $2::text::jsonb WHERE case_id = $1", case_id, UNREADABLE)


async def stored_state(running: RunningService, case_id: UUID) -> str:
    return str(await running.context.database.fetchval("SELECT state::text FROM aggregate WHERE case_id = $1", case_id))


async def test_a_case_with_an_unreadable_state_is_halted_alone_and_resumes_when_it_can_be_read(
    pair: SamplePair,
) -> None:
    installation, _, routing = pair
    bad, good = uuid4(), uuid4()
    event_processor, pool = routing.app.state.event_processor, routing.context.database
    await make_unreadable(routing, bad)
    await event_processor.process([incoming(installation, bad, 1, "a"), incoming(installation, good, 1, "a")])
    assert (await sample_state(routing, good)).applied == ["1:a"], "the other case of the batch is applied"
    assert await stored_state(routing, bad) == UNREADABLE, "the state is not overwritten"
    (item,) = await dead_letters(routing)
    assert (item["kind"], item["case_id"]) == ("state", str(bad))
    assert "applied" in item["error"]
    assert "upgrade" in item["remedy"]
    (waits,) = await list_items(routing, "deferred")
    assert (waits["case_id"], waits["sequence"]) == (str(bad), 1)
    assert "cannot be read" in waits["waits_for"]
    assert await event_processor.retry_halted() == 0, "this version still cannot read it"
    await pool.execute("UPDATE aggregate SET state = NULL WHERE case_id = $1", bad)  # as after an upgrade
    assert await event_processor.retry_halted() == 1
    assert (await sample_state(routing, bad)).applied == ["1:a"], "its deferred events are applied"
    assert await dead_letters(routing) == []


async def test_a_command_on_a_halted_case_is_refused_in_both_languages(pair: SamplePair) -> None:
    _, intake, _ = pair
    bad = uuid4()
    await make_unreadable(intake, bad)
    async with service_client(intake) as http:
        for language, word in (("zh", "无法读取"), ("en", "cannot read")):
            answer = await http.post(
                f"/api/intake/notes/{bad}", json={"note": "a"}, headers={"accept-language": language}
            )
            assert (answer.status_code, answer.json()["type"]) == (503, "/problems/case-halted")
            assert word in answer.json()["title"]
            assert "retry-after" in answer.headers
    assert await stored_state(intake, bad) == UNREADABLE


async def test_a_timer_of_a_halted_case_is_postponed_and_others_fire(pair: SamplePair) -> None:
    installation, _, routing = pair
    installation.discard_after_use()
    bad, good, pool = uuid4(), uuid4(), routing.context.database
    timers = Timers(routing.context.cases, routing.service.timers, routing.context.clock, lambda: True)
    due = installation.now() - timedelta(minutes=1)
    rows = [(case_id, "ring:1", due, due + timedelta(hours=1)) for case_id in (bad, good)]
    await pool.execute("INSERT INTO aggregate (case_id) SELECT unnest($1::uuid[])", [bad, good])
    await pool.executemany("INSERT INTO timer (case_id, name, due_at, fire_at) VALUES ($1, $2, $3, $4)", rows)
    await make_unreadable(routing, bad)
    for case_id in (bad, good):
        await timers.fire_alone((case_id, "ring:1", due))
    assert len((await sample_state(routing, good)).fired) == 1
    assert [row["case_id"] for row in await pool.fetch("SELECT case_id FROM timer")] == [bad]
    assert await stored_state(routing, bad) == UNREADABLE


async def test_a_failed_timer_that_was_moved_meanwhile_is_not_postponed(pair: SamplePair) -> None:
    installation, _, routing = pair
    case_id, pool = uuid4(), routing.context.database
    due, later = installation.now() + timedelta(hours=1), installation.now() + timedelta(hours=9)

    def fails(_: Case[Any], __: Any) -> None:
        raise ValueError("cannot ring")

    await routing.context.cases.run([case_id], lambda cases: cases[case_id].set_timer("ring:1", due), cause="t")
    timers = Timers(_MovingUnitOfWork(routing, case_id, later), {"ring": fails}, routing.context.clock, lambda: True)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await timers.fire_alone((case_id, "ring:1", due))
    assert tuple(await pool.fetchrow("SELECT due_at, fire_at FROM timer")) == (later, later)


class _MovingUnitOfWork:
    """A unit of work after which another transaction moves the timer of the case."""

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
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, _, routing = pair
    case_id, pool = uuid4(), routing.context.database
    monkeypatch.setitem(EVENTS, Graded.TYPE, Graded)
    event_processor = EventProcessor(routing.context.cases, {CaseWithdrawn: on_withdrawn, Graded: on_withdrawn})
    await event_processor.process([graded(installation, case_id, 1, "c"), incoming(installation, case_id, 2, "b")])
    assert await dead_letters(routing) == []
    first, second = await list_items(routing, "deferred")
    assert "does not know a value in it: grade" in first["waits_for"]
    assert second["waits_for"] == "intake 1, the event before it"
    monkeypatch.setitem(EVENTS, Graded.TYPE, GradedLater)
    await event_processor.retry_deferred()
    assert (await sample_state(routing, case_id)).applied == ["1:grade c", "2:b"]
    assert await pool.fetchval("SELECT count(*) FROM deferred_event") == 0


async def test_a_deferred_event_can_be_dropped_with_a_reason(pair: SamplePair) -> None:
    installation, _, routing = pair
    case_id, event_processor, pool = uuid4(), routing.app.state.event_processor, routing.context.database
    await event_processor.process(
        [
            incoming(installation, case_id, 1, "a", type="acceptance.of_a_newer_version.v1"),
            incoming(installation, case_id, 2, "b"),
        ]
    )
    drop = f"/internal/deferred/{case_id}/intake"
    async with service_client(routing) as http:
        early = await http.post(f"{drop}/2/drop", json=DECISION)
        assert (early.status_code, early.json()["type"]) == (409, "/problems/earlier-events-missing")
        assert (await http.post(f"{drop}/7/drop", json=DECISION)).status_code == 404
        assert (await http.post(f"{drop}/1/drop", json=DECISION)).status_code == 200
    assert (await sample_state(routing, case_id)).applied == ["2:b"]
    assert await list_items(routing, "deferred") == []
    row = await pool.fetchrow("SELECT resolution, resolved_by, reason FROM dead_letter")
    assert tuple(row) == ("skipped", "test", DECISION["reason"])


async def test_all_dead_letters_are_retried_by_one_request_and_by_another_build(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    installation, _, routing = pair
    event_processor, pool, cases = (
        routing.app.state.event_processor,
        routing.context.database,
        [uuid4() for _ in range(3)],
    )
    await event_processor.process([incoming(installation, case_id, 1, "poison") for case_id in cases])
    assert await event_processor.retry_dead("upgrade", "same build", other_builds=True) == 0
    async with service_client(routing) as http:
        answer = await http.post("/internal/dead-letters/retry", json=DECISION)
    assert answer.json() == {"retried": 3, "resumed": 0}
    assert len(await dead_letters(routing)) == 3, "they failed again"
    mended = EventProcessor(
        routing.context.cases, {CaseWithdrawn: lambda case, event, meta: case.state.applied.append(event.note)}
    )
    await pool.execute("UPDATE dead_letter SET build = 'before' WHERE resolution IS NULL")
    assert await mended.retry_dead("upgrade", "another build", other_builds=True) == 3
    for case_id in cases:
        assert (await sample_state(routing, case_id)).applied == ["poison"]
    assert await dead_letters(routing) == []


async def test_an_event_waits_for_the_release_that_its_handler_sees(
    pair: SamplePair, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A release that comes into force during the transaction counts for the next one, which follows at once."""
    installation, _, routing = pair
    installation.discard_after_use()
    case_id, context = uuid4(), routing.context
    settings = DistrictSettings(id="370522", name="利津县", name_en="Lijin County", case_prefix="LJ")
    seen: list[int] = []

    load_for_batch = deferred_store.load_for_batch

    async def load(connection: Any, cases: Collection[Case[SampleState]], only: Any) -> list[IncomingEvent]:
        if not seen:
            seen.append(next(iter(cases)).release)
            context.district_or_none = RegistrySnapshot.from_records(1, {DistrictSettings.KIND: {"370522": settings}})
        return await load_for_batch(connection, cases, only)

    def handler(case: Case[SampleState], event: CaseWithdrawn, meta: Any) -> None:
        case.state.applied.append(f"release {case.district.release}")

    monkeypatch.setattr(deferred_store, "load_for_batch", load)
    event_processor = EventProcessor(context.cases, {CaseWithdrawn: handler})
    await event_processor.process([incoming(installation, case_id, 1, "a", dependencies={"registry": 1})])
    assert seen == [0]
    assert (await sample_state(routing, case_id)).applied == ["release 1"]
    assert await dead_letters(routing) == []


async def test_one_bad_case_does_not_stop_a_task_over_many(pair: SamplePair, caplog: pytest.LogCaptureFixture) -> None:
    """A failed batch is repeated case by case; a case that failed is left out until its next attempt."""
    _, _, routing = pair
    pool, unit, cases = routing.context.database, routing.context.cases, sorted(uuid4() for _ in range(7))
    bad, tried = cases[3], list[list[UUID]]()
    caplog.set_level(logging.CRITICAL, "services.chassis.quarantine")

    async def attempt(ids: list[UUID]) -> int:
        tried.append(ids)

        def decide(found: dict[UUID, Case[SampleState]]) -> int:
            if bad in found:
                raise ValueError("bad case")
            for case in found.values():
                case.state.applied.append("done")
            return len(found)

        return await unit.run(ids, decide, cause="t")

    async def work() -> int:
        return sum([done async for done in quarantine.run_in_batches(pool, "sample", cases, attempt, size=4)])

    assert await work() == 6
    assert tried == [cases[:4], cases[4:], *([each] for each in cases[:4])]
    (item,) = await dead_letters(routing)
    assert (item["kind"], item["task"], item["case_id"], item["attempts"]) == ("task", "sample", str(bad), 1)
    tried.clear()
    assert await work() == 6
    assert bad not in [case_id for ids in tried for case_id in ids], "not before its next attempt"
    await quarantine.retry_now(pool)
    assert await work() == 6
    assert (await dead_letters(routing))[0]["attempts"] == 2
    delays = "SELECT extract(epoch FROM next_try - now()) FROM quarantine"
    assert await pool.fetchval(delays) > 1.5 * quarantine.FIRST_DELAY, "the delay doubles"
    bad = uuid4()
    await quarantine.retry_now(pool)
    assert await work() == 7
    assert await dead_letters(routing) == []


async def test_a_page_of_a_list_skips_unreadable_cases_and_is_filled_up(pair: SamplePair) -> None:
    from services.chassis import state_documents

    _, _, routing = pair
    cases = sorted(uuid4() for _ in range(5))
    for case_id in cases:
        await routing.context.cases.run([case_id], lambda _: None, cause="t")
    await make_unreadable(routing, cases[1])
    text = "SELECT case_id, state::text AS state FROM aggregate WHERE case_id > $1 ORDER BY case_id LIMIT $2"

    async def fetch(after: UUID | None, count: int) -> list[Any]:
        return await routing.context.database.fetch(text, after, count)

    rows = await state_documents.load_page(SampleState, 3, UUID(int=0), fetch, lambda row: row["case_id"])
    assert [row["case_id"] for row, _ in rows] == [cases[0], cases[2], cases[3]]
    with pytest.raises(CaseHalted):
        state_documents.parse_state(SampleState, cases[1], UNREADABLE)
