"""The live board on real parts: snapshot, stream, changes (rule 9)."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
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
from services.tracking.workers.board import hub
from services.tracking.workers.board.hubs import hub_of
from tests.pipeline.test_tracking import small_life
from tests.support.installation import Installation, wait_until
from tests.support.tracking_driver import (
    TrackingDriver,
    close_tracking_driver,
    district,
    open_tracking_driver,
    token_for,
)
from tests.unit.tracking.lives import ACTOR, an_id, dispatched

Message = tuple[str, str, dict[str, Any]]
"""Id, event, data."""


@pytest.fixture
async def driver(shared_installation: Installation) -> AsyncIterator[TrackingDriver]:
    found = await open_tracking_driver(shared_installation)
    await wait_until(lambda: _begun(found), what="the board of this test")
    yield found
    await close_tracking_driver(found)


class Screen:
    """A reader of the stream."""

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
        """The next message, or the next of this kind."""
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
    answer = await web.get("/api/tracking/board/snapshot")
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["cache-control"] == "no-store"
    return BoardSnapshot.model_validate_json(answer.content)


def position(found: BoardSnapshot) -> str:
    return f"{found.epoch}.{found.seq}"


def numbers(cards: Any) -> set[int]:
    return {int(card.case_number[-6:]) for card in cards}


async def test_a_snapshot_shows_the_open_cases_and_the_stream_goes_on_from_it(driver: TrackingDriver) -> None:
    first, second = small_life(1), small_life(2)
    await driver.receive(*first.told)
    web = driver.client_of("dispatcher")
    before = await wait_until(lambda: _with(web, 1))
    assert numbers(before.cards) == {1}
    assert before.today is not None
    async with Screen(web, position(before)) as screen:
        assert (await screen.next())[1] == "hb"
        await driver.receive(*second.told)
        message_id, _, data = await screen.next("batch")  # a heartbeat may come at any time
        batch = BoardBatch.model_validate(data)
        assert numbers(batch.cards) == {2}
        assert message_id == f"{before.epoch}.{batch.seq}"


async def _begun(driver: TrackingDriver) -> bool:
    """Whether what the test before saw is no longer given."""
    epoch = await driver.tracking.context.database.fetchval("SELECT epoch FROM board")
    return (await snapshot(driver.client_of("dispatcher"))).epoch == epoch


async def _with(web: httpx.AsyncClient, count: int) -> BoardSnapshot | None:
    found = await snapshot(web)
    return found if len(found.cards) == count else None


async def test_rule_9_a_screen_that_was_away_gets_what_it_missed(driver: TrackingDriver) -> None:
    """Resume by `<epoch>.<seq>`: changed cards once, as they now are; ended ones removed."""
    lives = [small_life(number) for number in range(1, 4)]
    web = driver.client_of("dispatcher")
    await driver.receive(*lives[0].told, *lives[1].told)
    before = await wait_until(lambda: _with(web, 2))
    lives[0].say(CaseClosed(outcome="solved", closing_condition_met=True, closed_by=ACTOR))
    lives[0].say(CaseEvaluated(outcome="solved"))
    await driver.receive(*lives[0].told)
    await driver.receive(*lives[2].told)
    await wait_until(lambda: _reached(web, before.seq + 2))
    async with Screen(web, position(before)) as screen:
        first, second = await screen.next(), await screen.next()
    assert (first[1], second[1]) == ("batch", "hb"), "a number must never come before what it stands for"
    batch = BoardBatch.model_validate(first[2])
    assert (numbers(batch.cards), set(batch.removed)) == ({3}, {lives[0].case_id})
    polled = await web.get("/api/tracking/board/changes", params={"since": position(before)})
    assert BoardBatch.model_validate_json(polled.content) == batch


async def _reached(web: httpx.AsyncClient, seq: int) -> bool:
    return (await snapshot(web)).seq >= seq


async def test_rule_9_an_unknown_epoch_or_a_forgotten_number_starts_again(driver: TrackingDriver) -> None:
    web = driver.client_of("dispatcher")
    found = await snapshot(web)
    for since in (f"elsewhere.{found.seq}", f"{found.epoch}.{found.seq + 5}", "nonsense", f"{found.epoch}.x"):
        async with Screen(web, since) as screen:
            assert [(await screen.next())[1] for _ in range(2)] == ["reset", "end"]
        gone = await web.get("/api/tracking/board/changes", params={"since": since})
        assert (gone.status_code, gone.json()["type"]) == (410, "/problems/feed-expired")


async def test_rule_9_a_rebuild_begins_a_new_epoch(driver: TrackingDriver) -> None:
    """Every open screen is told to start again, and finds the same cases."""
    life, web = small_life(1), driver.client_of("dispatcher")
    await driver.receive(*life.told)
    before = await wait_until(lambda: _with(web, 1))
    async with Screen(web, position(before)) as screen:
        await delete_all_cases(driver.tracking.context.database)
        assert (await screen.next("reset"))[1] == "reset"
    await driver.receive(*life.told)
    after = await wait_until(lambda: _with(web, 1))
    assert after.epoch != before.epoch
    assert after.cards == before.cards


async def test_rule_9_two_replicas_tell_the_same_and_a_screen_may_change_between_them(driver: TrackingDriver) -> None:
    """One counter for all: what one replica applies, the other's screens see; a number holds at both."""
    other = await driver.installation.start(SERVICE, key="tracking-2", port=driver.installation.ports["console"])
    first = driver.client_of("dispatcher")
    await driver.receive(*small_life(1).told)
    before = await wait_until(lambda: _with(first, 1))
    async with http_client.create_client(
        base_url=other.url, headers={"authorization": f"Bearer {token_for('dispatcher')}"}
    ) as second:
        await wait_until(lambda: _with(second, 1))
        async with Screen(second, position(before)) as screen:
            await driver.receive(*small_life(2).told)
            message_id, _, data = await screen.next("batch")
            assert numbers(BoardBatch.model_validate(data).cards) == {2}
        async with Screen(first, message_id) as screen:
            await driver.receive(*small_life(3).told)
            assert numbers(BoardBatch.model_validate((await screen.next("batch"))[2]).cards) == {3}


async def test_rule_9_a_screen_that_comes_from_a_replica_ahead_is_not_sent_back_to_the_start(
    driver: TrackingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replicas follow the feed each at its own moment: the one behind looks at the feed before it says `reset`."""
    other = await driver.installation.start(SERVICE, key="tracking-2", port=driver.installation.ports["console"])
    behind, stands = hub_of(other.context), asyncio.Event()

    async def stand(*, busy: bool) -> None:
        stands.set()
        await asyncio.Event().wait()

    async with http_client.create_client(
        base_url=other.url, headers={"authorization": f"Bearer {token_for('dispatcher')}"}
    ) as second:
        await wait_until(lambda: _with(second, 0))
        monkeypatch.setattr(behind, "_pause", stand)
        await stands.wait()
        await driver.receive(*small_life(1).told)
        ahead = await wait_until(lambda: _with(driver.client_of("dispatcher"), 1))
        async with Screen(second, position(ahead)) as screen:
            assert (await screen.next())[1] == "hb"
        missed = await second.get("/api/tracking/board/changes", params={"since": f"{ahead.epoch}.{ahead.seq - 1}"})
        assert numbers(BoardBatch.model_validate(missed.json()).cards) == {1}


async def test_each_screen_gets_only_what_its_caller_may_see(driver: TrackingDriver) -> None:
    """A unit sees what was dispatched to it; when the dispatch is withdrawn its card goes; nobody else's ids leak."""
    mine, foreign = small_life(1), small_life(2)
    unit, centre = driver.client_of("unit_clerk", unit="municipal-works"), driver.client_of("dispatcher")
    await driver.receive(*mine.told, *foreign.told)
    await wait_until(lambda: _with(centre, 2))
    empty = await snapshot(unit)
    assert (empty.cards, empty.today) == ((), None)
    async with Screen(unit, position(empty)) as screen:
        await driver.receive(
            *foreign.say(
                DispatchWithdrawn(dispatch_id=an_id("dispatch-2"), unit_id="sanitation", reason="by_hand")
            ).told
        )
        await driver.receive(*mine.say(dispatched(an_id("more"), "municipal-works", "co")).told)
        batch = BoardBatch.model_validate((await screen.next("batch"))[2])
    assert (numbers(batch.cards), batch.removed) == ({1}, ())


async def test_a_new_release_changes_the_names_on_every_screen(driver: TrackingDriver) -> None:
    web = driver.client_of("dispatcher")
    await driver.receive(*small_life(1).told)
    before = await wait_until(lambda: _with(web, 1))
    assert before.cards[0].units[0].name == "环卫中心"
    async with Screen(web, position(before)) as screen:
        await driver.publish(2, [each for each in district(sanitation="环境卫生服务中心") if each.KIND == "unit"])
        assert (await screen.next("reset"))[1] == "reset"
    after = await snapshot(web)
    assert after.cards[0].units[0].name == "环境卫生服务中心"


async def test_screens_that_see_the_same_share_one_encoding(driver: TrackingDriver) -> None:
    """Two hundred dispatchers cost one snapshot and one batch."""
    web, other = driver.client_of("dispatcher", sub="a"), driver.client_of("shift_lead", sub="b")
    shared = hub_of(driver.tracking.context)
    await driver.receive(*small_life(1).told)
    await wait_until(lambda: _with(web, 1))
    scopes = []
    for client in (web, other):
        async with Screen(client) as screen:
            await screen.next("hb")
            scopes.append([scope for scope, found in shared._channels.items() if found.readers])
    assert scopes[0] == scopes[1]
    assert len(scopes[0]) == 1


async def test_nobody_looking_costs_no_reading_and_loses_nothing(
    driver: TrackingDriver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While no screen is open the hub counts along; the first to look gets everything."""
    web = driver.client_of("dispatcher")
    await driver.receive(*small_life(1).told)
    before = await wait_until(lambda: _with(web, 1))
    monkeypatch.setattr(hub, "WATCHED_SECONDS", 0.0)
    asked = list[UUID]()
    plain = queries.load_summaries

    async def summaries(pool: Any, ids: list[UUID]) -> Any:
        asked.extend(ids)
        return await plain(pool, ids)

    monkeypatch.setattr(queries, "load_summaries", summaries)
    found = hub_of(driver.tracking.context)

    async def nobody_looks() -> bool:  # also none whom the test before has left
        return not found._has_clients

    await wait_until(nobody_looks)
    await driver.receive(*small_life(2).told)

    async def counted() -> bool:
        return found._state.seq > before.seq

    await wait_until(counted)
    assert asked == []
    assert numbers((await wait_until(lambda: _with(web, 2))).cards) == {1, 2}
