"""Hand-over messages of emergency services become reports: nothing is lost, and urgent ones are filed at once."""

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
from tests.unit.intake.sample_cases import case_at, event_names, last_event, reported_case
from tests.unit.intake.sample_district import GRID, LITTER, NOON, SECRET, grid_index, lijin

POLICE = Caller(kind="key", id="110", channels=frozenset({"emergency"}))
STREET = "GB30428-2-2013/event/05-95"
SOON = NOON + timedelta(minutes=20)
SEEN = NOON - timedelta(hours=3)


def message(**fields: Any) -> Handover:
    """Return an alert of 110; keyword arguments are fields of the message or of its `case`."""
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


def received_case(
    message: Handover, district: RegistrySnapshot | None = None, linked: NamedLink | None = None
) -> Case[IntakeCase]:
    """Return the case of the message before triage."""
    case = case_at(district=district)
    submission = handover_messages.submission_from(message, Reporter(), case.district, NOON, linked=linked is not None)
    handover = HandoverDetails(urgent=handover_messages.is_urgent(message, case.district), linked=linked)
    receive(case, submission, ReportIds(serial=7), POLICE, grid_index(), handover)
    return case


def triaged_message(message: Handover, **more: Any) -> Case[IntakeCase]:
    """Return the case of the message after triage."""
    case = received_case(message, **more)
    triage({case.id: case}, case, Verdict(), {})
    return case


@pytest.mark.parametrize("grave", [{"urgency": "Immediate"}, {"severity": 1}, {"severity": 2}])
def test_an_urgent_message_is_filed_at_once_without_a_photo(grave: dict[str, Any]) -> None:
    """An unknown code is filed under the district's category for urgent messages; the code stays readable."""
    report, unknown = triaged_message(message(**grave)), triaged_message(message(code="99999", **grave))
    assert (last_event(report).category_id, last_event(report).emergency) == (LITTER, True)
    assert (last_event(unknown).category_id, last_event(unknown).emergency) == (STREET, True)
    assert "GB47678-5-2026/matter/99999" in last_event(unknown).description
    assert unknown.state.received_report.emergency


def test_an_ordinary_message_is_filed_without_a_photo_or_lists_what_is_missing() -> None:
    assert isinstance(last_event(triaged_message(message())), CaseFiled)
    assert not last_event(triaged_message(message())).emergency
    unknown = triaged_message(message(code="99999"))
    assert last_event(unknown).missing == ("category", "condition")
    assert (
        unknown.state.received_report.description
        == "对方类别 Category of the sender: GB47678-5-2026/matter/99999. 有人说"
    )


def test_a_very_long_message_is_accepted_and_cut() -> None:
    """A long unknown code is cut first, then the end of the text."""
    attached = {"url": "https://110.example/" + "x" * 2000, "sha256": "a" * 64}
    long = triaged_message(
        message(code="9" * 5000, description="有" * 1000, attachments=[attached])
    ).state.received_report.description
    assert long.startswith("对方类别 Category of the sender: GB47678-5-2026/matter/999")
    assert "…. " + "有" * 1000 in long
    assert len(long) == 2000


def test_a_message_without_place_waits_for_its_place() -> None:
    assert "place" in triaged_message(message(number="", location=None)).state.missing


def test_without_a_category_for_urgent_messages_the_desk_files_them() -> None:
    records = {kind: dict(found) for kind, found in lijin().records.items()}
    settings = lijin().settings
    records["district"] = {settings.id: settings.model_copy(update={"urgent_category": None})}
    unknown = triaged_message(message(code="99999", severity=1), district=RegistrySnapshot.from_records(1, records))
    assert unknown.state.status == "awaiting_filing"


def test_the_deadline_of_the_message_is_used() -> None:
    case = triaged_message(message(requested={"agency": "12345", "need_by": SOON}))
    assert case.state.received_report.external is not None
    assert case.state.received_report.external.due_at == SOON
    assert last_event(case).case_due_at == SOON


@pytest.mark.parametrize(
    ("said", "kept"),
    [
        (NOON - timedelta(hours=2), NOON - timedelta(hours=2)),
        (NOON + timedelta(hours=2), NOON),
        (NOON - timedelta(days=90), NOON),
        (None, NOON),
    ],
)
def test_times_of_the_message_are_used_if_plausible(said: datetime | None, kept: datetime) -> None:
    report = received_case(message(reported_at=said, occurred_at=said)).state.received_report
    assert (report.occurred_at, report.reported_at, report.registered_at) == (kept, kept, NOON)
    assert received_case(message(occurred_at=SEEN, reported_at=said)).state.received_report.occurred_at == SEEN


def test_an_old_code_with_one_successor_is_translated() -> None:
    """This holds for 110 and the upstream platform. A code with several successors gives no category."""
    names: dict[str, list[str]] = {}
    for category in lijin().categories.values():
        for old in category.crosswalk:
            names.setdefault(old, []).append(category.id)
    old = next(each for each, found in names.items() if len(found) == 1 and each not in lijin().categories)
    shared = next(each for each, found in names.items() if len(found) > 1 and each not in lijin().categories)
    assert received_case(message_with_code(old)).state.category_id == names[old][0]
    assert received_case(message_with_code(shared)).state.category_id is None
    above = Caller(kind="key", id="12345", channels=frozenset({"upstream"}))
    assert reported_case(above, category_id=old, condition_id=None).state.category_id == names[old][0]


def message_with_code(category_id: str) -> Handover:
    standard, kind, code = category_id.split("/")
    return message().model_copy(
        update={"case": message().case.model_copy(update={"standard": standard, "kind": kind, "code": code})}
    )


def test_a_linked_message_is_linked_or_mentioned_in_the_text() -> None:
    first = received_case(message())
    second = received_case(message(), linked=NamedLink(relation="parent", case_id=first.id))
    triage({first.id: first, second.id: second}, second, Verdict(), {})
    assert "CaseLinked" in event_names(first)
    parent = second.state.parent()
    assert parent is not None
    assert parent.case_id == first.id
    alone = received_case(message(link={"direction": "PARENT", "other_id": "110-6"}))
    assert alone.state.received_report.description == "对方关联 Link of the sender: PARENT 110-6. 有人说"


def test_attachments_are_mentioned_with_their_urls() -> None:
    """Otherwise the clerk would not know that 110 has a photo."""
    photos = [{"url": f"https://110.example/{name}.jpg", "sha256": name * 64} for name in "ab"]
    said = "有人说 对方附件 Their attachments (2): https://110.example/a.jpg https://110.example/b.jpg"
    assert received_case(message(attachments=photos)).state.received_report.description == said
    long = [{"url": f"https://110.example/{'x' * 400}{n}.jpg", "sha256": "c" * 64} for n in range(12)]
    report = received_case(message(attachments=long)).state.received_report.description
    assert report.startswith("有人说 对方附件 Their attachments (12): https://110.example/x")


def test_a_confidential_case_is_never_linked() -> None:
    secret, plain = reported_case(category_id=SECRET, condition_id=None, photos=None), received_case(message())
    cases = {secret.id: secret, plain.id: plain}
    link_named_case(cases, plain, NamedLink(relation="related", case_id=secret.id))
    link_named_case(cases, secret, NamedLink(relation="related", case_id=plain.id))
    assert (plain.state.links, secret.state.links) == ([], [])


def test_the_other_case_is_found_by_the_number_of_the_sender() -> None:
    named = handover_messages.other_case(message(link={"direction": "CHILD", "other_id": "110-6"}), lijin())
    assert named is not None
    assert (named.relation, named.order.channel_number, named.order.number) == ("child", "110", "110-6")
    assert handover_messages.other_case(message(link={"direction": "UNLINK", "other_id": "110-6"}), lijin()) is None
    assert handover_messages.other_case(message(), lijin()) is None
