"""The hub of a process: reads the board's feed once for all clients, and sends the changes to all channels."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import defaultdict
from collections.abc import AsyncGenerator
from datetime import UTC, timedelta
from time import monotonic

import orjson

from services.chassis import loops
from services.chassis.context import Context
from services.chassis.database import TRANSIENT
from services.chassis.problems import NotReady, Problem
from services.chassis.rate_limit import ConcurrencyLimit
from services.tracking.domain.names import Names
from services.tracking.domain.scope import Scope
from services.tracking.store import queries
from services.tracking.workers.board import frames
from services.tracking.workers.board.board_state import BoardState
from services.tracking.workers.board.channel import Change, Channel, Reader, Snapshot

log = logging.getLogger(__name__)

TICK_SECONDS = 0.25
"""Longest pause between two reads of the feed, in seconds.

After a read that found changes, the pause is never shorter, so that clients get about four batches a second at most.
"""
HEARTBEAT_SECONDS = 10.0
WATCHED_SECONDS = 60.0
"""Seconds without clients after which the hub stops reading the changed cases."""
PRUNE_SECONDS = 60.0
KEEP_CHANGES_FOR = timedelta(minutes=10)
"""Age at which changes in the feed are deleted. Clients that reconnect later load a new snapshot."""
FIGURES_SECONDS = 10.0
"""Seconds for which today's figures are reused."""

STREAMS_OF_A_CALLER = 20
"""Maximum number of open streams of one account or key. All screens of a control room may use one account."""
STREAMS_OF_A_NETWORK = 400


class FeedExpired(Problem):
    """The client's sequence belongs to another feed or is too old."""

    status = 410
    zh = "看板数据流已不再保留该序号之后的变更。请重新获取快照。"
    en = "The feed no longer has the changes after this sequence. Load a new snapshot."


class Hub:
    """The board of one process: its state, its channels, and the requests that wait for a new case."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._state = BoardState(context.database)
        self._channels: dict[Scope, Channel] = {}
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._busy = asyncio.Lock()
        self._wake = asyncio.Event()
        self._last_request = monotonic()
        self._figures: tuple[float, bytes] = (-FIGURES_SECONDS, b"null")
        self.closed = False
        """True after `close`. A closed hub is never opened again."""
        self.by_caller = ConcurrencyLimit(STREAMS_OF_A_CALLER)
        self.by_network = ConcurrencyLimit(STREAMS_OF_A_NETWORK)
        context.cases.on_commit(self._wake.set)

    async def run(self) -> None:
        """Read the feed for ever.

        After a database error, try again: no change is lost, because it is still in the feed.
        """
        next_beat = next_prune = 0.0
        busy = False
        while True:
            try:
                busy = await self._read_feed()
                if monotonic() >= next_prune:
                    next_prune = monotonic() + PRUNE_SECONDS
                    await queries.prune_changes(self._context.database, KEEP_CHANGES_FOR)
                loops.progress()
            except TRANSIENT as error:
                loops.outage(error)
                await asyncio.sleep(1)
            if monotonic() >= next_beat:
                self._send_heartbeats()
                next_beat = monotonic() + HEARTBEAT_SECONDS
            await self.pause(busy=busy)

    def close(self) -> None:
        """End all streams, because this hub no longer reads the feed."""
        self.closed = True
        for channel in self._channels.values():
            for reader in channel.readers:
                reader.end(frames.BYE)

    async def snapshot(self, scope: Scope) -> bytes:
        """Return the compressed `BoardSnapshot` for callers with this scope."""
        await self._catch_up()
        channel = self._channel(scope)
        async with channel.snapshot_lock:
            return (channel.fresh() or await self._make_snapshot(channel)).body

    async def open(self, scope: Scope, since: str) -> tuple[Channel, Reader]:
        """Open a stream. The stream sends the changes after `since`, or `reset`, then a heartbeat, then new changes.

        The heartbeat carries the current sequence. If the heartbeat came first and the connection broke before the
        missed changes, the client would never ask for these changes.
        """
        await self._read_up_to(since)
        channel, reader = self._channel(scope), Reader()
        channel.readers.add(reader)
        if self.closed:
            reader.end(frames.BYE)
        elif since:
            self._resume(channel, reader, since)
        reader.put(frames.heartbeat(self._state.seq, self._context.clock.now()))
        return channel, reader

    async def changes(self, scope: Scope, since: str) -> bytes:
        """Return a `BoardBatch` of the changes after `since` for callers with this scope. Raises `FeedExpired`."""
        await self._read_up_to(since)
        missed = self._missed(scope, since)
        if missed is None:
            raise FeedExpired
        cards, removed = self._channel(scope).split(missed, self._state.cards)
        return frames.batch_body(self._state.seq, cards, removed)

    @contextlib.asynccontextmanager
    async def awaiting(self, name: str) -> AsyncGenerator[asyncio.Event]:
        """Yield an event that is set whenever the case with this id or number may have appeared."""
        appeared = asyncio.Event()
        self._waiting[name].add(appeared)
        try:
            yield appeared
        finally:
            self._waiting[name].discard(appeared)
            if not self._waiting[name]:
                del self._waiting[name]

    def _resume(self, channel: Channel, reader: Reader, since: str) -> None:
        missed = self._missed(channel.scope, since)
        if missed is None:
            reader.end(frames.RESET)
            return
        cards, removed = channel.split(missed, self._state.cards)
        if cards or removed:
            reader.put(frames.batch(self._state.epoch, self._state.seq, cards, removed))

    def _missed(self, scope: Scope, since: str) -> list[Change] | None:
        seq = self._sequence_of(since)
        return None if seq is None else self._state.since(seq, everywhere=scope.everywhere)

    def _sequence_of(self, since: str) -> int | None:
        """Return the sequence in `<epoch>.<seq>`; `None` if it belongs to another feed or is invalid."""
        epoch, _, seq = since.rpartition(".")
        return int(seq) if epoch == self._state.epoch and seq.isdecimal() else None

    def _channel(self, scope: Scope) -> Channel:
        return self._channels.setdefault(scope, Channel(scope))

    async def _make_snapshot(self, channel: Channel) -> Snapshot:
        today = await self._today_figures() if channel.scope.everywhere else b"null"
        state = self._state
        body = frames.snapshot_body(
            state.epoch, state.seq, self._context.clock.now(), channel.visible(state.cards), today
        )
        return await channel.compress(body)

    async def _today_figures(self) -> bytes:
        counted_at, figures = self._figures
        if monotonic() - counted_at >= FIGURES_SECONDS:
            now = self._context.clock.now().astimezone(self._names.zone)
            midnight = now.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)
            received, closed = await queries.count_today(self._context.database, midnight)
            figures = orjson.dumps({"received": received, "closed": closed})
            self._figures = (monotonic(), figures)
        return figures

    @property
    def _names(self) -> Names:
        return Names(self._context.district_or_none)

    @property
    def has_clients(self) -> bool:
        """True if a client is connected, waits for a case or was connected in the last `WATCHED_SECONDS`."""
        return (
            bool(self._waiting)
            or monotonic() - self._last_request < WATCHED_SECONDS
            or any(channel.readers for channel in self._channels.values())
        )

    async def _catch_up(self) -> None:
        """Make the state usable: read the cases that were skipped while no client was connected, or load all again."""
        if self._context.district_or_none is None:
            raise NotReady
        self._last_request = monotonic()
        async with self._busy:
            if self._state.is_current(self._names):
                await self._state.catch_up(self._names)
            else:
                await self._reload()

    async def _read_up_to(self, since: str) -> None:
        """Read the feed at least up to the client's sequence.

        The client may have got this sequence from another replica, which has read more of the feed.
        """
        await self._catch_up()
        while (self._sequence_of(since) or 0) > self._state.seq and await self._read_feed():
            pass

    async def _read_feed(self) -> bool:
        """Read the feed once. Return whether there were changes to read."""
        async with self._busy:
            head = await self._state.head()
            if not self._state.is_of(head, self._names):
                if self.has_clients and self._context.district_or_none is not None:
                    await self._reload()
                else:
                    self._state.invalidate()
                return False
            if head.seq == self._state.seq:
                return False
            if self.has_clients:
                await self._follow()
            else:
                await self._state.skip()
            return True

    async def _reload(self) -> None:
        """Load the board state again and reset every client.

        Needed after a rebuild of the feed, after a new release, or if changes are missing.
        """
        await self._state.load(self._names)
        for channel in self._channels.values():
            channel.snapshot = None
            for reader in channel.readers:
                reader.end(frames.RESET)
        for waiting in self._waiting.values():
            for appeared in waiting:
                appeared.set()

    async def _follow(self) -> None:
        await self._state.catch_up(self._names)
        changes, found = await self._state.follow(self._names)
        for channel in self._channels.values():
            channel.publish(self._state.epoch, self._state.seq, changes, self._state.cards)
        for each in found:
            for name in (str(each.case_id), each.case.facts.case_number):
                for appeared in self._waiting.get(name, ()):
                    appeared.set()

    async def pause(self, *, busy: bool) -> None:
        """Wait for `TICK_SECONDS` before the next read of the feed.

        If not `busy`, a commit of this process ends the wait.
        """
        if busy:
            await asyncio.sleep(TICK_SECONDS)
        else:
            await loops.wait_for_event(self._wake, TICK_SECONDS)
        self._wake.clear()

    def _send_heartbeats(self) -> None:
        frame = frames.heartbeat(self._state.seq, self._context.clock.now())
        for scope, channel in list(self._channels.items()):
            channel.send(frame)
            if not channel.readers and channel.fresh() is None:
                del self._channels[scope]
