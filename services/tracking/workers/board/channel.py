"""A channel: everybody who sees the same cases, one encoding for all of them, a bounded queue for each."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from time import monotonic
from typing import NamedTuple
from uuid import UUID

from services.tracking.domain.scope import Audience, Scope
from services.tracking.workers.board import frames

QUEUE = 64
"""Frames that may wait for one reader; with four a second, sixteen seconds behind."""

SNAPSHOT_SECONDS = 1.0
"""Age up to which a snapshot is given again. Its reader catches up by the stream, so age costs nothing but a batch."""

_GZIP_LEVEL = 5


class ShownCase(NamedTuple):
    """One open case as the board has it: its card as JSON, and who may see it."""

    card: bytes
    audience: Audience


Cards = Mapping[UUID, ShownCase]
"""Every open case."""


class Change(NamedTuple):
    """One case that changed, with the audience it had before: who must now take its card away."""

    seq: int
    case_id: UUID
    before: Audience | None


class Reader:
    """One open stream."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)
        self._over = False

    def put(self, frame: bytes) -> None:
        """Queue a frame. Who reads too slowly is told to start again, and let go."""
        if self._queue.full():
            self.end(frames.RESET)
        elif not self._over:
            self._queue.put_nowait(frame)

    def end(self, last: bytes) -> None:
        """Drop what waits, say one last thing, close."""
        if self._over:
            return
        self._over = True
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(last)
        self._queue.put_nowait(None)

    async def take(self) -> bytes | None:
        """The next frames, all that wait in one piece; none when the stream is over."""
        first = await self._queue.get()
        if first is None:
            return None
        pieces = [first]
        while not self._queue.empty():
            following = self._queue.get_nowait()
            if following is None:
                self._queue.put_nowait(None)
                break
            pieces.append(following)
        return b"".join(pieces)


@dataclass(slots=True)
class Snapshot:
    """A gzipped snapshot and when it was made."""

    body: bytes
    made: float


@dataclass(slots=True)
class Channel:
    """The readers of one scope."""

    scope: Scope
    readers: set[Reader] = field(default_factory=set[Reader])
    snapshot: Snapshot | None = None
    making: asyncio.Lock = field(default_factory=asyncio.Lock)

    def visible(self, cards: Cards) -> list[bytes]:
        """Every card its readers see."""
        return [shown.card for case_id, shown in cards.items() if self._sees(case_id, shown.audience)]

    def split(self, changes: Iterable[Change], cards: Cards) -> tuple[list[bytes], list[UUID]]:
        """What changed for its readers: cards as they now are, ids to take away. Each case once."""
        before: dict[UUID, Audience | None] = {}
        for change in changes:
            before.setdefault(change.case_id, change.before)
        now = {case_id: cards.get(case_id) for case_id in before}
        seen = [
            shown.card for case_id, shown in now.items() if shown is not None and self._sees(case_id, shown.audience)
        ]
        gone = [
            case_id
            for case_id, shown in now.items()
            if not (shown is not None and self._sees(case_id, shown.audience)) and self._saw(case_id, before[case_id])
        ]
        return seen, gone

    def _sees(self, case_id: UUID, audience: Audience) -> bool:
        return self.scope.everywhere or self.scope.sees(case_id, audience)

    def _saw(self, case_id: UUID, before: Audience | None) -> bool:
        return self.scope.everywhere or (before is not None and self.scope.sees(case_id, before))

    def publish(self, epoch: str, seq: int, changes: Iterable[Change], cards: Cards) -> None:
        """Encode once, queue for each reader."""
        if not self.readers:
            return
        seen, gone = self.split(changes, cards)
        if seen or gone:
            self.send(frames.batch(epoch, seq, seen, gone))

    def send(self, frame: bytes) -> None:
        """Queue a frame for every reader."""
        for reader in list(self.readers):
            reader.put(frame)

    def fresh(self) -> Snapshot | None:
        """The snapshot, if it is still young enough to give."""
        found = self.snapshot
        return found if found is not None and monotonic() - found.made < SNAPSHOT_SECONDS else None

    async def compress(self, body: bytes) -> Snapshot:
        """Make the snapshot of these bytes, in a thread: compression would hold up every stream."""
        packed = await asyncio.to_thread(gzip.compress, body, _GZIP_LEVEL, mtime=0)
        self.snapshot = Snapshot(packed, monotonic())
        return self.snapshot
