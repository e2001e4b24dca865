"""A hand-over as CAP 1.2: elements in the order of the schema and values of its lists."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from contracts.handover import Handover
from services.dispatch.domain.delivery import cap
from tests.unit.dispatch.sample_district import MORNING

CAP = f"{{{cap.NAMESPACE}}}"


def render(kind: str = "Alert", **fields: Any) -> ET.Element:
    message = Handover.model_validate(
        {
            "id": "7c2f 1,<&",
            "sender": {"division": "370522", "organisation": "lijin"},
            "sent": MORNING,
            "kind": kind,
            "case": {
                "number": "LJ-1",
                "title": "燃气泄漏",
                "title_en": "Gas leak",
                "severity": 2,
                "urgency": "Immediate",
                "kind": "event",
                "cap_category": "Fire",
                "occurred_at": MORNING,
                "location": {"grid_code": "370522001001001", "longitude": 118.2, "latitude": 37.4},
            },
            "requested": {"agency": "119", "action": "先行处置"},
            "caller": {"masked": "138********", "contact_url": "https://g/reporter"},
            **fields,
        }
    )
    return ET.fromstring(cap.render(message))


def texts(parent: ET.Element) -> dict[str, str]:
    return {each.tag.removeprefix(CAP): each.text or "" for each in parent if not len(each)}


@pytest.mark.parametrize(
    ("kind", "type_", "infos"),
    [
        ("Alert", "Alert", 2),
        ("Update", "Update", 2),
        ("Result", "Update", 2),
        ("Cancel", "Cancel", 0),
        ("Ack", "Ack", 0),
        ("Error", "Error", 0),
    ],
)
def test_every_kind_has_its_message_type(kind: str, type_: str, infos: int) -> None:
    found = render(kind)
    assert texts(found)["msgType"] == type_
    assert len(found.findall(f"{CAP}info")) == infos


@pytest.mark.parametrize("mode", ["Actual", "Exercise", "Test"])
def test_an_exercise_has_the_status_exercise(mode: str) -> None:
    assert texts(render(mode=mode))["status"] == mode


def test_the_head_follows_the_order_of_the_schema() -> None:
    found = render("Update", references=["a"], referred_at=MORNING, note="补充")
    assert [each.tag.removeprefix(CAP) for each in found if each.tag != f"{CAP}info"] == [
        "identifier",
        "sender",
        "sent",
        "status",
        "msgType",
        "scope",
        "restriction",
        "note",
        "references",
        "incidents",
    ]
    assert texts(found)["references"] == "lijin.370522,a,2026-11-23T09:00:00+08:00"
    assert texts(found)["identifier"] == "7c2f_1___"


def test_both_languages_state_place_severity_and_instruction() -> None:
    zh, en = render().findall(f"{CAP}info")
    assert (texts(zh)["event"], texts(en)["event"]) == ("燃气泄漏", "Gas leak")
    assert {
        name: texts(zh)[name]
        for name in ("category", "urgency", "severity", "certainty", "onset", "instruction", "contact")
    } == {
        "category": "Fire",
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Likely",
        "onset": "2026-11-23T09:00:00+08:00",
        "instruction": "先行处置",
        "contact": "138******** https://g/reporter",
    }
    assert zh.findtext(f"{CAP}area/{CAP}circle") == "37.4,118.2 0"
    assert zh.findtext(f"{CAP}area/{CAP}geocode/{CAP}value") == "370522001001001"


def test_the_english_block_is_english_and_refers_to_the_chinese_one() -> None:
    words = {"title": "燃气泄漏", "description": "管道破裂，有气味", "number": "LJ-1"}
    place = {"address": "黄河路12号", "grid_code": "370522001001001"}
    photo = {"url": "https://g/1", "sha256": "a" * 64}
    found = render(case={**words, "location": place}, attachments=[photo])
    zh, en = found.findall(f"{CAP}info")
    assert not re.search("[\u2e80-\u9fff\uff00-\uffef]", ET.tostring(en, encoding="unicode"))
    assert texts(en)["description"] == "The description is in Chinese: see the zh-CN block of this message."
    assert texts(en)["event"] == texts(en)["headline"] == "LJ-1"
    assert en.findtext(f"{CAP}area/{CAP}areaDesc") == "Grid 370522001001001"
    assert (texts(zh)["description"], zh.findtext(f"{CAP}area/{CAP}areaDesc")) == ("管道破裂，有气味", "黄河路12号")
    both = render(requested={"agency": "119", "action": "先行处置 / Make it safe"}).findall(f"{CAP}info")[1]
    assert texts(both)["instruction"] == "Make it safe"
    written = render(case={"number": "1", "description": "A pipe broke", "title_en": "Gas leak"}).findall(f"{CAP}info")[
        1
    ]
    assert (texts(written)["description"], texts(written)["headline"]) == ("A pipe broke", "1 Gas leak")


@pytest.mark.parametrize(("kind", "deadline_stated"), [("Alert", True), ("Update", False)])
def test_the_deadline_of_the_acknowledgement_is_stated(kind: str, deadline_stated: bool) -> None:
    requested = {"agency": "119", "action": "先行处置", "need_by": MORNING}
    at = "2026-11-23T09:00:00+08:00"
    zh, en = render(kind, requested=requested).findall(f"{CAP}info")
    for info in (zh, en):
        parameters = {
            each.findtext(f"{CAP}valueName"): each.findtext(f"{CAP}value") for each in info.iter(f"{CAP}parameter")
        }
        assert parameters["need_by"] == at
    assert (f"请于 {at} 前答复" in texts(zh)["instruction"]) is deadline_stated
    assert (f"Acknowledge by {at}." in texts(en)["instruction"]) is deadline_stated


def test_a_confidential_message_links_to_its_text() -> None:
    links = {"dispatch": "https://g/api/dispatch/dispatches/1", "text": "https://g/api/intake/cases/1/confidential"}
    zh, en = render(links=links).findall(f"{CAP}info")
    for info in (zh, en):
        found = {
            each.findtext(f"{CAP}valueName"): each.findtext(f"{CAP}value") for each in info.iter(f"{CAP}parameter")
        }
        assert {name: found[name] for name in links} == links


def test_a_result_is_all_clear() -> None:
    zh = render("Result").findall(f"{CAP}info")[0]
    assert (texts(zh)["responseType"], texts(zh)["urgency"]) == ("AllClear", "Past")
