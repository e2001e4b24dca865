"""Messages about hand-overs 移交 to emergency services, in the hand-over envelope.

The messages concern cases that we hand over to an emergency service, and cases that an emergency service handed over
to us (`EmergencyOrigin`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import get_args
from uuid import UUID

from contracts.common import Agency, Photo
from contracts.events.acceptance import CaseAttached, CaseLinked, Relation, ReportJoined, ReportLeft
from contracts.events.discovery import External, ReportReceived
from contracts.events.handling import ProgressReported
from contracts.handover import (
    STATUS_OF,
    Handover,
    HandoverAttachment,
    HandoverCaller,
    HandoverCase,
    HandoverKind,
    HandoverLink,
    HandoverLinks,
    HandoverLocation,
    HandoverRequest,
    HandoverSender,
    HandoverTerms,
    LinkDirection,
)
from contracts.webhooks import HandoverMessage
from services.chassis.registry_snapshot import RegistrySnapshot
from services.dispatch.domain.dispatches import webhook_fields
from services.dispatch.domain.dispatches.state import (
    Dispatch,
    DispatchCase,
    DispatchedCase,
    EmergencyOrigin,
    FiledCase,
    LinkedCase,
    ReportDetails,
    add_message,
)
from services.dispatch.domain.dispatches.webhook_fields import MAX_NOTE, MAX_PHOTOS, shorten

_TITLE, _DESCRIPTION = 200, 1000

_DIRECTIONS: dict[Relation, LinkDirection] = {
    "parent": "PARENT",
    "child": "CHILD",
    "related": "RELATED",
    "recurrence": "RELATED",
}
_LINK_ORDER: tuple[Relation, ...] = ("parent", "child", "related", "recurrence")

_OUTCOME_TEXTS = {
    "solved": "已解决 Solved",
    "settled_on_the_spot": "当场处置 Settled on the spot",
    "answered": "已答复 Answered",
    "explained": "已解释说明 Explained",
    "mediated": "已调解 Mediated",
    "handed_over": "已移交 Handed over",
    "forced": "强制结案 Closed by a leader's decision",
    "voided": "作废 Voided",
    "not_filed": "不予立案 Not filed",
    "withdrawn": "已撤销 Withdrawn",
}
"""Text for each outcome of a case, in both languages, for the emergency service."""

_NOTHING_TO_DO = frozenset({"voided", "not_filed", "withdrawn"})
"""Outcomes that mean that our units no longer handle the case."""

_ALREADY_CLOSED = "此事此前已办结 This case was closed before."


def send_to_service(
    case: DispatchedCase,
    dispatch: Dispatch,
    filed_case: FiledCase,
    kind: HandoverKind,
    note: str = "",
    link: HandoverLink | None = None,
    photos: Sequence[Photo] = (),
) -> None:
    """Send a message to the emergency service that has this dispatch. Do nothing if the dispatch is no hand-over.

    The `Alert` uses the id of the dispatch as its own id, so an answer to the `Alert` names the dispatch. `link`: the
    linked case that the message names; by default the most relevant one. `photos`: new photos to send; ignored for an
    `Alert`, which has the photos of the case.
    """
    handover = dispatch.handover
    if handover is None:
        return
    first = kind == "Alert"
    message_id = case.derive_id(f"{HandoverMessage.TYPE}:{kind}:{dispatch.id}")
    _add_message(
        case,
        dispatch.unit_id,
        dispatch.id,
        Handover(
            id=str(dispatch.id if first else message_id),
            sender=_sender(case.district, filed_case.centre_id),
            sent=case.now,
            kind=kind,
            mode=STATUS_OF[case.state.mode],
            references=() if first else (str(dispatch.id),),
            referred_at=None if first else dispatch.created_at,
            case=_case_fields(case, filed_case),
            caller=_caller(case.state, filed_case),
            requested=HandoverRequest(
                agency=handover.agency, action=shorten(dispatch.instructions, MAX_NOTE), need_by=dispatch.sign_due_at
            ),
            link=link or _link(case.state),
            links=_links(case, dispatch, filed_case),
            handover=HandoverTerms(mode=handover.mode),
            note=shorten(note, MAX_NOTE),
            attachments=_attachments(filed_case, filed_case.photos if first else photos),
        ),
    )


def forward_progress(case: DispatchedCase, event: ProgressReported) -> None:
    """Send the progress of one unit to the other emergency services with an open dispatch of the case.

    Nothing is sent about a confidential case.
    """
    state, filed_case = case.state, case.state.filed_case
    if filed_case is None or filed_case.confidential:
        return
    actor = case.district.units.get(event.unit_id) or case.district.teams.get(event.unit_id)
    name = f"{actor.name} {actor.name_en}" if actor is not None else event.unit_id
    reached = f" [{event.milestone}]" if event.milestone is not None else ""
    for dispatch in state.dispatches:
        if dispatch.open and dispatch.id != event.dispatch_id:
            send_to_service(case, dispatch, filed_case, "Update", f"{name}{reached}: {event.note}", photos=event.photos)


def announce_link(case: DispatchedCase, event: CaseLinked) -> None:
    """Store a case that was linked to this one, and tell the emergency services with an open dispatch.

    Later messages name the linked case too. Nothing is sent about a confidential case.
    """
    other = LinkedCase(relation=event.relation, number=event.other_case_number)
    state, filed_case = case.state, case.state.filed_case
    if other in state.links:
        return
    state.links.append(other)
    if filed_case is None or filed_case.confidential:
        return
    for dispatch in state.dispatches:
        if dispatch.open:
            text = f"关联案件 {other.number} Linked with case {other.number}."
            send_to_service(case, dispatch, filed_case, "Update", text, link=_link_to(other))


def end_text(outcome: str, note: str) -> str:
    """Return the text of the outcome in both languages, followed by the note."""
    return f"{_OUTCOME_TEXTS.get(outcome, outcome)}{f': {note}' if note else ''}"


def reopened_text(note: str) -> str:
    """Return the text that tells that the case is open again, followed by the note."""
    return f"重新处置 The case is open again.{f' {note}' if note else ''}"


def rework_text(note: str) -> str:
    """Return the text that asks to do the work again 返工, followed by the note."""
    return f"请再次处置并重报结果。 Please do the work again and send another `Result`.{f' {note}' if note else ''}"


def remaining_part_text(outcome: str, note: str) -> str:
    """Return the text that tells an emergency service that our case has ended or was merged.

    It also says that the service keeps the part that it acknowledged. `note`: after a merge, the number of the case
    into which this one was merged.
    """
    if outcome == "merged":
        return f"{merged_text(note)} 贵方接收的部分仍由贵方办理，答复方式不变。 You keep the part that you accepted; please answer as before."
    if outcome in _NOTHING_TO_DO:
        return (
            f"我方不再作为案件办理，贵方接收的部分是否继续由贵方决定，并请回告 `Result`。 This is no longer a case of ours. You decide"
            f" whether to continue with the part that you accepted. Please send a `Result`. {end_text(outcome, note)}"
        )
    return f"我方已结，贵方接收的部分仍由贵方办理。 Our part is over; you keep the part that you accepted. {end_text(outcome, note)}"


def merged_text(number: str) -> str:
    """Return the text that tells that this case was merged into the case with this number."""
    return f"本案已并入 {number}，由该案继续办理。 Merged into case {number}, where the work continues."


def record_report(case: DispatchedCase, event: ReportReceived) -> None:
    """Store the details of the report, and the emergency service that handed the case over, if any."""
    case.state.report_details = ReportDetails(
        occurred_at=event.occurred_at, report_id=event.report_id, masked=event.caller_masked
    )
    if event.channel == "emergency" and event.split_from is None:
        case.state.emergency_origins = _origins(case, case.id, event.case_number, event.external)


def add_origin(case: DispatchedCase, event: ReportJoined) -> None:
    """Start to inform the emergency service that sent an attached report, if one did.

    The first message tells that the case was filed, or that it was closed before.
    """
    if event.channel != "emergency":
        return
    for origin in _origins(case, event.attached_case_id, event.attached_case_number, event.external):
        case.state.emergency_origins.append(origin)
        if case.state.ended == "closed":
            _answer_origin(case, origin, "Result", _ALREADY_CLOSED)
        elif case.state.filed_case is not None:
            _answer_origin(case, origin, "Ack")


def remove_origin(case: DispatchedCase, event: ReportLeft) -> None:
    """Stop informing the emergency service that sent a report that was detached, if one did."""
    case.state.emergency_origins = [
        each for each in case.state.emergency_origins if each.case_id != event.attached_case_id
    ]


def hand_to_host(case: DispatchedCase, event: CaseAttached) -> None:
    """Stop informing emergency services about this case after its merge.

    The case into which this case was merged informs them.
    """
    case.state.host_id, case.state.host_number = event.host_case_id, event.host_case_number
    case.state.emergency_origins_before_merge, case.state.emergency_origins = case.state.emergency_origins, []


def take_back_from_host(case: DispatchedCase) -> None:
    """Inform emergency services about this case again, because the merge was undone."""
    case.state.host_id, case.state.host_number = None, ""
    case.state.emergency_origins, case.state.emergency_origins_before_merge = (
        case.state.emergency_origins_before_merge or case.state.emergency_origins,
        [],
    )


def answer_origins(case: DispatchedCase, kind: HandoverKind, note: str = "") -> None:
    """Send `kind` to the emergency services that handed the case over to us.

    The message says that we accepted, refused, reopened or ended the case.
    """
    for origin in case.state.emergency_origins:
        _answer_origin(case, origin, kind, note)


def _answer_origin(case: DispatchedCase, origin: EmergencyOrigin, kind: HandoverKind, note: str = "") -> None:
    filed_case = case.state.filed_case
    centre = filed_case.centre_id if filed_case else ""
    accepted, has_host = kind == "Ack", case.id != origin.case_id
    fields = _case_fields(case, filed_case) if filed_case else HandoverCase(number=origin.case_number)
    _add_message(
        case,
        origin.unit_id,
        origin.case_id,
        Handover(
            id=str(case.derive_id(f"{HandoverMessage.TYPE}:{kind}:{origin.case_id}")),
            sender=_sender(case.district, centre),
            sent=case.now,
            kind=kind,
            mode=STATUS_OF[case.state.mode],
            references=(origin.number,),
            case=fields.model_copy(update={"number": origin.case_number}),
            link=HandoverLink(direction="PARENT", other_id=fields.number)
            if has_host and filed_case
            else _link(case.state),
            handover=HandoverTerms(
                mode="transfer",
                accepted_by=centre if accepted else None,
                accepted_at=case.now if accepted else None,
                refused_reason=shorten(note, MAX_NOTE) if kind == "Error" else None,
            ),
            note=shorten(note, MAX_NOTE),
        ),
    )


def _origins(case: DispatchedCase, case_id: UUID, number: str, external: External | None) -> list[EmergencyOrigin]:
    """Return the emergency service that handed a report over, as a list of one or none.

    The list is empty if the report has no incident number of a service, or if the service is no unit of the county.
    """
    if external is None or external.number is None or external.channel_number not in get_args(Agency):
        return []
    units = (unit for unit in case.district.units.values() if unit.agency == external.channel_number)
    unit = next(units, None)
    if unit is None:
        return []
    return [EmergencyOrigin(case_id=case_id, unit_id=unit.id, number=external.number, case_number=number)]


def _link(state: DispatchCase) -> HandoverLink | None:
    """Return the most relevant linked case; `None` if there is none or the case is confidential.

    The order is: the case into which this case was merged, a parent, a child, a related case.
    """
    if state.filed_case is not None and state.filed_case.confidential:
        return None
    if state.host_number:
        return HandoverLink(direction="PARENT", other_id=state.host_number)
    nearest = min(state.links, key=lambda each: _LINK_ORDER.index(each.relation), default=None)
    return _link_to(nearest) if nearest is not None else None


def _links(case: DispatchedCase, dispatch: Dispatch, filed_case: FiledCase) -> HandoverLinks:
    """Return the link to the dispatch, and the link to the text of the case if units read the text at intake."""
    found = webhook_fields.links(case.id, dispatch.id, filed_case)
    return HandoverLinks(dispatch=found.dispatch, text=found.text)


def _link_to(other: LinkedCase) -> HandoverLink:
    return HandoverLink(direction=_DIRECTIONS[other.relation], other_id=other.number)


def _add_message(case: DispatchedCase, unit_id: str, about: UUID, message: Handover) -> None:
    webhook = HandoverMessage(timestamp=case.now, data=message)
    add_message(case, webhook, key=message.id, about=about, recipient=unit_id)


def _sender(district: RegistrySnapshot, centre_id: str) -> HandoverSender:
    return HandoverSender(division=district.settings.id, organisation=centre_id or district.settings.id)


def _case_fields(case: DispatchedCase, filed_case: FiledCase) -> HandoverCase:
    """Return the fields of the case for the envelope: for a confidential case no text, and only the community."""
    standard, kind, code = filed_case.category_id.rsplit("/", 2)
    place = webhook_fields.place(filed_case)
    return HandoverCase(
        number=filed_case.case_number,
        standard=standard,
        kind=kind,
        code=code,
        cap_category=case.district.cap_category(filed_case.category_id),
        title=shorten(filed_case.category_name, _TITLE),
        title_en=shorten(filed_case.category_name_en, _TITLE),
        description=shorten(webhook_fields.description(filed_case), _DESCRIPTION),
        severity=filed_case.severity,
        urgency="Immediate" if filed_case.emergency else "Expected",
        occurred_at=case.state.report_details.occurred_at if case.state.report_details else None,
        reported_at=filed_case.reported_at,
        location=HandoverLocation(
            grid_code=place.grid_code or place.community,
            address=place.address,
            longitude=place.longitude,
            latitude=place.latitude,
        ),
    )


def _caller(state: DispatchCase, filed_case: FiledCase) -> HandoverCaller | None:
    """Return how to reach the reporter; `None` if the handling unit may not ask for the phone number."""
    if state.report_details is None or state.report_details.masked is None or filed_case.confidential:
        return None
    return HandoverCaller(
        masked=state.report_details.masked, contact_url=f"/api/intake/reports/{state.report_details.report_id}/reporter"
    )


def _attachments(filed_case: FiledCase, photos: Sequence[Photo]) -> tuple[HandoverAttachment, ...]:
    if filed_case.confidential:
        return ()
    return tuple(
        HandoverAttachment(url=each.url, sha256=each.sha256) for each in webhook_fields.photos(photos[:MAX_PHOTOS])
    )
