"""A channel: the clients that see the same cases. They share encoded messages, and each has a bounded queue."""

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
"""Number of frames that may wait for one client: sixteen seconds at four frames a second."""

SNAPSHOT_SECONDS = 1.0
"""Age in seconds up to which a snapshot is reused. The stream delivers newer changes to the client."""

_GZIP_LEVEL = 5


class ShownCase(NamedTuple):
    """An open case on the board: the card as JSON, and the audience that may see the case."""

    card: bytes
    audience: Audience


Cards = Mapping[UUID, ShownCase]
"""All open cases by id."""


class Change(NamedTuple):
    """A changed case. `before` is its audience before the change; `None` if the board did not show the case.

    A client that could see the case before the change may have to remove the card.
    """

    seq: int
    case_id: UUID
    before: Audience | None


class Reader:
    """One open stream to a client, with the queue of its frames."""

    def __init__(self) -> None:
        self._queue: asyncio.Queue[bytes | None] = asyncio.Queue(QUEUE)
        self._ended = False

    def put(self, frame: bytes) -> None:
        """Queue a frame for the client. If the queue is full, reset and disconnect the client."""
        if self._queue.full():
            self.end(frames.RESET)
        elif not self._ended:
            self._queue.put_nowait(frame)

    def end(self, last: bytes) -> None:
        """End the stream: drop the waiting frames, send the frame `last`, then close."""
        if self._ended:
            return
        self._ended = True
        while not self._queue.empty():
            self._queue.get_nowait()
        self._queue.put_nowait(last)
        self._queue.put_nowait(None)

    async def next_piece(self) -> bytes | None:
        """Return all waiting frames in one piece, or `None` when the stream has ended."""
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
    """A compressed `BoardSnapshot`, with the monotonic time of its creation."""

    body: bytes
    made_at: float


@dataclass(slots=True)
class Channel:
    """The open streams of callers with the same scope, and the last snapshot for this scope."""

    scope: Scope
    readers: set[Reader] = field(default_factory=set[Reader])
    snapshot: Snapshot | None = None
    snapshot_lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def visible(self, cards: Cards) -> list[bytes]:
        """Return the cards that the clients of this channel may see."""
        return [shown.card for shown in cards.values() if self._sees(shown.audience)]

    def split(self, changes: Iterable[Change], cards: Cards) -> tuple[list[bytes], list[UUID]]:
        """Return the changed cards that the clients may see, and the ids of the cards that they must remove."""
        before: dict[UUID, Audience | None] = {}
        for change in changes:
            before.setdefault(change.case_id, change.before)
        now = {case_id: cards.get(case_id) for case_id in before}
        seen = [shown.card for shown in now.values() if shown is not None and self._sees(shown.audience)]
        removed = [
            case_id
            for case_id, shown in now.items()
            if not (shown is not None and self._sees(shown.audience)) and self._could_see(before[case_id])
        ]
        return seen, removed

    def _sees(self, audience: Audience) -> bool:
        return self.scope.everywhere or self.scope.sees(audience)

    def _could_see(self, before: Audience | None) -> bool:
        return self.scope.everywhere or (before is not None and self.scope.sees(before))

    def publish(self, epoch: str, seq: int, changes: Iterable[Change], cards: Cards) -> None:
        """Encode the changes once and queue them for every client of this channel."""
        if not self.readers:
            return
        seen, removed = self.split(changes, cards)
        if seen or removed:
            self.send(frames.batch(epoch, seq, seen, removed))

    def send(self, frame: bytes) -> None:
        """Queue a frame for every client of this channel."""
        for reader in list(self.readers):
            reader.put(frame)

    def fresh(self) -> Snapshot | None:
        """Return the last snapshot if it is not older than `SNAPSHOT_SECONDS`, otherwise `None`."""
        found = self.snapshot
        return found if found is not None and monotonic() - found.made_at < SNAPSHOT_SECONDS else None

    async def compress(self, body: bytes) -> Snapshot:
        """Compress a snapshot, keep it for reuse, and return it.

        A thread compresses, so that the streams are not delayed.
        """
        packed = await asyncio.to_thread(gzip.compress, body, _GZIP_LEVEL, mtime=0)
        self.snapshot = Snapshot(packed, monotonic())
        return self.snapshot
