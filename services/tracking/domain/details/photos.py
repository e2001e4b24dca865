"""Photos in events. Events of every stage can contain photos."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.common import Photo
from services.tracking.domain.record import Record, RecordPhoto


def add_photos(record: Record, photos: Iterable[Photo], stage: str) -> None:
    """Add to the record the photos that it does not have yet, with the stage of the event."""
    known = {photo.sha256 for photo in record.photos}
    for photo in photos:
        if photo.sha256 not in known:
            known.add(photo.sha256)
            record.photos.append(RecordPhoto(sha256=photo.sha256, role=photo.role, stage=stage))
