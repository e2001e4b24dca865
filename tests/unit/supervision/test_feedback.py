"""Feedback of reporters after closing, and when the figures of a case become final."""

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
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import at, in_the_field, person
from tests.unit.supervision.sample_events import CASE, REPORT, SECOND_REPORT

HOTLINE = person("hotline")


def report_joined(report_id: UUID = SECOND_REPORT, *, wanted: bool = True) -> acceptance.ReportJoined:
    return acceptance.ReportJoined(
        report_id=report_id,
        attached_case_id=uuid5(CASE, "attached"),
        attached_case_number="LJ-2",
        channel="resident",
        feedback_wanted=wanted,
        reported_at=at("03-11 10:00"),
    )


def closed_case(
    *more: acceptance.ReportJoined, district: Any = None, day: str = "03-11", **received: Any
) -> CaseDriver:
    """Return a case closed at 11:30 after a passed recheck."""
    driver, morning = CaseDriver(district or sample_district.make_district()), at(f"{day} 09:00")
    driver.apply(sample_events.received(morning, **received), sample_events.filed(morning), at=morning)
    driver.apply(sample_events.dispatched(morning), *more)
    driver.apply(
        sample_events.signed(), sample_events.completed(), sample_events.all_completed(), at=at(f"{day} 11:00")
    )
    driver.now = at(f"{day} 11:30")
    driver.answer(in_the_field("ann"), passed=True)
    return driver


def give_feedback(driver: CaseDriver, solved: bool, report_id: UUID = REPORT, satisfied: Any = None) -> None:
    driver.run(
        case_actions.give_feedback,
        report_id,
        FeedbackAnswer(solved=solved, satisfied=satisfied, comment="如此"),
        HOTLINE,
    )


def complete_rework(driver: CaseDriver, round_: int) -> None:
    driver.apply(sample_events.completed(round_=round_), sample_events.all_completed(round_=round_))
    driver.answer(in_the_field("ann"), passed=True)


def test_every_reporter_is_asked_also_those_of_attached_reports() -> None:
    """They have seven natural days; reports without a reachable author are left out."""
    driver = closed_case(report_joined(), report_joined(uuid5(CASE, "officer's own"), wanted=False))
    asked = {event.report_id: event.due_at for event in driver.events_of(FeedbackRequested)}
    assert asked == {REPORT: at("03-18 11:30"), SECOND_REPORT: at("03-18 11:30")}
    assert driver.status == "awaiting_feedback"


def test_a_case_is_evaluated_when_all_reporters_answered_solved() -> None:
    """The least satisfied answer counts for the case."""
    driver = closed_case(report_joined())
    give_feedback(driver, True, satisfied="satisfied")
    assert driver.events_of(CaseEvaluated) == []
    give_feedback(driver, True, SECOND_REPORT, satisfied="fair")
    final = driver.events_of(CaseEvaluated)[0]
    assert (final.solved, final.satisfied, final.outcome, final.was_overdue) == (True, "fair", "solved", False)
    figures = {(figure.subject_id, figure.figure): figure.value for figure in final.figures}
    assert figures["sanitation", "completed_on_time"] == 1
    assert figures["sanitation", "feedback_solved"] == 2
    assert driver.status == "evaluated"


def test_a_case_without_reporters_to_ask_is_evaluated_at_once() -> None:
    """An officer's own report has no resident to ask."""
    driver = closed_case(feedback_wanted=False)
    assert driver.events_of(FeedbackRequested) == []
    assert driver.events_of(CaseEvaluated)[0].solved is None


def test_a_reporter_who_does_not_answer_in_time_counts_in_no_rate() -> None:
    """The feedback window is seven days."""
    driver = closed_case()
    driver.advance_to(at("03-18 11:29"))
    assert driver.status == "awaiting_feedback"
    driver.advance_to(at("03-18 11:30"))
    assert [event.report_id for event in driver.events_of(FeedbackLapsed)] == [REPORT]
    assert driver.events_of(CaseEvaluated)[0].solved is None
    assert driver.count("feedback_solved") + driver.count("feedback_not_solved") == 0
    with pytest.raises(problems.FeedbackNotOpen) as refused:
        give_feedback(driver, True)
    assert (refused.value.members["why"], refused.value.members["possible"]) == ("period_ended", [])
    assert "reopen the case" in refused.value.text("en")


def test_not_solved_by_the_first_reporter_reopens_the_case_once() -> None:
    """It is a rework by the same unit with the whole limit; reporters who have not answered are asked after the next
    closing.
    """
    driver = closed_case(report_joined())
    give_feedback(driver, False)
    assert [event.reason for event in driver.events_of(CaseReopened)] == ["reporter_not_solved"]
    order = driver.events_of(ReworkOrdered)[0]
    assert (order.unit_id, order.reason) == ("sanitation", "reporter_not_solved")
    assert [each.due_at for each in order.milestones] == [at("03-12 11:30")]
    assert driver.status == "rework"
    assert [name for name in driver.timers if name.startswith("feedback:")] == []
    complete_rework(driver, 1)
    assert [event.report_id for event in driver.events_of(FeedbackRequested)][2:] == [REPORT, SECOND_REPORT]


def test_a_second_not_solved_goes_to_the_shift_lead() -> None:
    """Situation 21: the shift lead decides, then the case is evaluated."""
    driver = closed_case()
    give_feedback(driver, False)
    complete_rework(driver, 1)
    give_feedback(driver, False)
    assert len(driver.events_of(CaseReopened)) == 1
    assert [(event.reason, event.queue) for event in driver.events_of(AttentionNeeded)] == [
        ("second_not_solved", "shift_lead")
    ]
    assert driver.events_of(CaseEvaluated) == []
    driver.answer(person("shift_lead"), passed=True, note="已解释", kind="attention")
    assert [event.note for event in driver.events_of(AttentionSettled)] == ["已解释"]
    final = driver.events_of(CaseEvaluated)[0]
    assert (final.solved, final.reworks) == (False, 1)


def test_the_first_and_the_last_answer_of_a_reporter_are_counted_separately() -> None:
    """Not solved and dissatisfied at first, solved and fair after the rework: each counts once."""
    driver = closed_case()
    give_feedback(driver, False, satisfied="dissatisfied")
    assert (driver.count("first_not_solved"), driver.count("feedback_not_solved")) == (1, 1)
    complete_rework(driver, 1)
    give_feedback(driver, True, satisfied="fair")
    for subject in ("sanitation", sample_district.HOME[:9]):
        voices = {
            figure for who, figure in driver.facts if who == subject and figure.startswith(("first_", "feedback_"))
        }
        assert voices == {"first_not_solved", "first_dissatisfied", "feedback_solved", "feedback_fair"}
    assert (driver.count("called_back", "hotline"), driver.count("called_back", sample_district.HOME[:9])) == (2, 2)


def test_not_solved_by_another_reporter_goes_to_the_shift_lead() -> None:
    """Only the first reporter's answer reopens automatically; reopening by hand settles the question."""
    driver = closed_case(report_joined())
    give_feedback(driver, False, SECOND_REPORT)
    assert driver.events_of(CaseReopened) == []
    assert driver.events_of(AttentionNeeded)[0].reason == "other_reporter_not_solved"
    driver.run(case_actions.reopen, "确未清理", person("shift_lead"))
    assert len(driver.events_of(AttentionSettled)) == 1
    assert driver.status == "rework"


def test_the_reporter_of_a_report_attached_after_closing_is_asked_too() -> None:
    driver = closed_case()
    give_feedback(driver, True)
    driver.apply(report_joined(), at=at("03-13 09:00"))
    assert driver.events_of(FeedbackRequested)[-1].due_at == at("03-20 09:00")
    give_feedback(driver, False, SECOND_REPORT)
    assert driver.events_of(AttentionNeeded)[0].reason == "other_reporter_not_solved"
    assert len(driver.events_of(CaseEvaluated)) == 1


def test_a_detached_report_is_not_waited_for() -> None:
    """It was about something else."""
    driver = closed_case(report_joined())
    give_feedback(driver, True)
    driver.apply(acceptance.ReportLeft(report_id=SECOND_REPORT, attached_case_id=uuid5(CASE, "attached")))
    assert driver.events_of(CaseEvaluated)[0].solved is True


def test_a_repeated_answer_changes_nothing_and_a_changed_one_is_refused() -> None:
    driver = closed_case(report_joined())
    give_feedback(driver, True, satisfied="fair")
    before = len(driver.events)
    give_feedback(driver, True, satisfied="fair")
    assert len(driver.events) == before
    with pytest.raises(problems.FeedbackNotOpen):
        give_feedback(driver, False)
    with pytest.raises(problems.ReportUnknown):
        give_feedback(driver, True, uuid5(CASE, "no such report"))


def test_the_number_of_automatic_reopenings_is_a_district_setting() -> None:
    """A district may leave every "not solved" to a person."""
    driver = closed_case(district=sample_district.make_district(reopen_limit=0))
    give_feedback(driver, False)
    assert driver.events_of(CaseReopened) == []
    assert driver.events_of(AttentionNeeded)[0].reason == "reporter_not_solved", "it is the first answer of this kind"


def test_an_exercise_counts_no_figures() -> None:
    """Exercise cases never mix with real ones."""
    driver = closed_case(mode="exercise", feedback_wanted=False)
    assert driver.events_of(CaseEvaluated)[0].figures == ()
    assert driver.facts == {}


def record_failed_calls(driver: CaseDriver, *results: Any) -> None:
    for result in results:
        driver.run(case_actions.record_failed_call, REPORT, result, "", HOTLINE)


def test_after_the_last_failed_call_the_case_is_evaluated() -> None:
    """Three calls, a district setting; the missing answer counts in no rate."""
    driver = closed_case()
    record_failed_calls(driver, "no_answer", "busy")
    assert (driver.status, driver.state.reports[REPORT].tries) == ("awaiting_feedback", 2)
    record_failed_calls(driver, "no_answer")
    assert [event.tries for event in driver.events_of(CallBackTried)] == [1, 2, 3]
    assert len(driver.events_of(FeedbackLapsed)) == 1
    assert driver.status == "evaluated"
    assert driver.count("feedback_solved") == driver.count("feedback_not_solved") == 0


def test_a_call_is_due_one_limit_after_closing_and_after_each_attempt() -> None:
    """One work day, a district setting, but never after the end of the feedback window."""
    driver = closed_case(district=sample_district.make_district(feedback_window_days=3))
    report = driver.state.reports[REPORT]
    assert (report.call_due_at, report.answer_until) == (at("03-12 11:30"), at("03-14 11:30"))
    driver.now = at("03-12 11:00")
    record_failed_calls(driver, "no_answer")
    assert driver.state.reports[REPORT].call_due_at == at("03-13 11:00")
    driver.now = at("03-13 16:00")
    record_failed_calls(driver, "busy")
    assert driver.state.reports[REPORT].call_due_at == at("03-14 11:30")
    give_feedback(driver, True)
    report = driver.state.reports[REPORT]
    assert (report.call_due_at, report.answer_until) == (None, None)


@pytest.mark.parametrize("result", ["wrong_number", "refused"])
def test_a_reporter_with_a_wrong_number_or_a_refusal_is_not_called_again(result: Any) -> None:
    driver = closed_case()
    record_failed_calls(driver, result)
    assert driver.status == "evaluated"
    with pytest.raises(problems.FeedbackNotOpen):
        record_failed_calls(driver, result)


def test_a_renewed_question_starts_with_no_failed_calls() -> None:
    driver = closed_case()
    record_failed_calls(driver, "no_answer", "no_answer")
    give_feedback(driver, False)
    complete_rework(driver, 1)
    record_failed_calls(driver, "no_answer", "no_answer")
    assert driver.status == "awaiting_feedback"


def reporter_contacted(reached: bool = True) -> reporters.ReporterContacted:
    return reporters.ReporterContacted(
        report_id=REPORT, means="phone", reached=reached, contacted_by=sample_district.DESK
    )


@pytest.mark.parametrize(
    ("events", "when", "due", "on_time"),
    [
        ([], "03-11 09:30", 0, 0),
        ([reporter_contacted(False)], "03-11 09:30", 0, 0),
        ([reporter_contacted(False), reporter_contacted(), reporter_contacted()], "03-11 09:30", 1, 1),
        ([reporter_contacted()], "03-13 09:30", 1, 0),
    ],
    ids=["nobody", "not reached", "reached", "reached late"],
)
def test_a_first_contact_is_due_one_work_day_after_the_first_lead_and_counts_once(
    events: list[Any], when: str, due: int, on_time: int
) -> None:
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00"), reporter_ref=SECOND_REPORT), sample_events.filed(at("03-11 09:00"))
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")), at=at("03-11 09:00"))
    driver.apply(*events, at=at(when))
    assert (driver.count("contact_due"), driver.count("contact_on_time")) == (due, on_time)


def test_closing_without_a_first_contact_counts_as_missed() -> None:
    assert closed_case(reporter_ref=SECOND_REPORT).count("contact_due") == 1
    assert closed_case().count("contact_due") == 0, "without a reachable reporter it is not due"


def test_the_deadline_of_a_call_moves_with_the_calendar() -> None:
    """Closed on New Year's Eve; the first working day is announced as a holiday."""
    driver = closed_case(day="12-31")
    monday = at("12-31 11:30") + timedelta(days=4)
    assert (driver.state.reports[REPORT].call_due_at, driver.state.provisional) == (monday, True)
    driver.district = sample_district.make_district([CalendarDay(id="2027-01-04", working=False)])
    driver.run(feedback_questions.recompute_deadlines)
    assert (driver.state.reports[REPORT].call_due_at, driver.state.provisional) == (monday + timedelta(days=1), True)
    driver.district = sample_district.make_district(sample_district.ANNOUNCED, announced_years=(2027,))
    driver.run(feedback_questions.recompute_deadlines)
    assert (driver.state.reports[REPORT].call_due_at, driver.state.provisional) == (monday + timedelta(days=1), False)
    driver.district = sample_district.make_district(announced_years=(2027,))
    driver.run(feedback_questions.recompute_deadlines)
    assert driver.state.reports[REPORT].call_due_at == monday + timedelta(days=1), "a final deadline does not move"


def test_the_deadline_of_a_call_never_exceeds_the_feedback_window() -> None:
    driver = closed_case(day="12-31")
    give_feedback(driver, True)
    assert not driver.state.provisional
    far = [CalendarDay(id=f"2027-01-{day:02}", working=False) for day in range(4, 16)]
    late = closed_case(day="12-31")
    late.district = sample_district.make_district(far, announced_years=(2027,))
    late.run(feedback_questions.recompute_deadlines)
    assert late.state.reports[REPORT].call_due_at == late.state.reports[REPORT].answer_until


@pytest.mark.parametrize(("reached", "missed"), [("03-12 08:50", 0), ("03-12 09:30", 1)])
def test_a_first_contact_counts_for_the_unit_that_led_when_it_was_due_or_given(reached: str, missed: int) -> None:
    """Sanitation returned in time, housing led when the day was over, water leads since then. The street counts it
    once.
    """
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00"), reporter_ref=SECOND_REPORT), sample_events.filed(at("03-11 09:00"))
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")), at=at("03-11 09:00"))
    driver.apply(sample_events.returned("requested"), sample_events.returned("accepted"), at=at("03-11 10:00"))
    second, third = uuid5(CASE, "second lead"), uuid5(CASE, "third lead")
    driver.apply(
        sample_events.dispatched(at("03-11 10:10"), dispatch_id=second, unit_id="housing"), at=at("03-11 10:10")
    )
    if reached < "03-12 09:00":
        driver.apply(reporter_contacted(), at=at(reached))
    driver.apply(sample_events.returned("requested", second, "housing"), at=at("03-12 09:10"))
    driver.apply(sample_events.returned("accepted", second, "housing"), at=at("03-12 09:15"))
    driver.apply(sample_events.dispatched(at("03-12 09:20"), dispatch_id=third, unit_id="water"), at=at("03-12 09:20"))
    driver.apply(reporter_contacted(), at=at(max(reached, "03-12 09:30")))
    for subject in (sample_district.HOME[:9], "housing"):
        assert (driver.count("contact_due", subject), driver.count("contact_missed", subject)) == (1, missed)
    assert (driver.count("contact_due"), driver.count("contact_due", "water")) == (0, 0)


def test_the_first_not_solved_of_an_answered_inquiry_goes_to_the_shift_lead() -> None:
    driver, morning = CaseDriver(sample_district.make_district()), at("03-11 09:00")
    driver.apply(sample_events.received(morning, request_type="inquiry"), at=morning)
    driver.apply(acceptance.CaseAnswered(answer="已答复", answered_by=sample_district.DESK), at=morning)
    give_feedback(driver, False)
    assert [event.reason for event in driver.events_of(AttentionNeeded)] == ["reporter_not_solved"]
