"""Rule 9: the live board: snapshot, stream and changes."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Self
from uuid import UUID

import httpx
import pytest

from contracts.board import BoardBatch, BoardSnapshot
from contracts.events.command import DispatchWithdrawn
from contracts.events.evaluation import CaseEvaluated
from contracts.events.supervision import CaseClosed
from services.chassis import http_client
from services.tracking.app import SERVICE
from services.tracking.commands.rebuild import delete_all_cases
from services.tracking.store import queries
from services.tracking.workers.board import frames, hub
from services.tracking.workers.board.board_state import BoardState
from services.tracking.workers.board.hubs import hub_of
from tests.support.tracking_driver import TrackingDriver, district, small_life, token_for
from tests.support.waiting import wait_until
from tests.unit.tracking.sample_events import ACTOR, dispatched, stable_id

Message = tuple[str, str, dict[str, Any]]
"""Id, event, data."""


@pytest.fixture
async def board_driver(driver: TrackingDriver) -> TrackingDriver:
    """Return the driver once the board no longer shows the cases of the previous test."""
    await wait_until(lambda: _follows_feed(driver), what="the board of this test")
    return driver


class Screen:
    """A client of the stream."""

    def __init__(self, web: httpx.AsyncClient, since: str = "", url: str = "") -> None:
        self._stream = web.stream("GET", f"{url}/api/tracking/board/stream", params={"since": since} if since else {})

    async def __aenter__(self) -> Self:
        self._answer = await self._stream.__aenter__()
        assert self._answer.status_code == 200
        assert self._answer.headers["x-accel-buffering"] == "no"
        self._lines = self._answer.aiter_lines()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._stream.__aexit__(*error)  # type: ignore[arg-type]

    async def next(self, wanted: str = "", seconds: float = 60) -> Message:
        """Return the next message, or the next of this kind."""
        async with asyncio.timeout(seconds):
            while True:
                found = {"id": "", "event": "", "data": ""}
                async for line in self._lines:
                    if not line:
                        break
                    name, _, value = line.partition(": ")
                    found[name] = value
                else:
                    assert not wanted, f"the stream ended before {wanted}"
                    return "", "end", {}
                if not wanted or found["event"] == wanted:
                    return found["id"], found["event"], json.loads(found["data"])


async def snapshot(web: httpx.AsyncClient) -> BoardSnapshot:
    """Return the snapshot of this client."""
    answer = await web.get("/api/tracking/board/snapshot")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-store"
    return BoardSnapshot.model_validate_json(answer.content)


def position(found: BoardSnapshot) -> str:
    """Return the position in the feed from which a stream continues."""
    return f"{found.epoch}.{found.seq}"


def numbers(cards: Any) -> set[int]:
    """Return the serials of the cards' case numbers."""
    return {int(card.case_number[-6:]) for card in cards}


async def test_a_snapshot_shows_the_open_cases_and_the_stream_continues_from_it(board_driver: TrackingDriver) -> None:
    first, second = small_life(1), small_life(2)
    await board_driver.receive(*first.recorded)
    web = board_driver.client_of("dispatcher")
    before = await wait_until(lambda: _with(web, 1))
    assert numbers(before.cards) == {1}
    assert before.today is not None
    async with Screen(web, position(before)) as screen:
        assert (await screen.next())[1] == "hb"
        await board_driver.receive(*second.recorded)
        message_id, _, data = await screen.next("batch")  # a heartbeat may come at any time
        batch = BoardBatch.model_validate(data)
        assert numbers(batch.cards) == {2}
        assert message_id == f"{before.epoch}.{batch.seq}"


async def _follows_feed(driver: TrackingDriver) -> bool:
    """Return whether the snapshot belongs to the current feed."""
    epoch = await driver.tracking.context.database.fetchval("SELECT epoch FROM board")
    return (await snapshot(driver.client_of("dispatcher"))).epoch == epoch


async def _with(web: httpx.AsyncClient, count: int) -> BoardSnapshot | None:
    found = await snapshot(web)
    return found if len(found.cards) == count else None


async def test_rule_9_a_screen_that_comes_back_gets_the_missed_changes(board_driver: TrackingDriver) -> None:
    """Each changed card comes once, in its current form; cards of ended cases are removed."""
    lives = [small_life(number) for number in range(1, 4)]
    web = board_driver.client_of("dispatcher")
    await board_driver.receive(*lives[0].recorded, *lives[1].recorded)
    before = await wait_until(lambda: _with(web, 2))
    lives[0].emit(CaseClosed(outcome="solved", closing_condition_met=True, closed_by=ACTOR))
    lives[0].emit(CaseEvaluated(outcome="solved"))
    await board_driver.receive(*lives[0].recorded)
    await board_driver.receive(*lives[2].recorded)
    await wait_until(lambda: _reached(web, before.seq + 2))
    async with Screen(web, position(before)) as screen:
        first, second = await screen.next(), await screen.next()
    assert (first[1], second[1]) == ("batch", "hb"), "a sequence must not come before its changes"
    batch = BoardBatch.model_validate(first[2])
    assert (numbers(batch.cards), set(batch.removed)) == ({3}, {lives[0].case_id})
    polled = await web.get("/api/tracking/board/changes", params={"since": position(before)})
    assert BoardBatch.model_validate_json(polled.content) == batch


async def _reached(web: httpx.AsyncClient, seq: int) -> bool:
    return (await snapshot(web)).seq >= seq


async def test_rule_9_a_screen_with_an_unknown_position_is_reset(board_driver: TrackingDriver) -> None:
    web = board_driver.client_of("dispatcher")
    found = await snapshot(web)
    for since in (f"elsewhere.{found.seq}", f"{found.epoch}.{found.seq + 5}", "nonsense", f"{found.epoch}.x"):
        async with Screen(web, since) as screen:
            assert [(await screen.next())[1] for _ in range(2)] == ["reset", "end"]
        gone = await web.get("/api/tracking/board/changes", params={"since": since})
        assert (gone.status_code, gone.json()["type"]) == (410, "/problems/feed-expired")


async def test_rule_9_a_rebuild_begins_a_new_epoch(board_driver: TrackingDriver) -> None:
    """Every open screen is reset and finds the same cases."""
    life, web = small_life(1), board_driver.client_of("dispatcher")
    await board_driver.receive(*life.recorded)
    before = await wait_until(lambda: _with(web, 1))
    async with Screen(web, position(before)) as screen:
        await delete_all_cases(board_driver.tracking.context.database)
        assert (await screen.next("reset"))[1] == "reset"
    await board_driver.receive(*life.recorded)
    after = await wait_until(lambda: _with(web, 1))
    assert after.epoch != before.epoch
    assert after.cards == before.cards


async def test_rule_9_a_screen_may_change_between_two_replicas(
    board_driver: TrackingDriver,
) -> None:
    """Both replicas use one sequence: a change applied by one reaches the screens of the other."""
    other = await board_driver.installation.start(
        SERVICE, key="tracking-2", port=board_driver.installation.ports["console"]
    )
    first = board_driver.client_of("dispatcher")
    await board_driver.receive(*small_life(1).recorded)
    before = await wait_until(lambda: _with(first, 1))
    async with http_client.create_client(
        base_url=other.url, headers={"authorization": f"Bearer {token_for('dispatcher')}"}
    ) as second:
        await wait_until(lambda: _with(second, 1))
        async with Screen(second, position(before)) as screen:
            await board_driver.receive(*small_life(2).recorded)
            message_id, _, data = await screen.next("batch")
            assert numbers(BoardBatch.model_validate(data).cards) == {2}
        async with Screen(first, message_id) as screen:
            await board_driver.receive(*small_life(3).recorded)
            assert numbers(BoardBatch.model_validate((await screen.next("batch"))[2]).cards) == {3}


async def test_rule_9_a_screen_from_a_replica_that_is_ahead_is_not_reset(
    board_driver: TrackingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replica that is behind reads the feed before it decides about a reset."""
    other = await board_driver.installation.start(
        SERVICE, key="tracking-2", port=board_driver.installation.ports["console"]
    )
    behind, paused = hub_of(other.context), asyncio.Event()

    async def pause_for_ever(*, busy: bool) -> None:
        paused.set()
        await asyncio.Event().wait()

    async with http_client.create_client(
        base_url=other.url, headers={"authorization": f"Bearer {token_for('dispatcher')}"}
    ) as second:
        await wait_until(lambda: _with(second, 0))
        monkeypatch.setattr(behind, "pause", pause_for_ever)
        await wait_until(paused.is_set)
        await board_driver.receive(*small_life(1).recorded)
        ahead = await wait_until(lambda: _with(board_driver.client_of("dispatcher"), 1))
        async with Screen(second, position(ahead)) as screen:
            assert (await screen.next())[1] == "hb"
        missed = await second.get("/api/tracking/board/changes", params={"since": f"{ahead.epoch}.{ahead.seq - 1}"})
        assert numbers(BoardBatch.model_validate(missed.json()).cards) == {1}


async def test_a_screen_gets_only_the_cases_that_its_caller_may_see(board_driver: TrackingDriver) -> None:
    """A unit sees cases dispatched to it, and gets no ids of other cases."""
    mine, foreign = small_life(1), small_life(2)
    unit, centre = board_driver.client_of("unit_clerk", unit="municipal-works"), board_driver.client_of("dispatcher")
    await board_driver.receive(*mine.recorded, *foreign.recorded)
    await wait_until(lambda: _with(centre, 2))
    empty = await snapshot(unit)
    assert (empty.cards, empty.today) == ((), None)
    async with Screen(unit, position(empty)) as screen:
        await board_driver.receive(
            *foreign.emit(
                DispatchWithdrawn(dispatch_id=stable_id("dispatch-2"), unit_id="sanitation", reason="by_hand")
            ).recorded
        )
        await board_driver.receive(*mine.emit(dispatched(stable_id("more"), "municipal-works", "co")).recorded)
        batch = BoardBatch.model_validate((await screen.next("batch"))[2])
    assert (numbers(batch.cards), batch.removed) == ({1}, ())


async def test_a_new_release_changes_the_names_on_every_screen(board_driver: TrackingDriver) -> None:
    web = board_driver.client_of("dispatcher")
    await board_driver.receive(*small_life(1).recorded)
    before = await wait_until(lambda: _with(web, 1))
    assert before.cards[0].units[0].name == "环卫中心"
    async with Screen(web, position(before)) as screen:
        await board_driver.publish_release(
            2, [each for each in district(sanitation="环境卫生服务中心") if each.KIND == "unit"]
        )
        assert (await screen.next("reset"))[1] == "reset"
    after = await snapshot(web)
    assert after.cards[0].units[0].name == "环境卫生服务中心"


async def test_screens_with_the_same_view_share_one_encoding(
    board_driver: TrackingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A batch is encoded once for all dispatchers, and once more for a unit."""
    encode, encoded = frames.batch, list[int]()

    def counted(epoch: str, seq: int, *given: Any) -> bytes:
        encoded.append(seq)
        return encode(epoch, seq, *given)

    centre, other = board_driver.client_of("dispatcher", sub="a"), board_driver.client_of("shift_lead", sub="b")
    unit = board_driver.client_of("unit_clerk", unit="sanitation")
    async with Screen(centre) as first, Screen(other) as second, Screen(unit) as third:
        for screen in (first, second, third):
            await screen.next("hb")
        monkeypatch.setattr(frames, "batch", counted)
        await board_driver.receive(*small_life(1).recorded)
        for screen in (first, second, third):
            await screen.next("batch")
    assert len(encoded) == 2


async def test_without_screens_the_hub_reads_no_cases_and_loses_none(
    board_driver: TrackingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hub only follows the sequence; the next screen gets every case."""
    web = board_driver.client_of("dispatcher")
    await board_driver.receive(*small_life(1).recorded)
    await wait_until(lambda: _with(web, 1))
    monkeypatch.setattr(hub, "WATCHED_SECONDS", 0.0)
    skip, skipped = BoardState.skip, asyncio.Event()

    async def recorded_skip(state: BoardState) -> None:
        await skip(state)
        skipped.set()

    monkeypatch.setattr(BoardState, "skip", recorded_skip)
    asked = list[UUID]()
    plain = queries.load_summaries

    async def summaries(pool: Any, ids: list[UUID]) -> Any:
        asked.extend(ids)
        return await plain(pool, ids)

    monkeypatch.setattr(queries, "load_summaries", summaries)
    found = hub_of(board_driver.tracking.context)

    await wait_until(lambda: not found.has_clients)  # screens of the previous test may still be open
    await board_driver.receive(*small_life(2).recorded)
    await wait_until(skipped.is_set)
    assert asked == []
    assert numbers((await wait_until(lambda: _with(web, 2))).cards) == {1, 2}
