"""移交 in both directions: what emergency services are told in the envelope that their platforms speak."""

from __future__ import annotations

from typing import get_args
from uuid import UUID

from contracts.discovery import ReportReceived
from contracts.handover import (
    Handover,
    HandoverAttachment,
    HandoverCase,
    HandoverKind,
    HandoverLocation,
    HandoverRequest,
    HandoverSender,
    HandoverStatus,
    HandoverTerms,
)
from contracts.places import Agency, Mode
from contracts.webhooks import HandoverMessage
from services.chassis.district import District
from services.dispatch.domain.orders import parts
from services.dispatch.domain.orders.parts import cut
from services.dispatch.domain.orders.state import Dispatch, DispatchedCase, Matter, Notice, Origin

STATUS: dict[Mode, HandoverStatus] = {"actual": "Actual", "exercise": "Exercise", "test": "Test"}

_NOTE, _TITLE, _DESCRIPTION = 1000, 200, 1000
_PHOTOS = 12


def tell(case: DispatchedCase, dispatch: Dispatch, matter: Matter, kind: HandoverKind, note: str = "") -> None:
    """Say it to the service that this order was handed over to; of other orders, nothing.

    The `Alert` is named by the order itself, so whoever answers it names the order.
    """
    handoff = dispatch.handoff
    if handoff is None:
        return
    first = kind == "Alert"
    message_id = case.derive_id(f"{HandoverMessage.TYPE}:{kind}:{dispatch.id}")
    _say(
        case, dispatch.unit_id, dispatch.id,
        Handover(
            id=str(dispatch.id if first else message_id), sender=_sender(case.district, matter.centre_id), sent=case.now,
            kind=kind, mode=STATUS[case.state.mode], references=() if first else (str(dispatch.id),),
            referred_at=None if first else dispatch.created_at,
            case=_matter(matter),
            requested=HandoverRequest(
                agency=handoff.agency, action=cut(dispatch.asked, _NOTE), need_by=dispatch.sign_due_at
            ),
            handover=HandoverTerms(mode=handoff.mode), note=cut(note, _NOTE),
            attachments=_attachments(matter) if first else (),
        ),
    )  # fmt: skip


def origin_of(report: ReportReceived, district: District) -> Origin | None:
    """The emergency service that handed the report to us, where its number is that of a unit of ours."""
    outside = report.external
    if outside is None or outside.number is None or outside.channel_number not in get_args(Agency):
        return None
    units = (unit for unit in district.units.values() if unit.agency == outside.channel_number)
    return next(
        (Origin(unit_id=unit.id, number=outside.number, case_number=report.case_number) for unit in units), None
    )


def answer(case: DispatchedCase, kind: HandoverKind, note: str = "") -> None:
    """Say to the service that handed the case to us what became of it: taken, not taken, or how it ended."""
    origin, matter = case.state.origin, case.state.matter
    if origin is None:
        return
    centre = matter.centre_id if matter else ""
    taken = kind == "Ack"
    _say(
        case, origin.unit_id, case.id,
        Handover(
            id=str(case.derive_id(f"{HandoverMessage.TYPE}:{kind}")), sender=_sender(case.district, centre),
            sent=case.now, kind=kind, mode=STATUS[case.state.mode], references=(origin.number,),
            case=_matter(matter) if matter else HandoverCase(number=origin.case_number),
            handover=HandoverTerms(
                mode="transfer", accepted_by=centre if taken else None, accepted_at=case.now if taken else None,
                refused_reason=cut(note, _NOTE) if kind == "Error" else None,
            ),
            note=cut(note, _NOTE),
        ),
    )  # fmt: skip


def _say(case: DispatchedCase, unit_id: str, about: UUID, message: Handover) -> None:
    webhook = HandoverMessage(timestamp=case.now, data=message)
    notice_id = case.derive_id(f"{HandoverMessage.TYPE}:{message.id}")
    case.state.notices.append(Notice(notice_id, about, unit_id, webhook, case.state.mode))


def _sender(district: District, centre_id: str) -> HandoverSender:
    return HandoverSender(division=district.settings.id, organisation=centre_id or district.settings.id)


def _matter(matter: Matter) -> HandoverCase:
    """The case as they need to know it: where it is confidential, neither text nor place."""
    standard, kind, code = matter.category_id.rsplit("/", 2)
    place = parts.place(matter)
    return HandoverCase(
        number=matter.case_number, standard=standard, kind=kind, code=code, title=cut(matter.category_name, _TITLE),
        title_en=cut(matter.category_name_en, _TITLE), description=cut(parts.description(matter), _DESCRIPTION),
        severity=matter.severity, urgency="Immediate" if matter.emergency else "Expected",
        reported_at=matter.reported_at,
        location=HandoverLocation(
            grid_code=place.grid_code or place.community, address=place.address, longitude=place.longitude,
            latitude=place.latitude,
        ),
    )  # fmt: skip


def _attachments(matter: Matter) -> tuple[HandoverAttachment, ...]:
    if matter.confidential:
        return ()
    return tuple(HandoverAttachment(url=each.url, sha256=each.sha256) for each in parts.photos(matter.photos[:_PHOTOS]))
