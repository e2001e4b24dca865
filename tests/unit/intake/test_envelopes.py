"""What the envelope of an emergency service becomes: nothing of it is lost, and what is urgent waits at no desk."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest

from contracts.events.acceptance import CaseFiled
from contracts.handover import Handover
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import handover_messages
from services.intake.domain.attachments import link_named_case
from services.intake.domain.case import IntakeCase, NamedLink
from services.intake.domain.duplicates import Verdict
from services.intake.domain.receiving import HandoverDetails, ReportIds, receive
from services.intake.domain.submission import Reporter
from services.intake.domain.triage import triage
from tests.unit.intake.kit import GRID, LITTER, NOON, SECRET, case_at, index, last, lijin, report, told

POLICE = Caller(kind="key", id="110", channels=frozenset({"emergency"}))
STREET = "GB30428-2-2013/event/05-95"
SOON = NOON + timedelta(minutes=20)
SEEN = NOON - timedelta(hours=3)


def envelope(**fields: Any) -> Handover:
    """An alert of 110; `case` fields beside those of the envelope."""
    about = {
        name: fields.pop(name)
        for name in list(fields)
        if name in ("code", "description", "location", "number", "severity", "urgency", "reported_at", "occurred_at")
    }
    return Handover.model_validate(
        {
            "id": "1",
            "sender": {"division": "370522", "organisation": "110"},
            "sent": NOON,
            "kind": "Alert",
            "case": {
                "number": "110-7",
                "standard": "GB47678-5-2026",
                "kind": "matter",
                "code": "06010",
                "description": "有人说",
                "location": {"grid_code": GRID},
                **about,
            },
            **fields,
        }
    )


def taken(
    message: Handover, district: RegistrySnapshot | None = None, linked: NamedLink | None = None
) -> Case[IntakeCase]:
    """The case that the envelope becomes, before triage."""
    case = case_at(district=district)
    submission = handover_messages.submission_from(message, Reporter(), case.district, NOON, linked=linked is not None)
    handover = HandoverDetails(urgent=handover_messages.is_urgent(message, case.district), linked=linked)
    receive(case, submission, ReportIds(serial=7), POLICE, index(), handover)
    return case


def settled(message: Handover, **more: Any) -> Case[IntakeCase]:
    """The case after triage."""
    case = taken(message, **more)
    triage({case.id: case}, case, Verdict(), {})
    return case


@pytest.mark.parametrize("grave", [{"urgency": "Immediate"}, {"severity": 1}, {"severity": 2}])
def test_what_they_call_urgent_is_filed_at_once_without_a_photo(grave: dict[str, Any]) -> None:
    """Also where their code says nothing here: under the district's category for that, and the code can be read."""
    known, unknown = settled(envelope(**grave)), settled(envelope(code="99999", **grave))
    assert (last(known).category_id, last(known).emergency) == (LITTER, True)
    assert (last(unknown).category_id, last(unknown).emergency) == (STREET, True)
    assert "GB47678-5-2026/matter/99999" in last(unknown).description
    assert unknown.state.received_report.emergency


def test_what_is_not_urgent_is_filed_without_a_photo_or_says_what_is_missing() -> None:
    assert isinstance(last(settled(envelope())), CaseFiled)
    assert not last(settled(envelope())).emergency
    unknown = settled(envelope(code="99999"))
    assert last(unknown).missing == ("category", "condition")
    assert (
        unknown.state.received_report.description
        == "对方类别 Category of the sender: GB47678-5-2026/matter/99999. 有人说"
    )


def test_however_long_their_code_and_their_words_the_matter_is_taken() -> None:
    """A code that says nothing here is cut, and then the end of it all; what they told stays readable."""
    attached = {"url": "https://110.example/" + "x" * 2000, "sha256": "a" * 64}
    long = settled(
        envelope(code="9" * 5000, description="有" * 1000, attachments=[attached])
    ).state.received_report.description
    assert long.startswith("对方类别 Category of the sender: GB47678-5-2026/matter/999")
    assert "…. " + "有" * 1000 in long
    assert len(long) == 2000


def test_a_matter_that_says_neither_where_nor_its_number_waits_for_its_place() -> None:
    assert "place" in settled(envelope(number="", location=None)).state.missing


def test_where_the_district_names_no_category_for_it_the_desk_files_it() -> None:
    records = {kind: dict(found) for kind, found in lijin().records.items()}
    settings = lijin().settings
    records["district"] = {settings.id: settings.model_copy(update={"urgent_category": None})}
    unknown = settled(envelope(code="99999", severity=1), district=RegistrySnapshot.from_records(1, records))
    assert unknown.state.status == "awaiting_filing"


def test_their_deadline_is_a_deadline_of_ours() -> None:
    case = settled(envelope(requested={"agency": "12345", "need_by": SOON}))
    assert case.state.received_report.external is not None
    assert case.state.received_report.external.due_at == SOON
    assert last(case).case_due_at == SOON


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (NOON - timedelta(hours=2), NOON - timedelta(hours=2)),
        (NOON + timedelta(hours=2), NOON),
        (NOON - timedelta(days=90), NOON),
        (None, NOON),
    ],
)
def test_when_it_was_reported_there_counts_and_no_matter_is_refused_over_a_clock(
    said: datetime | None, kept: datetime
) -> None:
    known = taken(envelope(reported_at=said, occurred_at=said)).state.received_report
    assert (known.occurred_at, known.reported_at, known.registered_at) == (kept, kept, NOON)
    assert taken(envelope(occurred_at=SEEN, reported_at=said)).state.received_report.occurred_at == SEEN


def test_an_old_code_that_one_category_names_is_that_category() -> None:
    """From 110 and from the platform above alike; one that several name is nobody's."""
    names: dict[str, list[str]] = {}
    for category in lijin().categories.values():
        for old in category.crosswalk:
            names.setdefault(old, []).append(category.id)
    old = next(each for each, found in names.items() if len(found) == 1 and each not in lijin().categories)
    shared = next(each for each, found in names.items() if len(found) > 1 and each not in lijin().categories)
    assert taken(of_code(old)).state.category_id == names[old][0]
    assert taken(of_code(shared)).state.category_id is None
    above = Caller(kind="key", id="12345", channels=frozenset({"upstream"}))
    assert report(above, category_id=old, condition_id=None).state.category_id == names[old][0]


def of_code(category_id: str) -> Handover:
    standard, kind, code = category_id.split("/")
    return envelope().model_copy(
        update={"case": envelope().case.model_copy(update={"standard": standard, "kind": kind, "code": code})}
    )


def test_the_second_case_of_the_matter_is_linked_or_said_in_words() -> None:
    first = taken(envelope())
    second = taken(envelope(), linked=NamedLink(relation="parent", case_id=first.id))
    triage({first.id: first, second.id: second}, second, Verdict(), {})
    assert "CaseLinked" in told(first)
    parent = second.state.parent()
    assert parent is not None
    assert parent.case_id == first.id
    alone = taken(envelope(link={"direction": "PARENT", "other_id": "110-6"}))
    assert alone.state.received_report.description == "对方关联 Link of the sender: PARENT 110-6. 有人说"


def test_what_they_attached_is_said_with_where_it_lies() -> None:
    """Who files it would else never know that 110 has a photo of the place."""
    photos = [{"url": f"https://110.example/{name}.jpg", "sha256": name * 64} for name in "ab"]
    said = "有人说 对方附件 Their attachments (2): https://110.example/a.jpg https://110.example/b.jpg"
    assert taken(envelope(attachments=photos)).state.received_report.description == said
    long = [{"url": f"https://110.example/{'x' * 400}{n}.jpg", "sha256": "c" * 64} for n in range(12)]
    known = taken(envelope(attachments=long)).state.received_report.description
    assert known.startswith("有人说 对方附件 Their attachments (12): https://110.example/x")


def test_what_is_told_in_confidence_is_linked_with_nothing() -> None:
    secret, plain = report(category_id=SECRET, condition_id=None, photos=None), taken(envelope())
    cases = {secret.id: secret, plain.id: plain}
    link_named_case(cases, plain, NamedLink(relation="related", case_id=secret.id))
    link_named_case(cases, secret, NamedLink(relation="related", case_id=plain.id))
    assert (plain.state.links, secret.state.links) == ([], [])


def test_the_other_case_is_looked_for_by_the_senders_number() -> None:
    named = handover_messages.other_case(envelope(link={"direction": "CHILD", "other_id": "110-6"}), lijin())
    assert named is not None
    assert (named.relation, named.order.channel_number, named.order.number) == ("child", "110", "110-6")
    assert handover_messages.other_case(envelope(link={"direction": "UNLINK", "other_id": "110-6"}), lijin()) is None
    assert handover_messages.other_case(envelope(), lijin()) is None
