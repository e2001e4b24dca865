"""Changes of the summary by events of discovery 发现."""

from __future__ import annotations

from contracts.envelope import Envelope
from contracts.events import discovery as events
from services.tracking.domain.steps.place_and_category import set_category, set_place
from services.tracking.domain.summary import Summary


def on_report_received(case: Summary, event: events.ReportReceived, _: Envelope) -> None:
    """Set the values of the report, and add its sender as a participant, who may see the case from now on."""
    case.channel, case.mode = event.channel, event.mode
    case.description, case.address = event.description, event.address
    case.what_was_done = event.settlement.what_was_done if event.settlement else ""
    case.external_number = event.external.number if event.external else None
    case.reported_at = event.reported_at
    set_category(case, event.category_id, event.category_name, event.category_name_en)
    set_place(case, event.place)
    if event.reported_by.kind in ("account", "key"):
        case.add_participant("actor", event.reported_by.id)
    case.add_participant("officer", event.reported_by.officer_id)


STEPS = {events.ReportReceived: on_report_received}
