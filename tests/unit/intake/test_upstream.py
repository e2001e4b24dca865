"""Situation 29: a report of the upstream platform is sent back once and waits for the platform's decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.common import Channel
from contracts.events.acceptance import CaseFiled, CaseNotFiled
from contracts.events.acceptance.upstream import ReturnedUpstream, UpstreamReturnDecided
from contracts.events.discovery import External
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.problems import NotAllowed, NotPossibleNow
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import desk, upstream
from services.intake.domain.case import IntakeCase
from services.intake.domain.duplicates import Verdict
from services.intake.domain.problems import CaseUnknown, NotFromUpstream
from services.intake.domain.receiving import ReportIds
from services.intake.domain.splitting import Part, split
from services.intake.domain.triage import triage
from services.intake.store.rows import report_row
from tests.unit.intake.sample_cases import case_at, event_names, last_event, reported_case, triaged_case
from tests.unit.intake.sample_district import CLERK, LITTER, NOON, RESIDENT, SHIFT_LEAD, lijin

PLATFORM = Caller(kind="key", id="channel-upstream", channels=frozenset({"upstream"}))
SHIFT_LEAD_ACTOR, PLATFORM_ACTOR = SHIFT_LEAD.actor(), PLATFORM.actor()


def upstream_report(**fields: Any) -> Case[IntakeCase]:
    """Return a report of the upstream platform that lacks a photo, so that it waits for the desk."""
    external = {"channel_number": "12345", "number": "DY-1", "due_at": (NOON + timedelta(hours=3)).isoformat()}
    return triaged_case(PLATFORM, photos=[], external=external, condition_id="06010-1", **fields)


def sent_back_report(**fields: Any) -> Case[IntakeCase]:
    case = upstream_report(**fields)
    upstream.send_back(case, "outside_area", "不属本区", SHIFT_LEAD_ACTOR)
    return case


def test_a_return_states_reason_and_number_and_waits() -> None:
    case = sent_back_report()
    event = last_event(case)
    assert isinstance(event, ReturnedUpstream)
    assert event.external is not None
    assert (event.reason, event.external.number) == ("outside_area", "DY-1")
    assert case.state.possible == ("decide_return",)
    assert report_row(case)["desk"] is None, "the desk's queue does not contain it"
    upstream.send_back(case, "outside_area", "不属本区", SHIFT_LEAD_ACTOR)
    assert event_names(case).count("ReturnedUpstream") == 1


def test_an_accepted_return_ends_as_not_filed() -> None:
    case = sent_back_report()
    upstream.record_decision(case, True, "同意", PLATFORM_ACTOR)
    assert event_names(case)[-2:] == ["UpstreamReturnDecided", "CaseNotFiled"]
    event = last_event(case)
    assert isinstance(event, CaseNotFiled)
    assert (event.reason, case.state.status) == ("outside_area", "not_filed")
    upstream.record_decision(case, True, "同意", PLATFORM_ACTOR)
    assert event_names(case).count("UpstreamReturnDecided") == 1


def test_a_refused_return_is_filed_by_the_desk_and_cannot_be_repeated() -> None:
    case = sent_back_report()
    upstream.record_decision(case, False, "请先行处置", PLATFORM_ACTOR)
    assert event_names(case)[-2:] == ["UpstreamReturnDecided", "FilingAwaited"]
    decided = case.emitted[-2].event
    assert isinstance(decided, UpstreamReturnDecided)
    assert not decided.accepted
    assert "return_upstream" not in case.state.possible
    with pytest.raises(NotPossibleNow) as refused:
        upstream.send_back(case, "not_ours", "再退", SHIFT_LEAD_ACTOR)
    assert "file" in refused.value.members["possible"]
    desk.file(case, lijin().conditions["06010-1"], None, None, CLERK, {})
    filed = last_event(case)
    assert isinstance(filed, CaseFiled)
    assert filed.case_due_at == NOON + timedelta(hours=3), "the platform's deadline is the earlier one"


def test_a_report_of_another_channel_cannot_be_sent_back() -> None:
    case = triaged_case(RESIDENT, category_id=None, photos=[])
    assert "return_upstream" not in case.state.possible
    with pytest.raises(NotFromUpstream):
        upstream.send_back(case, "not_ours", "不属本区", SHIFT_LEAD_ACTOR)


def filed_directly(*, returnable: bool) -> Case[IntakeCase]:
    """Return a complete report of the upstream platform, in a district that permits or forbids returns after filing."""
    settings = lijin().settings.model_copy(update={"return_filed_upstream": returnable})
    district = RegistrySnapshot.from_records(1, {**lijin().records, "district": {settings.id: settings}})
    case = reported_case(PLATFORM, category_id=LITTER, condition_id="06010-1", district=district)
    triage({case.id: case}, case, Verdict(), {})
    assert case.state.status == "filed"
    return case


def test_a_filed_report_is_sent_back_only_if_the_district_permits_it() -> None:
    case = filed_directly(returnable=False)
    assert "return_upstream" not in case.state.possible
    with pytest.raises(NotPossibleNow):
        upstream.send_back(case, "not_ours", "不属本区", SHIFT_LEAD_ACTOR)


def test_a_return_after_filing_is_handled_until_accepted_and_then_voided() -> None:
    case = filed_directly(returnable=True)
    upstream.send_back(case, "outside_area", "在邻县", SHIFT_LEAD_ACTOR)
    assert (case.state.status, event_names(case)[-1]) == ("filed", "ReturnedUpstream")
    assert {"decide_return", "void"} <= set(case.state.possible)
    assert "return_upstream" not in case.state.possible
    upstream.record_decision(case, True, "同意", PLATFORM_ACTOR)
    assert event_names(case)[-2:] == ["UpstreamReturnDecided", "CaseVoided"]
    assert (case.state.status, upstream.order_of_case(case.state)) == ("voided", None)


def test_a_refused_return_after_filing_continues_and_cannot_be_repeated() -> None:
    case = filed_directly(returnable=True)
    upstream.send_back(case, "outside_area", "在邻县", SHIFT_LEAD_ACTOR)
    upstream.record_decision(case, False, "请处置", PLATFORM_ACTOR)
    assert (case.state.status, event_names(case)[-1]) == ("filed", "UpstreamReturnDecided")
    assert set(case.state.possible) == {"correct", "void", "attach", "link", "split"}
    again = filed_directly(returnable=True)
    upstream.send_back(again, "outside_area", "在邻县", SHIFT_LEAD_ACTOR)
    again.state.ended_at = NOON
    with pytest.raises(NotPossibleNow):
        upstream.record_decision(again, True, "同意", PLATFORM_ACTOR)


def test_a_report_that_the_desk_filed_cannot_be_sent_back() -> None:
    case = upstream_report(district=filed_directly(returnable=True).district)
    desk.file(case, lijin().conditions["06010-1"], None, None, CLERK, {})
    assert "return_upstream" not in case.state.possible


@pytest.mark.parametrize(
    ("caller", "refused"),
    [
        (PLATFORM, None),
        (SHIFT_LEAD, None),
        (CLERK, NotAllowed),
        (Caller(kind="key", id="another", channels=frozenset({"upstream"})), CaseUnknown),
    ],
)
def test_only_the_sender_or_the_shift_lead_records_the_decision(caller: Caller, refused: Any) -> None:
    case = sent_back_report()
    if refused is None:
        upstream.require_decider(case, caller)
    else:
        with pytest.raises(refused):
            upstream.require_decider(case, caller)


def test_a_case_keeps_its_upstream_number_until_the_return_is_accepted() -> None:
    case = upstream_report()
    expected = upstream.UpstreamOrder("actual", "12345", "DY-1")
    assert upstream.order_of_case(case.state) == expected
    upstream.send_back(case, "outside_area", "不属本区", SHIFT_LEAD_ACTOR)
    assert upstream.order_of_case(case.state) == expected, "the platform has not decided yet"
    upstream.record_decision(case, True, "同意", PLATFORM_ACTOR)
    assert upstream.order_of_case(case.state) is None
    assert (report_row(case)["order_channel"], report_row(case)["order_number"]) == (None, None)


@pytest.mark.parametrize(
    ("channel", "external"),
    [("hotline", External(number="DY-1")), ("upstream", None), ("upstream", External(number=" "))],
    ids=["not from above", "without number", "empty number"],
)
def test_a_report_without_an_upstream_number_is_no_upstream_report(channel: Channel, external: External | None) -> None:
    assert upstream.upstream_order(channel, external, "actual") is None


def test_a_split_part_of_an_upstream_report_cannot_be_sent_back() -> None:
    """Its origin answers the platform."""
    case, part = upstream_report(), case_at(case_id=uuid4())
    cases = {case.id: case, part.id: part}
    split(cases, case, Part("路灯也不亮", "两件事", None, None), part.id, ReportIds(8), CLERK.actor())
    triage({part.id: part}, part, Verdict(), {})
    assert "return_upstream" in case.state.possible
    assert "return_upstream" not in part.state.possible
    with pytest.raises(NotFromUpstream):
        upstream.send_back(part, "outside_area", "不属本区", SHIFT_LEAD_ACTOR)
