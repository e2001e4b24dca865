"""Server-sent events as bytes, encoded once for all clients. Fields are defined in `contracts/board.py`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from contracts.base import utc_text


def batch(epoch: str, seq: int, cards: Iterable[bytes], removed: Iterable[UUID]) -> bytes:
    """Return an event `batch` with the id from which a client continues."""
    return b"id: %b.%d\nevent: batch\ndata: %b\n\n" % (epoch.encode(), seq, batch_body(seq, cards, removed))


def batch_body(seq: int, cards: Iterable[bytes], removed: Iterable[UUID]) -> bytes:
    """Return a `BoardBatch` from encoded cards."""
    ids = b",".join(b'"%b"' % str(case_id).encode() for case_id in removed)
    return b'{"seq":%d,"cards":[%b],"removed":[%b]}' % (seq, b",".join(cards), ids)


def snapshot_body(epoch: str, seq: int, now: datetime, cards: Iterable[bytes], today: bytes) -> bytes:
    """Return a `BoardSnapshot` from encoded cards."""
    return b'{"epoch":"%b","seq":%d,"server_time":"%b","today":%b,"cards":[%b]}' % (
        epoch.encode(),
        seq,
        _second(now),
        today,
        b",".join(cards),
    )


def heartbeat(seq: int, now: datetime) -> bytes:
    """Return an event `hb`. It is an event because comments do not reach scripts in a browser."""
    return b'event: hb\ndata: {"seq":%d,"server_time":"%b"}\n\n' % (seq, utc_text(now).encode())


RESET = b"event: reset\ndata: {}\n\n"
"""Tells the client to load a new snapshot, because its state cannot be updated."""

BYE = b"event: bye\ndata: {}\n\n"
"""Tells the client to connect again, with a new token if necessary."""


def _second(moment: datetime) -> bytes:
    return utc_text(moment.astimezone(UTC).replace(microsecond=0)).encode()
