"""Hand-overs as CAP 1.2 documents (OASIS Common Alerting Protocol), for emergency services that read CAP.

CAP is made for public warnings. It has no fields for who is responsible for a case and how the case ended, so `note`
and the parameters state this. The scope is `Restricted`, because a hand-over has one addressee. Text that people wrote
is in Chinese only; the English block then refers to the Chinese block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from xml.etree import ElementTree as ET

from contracts.clocks.calendar import SHANGHAI
from contracts.handover import Handover, HandoverCase, HandoverKind

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"

_TYPES: dict[HandoverKind, str] = {
    "Alert": "Alert",
    "Update": "Update",
    "Cancel": "Cancel",
    "Ack": "Ack",
    "Error": "Error",
    "Result": "Update",
}
_SEVERITIES = {1: "Extreme", 2: "Severe", 3: "Moderate", 4: "Minor"}
_LANGUAGES = ("zh-CN", "en-US")
_FORBIDDEN = str.maketrans({" ": "_", ",": "_", "<": "_", "&": "_"})
"""Characters that CAP forbids in the fields `identifier` and `sender`, with their replacement."""
_CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]")


def render(message: Handover) -> bytes:
    """Return the hand-over as a CAP document in UTF-8."""
    root = ET.Element("alert", xmlns=NAMESPACE)
    for name, text in _header_fields(message):
        ET.SubElement(root, name).text = text
    if message.kind in ("Alert", "Update", "Result"):
        for language in _LANGUAGES:
            root.append(_info(message, language))
    return ET.tostring(root, encoding="utf-8", xml_declaration=True)


def _header_fields(message: Handover) -> Iterator[tuple[str, str]]:
    """Yield name and text of each element before `info`, in the order that the CAP schema requires."""
    sender = _identifier(f"{message.sender.organisation}.{message.sender.division}")
    yield "identifier", _identifier(message.id)
    yield "sender", sender
    yield "sent", _timestamp(message.sent)
    yield "status", message.mode
    yield "msgType", _TYPES[message.kind]
    yield "scope", "Restricted"
    yield "restriction", f"For {message.requested.agency if message.requested else 'the addressee'} only"
    note = message.handover.refused_reason or message.note
    if note:
        yield "note", note
    if message.referred_at is not None:
        sent = _timestamp(message.referred_at)
        yield "references", " ".join(f"{sender},{_identifier(each)},{sent}" for each in message.references)
    received_references = () if message.referred_at is not None else message.references
    yield "incidents", " ".join(_identifier(each) for each in (message.case.number, *received_references))


def _info(message: Handover, language: str) -> ET.Element:
    case, english = message.case, language == "en-US"
    info = ET.Element("info")
    title = (_english(case.title_en) or _english(case.title)) if english else case.title
    ended = message.kind == "Result"
    for name, text in (
        ("language", language),
        ("category", case.cap_category or "Safety"),
        ("event", title or case.number),
        ("responseType", "AllClear" if ended else "Execute"),
        ("urgency", "Past" if ended else case.urgency),
        ("severity", _SEVERITIES[case.severity]),
        ("certainty", "Likely"),
        ("onset", _timestamp(case.occurred_at) if case.occurred_at else ""),
        ("headline", f"{case.number} {title}".strip()),
        ("description", _in_english(case.description, "The description") if english else case.description),
        ("instruction", _instruction(message, english=english)),
        ("contact", f"{message.caller.masked} {message.caller.contact_url}" if message.caller else ""),
    ):
        if text:
            ET.SubElement(info, name).text = text
    for name, text in (("case_number", case.number), ("handover", message.handover.mode)):
        _add_pair(info, "parameter", name, text)
    if message.requested is not None and message.requested.need_by is not None:
        _add_pair(info, "parameter", "need_by", _timestamp(message.requested.need_by))
    if message.link is not None:
        _add_pair(info, "parameter", "link", f"{message.link.direction} {message.link.other_id}")
    if message.links is not None:
        _add_pair(info, "parameter", "dispatch", message.links.dispatch)
        if message.links.text is not None:
            _add_pair(info, "parameter", "text", message.links.text)
    for each in message.attachments:
        resource = ET.SubElement(info, "resource")
        photo = "photo" if english else "照片"
        for name, text in (("resourceDesc", photo), ("mimeType", each.mime), ("uri", each.url)):
            ET.SubElement(resource, name).text = text
    _area(info, case, english=english)
    return info


def _instruction(message: Handover, *, english: bool) -> str:
    """Return the action that the emergency service is asked to do.

    In an `Alert` the text also states the deadline for the acknowledgement, because some CAP readers hide parameters.
    """
    request = message.requested
    if request is None:
        return ""
    action = _in_english(request.action, "The requested action") if english else request.action
    if message.kind != "Alert" or request.need_by is None:
        return action
    at = _timestamp(request.need_by)
    return f"{action} Acknowledge by {at}.".strip() if english else f"{action} 请于 {at} 前答复是否接收。".strip()


def _english(text: str) -> str:
    """Return the English part of a text.

    This is the whole text if it has no Chinese, the part after the last ` / ` of a bilingual text, else an empty text.
    """
    for part in (text, text.rpartition(" / ")[2]):
        if not _CHINESE.search(part):
            return part
    return ""


def _in_english(text: str, what: str) -> str:
    """Return the English part of a text. If it has none, say that `what` is in the Chinese block of the message."""
    return _english(text) or (f"{what} is in Chinese: see the zh-CN block of this message." if text else "")


def _area(info: ET.Element, case: HandoverCase, *, english: bool) -> None:
    """Add the area to `info`. CAP requires WGS-84; our CGCS2000 coordinates equal it at the accuracy used here."""
    place = case.location
    if place is None:
        return
    area = ET.SubElement(info, "area")
    address = _english(place.address or "") if english else place.address
    grid = f"Grid {place.grid_code}" if english and place.grid_code else place.grid_code
    ET.SubElement(area, "areaDesc").text = address or grid or case.number
    if place.longitude is not None and place.latitude is not None:
        ET.SubElement(area, "circle").text = f"{place.latitude},{place.longitude} 0"
    if place.grid_code:
        _add_pair(area, "geocode", "GRID", place.grid_code)


def _add_pair(parent: ET.Element, element: str, name: str, value: str) -> None:
    pair = ET.SubElement(parent, element)
    ET.SubElement(pair, "valueName").text = name
    ET.SubElement(pair, "value").text = value


def _identifier(text: str) -> str:
    return text.translate(_FORBIDDEN)


def _timestamp(at: datetime) -> str:
    """Return the time with seconds and a numeric zone; CAP does not allow `Z`."""
    return at.astimezone(SHANGHAI).isoformat(timespec="seconds")
