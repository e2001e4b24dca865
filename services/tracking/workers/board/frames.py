"""Server-sent events as bytes, made once for all who get them. Field order and names: contracts/board.py."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from uuid import UUID

from contracts.base import utc_text


def batch(epoch: str, seq: int, cards: Iterable[bytes], removed: Iterable[UUID]) -> bytes:
    """Event `batch` with the id from which a reader continues."""
    return b"id: %b.%d\nevent: batch\ndata: %b\n\n" % (epoch.encode(), seq, batch_body(seq, cards, removed))


def batch_body(seq: int, cards: Iterable[bytes], removed: Iterable[UUID]) -> bytes:
    """A `BoardBatch` from cards that are JSON already."""
    gone = b",".join(b'"%b"' % str(case_id).encode() for case_id in removed)
    return b'{"seq":%d,"cards":[%b],"removed":[%b]}' % (seq, b",".join(cards), gone)


def snapshot_body(epoch: str, seq: int, now: datetime, cards: Iterable[bytes], today: bytes) -> bytes:
    """A `BoardSnapshot` from cards that are JSON already."""
    return b'{"epoch":"%b","seq":%d,"server_time":"%b","today":%b,"cards":[%b]}' % (
        epoch.encode(),
        seq,
        _second(now),
        today,
        b",".join(cards),
    )


def heartbeat(seq: int, now: datetime) -> bytes:
    """Event `hb`: named, because comments never reach a browser's script."""
    return b'event: hb\ndata: {"seq":%d,"server_time":"%b"}\n\n' % (seq, utc_text(now).encode())


RESET = b"event: reset\ndata: {}\n\n"
"""The reader's picture cannot be brought up to date: take a new snapshot."""

BYE = b"event: bye\ndata: {}\n\n"
"""The connection ends on purpose: come back, with a fresh token if need be."""


def _second(moment: datetime) -> bytes:
    return utc_text(moment.astimezone(UTC).replace(microsecond=0)).encode()
