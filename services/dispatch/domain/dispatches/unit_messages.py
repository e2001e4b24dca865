"""What units are told: each message as the webhook it becomes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from contracts import webhooks
from contracts.events import supervision
from contracts.events.acceptance import reporters
from contracts.handover import HandoverLink
from contracts.webhooks import Webhook
from services.dispatch.domain.dispatches import handovers, webhook_fields
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase, FiledCase, OutgoingMessage
from services.dispatch.domain.dispatches.webhook_fields import shorten

_NOTE, _ASKED, _DESCRIPTION = 1000, 500, 1500
"""Characters that human text may have in a body: even in the widest script a body stays under 20 kB."""

_PHOTOS = 12


def send_created(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase) -> None:
    """The order itself."""
    data = webhooks.DispatchCreatedData(
        **_common_fields(case, dispatch, filed_case),
        **_case_fields(case, filed_case),
        description=shorten(webhook_fields.description(filed_case), _DESCRIPTION),
        asked=shorten(dispatch.asked, _ASKED),
        milestones=dispatch.milestones,
        sign_due_at=dispatch.sign_due_at,
        return_until=dispatch.return_until,
        coordinated=dispatch.coordinated,
        photos=() if filed_case.confidential else webhook_fields.photos(filed_case.photos[:_PHOTOS]),
    )
    _add_message(case, dispatch, webhooks.DispatchCreated(timestamp=case.now, data=data))
    handovers.send_to_service(case, dispatch, filed_case, "Alert")


def send_withdrawn(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, reason: Any, note: str = ""
) -> None:
    """The unit owes nothing more."""
    data = webhooks.DispatchWithdrawnData(
        **_common_fields(case, dispatch, filed_case), reason=reason, note=shorten(note, _NOTE)
    )
    _add_message(case, dispatch, webhooks.DispatchWithdrawn(timestamp=case.now, data=data))
    handovers.send_to_service(
        case, dispatch, filed_case, "Cancel", handovers.merged_text(note) if reason == "merged" else note
    )


def send_return_refused(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, reason: Any, note: str
) -> None:
    """The order stays."""
    data = webhooks.DispatchReturnRefusedData(
        **_common_fields(case, dispatch, filed_case),
        reason=reason,
        note=shorten(note, _NOTE),
        milestones=dispatch.milestones,
        sign_due_at=dispatch.sign_due_at if dispatch.signed_at is None else None,
    )
    _add_message(case, dispatch, webhooks.DispatchReturnRefused(timestamp=case.now, data=data))


def send_reminder(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.UnitUrged
) -> None:
    """A reminder; for a coordinated unit it may go to the authority above it."""
    recipient = event.unit_id or dispatch.unit_id
    data = webhooks.DispatchUrgedData(
        **_common_fields(case, dispatch, filed_case),
        addressed_to=recipient,
        text=shorten(event.text, _NOTE),
        text_en=shorten(event.text_en, _NOTE),
    )
    _add_message(case, dispatch, webhooks.DispatchUrged(timestamp=case.now, data=data), recipient)
    handovers.send_to_service(case, dispatch, filed_case, "Update", event.text)


def send_supervision_order(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.OrderIssued
) -> None:
    """A formal order."""
    recipient = event.unit_id or dispatch.unit_id
    data = webhooks.DispatchSupervisionOrderedData(
        **_common_fields(case, dispatch, filed_case),
        addressed_to=recipient,
        order_id=event.order_id,
        kind=event.kind,
        text=shorten(event.text, _NOTE),
        text_en=shorten(event.text_en, _NOTE),
        reply_due_at=event.reply_due_at,
        provisional=event.provisional,
        reply_at=_reply_at(case, event.order_id),
    )
    _add_message(case, dispatch, webhooks.DispatchSupervisionOrdered(timestamp=case.now, data=data), recipient)
    handovers.send_to_service(case, dispatch, filed_case, "Update", event.text)


def send_reply_due_moved(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, order_id: UUID, event: supervision.AnswerDueMoved
) -> None:
    """A formal order is replied to by another instant than its unit was told."""
    recipient = event.unit_id or dispatch.unit_id
    data = webhooks.DispatchReplyDueMovedData(
        **_common_fields(case, dispatch, filed_case),
        addressed_to=recipient,
        order_id=order_id,
        reply_due_at=event.due_at,
        provisional=event.provisional,
        reply_at=_reply_at(case, order_id),
    )
    _add_message(case, dispatch, webhooks.DispatchReplyDueMoved(timestamp=case.now, data=data), recipient)


def send_rework(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.ReworkOrdered
) -> None:
    """The same order again."""
    data = webhooks.DispatchReworkOrderedData(
        **_common_fields(case, dispatch, filed_case),
        round=event.round,
        reason=event.reason,
        note=shorten(filed_case.storable_text(event.note), _NOTE),
        milestones=dispatch.milestones,
    )
    _add_message(case, dispatch, webhooks.DispatchReworkOrdered(timestamp=case.now, data=data))
    handovers.send_to_service(
        case, dispatch, filed_case, "Update", handovers.rework_text(filed_case.storable_text(event.note))
    )


def send_extension_decided(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.ExtensionDecided
) -> None:
    """延期 granted or not."""
    data = webhooks.DispatchExtensionDecidedData(
        **_common_fields(case, dispatch, filed_case),
        granted=event.granted,
        note=shorten(event.note, _NOTE),
        milestones=dispatch.milestones,
    )
    _add_message(case, dispatch, webhooks.DispatchExtensionDecided(timestamp=case.now, data=data))


def send_suspension_decided(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.SuspensionDecided
) -> None:
    """挂账 granted or not."""
    data = webhooks.DispatchSuspensionDecidedData(
        **_common_fields(case, dispatch, filed_case),
        granted=event.granted,
        note=shorten(event.note, _NOTE),
        until=event.until if event.granted else None,
    )
    _add_message(case, dispatch, webhooks.DispatchSuspensionDecided(timestamp=case.now, data=data))


def send_information_added(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: reporters.InformationAdded
) -> None:
    """The reporter adds to what was said."""
    data = webhooks.DispatchInformationAddedData(
        **_common_fields(case, dispatch, filed_case),
        text=shorten(filed_case.storable_text(event.text), _NOTE),
        photos=webhook_fields.photos(filed_case.storable_photos(event.photos)[:_PHOTOS]),
    )
    _add_message(case, dispatch, webhooks.DispatchInformationAdded(timestamp=case.now, data=data))
    handovers.send_to_service(
        case, dispatch, filed_case, "Update", filed_case.storable_text(event.text), photos=event.photos
    )


def send_corrected(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, note: str) -> None:
    """更正: what the order is about is something else, or somewhere else, than the unit was told."""
    data = webhooks.DispatchCorrectedData(
        **_common_fields(case, dispatch, filed_case),
        **_case_fields(case, filed_case),
        milestones=dispatch.milestones,
        note=shorten(note, _NOTE),
    )
    _add_message(case, dispatch, webhooks.DispatchCorrected(timestamp=case.now, data=data))
    handovers.send_to_service(case, dispatch, filed_case, "Update", filed_case.storable_text(note))


def send_closed(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, outcome: str, note: str) -> None:
    """Seen solved by somebody independent."""
    _add_closed_message(case, dispatch, filed_case, outcome, note)
    handovers.send_to_service(
        case, dispatch, filed_case, "Result", handovers.end_text(outcome, filed_case.storable_text(note))
    )


def send_closed_but_kept(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, outcome: str, note: str
) -> None:
    """Our part is over, and an emergency service goes on with what it has acknowledged: an `Update`, since nothing of it ends."""
    _add_closed_message(case, dispatch, filed_case, outcome, note)
    said = note if outcome == "merged" else filed_case.storable_text(note)
    handovers.send_to_service(case, dispatch, filed_case, "Update", handovers.remaining_part_text(outcome, said))


def _add_closed_message(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, outcome: str, note: str
) -> None:
    data = webhooks.DispatchClosedData(
        **_common_fields(case, dispatch, filed_case),
        outcome=outcome,
        note=shorten(filed_case.storable_text(note), _NOTE),
    )
    _add_message(case, dispatch, webhooks.DispatchClosed(timestamp=case.now, data=data))


def send_reopened(
    case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, event: supervision.CaseReopened
) -> None:
    """What the unit had been told is closed is open again."""
    data = webhooks.DispatchReopenedData(
        **_common_fields(case, dispatch, filed_case),
        reason=event.reason,
        note=shorten(filed_case.storable_text(event.note), _NOTE),
    )
    _add_message(case, dispatch, webhooks.DispatchReopened(timestamp=case.now, data=data))
    handovers.send_to_service(
        case, dispatch, filed_case, "Update", handovers.reopened_text(filed_case.storable_text(event.note))
    )


def send_merge_undone(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase, host_number: str) -> None:
    """撤销并案: an emergency service had gone on with it while it was merged into the host, and goes on with it still."""
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
    """What the order is about."""
    return {
        "category": webhook_fields.category(filed_case),
        "condition": webhook_fields.condition(filed_case),
        "severity": filed_case.severity,
        "emergency": filed_case.emergency,
        "confidential": filed_case.confidential,
        "place": webhook_fields.place(filed_case),
        "case_due_at": case.state.case_deadline(filed_case),
    }


def _reply_at(case: DispatchedCase, order_id: UUID) -> str:
    return f"/api/supervision/cases/{case.id}/notices/{order_id}/reply"


def _common_fields(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase) -> dict[str, Any]:
    """What every message begins with; counts it."""
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
    """Write the message for delivery."""
    case.state.messages.append(
        OutgoingMessage(
            id=case.derive_id(f"{webhook.TYPE}:{dispatch.id}"),
            about=dispatch.id,
            recipient=webhook_fields.recipient_of(recipient or dispatch.unit_id, case.district),
            webhook=webhook,
            mode=case.state.mode,
        )
    )
