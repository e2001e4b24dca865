"""Webhook messages to units. For a hand-over, also a message in the hand-over envelope to the emergency service."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts import webhooks
from contracts.events import supervision
from contracts.events.acceptance import reporters
from contracts.handover import HandoverLink
from contracts.webhooks import Webhook
from services.dispatch.domain.dispatches import handovers, webhook_fields
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase, FiledCase, add_message
from services.dispatch.domain.dispatches.webhook_fields import MAX_NOTE, MAX_PHOTOS, shorten

_MAX_INSTRUCTIONS, _MAX_DESCRIPTION = 500, 1500
"""Largest numbers of characters of `instructions` and `description`: so a message stays below 20 kB in Chinese too."""


def send_created(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase) -> None:
    """Send the unit its new dispatch."""
    data = webhooks.DispatchCreatedData(
        **_common_fields(case, dispatch, filed_case),
        **_case_fields(case, filed_case),
        description=shorten(webhook_fields.description(filed_case), _MAX_DESCRIPTION),
        instructions=shorten(dispatch.instructions, _MAX_INSTRUCTIONS),
        milestones=dispatch.milestones,
        sign_due_at=dispatch.sign_due_at,
        return_until=dispatch.return_until,
        coordinated=dispatch.coordinated,
        photos=() if filed_case.confidential else webhook_fields.photos(filed_case.photos[:MAX_PHOTOS]),
    )
    _add_message(case, dispatch, webhooks.DispatchCreated(timestamp=case.now, data=data))
    handovers.send_to_service(case, dispatch, filed_case, "Alert")


def send_withdrawn(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, reason: Any, note: str = ""
) -> None:
    """Tell the unit that its dispatch is withdrawn."""
    data = webhooks.DispatchWithdrawnData(
        **_common_fields(case, dispatch, filed_case), reason=reason, note=shorten(note, MAX_NOTE)
    )
    _add_message(case, dispatch, webhooks.DispatchWithdrawn(timestamp=case.now, data=data))
    handovers.send_to_service(
        case, dispatch, filed_case, "Cancel", handovers.merged_text(note) if reason == "merged" else note
    )


def send_return_refused(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, reason: Any, note: str
) -> None:
    """Tell the unit that its return was refused."""
    data = webhooks.DispatchReturnRefusedData(
        **_common_fields(case, dispatch, filed_case),
        reason=reason,
        note=shorten(note, MAX_NOTE),
        milestones=dispatch.milestones,
        sign_due_at=dispatch.sign_due_at if dispatch.signed_at is None else None,
    )
    _add_message(case, dispatch, webhooks.DispatchReturnRefused(timestamp=case.now, data=data))


def send_reminder(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.UnitUrged
) -> None:
    """Send a reminder to the unit that the event names, such as the authority above a coordinated unit.

    If the event names no unit, send the reminder to the unit of the dispatch.
    """
    recipient = event.unit_id or dispatch.unit_id
    data = webhooks.DispatchUrgedData(
        **_common_fields(case, dispatch, filed_case),
        addressed_to=recipient,
        text=shorten(event.text, MAX_NOTE),
        text_en=shorten(event.text_en, MAX_NOTE),
    )
    _add_message(case, dispatch, webhooks.DispatchUrged(timestamp=case.now, data=data), recipient)
    handovers.send_to_service(case, dispatch, filed_case, "Update", event.text)


def send_supervision_order(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.SupervisionOrderIssued
) -> None:
    """Send a supervision order 督办 to the unit that the event names, or else to the unit of the dispatch."""
    recipient = event.unit_id or dispatch.unit_id
    data = webhooks.DispatchSupervisionOrderedData(
        **_common_fields(case, dispatch, filed_case),
        addressed_to=recipient,
        order_id=event.order_id,
        kind=event.kind,
        text=shorten(event.text, MAX_NOTE),
        text_en=shorten(event.text_en, MAX_NOTE),
        reply_due_at=event.reply_due_at,
        provisional=event.provisional,
        reply_url=_reply_url(case, event.order_id),
    )
    _add_message(case, dispatch, webhooks.DispatchSupervisionOrdered(timestamp=case.now, data=data), recipient)
    handovers.send_to_service(case, dispatch, filed_case, "Update", event.text)


def send_reply_due_moved(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, order_id: UUID, event: supervision.AnswerDueMoved
) -> None:
    """Send the unit the new deadline of its reply to a supervision order."""
    recipient = event.unit_id or dispatch.unit_id
    data = webhooks.DispatchReplyDueMovedData(
        **_common_fields(case, dispatch, filed_case),
        addressed_to=recipient,
        order_id=order_id,
        reply_due_at=event.due_at,
        provisional=event.provisional,
        reply_url=_reply_url(case, order_id),
    )
    _add_message(case, dispatch, webhooks.DispatchReplyDueMoved(timestamp=case.now, data=data), recipient)


def send_rework(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.ReworkOrdered
) -> None:
    """Send the unit an order to do the work again 返工."""
    data = webhooks.DispatchReworkOrderedData(
        **_common_fields(case, dispatch, filed_case),
        round=event.round,
        reason=event.reason,
        note=shorten(filed_case.storable_text(event.note), MAX_NOTE),
        milestones=dispatch.milestones,
    )
    _add_message(case, dispatch, webhooks.DispatchReworkOrdered(timestamp=case.now, data=data))
    handovers.send_to_service(
        case, dispatch, filed_case, "Update", handovers.rework_text(filed_case.storable_text(event.note))
    )


def send_extension_decided(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.ExtensionDecided
) -> None:
    """Send the unit the decision on its request for an extension 延期."""
    data = webhooks.DispatchExtensionDecidedData(
        **_common_fields(case, dispatch, filed_case),
        granted=event.granted,
        note=shorten(event.note, MAX_NOTE),
        milestones=dispatch.milestones,
    )
    _add_message(case, dispatch, webhooks.DispatchExtensionDecided(timestamp=case.now, data=data))


def send_suspension_decided(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.SuspensionDecided
) -> None:
    """Send the unit the decision on its request for a suspension 挂账."""
    data = webhooks.DispatchSuspensionDecidedData(
        **_common_fields(case, dispatch, filed_case),
        granted=event.granted,
        note=shorten(event.note, MAX_NOTE),
        until=event.until if event.granted else None,
    )
    _add_message(case, dispatch, webhooks.DispatchSuspensionDecided(timestamp=case.now, data=data))


def send_information_added(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: reporters.InformationAdded
) -> None:
    """Send the unit additional information that the reporter gave."""
    data = webhooks.DispatchInformationAddedData(
        **_common_fields(case, dispatch, filed_case),
        text=shorten(filed_case.storable_text(event.text), MAX_NOTE),
        photos=webhook_fields.photos(filed_case.storable_photos(event.photos)[:MAX_PHOTOS]),
    )
    _add_message(case, dispatch, webhooks.DispatchInformationAdded(timestamp=case.now, data=data))
    handovers.send_to_service(
        case, dispatch, filed_case, "Update", filed_case.storable_text(event.text), photos=event.photos
    )


def send_corrected(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, note: str) -> None:
    """Send the unit the case after a correction 更正 of category, place or filing condition."""
    data = webhooks.DispatchCorrectedData(
        **_common_fields(case, dispatch, filed_case),
        **_case_fields(case, filed_case),
        milestones=dispatch.milestones,
        note=shorten(note, MAX_NOTE),
    )
    _add_message(case, dispatch, webhooks.DispatchCorrected(timestamp=case.now, data=data))
    handovers.send_to_service(case, dispatch, filed_case, "Update", filed_case.storable_text(note))


def send_closed(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, outcome: str, note: str) -> None:
    """Tell the unit that the case was closed."""
    _add_closed_message(case, dispatch, filed_case, outcome, note)
    handovers.send_to_service(
        case, dispatch, filed_case, "Result", handovers.end_text(outcome, filed_case.storable_text(note))
    )


def send_closed_but_kept(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, outcome: str, note: str
) -> None:
    """Tell an emergency service that our case ended and that the service keeps the part that it acknowledged.

    The envelope is an `Update` and not a `Result`, because the part of the service does not end.
    """
    _add_closed_message(case, dispatch, filed_case, outcome, note)
    text = note if outcome == "merged" else filed_case.storable_text(note)
    handovers.send_to_service(case, dispatch, filed_case, "Update", handovers.remaining_part_text(outcome, text))


def _add_closed_message(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, outcome: str, note: str
) -> None:
    data = webhooks.DispatchClosedData(
        **_common_fields(case, dispatch, filed_case),
        outcome=outcome,
        note=shorten(filed_case.storable_text(note), MAX_NOTE),
    )
    _add_message(case, dispatch, webhooks.DispatchClosed(timestamp=case.now, data=data))


def send_reopened(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.CaseReopened
) -> None:
    """Tell the unit that the closed case is open again."""
    data = webhooks.DispatchReopenedData(
        **_common_fields(case, dispatch, filed_case),
        reason=event.reason,
        note=shorten(filed_case.storable_text(event.note), MAX_NOTE),
    )
    _add_message(case, dispatch, webhooks.DispatchReopened(timestamp=case.now, data=data))
    handovers.send_to_service(
        case, dispatch, filed_case, "Update", handovers.reopened_text(filed_case.storable_text(event.note))
    )


def send_merge_undone(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, host_number: str) -> None:
    """Tell an emergency service that kept its part that the merge 并案 of the case was undone.

    `host_number`: number of the case that this case was merged into.
    """
    data = webhooks.DispatchReopenedData(**_common_fields(case, dispatch, filed_case), reason="merge_undone")
    _add_message(case, dispatch, webhooks.DispatchReopened(timestamp=case.now, data=data))
    handovers.send_to_service(
        case,
        dispatch,
        filed_case,
        "Update",
        handovers.reopened_text(f"撤销并案 No longer part of {host_number}."),
        link=HandoverLink(direction="UNLINK", other_id=host_number),
    )


def _case_fields(case: DispatchedCase, filed_case: FiledCase) -> dict[str, Any]:
    """Return the fields of a message that describe the case."""
    return {
        "category": webhook_fields.category(filed_case),
        "condition": webhook_fields.condition(filed_case),
        "severity": filed_case.severity,
        "emergency": filed_case.emergency,
        "confidential": filed_case.confidential,
        "place": webhook_fields.place(filed_case),
        "case_due_at": case.state.case_deadline(filed_case),
    }


def _reply_url(case: DispatchedCase, order_id: UUID) -> str:
    return f"/api/supervision/cases/{case.id}/notices/{order_id}/reply"


def _common_fields(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase) -> dict[str, Any]:
    """Return the fields that every message has. Also increments the message count of the dispatch."""
    dispatch.message_count += 1
    return {
        "dispatch_id": dispatch.id,
        "case_number": filed_case.case_number,
        "unit_id": dispatch.unit_id,
        "role": dispatch.role,
        "sequence": dispatch.message_count,
        "mode": case.state.mode,
        "links": webhook_fields.links(case.id, dispatch.id, filed_case),
    }


def _add_message(case: DispatchedCase, dispatch: Dispatch, webhook: Webhook, recipient: str | None = None) -> None:
    """Add the message to those that the transaction stores, for `recipient` or else for the unit of the dispatch."""
    unit = webhook_fields.recipient_of(recipient or dispatch.unit_id, case.district)
    add_message(case, webhook, key=dispatch.id, about=dispatch.id, recipient=unit)
