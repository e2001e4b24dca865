"""What several stages add alike."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.places import Actor, Photo, Place
from services.tracking.domain.record import Named, Record, RecordPhoto


def add_photos(record: Record, photos: Iterable[Photo], stage: str) -> None:
    """Keep each photo once, with the stage that brought it first."""
    known = {photo.sha256 for photo in record.photos}
    for photo in photos:
        if photo.sha256 not in known:
            known.add(photo.sha256)
            record.photos.append(RecordPhoto(sha256=photo.sha256, role=photo.role, stage=stage))


def put_place(record: Record, place: Place | None) -> None:
    """Move the case to a place; the community is the first twelve digits of any grid code (GB/T 47678.2)."""
    if place is not None:
        record.place = place
        record.community = place.grid_code[:12]


def put_category(record: Record, category_id: str | None, name: str | None, name_en: str | None) -> None:
    """The category with the names its event carried."""
    if category_id is not None:
        record.category = Named(id=category_id, name=name or "", name_en=name_en or "")


def involve_actor(record: Record, actor: Actor) -> None:
    """Whoever reported a case may follow it, wherever it goes."""
    if actor.kind in ("account", "key"):
        record.involve("actor", actor.id)
    record.involve("officer", actor.officer_id)
