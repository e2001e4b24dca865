"""The cards of all open cases in memory.

The cards are updated from the board's feed, which is the table of changed cases (rule 9).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable
from typing import NamedTuple
from uuid import UUID

import orjson

from services.chassis.database import Pool
from services.tracking.domain.card import card, on_board
from services.tracking.domain.names import Names
from services.tracking.domain.scope import Audience
from services.tracking.store import queries
from services.tracking.store.queries import StoredCase
from services.tracking.workers.board.channel import Change, ShownCase

MAX_CHANGES = 20_000
"""Number of changes kept in memory for clients that reconnect."""

MAX_BATCHES = 20
"""Maximum number of feed sequences (stored batches) in one read, so that a long backlog does not delay the streams."""

MAX_UNREAD = 5_000
"""Number of skipped cases above which loading all open cases is cheaper than reading the skipped cases."""

_READ_SIZE = 200


class Followed(NamedTuple):
    """The changes of one read of the feed, and the summaries of the changed cases."""

    changes: list[Change]
    found: list[StoredCase]


class BoardState:
    """The cards of all open cases up to a sequence of the feed, and the latest changes."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self.epoch = ""
        self.seq = 0
        self.cards: dict[UUID, ShownCase] = {}
        self._log: deque[Change] = deque(maxlen=MAX_CHANGES)
        self._unread: set[UUID] = set()
        self._invalid = True
        self._release = -1
        self._oldest = 0
        """Earliest sequence from which clients with a limited scope can continue."""
        self._oldest_everywhere = 0
        """Earliest sequence from which clients that see every case can continue."""

    async def load(self, names: Names) -> None:
        """Load the cards of all open cases.

        Clients that see every case can continue from an earlier sequence of the feed. Other clients must load a new
        snapshot, because it is unknown which cards they have to remove.
        """
        head = await queries.load_board_head(self._pool)
        older = await queries.load_board_changes(self._pool, max(0, head.seq - MAX_CHANGES), head.seq)
        cards: dict[UUID, ShownCase] = {}
        async for page in queries.iterate_open_cases(self._pool):
            cards.update((found.case_id, _shown_case(found, names)) for found in page)
            await asyncio.sleep(0)
        self.epoch, self.seq, self.cards = head.epoch, head.seq, cards
        self._log = deque((Change(seq, case_id, None) for seq, case_id in older), MAX_CHANGES)
        self._unread, self._invalid, self._release = set(), False, names.release
        self._oldest, self._oldest_everywhere = head.seq, self._log[0].seq - 1 if self._log else head.seq

    async def head(self) -> queries.BoardHead:
        """Return the end of the feed in the database."""
        return await queries.load_board_head(self._pool)

    def is_of(self, head: queries.BoardHead, names: Names) -> bool:
        """Return whether the state is valid, of the feed with this end, and made with the release of `names`."""
        return head.epoch == self.epoch and head.seq >= self.seq and self.is_current(names)

    def is_current(self, names: Names) -> bool:
        """Return whether the state is valid and was made with the release of these names."""
        return not self._invalid and self._release == names.release

    def invalidate(self) -> None:
        """Mark the state as invalid. It must be loaded again before it is used."""
        self._invalid = True

    async def skip(self) -> None:
        """Read the next changes of the feed without reading the changed cases. `catch_up` reads these cases later."""
        changes = await self._next()
        self._unread.update(change.case_id for change in changes)
        self._invalid = self._invalid or len(self._unread) > MAX_UNREAD
        self._advance(changes)
        self._oldest = self.seq

    async def follow(self, names: Names) -> Followed:
        """Read the next changes of the feed, and update the cards of the changed cases."""
        changes = await self._next()
        found = await self._read({change.case_id for change in changes}, names)
        self._advance(changes)
        return Followed(changes, found)

    async def catch_up(self, names: Names) -> None:
        """Update the cards of the cases that `skip` has not read."""
        unread, self._unread = self._unread, set()
        await self._read(unread, names)

    def since(self, seq: int, *, everywhere: bool) -> list[Change] | None:
        """Return the changes after this sequence; `None` if a client cannot continue from this sequence."""
        if not (self._oldest_everywhere if everywhere else self._oldest) <= seq <= self.seq:
            return None
        return [change for change in self._log if change.seq > seq]

    async def _next(self) -> list[Change]:
        """Return the next changes of the feed. If the next sequence is missing, the state becomes invalid."""
        rows = await queries.load_board_changes(self._pool, self.seq, self.seq + MAX_BATCHES)
        if not rows or rows[0][0] != self.seq + 1:
            self._invalid = True
            return []
        return [Change(seq, case_id, self._audience(case_id)) for seq, case_id in rows]

    def _advance(self, changes: list[Change]) -> None:
        """Keep the changes and advance the sequence.

        Call this last, so that the cards contain every change up to the new sequence.
        """
        for change in changes:
            self._log_change(change)
            self.seq = change.seq

    def _audience(self, case_id: UUID) -> Audience | None:
        shown = self.cards.get(case_id)
        return shown.audience if shown else None

    async def _read(self, case_ids: Iterable[UUID], names: Names) -> list[StoredCase]:
        ids = list(case_ids)
        everything: list[StoredCase] = []
        for start in range(0, len(ids), _READ_SIZE):
            page = ids[start : start + _READ_SIZE]
            found = await queries.load_summaries(self._pool, page)
            still_open = {each.case_id: _shown_case(each, names) for each in found if on_board(each.case)}
            for case_id in page:
                self.cards.pop(case_id, None)
            self.cards.update(still_open)
            everything += found
        return everything

    def _log_change(self, change: Change) -> None:
        if len(self._log) == MAX_CHANGES:
            dropped = self._log[0].seq
            self._oldest = max(self._oldest, dropped)
            self._oldest_everywhere = max(self._oldest_everywhere, dropped)
        self._log.append(change)


def _shown_case(found: StoredCase, names: Names) -> ShownCase:
    wire = orjson.dumps(card(found.case_id, found.case, names).wire())
    return ShownCase(wire, Audience.of(found.case))
