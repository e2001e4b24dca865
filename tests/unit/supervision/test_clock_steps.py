"""Clocks of a case: which run when, what they do by themselves, and that they are judged from event times."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.clocks import deadline
from contracts.events import acceptance, command
from contracts.events.handling import ProgressReported, ReturnRequested
from contracts.events.supervision import (
    AttentionNeeded,
    ClockPaused,
    ClockResumed,
    ClockStopped,
    DeadlineMoved,
    OverdueNotified,
    SupervisionOrderIssued,
    UnitUrged,
)
from contracts.registry import Centre
from services.chassis.registry_snapshot import RegistrySnapshot
from services.supervision.domain.primitives import clocks
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import CO, DESK, HOME, LEAD, PROPERTY, at


def begun(milestones: tuple[str, ...] = ("1 work_day",), **changes: object) -> Life:
    """A case filed and dispatched on Wednesday 03-11 at 09:00."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00"), milestones), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00"), milestones, **changes))  # type: ignore[arg-type]
    return life


@pytest.mark.parametrize(
    ("sign", "start", "asked", "refused"),
    [
        ("2 work_hour", "03-11 17:30", "03-11 18:00", "03-12 08:00"),  # first milestone 19:30, long before 09:30
        ("2 urgent_hour", "03-11 11:30", "03-11 11:40", "03-11 15:00"),  # 13:30, moved past the milestone by the pause
    ],
)
def test_signing_is_never_due_after_the_first_milestone(sign: str, start: str, asked: str, refused: str) -> None:
    """And whoever signs after that is late."""
    when, work = at(start), "2 urgent_hour" if sign == "2 work_hour" else "1 work_hour"
    calendar = town.town(stage_limits={"sign": town.limit(sign)})
    due = min(deadline(when, town.limit(each), calendar.calendar).due_at for each in (sign, work))
    life = Life(calendar)
    life.hear(town.received(when), town.filed(when, (work,)), at=when)
    life.hear(town.dispatched(when, (work,), sign_due_at=due))
    assert life.clock("sign").due_at == due <= life.clock("handle").due_at
    life.hear(town.returned("requested"), at=at(asked))
    life.hear(town.returned("refused"), at=at(refused))
    assert life.clock("sign").due_at == life.clock("handle").due_at
    life.hear(town.signed(), at=life.clock("sign").due_at + timedelta(minutes=1))
    [stopped] = [each for each in life.said if isinstance(each, ClockStopped) and each.name == "sign"]
    assert not stopped.on_time


def test_every_stage_has_its_clock_and_hands_on_to_the_next() -> None:
    """File → dispatch → sign and handle → recheck, beside the promise to the reporter from the first report on."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), at=at("03-11 09:00"))
    assert life.running() == []
    life.hear(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:15")))
    assert life.running() == ["file"]
    question = acceptance.VerificationRequested(task_id=LEAD, mode="site", due_at=at("03-11 09:35"), officer_id="ann")
    life.hear(question, at=at("03-11 09:05"))
    assert life.running() == ["file", "verify"]
    assert life.clock("file").paused
    answer = acceptance.VerificationRecorded(task_id=LEAD, result="confirmed", officer_id="ann", recorded_by=DESK)
    life.hear(answer, acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:30")), at=at("03-11 09:20"))
    assert life.running() == ["file"]
    assert life.clock("file").due_at == at("03-11 09:30"), "ten of its fifteen minutes were left"
    life.hear(town.filed(at("03-11 09:00")), at=at("03-11 09:25"))
    assert life.running() == ["case", "dispatch"]
    assert life.clock("case").started_at == at("03-11 09:00")
    life.hear(town.dispatched(at("03-11 09:30")), at=at("03-11 09:30"))
    assert life.running() == ["case", "handle", "sign"]
    life.hear(town.signed(), at=at("03-11 10:00"))
    assert life.running() == ["case", "handle"]
    life.hear(town.completed(), town.all_completed(), at=at("03-11 11:00"))
    assert life.running() == ["case", "recheck"]
    stopped = {event.name: event.on_time for event in life.told(ClockStopped) if not event.cancelled}
    assert stopped == dict.fromkeys(("verify", "file", "dispatch", "sign", "handle"), True)


def test_signing_does_not_move_the_handling_clock() -> None:
    """A unit's handling clock runs from the dispatch's creation."""
    life = begun()
    before = life.clock("handle")
    life.hear(town.signed(), at=at("03-11 10:30"))
    assert life.clock("handle") == before


def test_lights_and_steps_come_at_80_100_150_and_200_percent() -> None:
    """Yellow and an urge, red and the question why, a supervision order, the leader: each once, each at its instant."""
    life = begun(("5 work_hour",))
    life.hear(town.signed(), at=at("03-11 09:30"))
    life.until(at("03-11 14:59"))
    assert life.lights("handle") == []
    life.until(at("03-11 15:00"))
    assert life.lights("handle") == ["yellow"]
    assert [event.unit_id for event in life.told(UnitUrged)] == ["sanitation"]
    life.until(at("03-11 16:00"))
    assert life.lights("handle") == ["yellow", "red"]
    assert [event.reply_due_at for event in life.told(OverdueNotified)] == [at("03-11 18:00")]
    assert life.told(SupervisionOrderIssued) == []
    life.until(at("03-12 08:30"))
    assert [event.kind for event in life.told(SupervisionOrderIssued)] == ["overdue"]
    life.until(at("03-12 11:00"))
    assert [event.kind for event in life.told(SupervisionOrderIssued)] == ["overdue", "leader"]
    assert [(event.reason, event.queue) for event in life.told(AttentionNeeded)] == [("overdue_twofold", "leader")]
    life.until(at("03-20 09:00"))
    assert len(life.told(UnitUrged)) == len(life.told(OverdueNotified)) == 1
    assert life.count("overdue") == 1
    assert life.count("urged") == 1


def test_two_limits_of_an_order_that_come_to_it_at_the_same_moment_are_said_once() -> None:
    """Two hours to sign and two to handle it: one urge, one question, one order, each naming both; both lights turn."""
    life = begun(("2 work_hour",))
    life.until(at("03-11 17:00"))
    (urge,), (notice,) = life.told(UnitUrged), life.told(OverdueNotified)
    assert "签收、处置时限" in urge.text
    assert "the time to sign and to handle" in urge.text_en
    assert (notice.name, notice.further_clocks) == ("handle", ("sign",))
    assert [event.kind for event in life.told(SupervisionOrderIssued)] == ["overdue", "leader"]
    assert life.lights("sign") == life.lights("handle") == ["yellow", "red"]
    assert [life.count("urged"), life.count("supervision_orders")] == [1, 2]


def test_what_was_said_for_both_is_said_for_the_other_alone_once_the_first_has_more_time() -> None:
    """More time to handle is no more time to sign: the question why it is not signed comes again by itself."""
    life = begun(("2 work_hour",))
    life.until(at("03-11 11:05"))
    assert list(life.state.notices) == [life.told(OverdueNotified)[0].clock_id]
    handle = next(key for key, clock in life.state.clocks.items() if clock.name == "handle")
    life.act(clocks.extend, handle, timedelta(hours=20))
    life.until(at("03-11 11:10"))
    assert [(event.name, event.further_clocks) for event in life.told(OverdueNotified)] == [
        ("handle", ("sign",)),
        ("sign", None),
    ]
    assert len(life.told(UnitUrged)) == 1


def test_the_overdue_notice_goes_to_whoever_is_late() -> None:
    """An officer's task to the officer, filing to whose post it is, dispatching to the dispatcher: no unit owes
    anything yet.
    """
    question = acceptance.VerificationRequested(task_id=LEAD, mode="site", due_at=at("03-11 09:30"), officer_id="ann")
    waits = acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 10:00"))
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), question, at=at("03-11 09:00"))
    life.until(at("03-11 09:40"))
    life.hear(waits, at=at("03-11 09:45"))
    life.until(at("03-11 10:05"))
    life.hear(town.filed(at("03-11 09:00")), at=at("03-11 10:05"))
    life.until(at("03-11 10:30"))
    assert [(event.name, event.officer_id, event.role, event.unit_id) for event in life.told(OverdueNotified)] == [
        ("verify", "ann", None, None),
        ("file", None, "intake_clerk", None),
        ("dispatch", None, "dispatcher", None),
    ]
    alone = Life(town.town(filing_roles=("shift_lead",)))
    alone.hear(town.received(at("03-11 09:00")), waits, at=at("03-11 09:00"))
    alone.until(at("03-11 10:05"))
    assert [event.role for event in alone.told(OverdueNotified)] == ["shift_lead"]


def test_steps_and_the_border_of_yellow_are_district_settings() -> None:
    """A district may urge earlier and order later."""
    district = town.town(yellow_share=0.5, urge_steps={"urge": 0.4, "overdue_notice": 1.0, "supervision_order": 3.0})
    life = Life(district)
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00"), ("5 work_hour",)), town.signed())
    life.until(at("03-11 11:00"))
    assert len(life.told(UnitUrged)) == 1
    assert life.lights("handle") == []
    life.until(at("03-11 11:30"))
    assert life.lights("handle") == ["yellow"]


def test_a_coordinated_unit_is_never_red_and_its_authority_is_asked_instead() -> None:
    """Situation 4: the property company is late → the housing bureau gets the order; no red, nothing overdue."""
    life = begun(("2 work_hour",), unit_id="property", dispatch_id=PROPERTY, coordinated=True)
    life.until(at("03-13 09:00"))
    assert life.lights("handle") == ["yellow"]
    assert life.told(OverdueNotified) == []
    assert {(event.kind, event.unit_id) for event in life.told(SupervisionOrderIssued)} == {
        ("escalated", "housing"),
        ("leader", "housing"),
    }
    assert life.count("overdue", "property") == 0
    assert not life.state.overdue


def test_each_milestone_has_a_clock_from_the_start() -> None:
    """Made safe in 2 urgent hours → fixed in 1 work day; reaching the first stops only the first."""
    life = begun(("2 urgent_hour", "1 work_day"))
    assert {clock.milestone: clock.due_at for clock in life.state.clocks.values() if clock.name == "handle"} == {
        "第1步": at("03-11 11:00"),
        "第2步": at("03-12 09:00"),
    }
    safe = ProgressReported(dispatch_id=LEAD, unit_id="sanitation", note="围挡", milestone="第1步", reported_by=DESK)
    life.hear(safe, at=at("03-11 10:30"))
    assert life.clock("handle").milestone == "第2步"
    assert life.lights("handle") == []


def test_on_time_needs_every_milestone_in_time() -> None:
    """A first milestone missed is overdue, even when the work as a whole is done before its end."""
    life = begun(("2 urgent_hour", "1 work_day"))
    life.until(at("03-11 11:00"))
    life.hear(town.signed(), town.completed(), at=at("03-11 12:00"))
    assert (life.count("handling_due"), life.count("completed"), life.count("completed_on_time")) == (1, 1, 0)
    assert life.count("overdue") == 1


def test_a_pending_return_stands_the_clock_still_and_a_refusal_sets_it_going() -> None:
    """Asked 09:30, refused 11:30: due two work hours later than it was."""
    life = begun(("4 work_hour",))
    life.hear(town.returned("requested"), at=at("03-11 09:30"))
    assert len(life.told(ClockPaused)) == 2
    life.until(at("03-11 11:29"))
    assert life.lights("handle") == life.lights("sign") == []
    life.hear(town.returned("refused"), at=at("03-11 11:30"))
    resumed = {event.due_at for event in life.told(ClockResumed)}
    assert resumed == {at("03-11 17:00"), at("03-11 15:00")}
    life.until(at("03-11 16:12"))
    assert life.lights("handle") == ["yellow"]
    assert life.state.returns == 1


def test_an_accepted_return_ends_the_dispatch_and_command_has_its_minutes_again() -> None:
    """Nothing of the returned dispatch runs on; the dispatcher's clock does."""
    life = begun()
    life.hear(town.returned("requested"), at=at("03-11 09:30"))
    life.hear(town.returned("accepted"), at=at("03-11 10:00"))
    assert life.running() == ["case", "dispatch"]
    assert life.clock("dispatch").due_at == at("03-11 10:15")
    cancelled = [event.name for event in life.told(ClockStopped) if event.cancelled]
    assert sorted(cancelled) == ["handle", "sign"]


def test_a_later_event_that_proves_the_clock_had_stopped_in_time_corrects_the_light() -> None:
    """Completed at 13:50, heard of at 16:30: the red light was wrong and is taken back, and so is the count."""
    life = begun(("5 work_hour",))
    life.hear(town.signed(), at=at("03-11 09:30"))
    life.until(at("03-11 16:30"))
    assert life.lights("handle") == ["yellow", "red"]
    assert life.count("overdue") == 1
    life.hear(town.completed(), at=at("03-11 13:50"), late=at("03-11 16:30"))
    assert life.lights("handle") == ["yellow", "red", "green*"]
    assert life.told(ClockStopped)[-1].on_time
    assert not life.state.overdue
    assert (life.count("overdue"), life.count("handling_due"), life.count("completed_on_time")) == (0, 1, 1)


def test_a_late_heard_return_corrects_the_light_too_and_red_can_come_again() -> None:
    """The clock stood still since 14:00; after the refusal it still runs out in the end, once."""
    life = begun(("5 work_hour",))
    life.hear(town.signed(), at=at("03-11 09:30"))
    life.until(at("03-11 16:30"))
    request = town.returned("requested")
    assert isinstance(request, ReturnRequested)
    life.hear(request, at=at("03-11 14:00"), late=at("03-11 16:31"))
    assert life.lights("handle") == ["yellow", "red", "green*"]
    life.hear(town.returned("refused"), at=at("03-11 17:00"))
    life.until(at("03-12 18:00"))
    assert life.lights("handle") == ["yellow", "red", "green*", "yellow", "red"]
    assert len(life.told(UnitUrged)) == 1, "nobody is urged twice for the same clock"
    assert life.count("overdue") == 1


def test_stopping_late_is_overdue_even_when_no_timer_had_fired_yet() -> None:
    """After an outage the fact arrives before the timer: it is judged by the fact's time, without a red light."""
    life = begun(("5 work_hour",))
    life.hear(town.signed(), at=at("03-11 09:30"))
    life.hear(town.completed(), at=at("03-12 09:00"), late=at("03-12 10:00"))
    assert not life.told(ClockStopped)[-1].on_time
    assert (life.count("overdue"), life.count("completed_on_time")) == (1, 0)


def test_was_overdue_is_never_erased() -> None:
    """Completing late does not make it untrue."""
    life = begun(("2 work_hour",))
    life.until(at("03-11 14:00"))
    life.hear(town.completed(), at=at("03-11 15:00"))
    assert life.state.overdue
    assert life.count("overdue") == 1


def test_a_joint_survey_has_its_own_limit() -> None:
    """乡呼县应: one work day for a dispute about responsibility, not command's fifteen minutes."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    survey = command.DecisionNeeded(
        round=3,
        queue="county",
        reason="joint_survey",
        due_at=at("03-12 09:00"),
        list_version=1,
        explanation="x",
        explanation_en="x",
    )
    life.hear(survey)
    assert (life.clock("dispatch").unit, life.clock("dispatch").due_at) == ("work_day", at("03-12 09:00"))


def test_a_task_that_waits_for_the_next_shift_is_not_half_used_up_when_the_shift_begins() -> None:
    """Asked at night, due 30 minutes after the shift's start: the clock starts with the shift."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 22:00")), at=at("03-11 22:00"))
    question = acceptance.VerificationRequested(task_id=LEAD, mode="site", due_at=at("03-12 08:30"), officer_id="ann")
    life.hear(question)
    assert life.clock("verify").started_at == at("03-12 08:00")
    life.until(at("03-12 08:23"))
    assert life.lights("verify") == []
    life.until(at("03-12 08:24"))
    assert life.lights("verify") == ["yellow"]


@pytest.mark.parametrize("due", ["03-11 20:00", "03-11 08:00"])
def test_an_outside_deadline_out_of_hours_still_is_a_deadline(due: str) -> None:
    """The city's platform wants it tonight, or wanted it this morning: counted in real time, red when it is over."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 18:30")), at=at("03-11 18:30"))
    life.hear(town.filed(at("03-11 18:30"), case_due_at=at(due)))
    assert life.clock("case").due_at == at(due)
    life.until(at("03-11 20:01"))
    assert life.lights("case")[-1] == "red"


def test_provisional_deadlines_are_laid_off_again_when_the_table_changes() -> None:
    """2027's make-up days are announced: the due instant moves, the timer with it."""
    life = Life(town.town())
    start = at("12-30 17:00")
    life.hear(town.received(start), town.filed(start, ("3 work_day",)), at=start)
    life.hear(town.dispatched(start, ("3 work_day",)), town.signed())
    handle = life.started("handle")
    assert handle.provisional
    life.district = town.town(town.ANNOUNCED, announced_years=(2027,))
    life.act(clocks.recompute_deadlines)
    moved = [event for event in life.told(DeadlineMoved) if event.clock_id == handle.clock_id]
    assert [(event.reason, event.provisional) for event in moved] == [("calendar", False)]
    assert moved[0].due_at > handle.due_at
    said = len(life.said)
    life.act(clocks.recompute_deadlines)
    assert len(life.said) == said, "laid off again on the same table, nothing moves"


def test_a_moved_deadline_names_its_milestone_and_moves_the_task_that_stands_on_it() -> None:
    """The unit's order follows by the milestone's name, a leader's review by its task."""
    life = Life(town.town())
    start = at("12-30 17:00")
    life.hear(town.received(start), town.filed(start, ("3 work_day",)), at=start)
    life.hear(town.dispatched(start, ("3 work_day",)), town.signed())
    life.hear(town.completed("explained"), town.all_completed("explained"), at=at("12-31 17:30"))
    before = life.task("review")[1].due_at
    life.district = town.town(town.ANNOUNCED, announced_years=(2027,))
    life.act(clocks.recompute_deadlines)
    assert {event.name: event.milestone for event in life.told(DeadlineMoved)} == {"review": None, "case": None}
    assert life.task("review")[1].due_at > before
    working = Life(town.town())
    working.hear(
        town.received(start), town.filed(start, ("3 work_day",)), town.dispatched(start, ("3 work_day",)), at=start
    )
    working.district = life.district
    working.act(clocks.recompute_deadlines)
    assert {event.milestone for event in working.told(DeadlineMoved) if event.name == "handle"} == {"第1步"}


def test_a_deadline_named_outside_is_moved_by_no_calendar() -> None:
    """The city said 2027-01-06 17:00: that is the promise, whatever days are worked until then."""
    life = Life(town.town())
    start, due_at = at("12-30 17:00"), at("12-30 17:00").replace(year=2027, month=1, day=6)
    external = {"channel_number": "12345", "number": "1", "due_at": due_at}
    life.hear(town.received(start), town.filed(start, ("9 work_day",), external=external, case_due_at=due_at), at=start)
    assert not life.started("case").provisional
    life.district = town.town(town.ANNOUNCED, announced_years=(2027,))
    life.act(clocks.recompute_deadlines)
    assert life.clock("case").due_at == due_at


def test_a_late_entry_runs_from_its_registration() -> None:
    """补录: it happened at nine and was entered at eleven; the promise has the whole limit from eleven on."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00"), registered_at=at("03-11 11:00")), at=at("03-11 11:00"))
    life.hear(town.filed(at("03-11 09:00"), case_due_at=at("03-12 11:00")), at=at("03-11 11:05"))
    assert life.clock("case").started_at == at("03-11 11:00")
    assert life.clock("case").granted == timedelta(hours=8)


def test_facts_that_come_after_the_end_change_nothing() -> None:
    """Voided beats everything; a dispatch that crossed it starts no clock."""
    life = begun()
    life.hear(acceptance.CaseVoided(note="误立", decided_by=DESK), at=at("03-11 10:00"))
    life.hear(town.dispatched(at("03-11 10:01"), dispatch_id=town.CO, unit_id="water", role="co"), town.signed())
    assert life.running() == []
    assert life.timers == {}
    assert life.status == "voided"
    assert life.facts == {("desk", "filed"): 1, ("desk", "misfiled"): 1, ("desk", "voided"): 1, (HOME[:9], "voided"): 1}


def test_a_replay_says_the_same_under_the_same_ids() -> None:
    """Ids derive from their causes: two services that heard the same said the same."""
    lives = [begun(), begun()]
    for life in lives:
        life.until(at("03-12 12:00"))
    assert [event.to_bytes() for event in lives[0].said] == [event.to_bytes() for event in lives[1].said]


def test_a_return_has_the_centres_minutes_and_who_decides_it_is_judged() -> None:
    """Else a request that nobody decides would stop the unit's clocks for ever, and nobody would hear of it."""
    life = begun(("5 work_hour",))
    life.hear(town.returned("requested"), at=at("03-11 09:30"))
    assert (life.running(), life.clock("dispatch").due_at) == (
        ["case", "dispatch", "handle", "sign"],
        at("03-11 09:45"),
    )
    assert life.clock("handle").paused
    assert not life.clock("dispatch").paused
    life.until(at("03-11 11:00"))
    assert life.lights("dispatch") == ["yellow", "red"]
    assert [(event.name, event.role, event.unit_id) for event in life.told(OverdueNotified)] == [
        ("dispatch", "dispatcher", None)
    ]
    assert life.told(UnitUrged) == life.told(SupervisionOrderIssued) == []
    assert not life.state.notices, "the unit owes no answer"
    life.hear(town.returned("refused"), at=at("03-11 11:00"))
    assert life.running() == ["case", "handle", "sign"]
    assert life.count("overdue", "sanitation") == 0
    assert (life.count("decision_due", "desk"), life.count("decided_on_time", "desk")) == (1, 0)
    life.hear(town.returned("requested"), at=at("03-11 11:30"))
    life.hear(town.returned("accepted"), at=at("03-11 11:40"))
    assert [event.on_time for event in life.told(ClockStopped) if event.name == "dispatch"] == [True, False, True]
    assert (life.count("decision_due", "desk"), life.count("decided_on_time", "desk")) == (2, 1)
    assert life.running() == ["case", "dispatch"], "command finds somebody else, on a clock of its own"
    life.hear(town.dispatched(at("03-11 11:50"), dispatch_id=CO, unit_id="housing"), at=at("03-11 11:50"))
    assert "dispatch" not in life.running()


def test_a_return_of_a_co_unit_leaves_command_and_the_unit_alone() -> None:
    """Two clocks of one name are two things: a lead that goes out does not decide it; taken back, it judges nobody."""
    life = begun()
    life.hear(town.dispatched(at("03-11 09:00"), dispatch_id=CO, unit_id="housing", role="co"))
    life.hear(town.returned("requested", CO, "housing"), at=at("03-11 09:10"))
    life.hear(town.returned("requested"), at=at("03-11 09:12"))
    life.hear(town.returned("accepted"), at=at("03-11 09:13"))
    life.hear(town.dispatched(at("03-11 09:14"), dispatch_id=PROPERTY, unit_id="water"), at=at("03-11 09:14"))
    assert life.clock("dispatch").dispatch_id == CO
    withdrawn = command.DispatchWithdrawn(dispatch_id=CO, unit_id="housing", reason="by_hand")
    life.hear(withdrawn, at=at("03-11 09:40"))
    assert "dispatch" not in life.running()
    assert life.told(ClockStopped)[-1].cancelled


@pytest.mark.parametrize(("called", "kept"), [("03-11 09:10", 1), ("03-11 09:40", 0)], ids=["in time", "too late"])
def test_after_the_street_has_called_the_county_one_deadline_counts_and_it_is_the_countys(
    called: str, kept: int
) -> None:
    """Routing gave it until tomorrow: fifteen minutes of the street must not turn red, nor be booked to it,
    meanwhile.
    """
    plain = town.town()
    county = Centre(id="county", level="county", name="县", name_en="County", areas=("370522",))
    life = Life(RegistrySnapshot.from_records(1, {**plain.records, Centre.KIND: {county.id: county}}))
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    asked = command.DecisionNeeded(
        round=1,
        queue="lijin",
        reason="no_match",
        due_at=at("03-11 09:16"),
        list_version=1,
        explanation="x",
        explanation_en="x",
    )
    life.hear(asked, at=at("03-11 09:01"))
    assert life.clock("dispatch").due_at == at("03-11 09:15"), "command's minutes go on"
    life.until(at(called))
    due_at = deadline(at(called), town.limit("1 work_day"), plain.calendar).due_at
    life.hear(asked.model_copy(update={"queue": "county", "due_at": due_at}), at=at(called))
    assert (life.clock("dispatch").due_at, life.clock("dispatch").centre_id) == (due_at, "county")
    assert life.told(ClockStopped)[-1].on_time == bool(kept)
    street = HOME[:9]
    assert (life.count("decision_due", street), life.count("decided_on_time", street)) == (1, kept)
    late = len(life.told(OverdueNotified))
    life.until(at("03-12 18:00"))
    assert [(event.role, event.centre_id) for event in life.told(OverdueNotified)[late:]] == [("dispatcher", "county")]
    life.hear(town.dispatched(at("03-12 18:00")), at=at("03-12 18:00"))
    assert (life.count("decision_due", "370522"), life.count("decided_on_time", "370522")) == (1, 0)
    assert life.count("decision_due", street) == 1


def test_what_the_county_is_asked_again_after_a_merge_was_undone_says_nothing_of_the_streets_minutes() -> None:
    """The street has called once, and was judged by that; its minutes of the undoing are nobody's."""
    county = Centre(id="county", level="county", name="县", name_en="County", areas=("370522",))
    life = Life(town.town([county]))
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    asked = town.needed(1, at("03-12 09:05")).model_copy(update={"queue": "county"})
    life.hear(asked, at=at("03-11 09:05"))
    host = {"host_case_id": town.CASE, "host_case_number": "", "rule": "merged", "decided_by": DESK}
    life.hear(acceptance.CaseAttached.model_validate(host), at=at("03-11 10:00"))
    life.hear(acceptance.CaseDetached(host_case_id=town.CASE, decided_by=DESK), at=at("03-11 11:00"))
    life.hear(asked.model_copy(update={"round": 2, "due_at": at("03-12 11:00")}), at=at("03-11 11:00"))
    assert (life.clock("dispatch").due_at, life.clock("dispatch").centre_id) == (at("03-12 11:00"), "county")
    assert life.count("decision_due", HOME[:9]) == 1
