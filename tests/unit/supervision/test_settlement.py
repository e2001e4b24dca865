"""自行处置 and 直接办结: what ends without being dispatched."""

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
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import DESK, HOME, REPORT, at, in_the_field, person

ANN = Actor(kind="account", id="account-ann", role="officer", officer_id="ann")


def settled(outcome: str = "settled_on_the_spot") -> Life:
    """Ann solved it while reporting."""
    life = Life(town.town())
    settlement = Settlement(outcome=outcome, what_was_done="已清理")
    life.hear(
        town.received(at("03-11 09:00"), settlement=settlement, reported_by=ANN, feedback_wanted=False),
        at=at("03-11 09:00"),
    )
    return life


def decided(**changes: Any) -> acceptance.SettlementRecorded:
    return acceptance.SettlementRecorded.model_validate(
        {"approved": True, "grid_code": HOME, "officer_id": "ann", "decided_by": DESK, **changes}
    )


def test_the_desk_has_one_work_day_to_approve() -> None:
    """From registration; the clock stops with the decision."""
    life = settled()
    assert (life.running(), life.clock("settlement").due_at) == (["settlement"], at("03-12 09:00"))
    life.hear(decided(), at=at("03-11 17:00"))
    assert [(event.name, event.on_time) for event in life.told(ClockStopped)] == [("settlement", True)]


@pytest.mark.parametrize("outcome", ["settled_on_the_spot", "mediated"])
def test_what_is_approved_closes_and_counts_for_the_officer(outcome: str) -> None:
    """Settled by whoever was there, or mediated between neighbours."""
    life = settled(outcome)
    life.hear(decided(outcome=outcome))
    assert life.told(CaseClosed)[0].outcome == outcome
    assert life.status == "evaluated"
    assert (life.count("reported", "ann"), life.count("settled", "ann")) == (1, 1)


def test_a_refused_settlement_goes_on_as_a_report() -> None:
    """Intake files it or not; nothing is closed here."""
    life = settled()
    life.hear(decided(approved=False))
    assert life.told(CaseClosed) == []
    assert life.count("settlement_refused", "ann") == 1
    life.hear(town.filed(at("03-11 09:00")))
    assert life.running() == ["case", "dispatch"]


def test_the_sample_is_looked_at_by_another_officer() -> None:
    """Ann settled it, so not Ann; passed, it closes."""
    life = settled()
    life.hear(decided(sampled=True), at=at("03-11 10:00"))
    request = life.told(RecheckRequested)[0]
    assert (request.sample, request.mode, request.due_at) == (True, "site", at("03-11 11:00"))
    assert life.status == "rechecking"
    with pytest.raises(problems.NotIndependent):
        life.answer(in_the_field("ann"), passed=True)
    life.answer(in_the_field("bo"), passed=True)
    assert life.told(CaseClosed)[0].outcome == "settled_on_the_spot"
    assert life.count("sample_passed", "ann") == 1
    assert life.told(CaseEvaluated)


def test_a_failed_sample_becomes_a_case() -> None:
    """Situation 19: the settlement does not hold, intake files it; whoever settled it will not recheck it either."""
    life = settled()
    life.hear(decided(sampled=True))
    life.answer(in_the_field("bo"), passed=False, note="又贴上了")
    assert [event.note for event in life.told(SampleFailed)] == ["又贴上了"]
    assert life.told(CaseClosed) == []
    assert life.count("sample_failed", "ann") == 1
    life.hear(town.filed(at("03-11 09:00"), handler_officer_id="ann"), town.dispatched(at("03-11 09:00")))
    life.hear(town.signed(), town.completed(), town.all_completed())
    with pytest.raises(problems.NotIndependent):
        life.answer(in_the_field("ann"), passed=True)
    life.answer(in_the_field("bo"), passed=True)
    assert life.told(CaseClosed)[0].outcome == "solved"


def test_an_inquiry_answered_at_once_is_closed_as_answered_and_asked_about() -> None:
    """直接办结: never dispatched, but the caller is asked; a "no" is for a person, since no unit can be sent again."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00"), request_type="inquiry"), at=at("03-11 09:00"))
    life.hear(acceptance.CaseAnswered(answer="每月15日", answered_by=DESK), at=at("03-11 09:03"))
    assert life.told(CaseClosed)[0].outcome == "answered"
    assert len(life.told(FeedbackRequested)) == 1
    life.act(case_actions.give_feedback, REPORT, FeedbackAnswer(solved=False), person("hotline"))
    assert life.told(CaseReopened) == []
    assert life.told(AttentionNeeded)[0].queue == "shift_lead"
    assert "reopen" in case_view(life.case(), person("shift_lead")).possible


@pytest.mark.parametrize("what", ["answered", "settled"])
def test_what_was_answered_or_settled_is_opened_again_before_the_desk(what: str) -> None:
    """No unit ever had it, and it was never filed: command's minutes do not run, the desk's do once intake says so."""
    if what == "settled":
        life = settled()
        life.hear(decided())
    else:
        life = Life(town.town())
        life.hear(town.received(at("03-11 09:00"), request_type="inquiry"), at=at("03-11 09:00"))
        life.hear(acceptance.CaseAnswered(answer="每月15日", answered_by=DESK), at=at("03-11 09:03"))
    life.act(case_actions.reopen, "并未解决", person("shift_lead"))
    assert (life.status, life.running()) == (what, [])
    life.hear(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:30")))
    assert (life.status, life.running()) == ("awaiting_filing", ["file"])
    life.hear(town.filed(at("03-11 09:00")))
    assert (life.status, life.running()) == ("awaiting_dispatch", ["case", "dispatch"])


def test_what_is_opened_again_was_not_settled_on_the_spot() -> None:
    """For its officer it could have been, and was not; filed after all, one report is one valid report."""
    life = settled()
    life.hear(decided())
    life.act(case_actions.reopen, "并未解决", person("shift_lead"))
    assert figures(life) == {"reported": 1, "settleable": 1, "settlement_reopened": 1}
    life.hear(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:30")))
    life.hear(town.filed(at("03-11 09:00"), reporter_officer_id="ann"))
    assert figures(life) == {"reported": 1, "settleable": 1, "settlement_reopened": 1, "filed": 1}


def test_an_officer_may_appeal_that_it_was_opened_again() -> None:
    """It had held, and somebody has dirtied the place since."""
    life = settled()
    life.hear(decided())
    life.act(case_actions.reopen, "又脏了", person("shift_lead"))
    life.act(appeals.lodge, Subject("officer", "ann"), (), "当日已清，次日新增", in_the_field("ann"))
    life.answer(person("assessor"), passed=True, note="属实", kind="appeal")
    assert figures(life) == {"reported": 1}


@pytest.mark.parametrize("overturned_by", ["the sample", "the desk"])
def test_what_a_sample_or_a_refusal_overturns_was_not_settled(overturned_by: str) -> None:
    life = settled()
    life.hear(decided(sampled=True))
    assert life.count("settled", "ann") == 1
    if overturned_by == "the sample":
        life.answer(in_the_field("bo"), passed=False, note="又贴上了")
        assert figures(life) == {"reported": 1, "settleable": 1, "sample_failed": 1}
    else:
        life.hear(decided(approved=False))
        assert figures(life) == {"reported": 1, "settleable": 1, "settlement_refused": 1}


def figures(life: Life) -> dict[str, int]:
    """What counts for Ann."""
    return {figure: value for (who, figure), value in life.facts.items() if who == "ann"}


def test_what_was_never_taken_on_is_not_opened_again() -> None:
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(acceptance.CaseNotFiled(reason="not_ours", decided_by=DESK))
    with pytest.raises(NotPossibleNow):
        life.act(case_actions.reopen, "重办", person("shift_lead"))
