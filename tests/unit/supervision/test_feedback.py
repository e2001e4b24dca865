"""What reporters say after closing, and how the case's figures become final."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid5

import pytest

from contracts.events import acceptance
from contracts.events.acceptance import reporters
from contracts.events.evaluation import CallBackTried, CaseEvaluated, FeedbackLapsed, FeedbackRequested
from contracts.events.supervision import AttentionNeeded, AttentionSettled, CaseReopened, ReworkOrdered
from contracts.registry import CalendarDay
from services.supervision.domain import problems
from services.supervision.domain.actions import case_actions
from services.supervision.domain.policies.feedback import FeedbackAnswer
from services.supervision.domain.primitives import feedback_questions
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CASE, REPORT, SECOND_REPORT, at, in_the_field, person

HOTLINE = person("hotline")


def joined(report_id: UUID = SECOND_REPORT, *, wanted: bool = True) -> acceptance.ReportJoined:
    return acceptance.ReportJoined(
        report_id=report_id,
        attached_case_id=uuid5(CASE, "attached"),
        attached_case_number="LJ-2",
        channel="resident",
        feedback_wanted=wanted,
        reported_at=at("03-11 10:00"),
    )


def closed(*more: acceptance.ReportJoined, district: Any = None, day: str = "03-11", **received: Any) -> Life:
    """Closed at 11:30 after a passed recheck."""
    life, morning = Life(district or town.town()), at(f"{day} 09:00")
    life.hear(town.received(morning, **received), town.filed(morning), at=morning)
    life.hear(town.dispatched(morning), *more)
    life.hear(town.signed(), town.completed(), town.all_completed(), at=at(f"{day} 11:00"))
    life.now = at(f"{day} 11:30")
    life.answer(in_the_field("ann"), passed=True)
    return life


def says(life: Life, solved: bool, report_id: UUID = REPORT, satisfied: Any = None) -> None:
    life.act(
        case_actions.give_feedback,
        report_id,
        FeedbackAnswer(solved=solved, satisfied=satisfied, comment="如此"),
        HOTLINE,
    )


def rework_done(life: Life, round_: int) -> None:
    life.hear(town.completed(round_=round_), town.all_completed(round_=round_))
    life.answer(in_the_field("ann"), passed=True)


def test_every_reporter_is_asked_also_those_of_attached_reports() -> None:
    """Seven natural days to answer; a report whose author cannot be asked is left out."""
    life = closed(joined(), joined(uuid5(CASE, "officer's own"), wanted=False))
    asked = {event.report_id: event.due_at for event in life.told(FeedbackRequested)}
    assert asked == {REPORT: at("03-18 11:30"), SECOND_REPORT: at("03-18 11:30")}
    assert life.status == "awaiting_feedback"


def test_all_said_solved_and_the_figures_are_final() -> None:
    """Evaluated as soon as the last one has answered; the least satisfied voice is the case's."""
    life = closed(joined())
    says(life, True, satisfied="satisfied")
    assert life.told(CaseEvaluated) == []
    says(life, True, SECOND_REPORT, satisfied="fair")
    final = life.told(CaseEvaluated)[0]
    assert (final.solved, final.satisfied, final.outcome, final.was_overdue) == (True, "fair", "solved", False)
    figures = {(figure.subject_id, figure.figure): figure.value for figure in final.figures}
    assert figures["sanitation", "completed_on_time"] == 1
    assert figures["sanitation", "feedback_solved"] == 2
    assert life.status == "evaluated"


def test_without_anybody_to_ask_it_is_evaluated_at_once() -> None:
    """An officer's own report has no resident to ask."""
    life = closed(feedback_wanted=False)
    assert life.told(FeedbackRequested) == []
    assert life.told(CaseEvaluated)[0].solved is None


def test_no_answer_in_the_window_leaves_the_denominator() -> None:
    """After seven days nobody is waited for any more."""
    life = closed()
    life.until(at("03-18 11:29"))
    assert life.status == "awaiting_feedback"
    life.until(at("03-18 11:30"))
    assert [event.report_id for event in life.told(FeedbackLapsed)] == [REPORT]
    assert life.told(CaseEvaluated)[0].solved is None
    assert life.count("feedback_solved") + life.count("feedback_not_solved") == 0
    with pytest.raises(problems.FeedbackNotOpen) as refused:
        says(life, True)
    assert (refused.value.members["why"], refused.value.members["possible"]) == ("period_ended", [])
    assert "reopen the case" in refused.value.text("en")


def test_the_first_reporters_no_reopens_once_to_the_same_unit_with_the_original_limit() -> None:
    """Rework, but with the whole limit again; whoever has not answered is asked after the next closing."""
    life = closed(joined())
    says(life, False)
    assert [event.reason for event in life.told(CaseReopened)] == ["reporter_not_solved"]
    order = life.told(ReworkOrdered)[0]
    assert (order.unit_id, order.reason) == ("sanitation", "reporter_not_solved")
    assert [each.due_at for each in order.milestones] == [at("03-12 11:30")]
    assert life.status == "rework"
    assert [name for name in life.timers if name.startswith("feedback:")] == []
    rework_done(life, 1)
    assert [event.report_id for event in life.told(FeedbackRequested)][2:] == [REPORT, SECOND_REPORT]


def test_a_second_no_goes_to_the_shift_lead() -> None:
    """Situation 21: reopened once; after the second "no" a person decides, and only then is it evaluated."""
    life = closed()
    says(life, False)
    rework_done(life, 1)
    says(life, False)
    assert len(life.told(CaseReopened)) == 1
    assert [(event.reason, event.queue) for event in life.told(AttentionNeeded)] == [
        ("second_not_solved", "shift_lead")
    ]
    assert life.told(CaseEvaluated) == []
    life.answer(person("shift_lead"), passed=True, note="已解释", kind="attention")
    assert [event.note for event in life.told(AttentionSettled)] == ["已解释"]
    final = life.told(CaseEvaluated)[0]
    assert (final.solved, final.reworks) == (False, 1)


def test_the_first_answer_of_a_reporter_and_the_last_are_counted_apart() -> None:
    """Not solved and dissatisfied at first, solved and fair after the rework: each counts once, and one reporter is
    one.
    """
    life = closed()
    says(life, False, satisfied="dissatisfied")
    assert (life.count("first_not_solved"), life.count("feedback_not_solved")) == (1, 1)
    rework_done(life, 1)
    says(life, True, satisfied="fair")
    for subject in ("sanitation", town.HOME[:9]):
        voices = {figure for who, figure in life.facts if who == subject and figure.startswith(("first_", "feedback_"))}
        assert voices == {"first_not_solved", "first_dissatisfied", "feedback_solved", "feedback_fair"}
    assert (life.count("called_back", "hotline"), life.count("called_back", town.HOME[:9])) == (2, 2)


def test_another_reporters_no_goes_to_the_shift_lead_who_may_reopen() -> None:
    """Only the first reporter's word reopens by itself; reopening by hand settles the question."""
    life = closed(joined())
    says(life, False, SECOND_REPORT)
    assert life.told(CaseReopened) == []
    assert life.told(AttentionNeeded)[0].reason == "other_reporter_not_solved"
    life.act(case_actions.reopen, "确未清理", person("shift_lead"))
    assert len(life.told(AttentionSettled)) == 1
    assert life.status == "rework"


def test_a_report_that_joins_a_closed_case_is_asked_like_the_others() -> None:
    """Attached after closing: its author gets an answer and a say."""
    life = closed()
    says(life, True)
    life.hear(joined(), at=at("03-13 09:00"))
    assert life.told(FeedbackRequested)[-1].due_at == at("03-20 09:00")
    says(life, False, SECOND_REPORT)
    assert life.told(AttentionNeeded)[0].reason == "other_reporter_not_solved"
    assert len(life.told(CaseEvaluated)) == 1


def test_a_report_that_leaves_is_not_waited_for() -> None:
    """Detached: it was about something else."""
    life = closed(joined())
    says(life, True)
    life.hear(acceptance.ReportLeft(report_id=SECOND_REPORT, attached_case_id=uuid5(CASE, "attached")))
    assert life.told(CaseEvaluated)[0].solved is True


def test_the_same_answer_twice_is_one_answer() -> None:
    """A resident presses twice; a changed mind comes too late."""
    life = closed(joined())
    says(life, True, satisfied="fair")
    said = len(life.said)
    says(life, True, satisfied="fair")
    assert len(life.said) == said
    with pytest.raises(problems.FeedbackNotOpen):
        says(life, False)
    with pytest.raises(problems.ReportUnknown):
        says(life, True, uuid5(CASE, "no such report"))


def test_how_often_a_no_reopens_is_a_district_setting() -> None:
    """A district may leave every "no" to a person."""
    life = closed(district=town.town(reopen_limit=0))
    says(life, False)
    assert life.told(CaseReopened) == []
    assert life.told(AttentionNeeded)[0].reason == "reporter_not_solved", "nobody has said it before"


def test_exercises_are_lived_through_but_never_counted() -> None:
    """Exercise cases never mix with real ones."""
    life = closed(mode="exercise", feedback_wanted=False)
    assert life.told(CaseEvaluated)[0].figures == ()
    assert life.facts == {}


def tries(life: Life, *results: Any) -> None:
    for result in results:
        life.act(case_actions.record_failed_call, REPORT, result, "", HOTLINE)


def test_after_the_last_call_back_nobody_waits_any_more() -> None:
    """Three tries (a district setting): the answer leaves the denominator, and the case can be final."""
    life = closed()
    tries(life, "no_answer", "busy")
    assert (life.status, life.state.reports[REPORT].tries) == ("awaiting_feedback", 2)
    tries(life, "no_answer")
    assert [event.tries for event in life.told(CallBackTried)] == [1, 2, 3]
    assert len(life.told(FeedbackLapsed)) == 1
    assert life.status == "evaluated"
    assert life.count("feedback_solved") == life.count("feedback_not_solved") == 0


def test_a_call_is_due_one_limit_after_closing_and_after_each_try_but_not_when_no_answer_counts_any_more() -> None:
    """A work day (a district setting), and never beyond the window in which an answer counts."""
    life = closed(district=town.town(feedback_window_days=3))
    report = life.state.reports[REPORT]
    assert (report.call_due_at, report.answer_until) == (at("03-12 11:30"), at("03-14 11:30"))
    life.now = at("03-12 11:00")
    tries(life, "no_answer")
    assert life.state.reports[REPORT].call_due_at == at("03-13 11:00")
    life.now = at("03-13 16:00")
    tries(life, "busy")
    assert life.state.reports[REPORT].call_due_at == at("03-14 11:30")
    says(life, True)
    report = life.state.reports[REPORT]
    assert (report.call_due_at, report.answer_until) == (None, None)


@pytest.mark.parametrize("result", ["wrong_number", "refused"])
def test_who_will_never_answer_is_not_called_again(result: Any) -> None:
    life = closed()
    tries(life, result)
    assert life.status == "evaluated"
    with pytest.raises(problems.FeedbackNotOpen):
        tries(life, result)


def test_asked_anew_the_tries_begin_anew() -> None:
    life = closed()
    tries(life, "no_answer", "no_answer")
    says(life, False)
    rework_done(life, 1)
    tries(life, "no_answer", "no_answer")
    assert life.status == "awaiting_feedback"


def contacted(reached: bool = True) -> reporters.ReporterContacted:
    return reporters.ReporterContacted(report_id=REPORT, means="phone", reached=reached, contacted_by=town.DESK)


@pytest.mark.parametrize(
    ("events", "when", "due", "on_time"),
    [
        ([], "03-11 09:30", 0, 0),
        ([contacted(False)], "03-11 09:30", 0, 0),
        ([contacted(False), contacted(), contacted()], "03-11 09:30", 1, 1),
        ([contacted()], "03-13 09:30", 1, 0),
    ],
    ids=["nobody", "not reached", "reached", "reached late"],
)
def test_a_response_is_due_one_work_day_after_the_first_lead_and_counts_once(
    events: list[Any], when: str, due: int, on_time: int
) -> None:
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00"), reporter_ref=SECOND_REPORT), town.filed(at("03-11 09:00")))
    life.hear(town.dispatched(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(*events, at=at(when))
    assert (life.count("contact_due"), life.count("contact_on_time")) == (due, on_time)


def test_closed_without_a_word_to_the_reporter_the_response_was_due_and_not_given() -> None:
    assert closed(reporter_ref=SECOND_REPORT).count("contact_due") == 1
    assert closed().count("contact_due") == 0, "nobody could be reached"


def test_until_when_the_desk_calls_moves_with_the_calendar_and_never_past_the_answers_window() -> None:
    """Closed on New Year's Eve: called on the first working day, which is a holiday once 2027 is announced."""
    life = closed(day="12-31")
    monday = at("12-31 11:30") + timedelta(days=4)
    assert (life.state.reports[REPORT].call_due_at, life.state.provisional) == (monday, True)
    life.district = town.town([CalendarDay(id="2027-01-04", working=False)])
    life.act(feedback_questions.recompute_deadlines)
    assert (life.state.reports[REPORT].call_due_at, life.state.provisional) == (monday + timedelta(days=1), True)
    life.district = town.town(town.ANNOUNCED, announced_years=(2027,))
    life.act(feedback_questions.recompute_deadlines)
    assert (life.state.reports[REPORT].call_due_at, life.state.provisional) == (monday + timedelta(days=1), False)
    life.district = town.town(announced_years=(2027,))
    life.act(feedback_questions.recompute_deadlines)
    assert life.state.reports[REPORT].call_due_at == monday + timedelta(days=1), "what is promised stays"


def test_who_is_waited_for_no_more_has_nothing_that_moves() -> None:
    life = closed(day="12-31")
    says(life, True)
    assert not life.state.provisional
    far = [CalendarDay(id=f"2027-01-{day:02}", working=False) for day in range(4, 16)]
    late = closed(day="12-31")
    late.district = town.town(far, announced_years=(2027,))
    late.act(feedback_questions.recompute_deadlines)
    assert late.state.reports[REPORT].call_due_at == late.state.reports[REPORT].answer_until


@pytest.mark.parametrize(("reached", "missed"), [("03-12 08:50", 0), ("03-12 09:30", 1)])
def test_the_response_is_of_whoever_led_when_it_was_given_or_its_time_was_over(reached: str, missed: int) -> None:
    """Dispatched to the sanitation, which gave it back in time; to housing, which had it when the day was over and gave
    it back after that; water leads since and answers for nothing. For the street it is one response all the same.
    """
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00"), reporter_ref=SECOND_REPORT), town.filed(at("03-11 09:00")))
    life.hear(town.dispatched(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.returned("requested"), town.returned("accepted"), at=at("03-11 10:00"))
    second, third = uuid5(CASE, "second lead"), uuid5(CASE, "third lead")
    life.hear(town.dispatched(at("03-11 10:10"), dispatch_id=second, unit_id="housing"), at=at("03-11 10:10"))
    if reached < "03-12 09:00":
        life.hear(contacted(), at=at(reached))
    life.hear(town.returned("requested", second, "housing"), at=at("03-12 09:10"))
    life.hear(town.returned("accepted", second, "housing"), at=at("03-12 09:15"))
    life.hear(town.dispatched(at("03-12 09:20"), dispatch_id=third, unit_id="water"), at=at("03-12 09:20"))
    life.hear(contacted(), at=at(max(reached, "03-12 09:30")))
    for subject in (town.HOME[:9], "housing"):
        assert (life.count("contact_due", subject), life.count("contact_missed", subject)) == (1, missed)
    assert (life.count("contact_due"), life.count("contact_due", "water")) == (0, 0)


def test_the_first_no_to_what_was_settled_on_the_spot_is_not_said_to_be_a_second() -> None:
    life, morning = Life(town.town()), at("03-11 09:00")
    life.hear(town.received(morning, request_type="inquiry"), at=morning)
    life.hear(acceptance.CaseAnswered(answer="已答复", answered_by=town.DESK), at=morning)
    says(life, False)
    assert [event.reason for event in life.told(AttentionNeeded)] == ["reporter_not_solved"]
