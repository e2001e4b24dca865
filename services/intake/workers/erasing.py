"""Worker that erases data whose retention time has ended."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from services.chassis import loops, retention
from services.chassis.context import Context
from services.intake.store import personal_data, photos
from services.intake.store.photo_store import PhotoStore

log = logging.getLogger(__name__)

_ERASE_EVERY = timedelta(hours=1)


async def erase_worker(context: Context) -> None:
    """Every hour, erase expired personal data, confidential details, and photos without a case."""
    photo_store = PhotoStore(context.settings.gridloop_home)
    while True:
        begun = context.clock.now()
        if erased := await erase_once(context, photo_store):
            log.info("erased %d rows of personal data that were due", erased)
        await context.clock.until(begun + _ERASE_EVERY)


async def erase_once(context: Context, photo_store: PhotoStore, batch: int = retention.BATCH) -> int:
    """Erase what is due now. Return how many rows changed.

    The row of a photo is deleted after its file, so that the next run completes an interrupted deletion. Uploads that
    no case has named are erased only while this service has applied the latest events of the other services, because a
    waiting event may name these uploads.
    """
    erased = await personal_data.erase_due(context.database, context.clock.now(), batch)
    if context.district_or_none and context.up_to_date():
        days = context.district.settings.retention.unused_photo
        erased += await photos.forget_uploads(context.database, timedelta(days=days), batch)
    while names := await photos.deletable_photos(context.database, batch):
        for name in names:
            await photo_store.remove(name)
            await photos.record_deletion(context.database, name)
            loops.progress()
    await asyncio.to_thread(photo_store.sweep)
    return erased
