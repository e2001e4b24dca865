"""Encoding of the board's server-sent events as bytes. `contracts/board.py` defines their fields."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from contracts.base import utc_text


def batch(epoch: str, seq: int, cards: Iterable[bytes], removed: Iterable[UUID]) -> bytes:
    """Return an event `batch`. A client that reconnects sends the id of its last batch to continue after it."""
    return b"id: %b.%d\nevent: batch\ndata: %b\n\n" % (epoch.encode(), seq, batch_body(seq, cards, removed))


def batch_body(seq: int, cards: Iterable[bytes], removed: Iterable[UUID]) -> bytes:
    """Return a `BoardBatch` as JSON, from encoded cards and the ids of removed cards."""
    ids = b",".join(b'"%b"' % str(case_id).encode() for case_id in removed)
    return b'{"seq":%d,"cards":[%b],"removed":[%b]}' % (seq, b",".join(cards), ids)


def snapshot_body(epoch: str, seq: int, now: datetime, cards: Iterable[bytes], today: bytes) -> bytes:
    """Return a `BoardSnapshot` as JSON, from encoded cards and today's encoded figures."""
    return b'{"epoch":"%b","seq":%d,"server_time":"%b","today":%b,"cards":[%b]}' % (
        epoch.encode(),
        seq,
        _second(now),
        today,
        b",".join(cards),
    )


def heartbeat(seq: int, now: datetime) -> bytes:
    """Return a heartbeat as an event `hb`.

    A comment line would not do, because scripts in a browser cannot see comments.
    """
    return b'event: hb\ndata: {"seq":%d,"server_time":"%b"}\n\n' % (seq, utc_text(now).encode())


RESET = b"event: reset\ndata: {}\n\n"
"""Event that tells a client to load a new snapshot, because the changes that it needs are not available."""

BYE = b"event: bye\ndata: {}\n\n"
"""Event that tells a client to connect again, with a new token if necessary."""


def _second(moment: datetime) -> bytes:
    return utc_text(moment.astimezone(UTC).replace(microsecond=0)).encode()
