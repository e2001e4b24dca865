"""Conversion of an emergency service's hand-over message into a report.

A message is never refused because of its category code or its times.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import get_args

from contracts.common import Agency
from contracts.events.acceptance import Relation
from contracts.events.discovery import External
from contracts.handover import MODE_OF, Handover, HandoverCase, LinkDirection
from services.chassis.forms import Location
from services.chassis.problems import Problem
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain.receiving import is_plausible
from services.intake.domain.submission import DESCRIPTION_LIMIT, Reporter, Submission
from services.intake.domain.upstream import UpstreamOrder, upstream_order

_RELATIONS: Mapping[LinkDirection, Relation] = {"PARENT": "parent", "CHILD": "child", "RELATED": "related"}
"""Direction of a link in the message → relation of the other case to this one."""

_LONGEST_CODE = 100
"""Maximum number of characters of an unknown category code that are put before the description."""


class SenderUnknown(Problem):
    status = 422
    zh = "发送方“{sender}”不是应急单位。sender.organisation 请填写 110、119、120、122 或其在册单位编号。"
    en = (
        "Sender {sender} is not an emergency service. Set sender.organisation to 110, 119, 120, 122 or the id "
        "of the unit in our registry."
    )


@dataclass(frozen=True, slots=True)
class OtherCase:
    """Another case that the sender of a hand-over names as linked to this one."""

    relation: Relation
    """Relation of the other case to this one."""
    order: UpstreamOrder


def submission_from(
    message: Handover, reporter: Reporter, district: RegistrySnapshot, now: datetime, *, linked: bool = False
) -> Submission:
    """Convert the message into a report. Raises `SenderUnknown`.

    `linked` says whether we have the other case that the message names.
    """
    incident, place = message.case, message.case.location
    point = place is not None and place.longitude is not None and place.latitude is not None
    category = district.category_named(_category_code(incident))
    reported_at = min(incident.reported_at, now) if incident.reported_at else None
    occurred_at = min(incident.occurred_at, now) if incident.occurred_at else None
    return Submission(
        channel="emergency",
        category_id=category.id if category is not None else None,
        location=Location.model_validate({"longitude": place.longitude, "latitude": place.latitude, "crs": "cgcs2000"})
        if place is not None and point
        else None,
        grid_code=place.grid_code if place is not None and place.grid_code in district.grids else None,
        address=(place.address if place is not None else None) or incident.title or incident.number or "–",
        description=with_attachments(
            message,
            _unknown_code_text(incident, district)
            + unknown_link_text(message, linked=linked)
            + (incident.description or message.note or incident.title),
        )[:DESCRIPTION_LIMIT],
        occurred_at=occurred_at if occurred_at is not None and is_plausible(occurred_at, now) else None,
        captured_at=reported_at if reported_at is not None and is_plausible(reported_at, now) else None,
        reporter=reporter,
        external=External(
            channel_number=agency_number(message.sender.organisation, district),
            number=incident.number,
            due_at=message.requested.need_by if message.requested is not None else None,
        ),
        mode=MODE_OF[message.mode],
    )


def is_urgent(message: Handover, district: RegistrySnapshot) -> bool:
    """Return whether the sender marks the case as urgent or gives it the severity of an emergency."""
    return message.case.urgency == "Immediate" or message.case.severity <= district.settings.emergency_severity


def other_case(message: Handover, district: RegistrySnapshot) -> OtherCase | None:
    """Return the other case that the message links to its own; `None` if it links none. Raises `SenderUnknown`."""
    link = message.link
    if link is None or link.direction == "UNLINK":
        return None
    other = External(channel_number=agency_number(message.sender.organisation, district), number=link.other_id)
    order = upstream_order("emergency", other, MODE_OF[message.mode])
    return OtherCase(_RELATIONS[link.direction], order) if order is not None else None


def unknown_link_text(message: Handover, *, linked: bool) -> str:
    """Describe the link in the message for the desk, unless `linked` says that we have the other case.

    Return an empty text if the message has no link.
    """
    link = message.link
    return f"对方关联 Link of the sender: {link.direction} {link.other_id}. " if link is not None and not linked else ""


def with_attachments(message: Handover, text: str) -> str:
    """Return the text with the list of the sender's attached files. We do not receive the files themselves."""
    return f"{text} {message.attachment_list}".strip()


def agency_number(sender: str, district: RegistrySnapshot) -> str:
    """Return the number of the emergency service that sent the message, such as 110. Raises `SenderUnknown`."""
    unit = district.units.get(sender)
    found = unit.agency if unit is not None else sender
    if found not in get_args(Agency):
        raise SenderUnknown(sender=sender)
    return str(found)


def _category_code(incident: HandoverCase) -> str:
    return "/".join(each for each in (incident.standard, incident.kind, incident.code) if each)


def _unknown_code_text(incident: HandoverCase, district: RegistrySnapshot) -> str:
    """Return the sender's category code as text for the desk; empty if we know the code or there is none."""
    code = _category_code(incident)
    if not code or district.category_named(code) is not None:
        return ""
    return f"对方类别 Category of the sender: {code[:_LONGEST_CODE]}{'…' if len(code) > _LONGEST_CODE else ''}. "
