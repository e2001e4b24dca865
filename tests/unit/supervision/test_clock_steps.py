"""Clocks of a case: each stage has its clock, and each clock causes lights and automatic steps."""

from __future__ import annotations

from datetime import timedelta

import pytest

from contracts.clocks import deadline
from contracts.events import acceptance
from contracts.events.handling import ProgressReported
from contracts.events.supervision import (
    AttentionNeeded,
    ClockPaused,
    ClockResumed,
    ClockStopped,
    OverdueNotified,
    SupervisionOrderIssued,
    UnitUrged,
)
from services.supervision.domain.primitives import clocks
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_cases import dispatched_case
from tests.unit.supervision.sample_district import DESK, at
from tests.unit.supervision.sample_events import LEAD, PROPERTY


@pytest.mark.parametrize(
    ("sign", "start", "asked", "refused"),
    [
        ("2 work_hour", "03-11 17:30", "03-11 18:00", "03-12 08:00"),  # first milestone 19:30, long before 09:30
        ("2 urgent_hour", "03-11 11:30", "03-11 11:40", "03-11 15:00"),  # 13:30, moved past the milestone by the pause
    ],
)
def test_the_deadline_to_sign_is_never_after_the_first_milestone(
    sign: str, start: str, asked: str, refused: str
) -> None:
    """A signature after that is late."""
    when, work = at(start), "2 urgent_hour" if sign == "2 work_hour" else "1 work_hour"
    calendar = sample_district.make_district(stage_limits={"sign": sample_district.limit(sign)})
    due = min(deadline(when, sample_district.limit(each), calendar.calendar).due_at for each in (sign, work))
    driver = CaseDriver(calendar)
    driver.apply(sample_events.received(when), sample_events.filed(when, (work,)), at=when)
    driver.apply(sample_events.dispatched(when, (work,), sign_due_at=due))
    assert driver.clock("sign").due_at == due <= driver.clock("handle").due_at
    driver.apply(sample_events.returned("requested"), at=at(asked))
    driver.apply(sample_events.returned("refused"), at=at(refused))
    assert driver.clock("sign").due_at == driver.clock("handle").due_at
    driver.apply(sample_events.signed(), at=driver.clock("sign").due_at + timedelta(minutes=1))
    [stopped] = [each for each in driver.events if isinstance(each, ClockStopped) and each.name == "sign"]
    assert not stopped.on_time


def test_every_stage_has_its_clock_and_starts_the_next() -> None:
    """The stages are filing, dispatching, signing and handling, and rechecking; the clock of the case runs beside
    them.
    """
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 09:00")), at=at("03-11 09:00"))
    assert driver.running_clocks() == []
    driver.apply(acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:15")))
    assert driver.running_clocks() == ["file"]
    question = acceptance.VerificationRequested(task_id=LEAD, mode="site", due_at=at("03-11 09:35"), officer_id="ann")
    driver.apply(question, at=at("03-11 09:05"))
    assert driver.running_clocks() == ["file", "verify"]
    assert driver.clock("file").paused
    answer = acceptance.VerificationRecorded(task_id=LEAD, result="confirmed", officer_id="ann", recorded_by=DESK)
    driver.apply(
        answer, acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:30")), at=at("03-11 09:20")
    )
    assert driver.running_clocks() == ["file"]
    assert driver.clock("file").due_at == at("03-11 09:30"), "ten of its fifteen minutes were left"
    driver.apply(sample_events.filed(at("03-11 09:00")), at=at("03-11 09:25"))
    assert driver.running_clocks() == ["case", "dispatch"]
    assert driver.clock("case").started_at == at("03-11 09:00")
    driver.apply(sample_events.dispatched(at("03-11 09:30")), at=at("03-11 09:30"))
    assert driver.running_clocks() == ["case", "handle", "sign"]
    driver.apply(sample_events.signed(), at=at("03-11 10:00"))
    assert driver.running_clocks() == ["case", "handle"]
    driver.apply(sample_events.completed(), sample_events.all_completed(), at=at("03-11 11:00"))
    assert driver.running_clocks() == ["case", "recheck"]
    stopped = {event.name: event.on_time for event in driver.events_of(ClockStopped) if not event.cancelled}
    assert stopped == dict.fromkeys(("verify", "file", "dispatch", "sign", "handle"), True)


def test_signing_does_not_move_the_handling_clock() -> None:
    """The handling clock runs from the creation of the dispatch."""
    driver = dispatched_case()
    before = driver.clock("handle")
    driver.apply(sample_events.signed(), at=at("03-11 10:30"))
    assert driver.clock("handle") == before


def test_lights_and_automatic_steps_come_at_80_100_150_and_200_percent() -> None:
    """Yellow and a reminder, red and a notice, a supervision order, the leader: each once at its instant."""
    driver = dispatched_case(("5 work_hour",))
    driver.apply(sample_events.signed(), at=at("03-11 09:30"))
    driver.advance_to(at("03-11 14:59"))
    assert driver.lights("handle") == []
    driver.advance_to(at("03-11 15:00"))
    assert driver.lights("handle") == ["yellow"]
    assert [event.unit_id for event in driver.events_of(UnitUrged)] == ["sanitation"]
    driver.advance_to(at("03-11 16:00"))
    assert driver.lights("handle") == ["yellow", "red"]
    assert [event.reply_due_at for event in driver.events_of(OverdueNotified)] == [at("03-11 18:00")]
    assert driver.events_of(SupervisionOrderIssued) == []
    driver.advance_to(at("03-12 08:30"))
    assert [event.kind for event in driver.events_of(SupervisionOrderIssued)] == ["overdue"]
    driver.advance_to(at("03-12 11:00"))
    assert [event.kind for event in driver.events_of(SupervisionOrderIssued)] == ["overdue", "leader"]
    assert [(event.reason, event.queue) for event in driver.events_of(AttentionNeeded)] == [
        ("overdue_twofold", "leader")
    ]
    driver.advance_to(at("03-20 09:00"))
    assert len(driver.events_of(UnitUrged)) == len(driver.events_of(OverdueNotified)) == 1
    assert driver.count("overdue") == 1
    assert driver.count("urged") == 1


def test_two_limits_that_reach_a_step_together_cause_one_message() -> None:
    """Two hours to sign and two to handle: each message names both clocks, and both lights change."""
    driver = dispatched_case(("2 work_hour",))
    driver.advance_to(at("03-11 17:00"))
    (urge,), (notice,) = driver.events_of(UnitUrged), driver.events_of(OverdueNotified)
    assert "签收、处置时限" in urge.text
    assert "the time to sign and to handle" in urge.text_en
    assert (notice.name, notice.further_clocks) == ("handle", ("sign",))
    assert [event.kind for event in driver.events_of(SupervisionOrderIssued)] == ["overdue", "leader"]
    assert driver.lights("sign") == driver.lights("handle") == ["yellow", "red"]
    assert [driver.count("urged"), driver.count("supervision_orders")] == [1, 2]


def test_the_second_limit_repeats_the_notice_if_the_first_is_extended() -> None:
    """An extension of handling does not extend the time to sign."""
    driver = dispatched_case(("2 work_hour",))
    driver.advance_to(at("03-11 11:05"))
    assert list(driver.state.notices) == [driver.events_of(OverdueNotified)[0].clock_id]
    handle = next(key for key, clock in driver.state.clocks.items() if clock.name == "handle")
    driver.run(clocks.extend, handle, timedelta(hours=20))
    driver.advance_to(at("03-11 11:10"))
    assert [(event.name, event.further_clocks) for event in driver.events_of(OverdueNotified)] == [
        ("handle", ("sign",)),
        ("sign", None),
    ]
    assert len(driver.events_of(UnitUrged)) == 1


def test_the_overdue_notice_goes_to_the_responsible_person() -> None:
    """The notice of a verification goes to the officer, of a filing to the filing role, of a dispatch to the
    dispatcher, none to a unit.
    """
    question = acceptance.VerificationRequested(task_id=LEAD, mode="site", due_at=at("03-11 09:30"), officer_id="ann")
    waits = acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 10:00"))
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 09:00")), question, at=at("03-11 09:00"))
    driver.advance_to(at("03-11 09:40"))
    driver.apply(waits, at=at("03-11 09:45"))
    driver.advance_to(at("03-11 10:05"))
    driver.apply(sample_events.filed(at("03-11 09:00")), at=at("03-11 10:05"))
    driver.advance_to(at("03-11 10:30"))
    assert [
        (event.name, event.officer_id, event.role, event.unit_id) for event in driver.events_of(OverdueNotified)
    ] == [
        ("verify", "ann", None, None),
        ("file", None, "intake_clerk", None),
        ("dispatch", None, "dispatcher", None),
    ]
    alone = CaseDriver(sample_district.make_district(filing_roles=("shift_lead",)))
    alone.apply(sample_events.received(at("03-11 09:00")), waits, at=at("03-11 09:00"))
    alone.advance_to(at("03-11 10:05"))
    assert [event.role for event in alone.events_of(OverdueNotified)] == ["shift_lead"]


def test_steps_and_the_limit_of_yellow_are_district_settings() -> None:
    """A district may urge earlier and order later."""
    district = sample_district.make_district(
        yellow_share=0.5, urge_steps={"urge": 0.4, "overdue_notice": 1.0, "supervision_order": 3.0}
    )
    driver = CaseDriver(district)
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00"), ("5 work_hour",)), sample_events.signed())
    driver.advance_to(at("03-11 11:00"))
    assert len(driver.events_of(UnitUrged)) == 1
    assert driver.lights("handle") == []
    driver.advance_to(at("03-11 11:30"))
    assert driver.lights("handle") == ["yellow"]


def test_a_coordinated_unit_never_turns_red_and_its_authority_gets_the_order() -> None:
    """Situation 4: the property company is late, so the housing bureau gets the order; nothing is overdue."""
    driver = dispatched_case(("2 work_hour",), unit_id="property", dispatch_id=PROPERTY, coordinated=True)
    driver.advance_to(at("03-13 09:00"))
    assert driver.lights("handle") == ["yellow"]
    assert driver.events_of(OverdueNotified) == []
    assert {(event.kind, event.unit_id) for event in driver.events_of(SupervisionOrderIssued)} == {
        ("escalated", "housing"),
        ("leader", "housing"),
    }
    assert driver.count("overdue", "property") == 0
    assert not driver.state.overdue


def test_each_milestone_has_a_clock_from_the_start() -> None:
    """Reaching the first milestone stops only its own clock."""
    driver = dispatched_case(("2 urgent_hour", "1 work_day"))
    assert {clock.milestone: clock.due_at for clock in driver.state.clocks.values() if clock.name == "handle"} == {
        "第1步": at("03-11 11:00"),
        "第2步": at("03-12 09:00"),
    }
    safe = ProgressReported(dispatch_id=LEAD, unit_id="sanitation", note="围挡", milestone="第1步", reported_by=DESK)
    driver.apply(safe, at=at("03-11 10:30"))
    assert driver.clock("handle").milestone == "第2步"
    assert driver.lights("handle") == []


def test_a_dispatch_is_on_time_only_if_every_milestone_is() -> None:
    """Even if the work as a whole is done in time, a missed first milestone makes it overdue."""
    driver = dispatched_case(("2 urgent_hour", "1 work_day"))
    driver.advance_to(at("03-11 11:00"))
    driver.apply(sample_events.signed(), sample_events.completed(), at=at("03-11 12:00"))
    assert (driver.count("handling_due"), driver.count("completed"), driver.count("completed_on_time")) == (1, 1, 0)
    assert driver.count("overdue") == 1


def test_a_pending_return_pauses_the_clocks_and_a_refusal_resumes_them() -> None:
    """Requested at 09:30 and refused at 11:30: the deadlines move by two work hours."""
    driver = dispatched_case(("4 work_hour",))
    driver.apply(sample_events.returned("requested"), at=at("03-11 09:30"))
    assert len(driver.events_of(ClockPaused)) == 2
    driver.advance_to(at("03-11 11:29"))
    assert driver.lights("handle") == driver.lights("sign") == []
    driver.apply(sample_events.returned("refused"), at=at("03-11 11:30"))
    resumed = {event.due_at for event in driver.events_of(ClockResumed)}
    assert resumed == {at("03-11 17:00"), at("03-11 15:00")}
    driver.advance_to(at("03-11 16:12"))
    assert driver.lights("handle") == ["yellow"]
    assert driver.state.returns == 1


def test_the_clock_of_a_task_that_waits_for_the_next_shift_starts_with_the_shift() -> None:
    """Requested at night and due 30 minutes after the shift begins."""
    driver = CaseDriver(sample_district.make_district())
    driver.apply(sample_events.received(at("03-11 22:00")), at=at("03-11 22:00"))
    question = acceptance.VerificationRequested(task_id=LEAD, mode="site", due_at=at("03-12 08:30"), officer_id="ann")
    driver.apply(question)
    assert driver.clock("verify").started_at == at("03-12 08:00")
    driver.advance_to(at("03-12 08:23"))
    assert driver.lights("verify") == []
    driver.advance_to(at("03-12 08:24"))
    assert driver.lights("verify") == ["yellow"]
