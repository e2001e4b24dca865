"""Stage 1, 发现."""

from __future__ import annotations

from contracts import discovery as events
from contracts.envelope import Envelope
from services.tracking.domain.record import Record
from services.tracking.domain.steps.common import add_photos, involve_actor, put_category, put_place


def received(record: Record, event: events.ReportReceived, _: Envelope) -> None:
    """The first event of every case."""
    record.channel, record.request_type, record.mode = event.channel, event.request_type, event.mode
    record.description, record.address = event.description, event.address
    record.occurred_at, record.reported_at = event.occurred_at, event.reported_at
    record.external = event.external
    record.what_was_done = event.settlement.what_was_done if event.settlement else ""
    record.reporter_officer_id = event.reported_by.officer_id
    put_category(record, event.category_id, event.category_name, event.category_name_en)
    put_place(record, event.place)
    add_photos(record, event.photos, "discovery")
    involve_actor(record, event.reported_by)


STEPS = {events.ReportReceived: received}
