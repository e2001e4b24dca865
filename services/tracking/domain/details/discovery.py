"""Changes of the record by events of discovery 发现."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import discovery as events
from services.tracking.domain.details.photos import add_photos
from services.tracking.domain.record import Record


def on_report_received(record: Record, event: events.ReportReceived, _: Envelope) -> None:
    """Set request type, time of occurrence and external origin from the report, and add the photos."""
    record.request_type, record.occurred_at, record.external = event.request_type, event.occurred_at, event.external
    add_photos(record, event.photos, "discovery")


DETAILS = {events.ReportReceived: on_report_received}
