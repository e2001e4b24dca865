"""移交 in both directions: what emergency services are told in the envelope that their platforms speak."""

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
from services.chassis.registry_snapshot import District
from services.dispatch.domain.dispatches import webhook_fields
from services.dispatch.domain.dispatches.state import (
    Call,
    Dispatch,
    DispatchCase,
    DispatchedCase,
    Linked,
    Matter,
    Notice,
    Origin,
)
from services.dispatch.domain.dispatches.webhook_fields import cut

_NOTE, _TITLE, _DESCRIPTION = 1000, 200, 1000
_PHOTOS = 12

_DIRECTIONS: dict[Relation, LinkDirection] = {
    "parent": "PARENT",
    "child": "CHILD",
    "related": "RELATED",
    "recurrence": "RELATED",
}
_NEARNESS: tuple[Relation, ...] = ("parent", "child", "related", "recurrence")

_ENDED = {
    "solved": "已解决 Solved",
    "settled_on_the_spot": "当场处置 Settled on the spot",
    "answered": "已答复 Answered",
    "explained": "已解释说明 Explained",
    "mediated": "已调解 Mediated",
    "handed_over": "已移交 Handed over",
    "forced": "强制结案 Closed by decision of a leader",
    "voided": "作废 Found wrong",
    "not_filed": "不予立案 Not filed",
    "withdrawn": "已撤销 Withdrawn",
}
"""How a case ended, as the other side reads it."""

_NO_CASE = frozenset({"voided", "not_filed", "withdrawn"})
"""Ends that say: there was nothing to do, or nothing for us."""

_DEALT_WITH = "此事此前已办结 Dealt with before."


def tell(
    case: DispatchedCase,
    dispatch: Dispatch,
    matter: Matter,
    kind: HandoverKind,
    note: str = "",
    link: HandoverLink | None = None,
    photos: Sequence[Photo] = (),
) -> None:
    """Say it to the service that this order was handed over to; of other orders, nothing.

    The `Alert` is named by the order itself, so whoever answers it names the order. `link`: the second case that this
    message is about; by default the nearest that there is. `photos`: what is new to see; the `Alert` has those of the case.
    """
    handoff = dispatch.handoff
    if handoff is None:
        return
    first = kind == "Alert"
    message_id = case.derive_id(f"{HandoverMessage.TYPE}:{kind}:{dispatch.id}")
    _say(
        case,
        dispatch.unit_id,
        dispatch.id,
        Handover(
            id=str(dispatch.id if first else message_id),
            sender=_sender(case.district, matter.centre_id),
            sent=case.now,
            kind=kind,
            mode=STATUS_OF[case.state.mode],
            references=() if first else (str(dispatch.id),),
            referred_at=None if first else dispatch.created_at,
            case=_matter(case, matter),
            caller=_caller(case.state, matter),
            requested=HandoverRequest(
                agency=handoff.agency, action=cut(dispatch.asked, _NOTE), need_by=dispatch.sign_due_at
            ),
            link=link or _link(case.state),
            links=_links(case, dispatch, matter),
            handover=HandoverTerms(mode=handoff.mode),
            note=cut(note, _NOTE),
            attachments=_attachments(matter, matter.photos if first else photos),
        ),
    )


def progressed(case: DispatchedCase, event: ProgressReported) -> None:
    """One of ours is on the way, or has made it safe: who was called in beside it hears that. Of a confidential matter not."""
    state, matter = case.state, case.state.matter
    if matter is None or matter.confidential:
        return
    who = case.district.units.get(event.unit_id) or case.district.teams.get(event.unit_id)
    name = f"{who.name} {who.name_en}" if who is not None else event.unit_id
    reached = f" [{event.milestone}]" if event.milestone is not None else ""
    for dispatch in state.dispatches:
        if dispatch.open and dispatch.id != event.dispatch_id:
            tell(case, dispatch, matter, "Update", f"{name}{reached}: {event.note}", photos=event.photos)


def linked(case: DispatchedCase, event: CaseLinked) -> None:
    """A second case of the same matter: who was called in hears of it, now and in what is said later."""
    other = Linked(relation=event.relation, number=event.other_case_number)
    state, matter = case.state, case.state.matter
    if other in state.links:
        return
    state.links.append(other)
    if matter is None or matter.confidential:
        return
    for dispatch in state.dispatches:
        if dispatch.open:
            said = f"关联案件 {other.number} Linked with case {other.number}."
            tell(case, dispatch, matter, "Update", said, link=_to(other))


def ended(outcome: str, note: str) -> str:
    """How it ended, in both languages, and what else is said of it."""
    return f"{_ENDED.get(outcome, outcome)}{f': {note}' if note else ''}"


def again(note: str) -> str:
    """That it is open again, and why."""
    return f"重新处置 Open again.{f' {note}' if note else ''}"


def once_more(note: str) -> str:
    """返工: that it is to be done once more, and why."""
    return f"请再次处置并重报结果。 To be done once more; send another `Result`.{f' {note}' if note else ''}"


def yours(outcome: str, note: str) -> str:
    """That our part is over, or goes on elsewhere, and what they have acknowledged stays with them."""
    if outcome == "merged":
        return f"{merged_into(note)} 贵方接收的部分仍由贵方办理，答复方式不变。 What you have taken stays with you; answer as before."
    if outcome in _NO_CASE:
        return (
            f"我方不再作为案件办理，贵方接收的部分是否继续由贵方决定，并请回告 `Result`。 It is no case of ours any more; whether you go"
            f" on with what you have taken is yours to decide. Please send a `Result`. {ended(outcome, note)}"
        )
    return f"我方已结，贵方接收的部分仍由贵方办理。 Our part is over; what you have taken stays with you. {ended(outcome, note)}"


def merged_into(number: str) -> str:
    """That the case goes on in another."""
    return f"本案已并入 {number}，由该案继续办理。 Merged into case {number}, which goes on."


def received(case: DispatchedCase, event: ReportReceived) -> None:
    """When it was seen and who may be asked; an emergency service may have handed it to us."""
    case.state.call = Call(occurred_at=event.occurred_at, report_id=event.report_id, masked=event.caller_masked)
    if event.channel == "emergency" and event.split_from is None:
        case.state.origins = _origins(case, case.id, event.case_number, event.external)


def joined(case: DispatchedCase, event: ReportJoined) -> None:
    """What was handed to us follows this case: this case speaks for it from now on, and says at once where it stands."""
    if event.channel != "emergency":
        return
    for origin in _origins(case, event.attached_case_id, event.attached_case_number, event.external):
        case.state.origins.append(origin)
        if case.state.ended == "closed":
            _answer(case, origin, "Result", _DEALT_WITH)
        elif case.state.matter is not None:
            _answer(case, origin, "Ack")


def left(case: DispatchedCase, event: ReportLeft) -> None:
    """It goes its own way again."""
    case.state.origins = [each for each in case.state.origins if each.case_id != event.attached_case_id]


def attached(case: DispatchedCase, event: CaseAttached) -> None:
    """The host speaks for it."""
    case.state.host_id, case.state.host_number = event.host_case_id, event.host_case_number
    case.state.origins_before, case.state.origins = case.state.origins, []


def detached(case: DispatchedCase) -> None:
    """It speaks for itself again."""
    case.state.host_id, case.state.host_number = None, ""
    case.state.origins, case.state.origins_before = case.state.origins_before or case.state.origins, []


def answer(case: DispatchedCase, kind: HandoverKind, note: str = "") -> None:
    """Say to whoever handed this to us what became of it: taken, not taken, open again, or how it ended."""
    for origin in case.state.origins:
        _answer(case, origin, kind, note)


def _answer(case: DispatchedCase, origin: Origin, kind: HandoverKind, note: str = "") -> None:
    matter = case.state.matter
    centre = matter.centre_id if matter else ""
    taken, host = kind == "Ack", case.id != origin.case_id
    told = _matter(case, matter) if matter else HandoverCase(number=origin.case_number)
    _say(
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
            case=told.model_copy(update={"number": origin.case_number}),
            link=HandoverLink(direction="PARENT", other_id=told.number) if host and matter else _link(case.state),
            handover=HandoverTerms(
                mode="transfer",
                accepted_by=centre if taken else None,
                accepted_at=case.now if taken else None,
                refused_reason=cut(note, _NOTE) if kind == "Error" else None,
            ),
            note=cut(note, _NOTE),
        ),
    )


def _origins(case: DispatchedCase, case_id: UUID, number: str, outside: External | None) -> list[Origin]:
    """The emergency service whose number came with a report, where it is that of a unit of ours."""
    if outside is None or outside.number is None or outside.channel_number not in get_args(Agency):
        return []
    units = (unit for unit in case.district.units.values() if unit.agency == outside.channel_number)
    unit = next(units, None)
    if unit is None:
        return []
    return [Origin(case_id=case_id, unit_id=unit.id, number=outside.number, case_number=number)]


def _link(state: DispatchCase) -> HandoverLink | None:
    """The second case that matters most: the host, a parent, a child, else what is related. Of a confidential case none."""
    if state.matter is not None and state.matter.confidential:
        return None
    if state.host_number:
        return HandoverLink(direction="PARENT", other_id=state.host_number)
    nearest = min(state.links, key=lambda each: _NEARNESS.index(each.relation), default=None)
    return _to(nearest) if nearest is not None else None


def _links(case: DispatchedCase, dispatch: Dispatch, matter: Matter) -> HandoverLinks:
    """The order, and of a confidential case where they read what happened behind which door."""
    found = webhook_fields.links(case.id, dispatch.id, matter)
    return HandoverLinks(dispatch=found.dispatch, text=found.text)


def _to(other: Linked) -> HandoverLink:
    return HandoverLink(direction=_DIRECTIONS[other.relation], other_id=other.number)


def _say(case: DispatchedCase, unit_id: str, about: UUID, message: Handover) -> None:
    webhook = HandoverMessage(timestamp=case.now, data=message)
    notice_id = case.derive_id(f"{HandoverMessage.TYPE}:{message.id}")
    case.state.notices.append(Notice(notice_id, about, unit_id, webhook, case.state.mode))


def _sender(district: District, centre_id: str) -> HandoverSender:
    return HandoverSender(division=district.settings.id, organisation=centre_id or district.settings.id)


def _matter(case: DispatchedCase, matter: Matter) -> HandoverCase:
    """The case as they need to know it: where it is confidential, neither text nor place."""
    standard, kind, code = matter.category_id.rsplit("/", 2)
    place = webhook_fields.place(matter)
    return HandoverCase(
        number=matter.case_number,
        standard=standard,
        kind=kind,
        code=code,
        cap_category=case.district.cap_category(matter.category_id),
        title=cut(matter.category_name, _TITLE),
        title_en=cut(matter.category_name_en, _TITLE),
        description=cut(webhook_fields.description(matter), _DESCRIPTION),
        severity=matter.severity,
        urgency="Immediate" if matter.emergency else "Expected",
        occurred_at=case.state.call.occurred_at if case.state.call else None,
        reported_at=matter.reported_at,
        location=HandoverLocation(
            grid_code=place.grid_code or place.community,
            address=place.address,
            longitude=place.longitude,
            latitude=place.latitude,
        ),
    )


def _caller(state: DispatchCase, matter: Matter) -> HandoverCaller | None:
    """Who reported it, where they agreed to be reached: whoever comes may have to ask which door."""
    if state.call is None or state.call.masked is None or matter.confidential:
        return None
    return HandoverCaller(masked=state.call.masked, contact_at=f"/api/intake/reports/{state.call.report_id}/reporter")


def _attachments(matter: Matter, photos: Sequence[Photo]) -> tuple[HandoverAttachment, ...]:
    if matter.confidential:
        return ()
    return tuple(
        HandoverAttachment(url=each.url, sha256=each.sha256) for each in webhook_fields.photos(photos[:_PHOTOS])
    )
