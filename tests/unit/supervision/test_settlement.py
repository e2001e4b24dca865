"""Settlements 自行处置 and answers 直接办结: cases that end without a dispatch."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.common import Actor
from contracts.events import acceptance
from contracts.events.discovery import Settlement
from contracts.events.evaluation import CaseEvaluated, FeedbackRequested
from contracts.events.supervision import (
    AttentionNeeded,
    CaseClosed,
    CaseReopened,
    ClockStopped,
    RecheckRequested,
    SampleFailed,
)
from services.chassis.problems import NotPossibleNow
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.policies.feedback import FeedbackAnswer
from services.supervision.domain.views import case_view
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, HOME, at, in_the_field, person
from tests.unit.supervision.sample_events import REPORT

ANN = Actor(kind="account", id="account-ann", role="officer", officer_id="ann")


def settled_case(outcome: str = "settled_on_the_spot") -> CaseDriver:
    """Return a case that ann settled while reporting it."""
    driver = CaseDriver(sample_district.make_district())
    settlement = Settlement(outcome=outcome, what_was_done="已清理")
    driver.apply(
        sample_events.received(at("03-11 09:00"), settlement=settlement, reported_by=ANN, feedback_wanted=False),
        at=at("03-11 09:00"),
    )
    return driver


def settlement_decided(**changes: Any) -> acceptance.SettlementRecorded:
    return acceptance.SettlementRecorded.model_validate(
        {"approved": True, "grid_code": HOME, "officer_id": "ann", "decided_by": DESK, **changes}
    )


def test_the_desk_must_approve_within_one_work_day() -> None:
    """From registration; the clock stops with the decision."""
    driver = settled_case()
    assert (driver.running_clocks(), driver.clock("settlement").due_at) == (["settlement"], at("03-12 09:00"))
    driver.apply(settlement_decided(), at=at("03-11 17:00"))
    assert [(event.name, event.on_time) for event in driver.events_of(ClockStopped)] == [("settlement", True)]


@pytest.mark.parametrize("outcome", ["settled_on_the_spot", "mediated"])
def test_an_approved_settlement_closes_the_case_and_counts_for_the_officer(outcome: str) -> None:
    """Both kinds: settled by the officer, or mediated between neighbours."""
    driver = settled_case(outcome)
    driver.apply(settlement_decided(outcome=outcome))
    assert driver.events_of(CaseClosed)[0].outcome == outcome
    assert driver.status == "evaluated"
    assert (driver.count("reported", "ann"), driver.count("settled", "ann")) == (1, 1)


def test_a_refused_settlement_continues_as_a_report() -> None:
    """Intake files it or not; nothing is closed here."""
    driver = settled_case()
    driver.apply(settlement_decided(approved=False))
    assert driver.events_of(CaseClosed) == []
    assert driver.count("settlement_refused", "ann") == 1
    driver.apply(sample_events.filed(at("03-11 09:00")))
    assert driver.running_clocks() == ["case", "dispatch"]


def test_a_sampled_settlement_is_rechecked_by_another_officer() -> None:
    """Ann settled it, so Ann does not recheck it; a passed recheck closes the case."""
    driver = settled_case()
    driver.apply(settlement_decided(sampled=True), at=at("03-11 10:00"))
    request = driver.events_of(RecheckRequested)[0]
    assert (request.sample, request.mode, request.due_at) == (True, "site", at("03-11 11:00"))
    assert driver.status == "rechecking"
    with pytest.raises(problems.NotIndependent):
        driver.answer(in_the_field("ann"), passed=True)
    driver.answer(in_the_field("bo"), passed=True)
    assert driver.events_of(CaseClosed)[0].outcome == "settled_on_the_spot"
    assert driver.count("sample_passed", "ann") == 1
    assert driver.events_of(CaseEvaluated)


def test_a_settlement_whose_recheck_failed_becomes_a_case() -> None:
    """Situation 19: intake files it, and the officer who settled it does not recheck it either."""
    driver = settled_case()
    driver.apply(settlement_decided(sampled=True))
    driver.answer(in_the_field("bo"), passed=False, note="又贴上了")
    assert [event.note for event in driver.events_of(SampleFailed)] == ["又贴上了"]
    assert driver.events_of(CaseClosed) == []
    assert driver.count("sample_failed", "ann") == 1
    driver.apply(
        sample_events.filed(at("03-11 09:00"), handler_officer_id="ann"), sample_events.dispatched(at("03-11 09:00"))
    )
    driver.apply(sample_events.signed(), sample_events.completed(), sample_events.all_completed())
    with pytest.raises(problems.NotIndependent):
        driver.answer(in_the_field("ann"), passed=True)
    driver.answer(in_the_field("bo"), passed=True)
    assert driver.events_of(CaseClosed)[0].outcome == "solved"


def test_an_answered_inquiry_is_closed_and_its_reporter_is_asked() -> None:
    """直接办结: "not solved" goes to a person, because no unit had the case."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 09:00"), request_type="inquiry"), at=at("03-11 09:00"))
    driver.apply(acceptance.CaseAnswered(answer="每月15日", answered_by=DESK), at=at("03-11 09:03"))
    assert driver.events_of(CaseClosed)[0].outcome == "answered"
    assert len(driver.events_of(FeedbackRequested)) == 1
    driver.run(case_actions.give_feedback, REPORT, FeedbackAnswer(solved=False), person("hotline"))
    assert driver.events_of(CaseReopened) == []
    assert driver.events_of(AttentionNeeded)[0].queue == "shift_lead"
    assert "reopen" in case_view(driver.case(), person("shift_lead")).possible


@pytest.mark.parametrize("kind", ["answered", "settled"])
def test_a_reopened_answer_or_settlement_waits_for_the_desk(kind: str) -> None:
    """No unit had the case, so the dispatcher's clock does not run."""
    if kind == "settled":
        driver = settled_case()
        driver.apply(settlement_decided())
    else:
        driver = CaseDriver(sample_district.make_district())
        driver.apply(sample_events.received(at("03-11 09:00"), request_type="inquiry"), at=at("03-11 09:00"))
        driver.apply(acceptance.CaseAnswered(answer="每月15日", answered_by=DESK), at=at("03-11 09:03"))
    driver.run(case_actions.reopen, "并未解决", person("shift_lead"))
    assert (driver.status, driver.running_clocks()) == (kind, [])
    driver.apply(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:30")))
    assert (driver.status, driver.running_clocks()) == ("awaiting_filing", ["file"])
    driver.apply(sample_events.filed(at("03-11 09:00")))
    assert (driver.status, driver.running_clocks()) == ("awaiting_dispatch", ["case", "dispatch"])


def test_a_reopened_settlement_does_not_count_as_settled() -> None:
    """The officer's report counts as one valid report if it is filed."""
    driver = settled_case()
    driver.apply(settlement_decided())
    driver.run(case_actions.reopen, "并未解决", person("shift_lead"))
    assert figures_of_ann(driver) == {"reported": 1, "settleable": 1, "settlement_reopened": 1}
    driver.apply(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:30")))
    driver.apply(sample_events.filed(at("03-11 09:00"), reporter_officer_id="ann"))
    assert figures_of_ann(driver) == {"reported": 1, "settleable": 1, "settlement_reopened": 1, "filed": 1}


def test_an_officer_may_appeal_against_a_reopened_settlement() -> None:
    """For example if somebody has dirtied the place since."""
    driver = settled_case()
    driver.apply(settlement_decided())
    driver.run(case_actions.reopen, "又脏了", person("shift_lead"))
    driver.run(appeals.lodge, Subject("officer", "ann"), (), "当日已清，次日新增", in_the_field("ann"))
    driver.answer(person("assessor"), passed=True, note="属实", kind="appeal")
    assert figures_of_ann(driver) == {"reported": 1}


@pytest.mark.parametrize("overturned_by", ["the sample", "the desk"])
def test_a_settlement_overturned_by_sample_or_desk_does_not_count(overturned_by: str) -> None:
    driver = settled_case()
    driver.apply(settlement_decided(sampled=True))
    assert driver.count("settled", "ann") == 1
    if overturned_by == "the sample":
        driver.answer(in_the_field("bo"), passed=False, note="又贴上了")
        assert figures_of_ann(driver) == {"reported": 1, "settleable": 1, "sample_failed": 1}
    else:
        driver.apply(settlement_decided(approved=False))
        assert figures_of_ann(driver) == {"reported": 1, "settleable": 1, "settlement_refused": 1}


def figures_of_ann(driver: CaseDriver) -> dict[str, int]:
    """Return the figures of ann."""
    return {figure: value for (who, figure), value in driver.facts.items() if who == "ann"}


def test_a_case_that_was_not_filed_cannot_be_reopened() -> None:
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 09:00")), at=at("03-11 09:00"))
    driver.apply(acceptance.CaseNotFiled(reason="not_ours", decided_by=DESK))
    with pytest.raises(NotPossibleNow):
        driver.run(case_actions.reopen, "重办", person("shift_lead"))
