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
from services.dispatch.domain.dispatches.state import Dispatch, DispatchedCase, Matter, Notice
from services.dispatch.domain.dispatches.webhook_fields import cut

_NOTE, _ASKED, _DESCRIPTION = 1000, 500, 1500
"""Characters that human text may have in a body: even in the widest script a body stays under 20 kB."""

_PHOTOS = 12


def created(case: DispatchedCase, dispatch: Dispatch, matter: Matter) -> None:
    """The order itself."""
    data = webhooks.DispatchCreatedData(
        **_about(case, dispatch, matter),
        **_matter(case, matter),
        description=cut(webhook_fields.description(matter), _DESCRIPTION),
        asked=cut(dispatch.asked, _ASKED),
        milestones=dispatch.milestones,
        sign_due_at=dispatch.sign_due_at,
        return_until=dispatch.return_until,
        coordinated=dispatch.coordinated,
        photos=() if matter.confidential else webhook_fields.photos(matter.photos[:_PHOTOS]),
    )
    _tell(case, dispatch, webhooks.DispatchCreated(timestamp=case.now, data=data))
    handovers.tell(case, dispatch, matter, "Alert")


def withdrawn(case: DispatchedCase, dispatch: Dispatch, matter: Matter, reason: Any, note: str = "") -> None:
    """The unit owes nothing more."""
    data = webhooks.DispatchWithdrawnData(**_about(case, dispatch, matter), reason=reason, note=cut(note, _NOTE))
    _tell(case, dispatch, webhooks.DispatchWithdrawn(timestamp=case.now, data=data))
    handovers.tell(case, dispatch, matter, "Cancel", handovers.merged_into(note) if reason == "merged" else note)


def return_refused(case: DispatchedCase, dispatch: Dispatch, matter: Matter, reason: Any, note: str) -> None:
    """The order stays."""
    data = webhooks.DispatchReturnRefusedData(
        **_about(case, dispatch, matter),
        reason=reason,
        note=cut(note, _NOTE),
        milestones=dispatch.milestones,
        sign_due_at=dispatch.sign_due_at if dispatch.signed_at is None else None,
    )
    _tell(case, dispatch, webhooks.DispatchReturnRefused(timestamp=case.now, data=data))


def urged(case: DispatchedCase, dispatch: Dispatch, matter: Matter, event: supervision.UnitUrged) -> None:
    """A reminder; for a coordinated unit it may go to the authority above it."""
    recipient = event.unit_id or dispatch.unit_id
    data = webhooks.DispatchUrgedData(
        **_about(case, dispatch, matter),
        addressed_to=recipient,
        text=cut(event.text, _NOTE),
        text_en=cut(event.text_en, _NOTE),
    )
    _tell(case, dispatch, webhooks.DispatchUrged(timestamp=case.now, data=data), recipient)
    handovers.tell(case, dispatch, matter, "Update", event.text)


def ordered(case: DispatchedCase, dispatch: Dispatch, matter: Matter, event: supervision.OrderIssued) -> None:
    """A formal order."""
    recipient = event.unit_id or dispatch.unit_id
    data = webhooks.DispatchSupervisionOrderedData(
        **_about(case, dispatch, matter),
        addressed_to=recipient,
        order_id=event.order_id,
        kind=event.kind,
        text=cut(event.text, _NOTE),
        text_en=cut(event.text_en, _NOTE),
        reply_due_at=event.reply_due_at,
        provisional=event.provisional,
        reply_at=_reply_at(case, event.order_id),
    )
    _tell(case, dispatch, webhooks.DispatchSupervisionOrdered(timestamp=case.now, data=data), recipient)
    handovers.tell(case, dispatch, matter, "Update", event.text)


def reply_due_moved(
    case: DispatchedCase, dispatch: Dispatch, matter: Matter, order_id: UUID, event: supervision.AnswerDueMoved
) -> None:
    """A formal order is replied to by another instant than its unit was told."""
    recipient = event.unit_id or dispatch.unit_id
    data = webhooks.DispatchReplyDueMovedData(
        **_about(case, dispatch, matter),
        addressed_to=recipient,
        order_id=order_id,
        reply_due_at=event.due_at,
        provisional=event.provisional,
        reply_at=_reply_at(case, order_id),
    )
    _tell(case, dispatch, webhooks.DispatchReplyDueMoved(timestamp=case.now, data=data), recipient)


def rework(case: DispatchedCase, dispatch: Dispatch, matter: Matter, event: supervision.ReworkOrdered) -> None:
    """The same order again."""
    data = webhooks.DispatchReworkOrderedData(
        **_about(case, dispatch, matter),
        round=event.round,
        reason=event.reason,
        note=cut(matter.kept(event.note), _NOTE),
        milestones=dispatch.milestones,
    )
    _tell(case, dispatch, webhooks.DispatchReworkOrdered(timestamp=case.now, data=data))
    handovers.tell(case, dispatch, matter, "Update", handovers.once_more(matter.kept(event.note)))


def extension_decided(
    case: DispatchedCase, dispatch: Dispatch, matter: Matter, event: supervision.ExtensionDecided
) -> None:
    """延期 granted or not."""
    data = webhooks.DispatchExtensionDecidedData(
        **_about(case, dispatch, matter),
        granted=event.granted,
        note=cut(event.note, _NOTE),
        milestones=dispatch.milestones,
    )
    _tell(case, dispatch, webhooks.DispatchExtensionDecided(timestamp=case.now, data=data))


def suspension_decided(
    case: DispatchedCase, dispatch: Dispatch, matter: Matter, event: supervision.SuspensionDecided
) -> None:
    """挂账 granted or not."""
    data = webhooks.DispatchSuspensionDecidedData(
        **_about(case, dispatch, matter),
        granted=event.granted,
        note=cut(event.note, _NOTE),
        until=event.until if event.granted else None,
    )
    _tell(case, dispatch, webhooks.DispatchSuspensionDecided(timestamp=case.now, data=data))


def information_added(
    case: DispatchedCase, dispatch: Dispatch, matter: Matter, event: reporters.InformationAdded
) -> None:
    """The reporter adds to what was said."""
    data = webhooks.DispatchInformationAddedData(
        **_about(case, dispatch, matter),
        text=cut(matter.kept(event.text), _NOTE),
        photos=webhook_fields.photos(matter.shown(event.photos)[:_PHOTOS]),
    )
    _tell(case, dispatch, webhooks.DispatchInformationAdded(timestamp=case.now, data=data))
    handovers.tell(case, dispatch, matter, "Update", matter.kept(event.text), photos=event.photos)


def corrected(case: DispatchedCase, dispatch: Dispatch, matter: Matter, note: str) -> None:
    """更正: what the order is about is something else, or somewhere else, than the unit was told."""
    data = webhooks.DispatchCorrectedData(
        **_about(case, dispatch, matter), **_matter(case, matter), milestones=dispatch.milestones, note=cut(note, _NOTE)
    )
    _tell(case, dispatch, webhooks.DispatchCorrected(timestamp=case.now, data=data))
    handovers.tell(case, dispatch, matter, "Update", matter.kept(note))


def closed(case: DispatchedCase, dispatch: Dispatch, matter: Matter, outcome: str, note: str) -> None:
    """Seen solved by somebody independent."""
    _tell_closed(case, dispatch, matter, outcome, note)
    handovers.tell(case, dispatch, matter, "Result", handovers.ended(outcome, matter.kept(note)))


def left_with_them(case: DispatchedCase, dispatch: Dispatch, matter: Matter, outcome: str, note: str) -> None:
    """Our part is over, and an emergency service goes on with what it has acknowledged: an `Update`, since nothing of it ends."""
    _tell_closed(case, dispatch, matter, outcome, note)
    said = note if outcome == "merged" else matter.kept(note)
    handovers.tell(case, dispatch, matter, "Update", handovers.yours(outcome, said))


def _tell_closed(case: DispatchedCase, dispatch: Dispatch, matter: Matter, outcome: str, note: str) -> None:
    data = webhooks.DispatchClosedData(
        **_about(case, dispatch, matter), outcome=outcome, note=cut(matter.kept(note), _NOTE)
    )
    _tell(case, dispatch, webhooks.DispatchClosed(timestamp=case.now, data=data))


def reopened(case: DispatchedCase, dispatch: Dispatch, matter: Matter, event: supervision.CaseReopened) -> None:
    """What the unit had been told is closed is open again."""
    data = webhooks.DispatchReopenedData(
        **_about(case, dispatch, matter), reason=event.reason, note=cut(matter.kept(event.note), _NOTE)
    )
    _tell(case, dispatch, webhooks.DispatchReopened(timestamp=case.now, data=data))
    handovers.tell(case, dispatch, matter, "Update", handovers.again(matter.kept(event.note)))


def stands_alone(case: DispatchedCase, dispatch: Dispatch, matter: Matter, host_number: str) -> None:
    """撤销并案: an emergency service had gone on with it while it was merged into the host, and goes on with it still."""
    data = webhooks.DispatchReopenedData(**_about(case, dispatch, matter), reason="merge_undone")
    _tell(case, dispatch, webhooks.DispatchReopened(timestamp=case.now, data=data))
    handovers.tell(
        case,
        dispatch,
        matter,
        "Update",
        handovers.again(f"撤销并案 No longer part of {host_number}."),
        link=HandoverLink(direction="UNLINK", other_id=host_number),
    )


def _matter(case: DispatchedCase, matter: Matter) -> dict[str, Any]:
    """What the order is about."""
    return {
        "category": webhook_fields.category(matter),
        "condition": webhook_fields.condition(matter),
        "severity": matter.severity,
        "emergency": matter.emergency,
        "confidential": matter.confidential,
        "place": webhook_fields.place(matter),
        "case_due_at": case.state.promised_until(matter),
    }


def _reply_at(case: DispatchedCase, order_id: UUID) -> str:
    return f"/api/supervision/cases/{case.id}/notices/{order_id}/reply"


def _about(case: DispatchedCase, dispatch: Dispatch, matter: Matter) -> dict[str, Any]:
    """What every message begins with; counts it."""
    dispatch.told += 1
    return {
        "dispatch_id": dispatch.id,
        "case_number": matter.case_number,
        "unit_id": dispatch.unit_id,
        "role": dispatch.role,
        "sequence": dispatch.told,
        "mode": case.state.mode,
        "links": webhook_fields.links(case.id, dispatch.id, matter),
    }


def _tell(case: DispatchedCase, dispatch: Dispatch, webhook: Webhook, recipient: str | None = None) -> None:
    """Write the message for delivery."""
    case.state.notices.append(
        Notice(
            id=case.derive_id(f"{webhook.TYPE}:{dispatch.id}"),
            about=dispatch.id,
            recipient=webhook_fields.addressee(recipient or dispatch.unit_id, case.district),
            webhook=webhook,
            mode=case.state.mode,
        )
    )
