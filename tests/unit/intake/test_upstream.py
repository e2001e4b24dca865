"""Situation 29: an order from above is sent back once; until that is decided nobody here owes anything, refused it is
ours.
"""

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
from tests.unit.intake.kit import CLERK, LITTER, NOON, RESIDENT, SHIFT_LEAD, case_at, last, lijin, report, told, triaged

PLATFORM = Caller(kind="key", id="channel-upstream", channels=frozenset({"upstream"}))
LEAD, ABOVE = SHIFT_LEAD.actor(), PLATFORM.actor()


def order(**fields: Any) -> Case[IntakeCase]:
    """An order from above that lacks a photo, so that the desk looks."""
    external = {"channel_number": "12345", "number": "DY-1", "due_at": (NOON + timedelta(hours=3)).isoformat()}
    return triaged(PLATFORM, photos=[], external=external, condition_id="06010-1", **fields)


def sent_back(**fields: Any) -> Case[IntakeCase]:
    case = order(**fields)
    upstream.send_back(case, "outside_area", "不属本区", LEAD)
    return case


def test_it_says_why_and_under_which_number_and_then_waits() -> None:
    case = sent_back()
    event = last(case)
    assert isinstance(event, ReturnedUpstream)
    assert event.external is not None
    assert (event.reason, event.external.number) == ("outside_area", "DY-1")
    assert case.state.possible == ("decide_return",)
    assert report_row(case)["desk"] is None, "it is not in the desk's queue"
    upstream.send_back(case, "outside_area", "不属本区", LEAD)
    assert told(case).count("ReturnedUpstream") == 1


def test_taken_back_above_it_is_not_filed_for_the_reason_given() -> None:
    case = sent_back()
    upstream.record_decision(case, True, "同意", ABOVE)
    assert told(case)[-2:] == ["UpstreamReturnDecided", "CaseNotFiled"]
    event = last(case)
    assert isinstance(event, CaseNotFiled)
    assert (event.reason, case.state.status) == ("outside_area", "not_filed")
    upstream.record_decision(case, True, "同意", ABOVE)
    assert told(case).count("UpstreamReturnDecided") == 1


def test_refused_above_the_desk_files_it_and_it_is_not_sent_back_again() -> None:
    case = sent_back()
    upstream.record_decision(case, False, "请先行处置", ABOVE)
    assert told(case)[-2:] == ["UpstreamReturnDecided", "FilingAwaited"]
    decided = case.emitted[-2].event
    assert isinstance(decided, UpstreamReturnDecided)
    assert not decided.accepted
    assert "return_upstream" not in case.state.possible
    with pytest.raises(NotPossibleNow) as refused:
        upstream.send_back(case, "not_ours", "再退", LEAD)
    assert "file" in refused.value.members["possible"]
    desk.file(case, lijin().conditions["06010-1"], None, None, CLERK, {})
    filed = last(case)
    assert isinstance(filed, CaseFiled)
    assert filed.case_due_at == NOON + timedelta(hours=3), "the platform's deadline is the earlier one"


def test_what_did_not_come_from_above_cannot_go_back_there() -> None:
    case = triaged(RESIDENT, category_id=None, photos=[])
    assert "return_upstream" not in case.state.possible
    with pytest.raises(NotFromUpstream):
        upstream.send_back(case, "not_ours", "不属本区", LEAD)


def filed_directly(*, returnable: bool) -> Case[IntakeCase]:
    """An order that lacks nothing, in a district that lets such orders go back, or does not."""
    settings = lijin().settings.model_copy(update={"return_filed_upstream": returnable})
    district = RegistrySnapshot.from_records(1, {**lijin().records, "district": {settings.id: settings}})
    case = report(PLATFORM, category_id=LITTER, condition_id="06010-1", district=district)
    triage({case.id: case}, case, Verdict(), {})
    assert case.state.status == "filed"
    return case


def test_what_was_filed_is_not_sent_back_unless_the_district_lets_it() -> None:
    case = filed_directly(returnable=False)
    assert "return_upstream" not in case.state.possible
    with pytest.raises(NotPossibleNow):
        upstream.send_back(case, "not_ours", "不属本区", LEAD)


def test_sent_back_after_filing_it_is_worked_on_until_it_is_taken_back_and_then_void() -> None:
    case = filed_directly(returnable=True)
    upstream.send_back(case, "outside_area", "在邻县", LEAD)
    assert (case.state.status, told(case)[-1]) == ("filed", "ReturnedUpstream")
    assert {"decide_return", "void"} <= set(case.state.possible)
    assert "return_upstream" not in case.state.possible
    upstream.record_decision(case, True, "同意", ABOVE)
    assert told(case)[-2:] == ["UpstreamReturnDecided", "CaseVoided"]
    assert (case.state.status, upstream.order_of_case(case.state)) == ("voided", None)


def test_refused_above_it_goes_on_as_it_is_and_is_not_asked_again() -> None:
    case = filed_directly(returnable=True)
    upstream.send_back(case, "outside_area", "在邻县", LEAD)
    upstream.record_decision(case, False, "请处置", ABOVE)
    assert (case.state.status, told(case)[-1]) == ("filed", "UpstreamReturnDecided")
    assert set(case.state.possible) == {"correct", "void", "attach", "link", "split"}
    again = filed_directly(returnable=True)
    upstream.send_back(again, "outside_area", "在邻县", LEAD)
    again.state.ended_at = NOON
    with pytest.raises(NotPossibleNow):
        upstream.record_decision(again, True, "同意", ABOVE)


def test_what_the_desk_has_filed_it_has_said_to_be_ours() -> None:
    case = order(district=filed_directly(returnable=True).district)
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
def test_only_who_sent_it_decides_or_the_shift_lead_who_was_told(caller: Caller, refused: Any) -> None:
    case = sent_back()
    if refused is None:
        upstream.require_decider(case, caller)
    else:
        with pytest.raises(refused):
            upstream.require_decider(case, caller)


def test_a_case_answers_for_its_order_until_it_is_taken_back() -> None:
    case = order()
    mine = upstream.UpstreamOrder("actual", "12345", "DY-1")
    assert upstream.order_of_case(case.state) == mine
    upstream.send_back(case, "outside_area", "不属本区", LEAD)
    assert upstream.order_of_case(case.state) == mine, "nobody above has decided"
    upstream.record_decision(case, True, "同意", ABOVE)
    assert upstream.order_of_case(case.state) is None
    assert (report_row(case)["order_channel"], report_row(case)["order_number"]) == (None, None)


@pytest.mark.parametrize(
    ("channel", "external"),
    [("hotline", External(number="DY-1")), ("upstream", None), ("upstream", External(number=" "))],
    ids=["not from above", "without number", "empty number"],
)
def test_what_has_no_number_above_is_no_order(channel: Channel, external: External | None) -> None:
    assert upstream.upstream_order(channel, external, "actual") is None


def test_a_part_of_an_order_from_above_is_ours_and_cannot_be_sent_back() -> None:
    """Nobody there was asked about it: the case it came from answers."""
    case, part = order(), case_at(case_id=uuid4())
    cases = {case.id: case, part.id: part}
    split(cases, case, Part("路灯也不亮", "两件事", None, None), part.id, ReportIds(8), CLERK.actor())
    triage({part.id: part}, part, Verdict(), {})
    assert "return_upstream" in case.state.possible
    assert "return_upstream" not in part.state.possible
    with pytest.raises(NotFromUpstream):
        upstream.send_back(part, "outside_area", "不属本区", LEAD)
