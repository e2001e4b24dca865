"""曾超期，不计: of an exempt case nothing about being in time is counted, and that it ran over stays known."""

from __future__ import annotations

from uuid import uuid4

import pytest

from contracts.events.acceptance import CaseAttached, FilingAwaited
from contracts.events.acceptance.storms import StormDeclared
from contracts.events.evaluation import AppealDecided, CaseEvaluated
from contracts.events.supervision import SupervisionOrderIssued
from contracts.figures import DEADLINES, FIGURES
from contracts.figures import Subject as FigureSubject
from services.chassis.auth import SYSTEM, Caller
from services.supervision.domain.actions import case_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from services.supervision.domain.problems import OwnAppeal
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import (
    DESK,
    HOME,
    REPORT,
    all_completed,
    at,
    completed,
    dispatched,
    filed,
    in_the_field,
    person,
    progressed,
    received,
    routed,
    signed,
    town,
)


def declared() -> StormDeclared:
    return StormDeclared(
        storm_id=uuid4(),
        name="暴雨",
        category_ids=("GB30428-2-2013/event/05-06",),
        polygon=((0, 0), (1, 0), (1, 1), (0, 0)),
        starts_at=at("03-11 06:00"),
        ends_at=at("03-11 20:00"),
        declared_by=DESK,
    )


def late(*, storm: bool) -> Life:
    """A case signed and completed long after its limits."""
    life = Life(town())
    life.hear(received(at("03-11 09:00"), feedback_wanted=False), at=at("03-11 09:00"))
    if storm:
        life.hear(declared())
    life.hear(filed(at("03-11 09:00")), dispatched(at("03-11 09:00")), at=at("03-11 09:00"))
    life.until(at("03-16 09:00"))
    life.hear(signed(), completed(), all_completed(), at=at("03-16 09:00"))
    return life


OF_TIME = {name for each in FIGURES.values() for name, meaning in each.items() if meaning.excluded_in_storms}


def test_in_a_storm_lateness_is_counted_for_nobody() -> None:
    counted = {figure for _, figure in late(storm=False).facts}
    assert {"overdue", "handling_due", "sign_due", "urged", "supervision_orders"} <= counted
    spared = late(storm=True)
    assert {figure for _, figure in spared.facts} & OF_TIME == set()
    assert spared.count("completed") == 1, "the work is counted"


def test_that_it_ran_over_is_never_erased() -> None:
    life = late(storm=True)
    assert life.state.overdue
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=True)
    evaluated = life.told(CaseEvaluated)[-1]
    assert (evaluated.was_overdue, evaluated.exempt_reason) == (True, "storm")


def test_what_a_storm_takes_in_is_exempt_with_what_was_counted_before() -> None:
    life = Life(town())
    life.hear(
        received(at("03-11 09:00")), filed(at("03-11 09:00")), dispatched(at("03-11 09:00")), at=at("03-11 09:00")
    )
    life.until(at("03-16 09:00"))
    assert (life.count("overdue"), life.count("urged") > 0, life.count("supervision_orders") > 0) == (1, True, True)
    merged = CaseAttached(
        host_case_id=uuid4(), host_case_number="LJ-20260311-000009", rule="polygon", decided_by=SYSTEM
    )
    life.hear(merged, at=at("03-16 09:00"))
    assert (life.count("overdue"), life.count("urged"), life.count("supervision_orders")) == (0, 0, 0)
    assert life.state.overdue


def test_a_merge_by_hand_exempts_nobody() -> None:
    life = Life(town())
    life.hear(
        received(at("03-11 09:00")), filed(at("03-11 09:00")), dispatched(at("03-11 09:00")), at=at("03-11 09:00")
    )
    life.until(at("03-16 09:00"))
    life.hear(
        CaseAttached(host_case_id=uuid4(), host_case_number="LJ-20260311-000009", rule="merged", decided_by=SYSTEM),
        at=at("03-16 09:00"),
    )
    assert life.count("overdue") == 1


def appealed(life: Life, kind: FigureSubject, subject: str, *figures: str) -> None:
    """They appeal, and an assessor upholds it."""
    life.act(appeals.lodge, Subject(kind, subject), figures, "线路故障", person("leader"))
    life.answer(person("assessor"), passed=True, note="属实", kind="appeal")


def emergency_signed_late() -> Life:
    """Not made safe in half an hour, and not repaired in four."""
    life, steps = Life(town()), ("30 urgent_minute", "4 urgent_hour")
    when = at("03-11 09:00")
    life.hear(received(when, reporter_ref=REPORT), filed(when, steps, emergency=True), dispatched(when, steps), at=when)
    life.until(at("03-11 15:00"))
    life.hear(signed(), completed(), all_completed(), at=at("03-11 15:00"))
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=True)
    return life


def test_an_upheld_appeal_takes_out_whatever_belongs_to_the_lateness() -> None:
    """The late order, what was due, and that it was not made safe; nothing that was counted of other things."""
    life = emergency_signed_late()
    assert (life.count("overdue"), life.count("handling_due"), life.count("emergency_missed")) == (1, 1, 1)
    appealed(life, "unit", "sanitation", "overdue")
    left = {figure for subject, figure in life.facts if subject == "sanitation"}
    assert not left & {"overdue", "handling_due", "due_completed", "emergency_missed", "emergency_due"}
    assert {"sign_due", "sign_overdue", "contact_due", "contact_missed", "completed"} <= left
    assert life.count("emergency_missed", HOME[:9]) == 1, "the street appeals for itself"


def test_an_emergency_made_safe_stays_counted_when_the_repair_is_exempt() -> None:
    """Partners are followed from what was counted only: else the rate rises above all of them."""
    life, steps = Life(town()), ("30 urgent_minute", "4 urgent_hour")
    when = at("03-11 09:00")
    life.hear(received(when), filed(when, steps, emergency=True), dispatched(when, steps), at=when)
    life.hear(signed(), progressed(), at=at("03-11 09:10"))
    life.until(at("03-11 15:00"))
    life.hear(completed(), all_completed())
    appealed(life, "unit", "sanitation", "overdue")
    assert (life.count("emergency_safe"), life.count("emergency_due"), life.count("handling_due")) == (1, 1, 0)


def test_what_came_only_of_an_exempt_overrun_goes_with_it() -> None:
    """The supervision orders that the clock gave as it ran over; not the urge before its limit, nor what people
    thought of.
    """
    life = late_with_orders()
    assert (life.count("supervision_orders"), life.count("urged")) == (5, 3)
    appealed(life, "unit", "sanitation", "overdue")
    assert (life.count("supervision_orders"), life.count("urged")) == (3, 3)
    assert life.count("sign_overdue") == 1
    booked = [each.reason for each in life.booked if each.key.figure == "supervision_orders" and each.value < 0]
    assert booked == ["exempt", "exempt"]


def test_what_came_of_a_late_signature_goes_with_that() -> None:
    life = late_with_orders()
    appealed(life, "unit", "sanitation", "sign_overdue")
    assert (life.count("supervision_orders"), life.count("overdue")) == (3, 1)


def in_hand() -> Life:
    life, morning = Life(town()), at("03-11 09:00")
    life.hear(received(morning), filed(morning), dispatched(morning), signed(), at=morning)
    return life


def test_what_comes_of_an_overrun_that_is_exempt_already_is_not_counted() -> None:
    """It runs on: orders are given as ever, and no one is held against the unit."""
    life = in_hand()
    life.until(at("03-12 10:00"))
    assert (life.count("overdue"), life.count("supervision_orders")) == (1, 0)
    appealed(life, "unit", "sanitation", "overdue")
    life.until(at("03-16 09:00"))
    assert len(life.told(SupervisionOrderIssued)) == 2
    assert life.count("supervision_orders") == 0


def test_what_came_of_an_overrun_that_was_none_is_not_counted() -> None:
    """It had been done in time and was heard of late: the orders given meanwhile were about nothing."""
    life = in_hand()
    life.until(at("03-16 09:00"))
    assert (life.count("supervision_orders"), life.count("urged"), life.count("pending_handling_overdue")) == (2, 1, 1)
    life.hear(completed(), at=at("03-11 16:00"), late=at("03-16 09:00"))
    assert (life.count("supervision_orders"), life.count("overdue"), life.count("pending_handling_overdue")) == (
        0,
        0,
        0,
    )
    assert life.count("completed_on_time") == 1


def late_with_orders() -> Life:
    """Signed and done late. Of either the clock urged once and gave two orders; the dispatcher urged, too, and a leader
    gave an order of their own.
    """
    life = Life(town())
    life.hear(
        received(at("03-11 09:00")), filed(at("03-11 09:00")), dispatched(at("03-11 09:00")), at=at("03-11 09:00")
    )
    life.until(at("03-16 09:00"))
    life.act(case_actions.urge, None, "请抓紧", person("dispatcher"))
    life.act(case_actions.issue_order, None, "important", "限期", person("leader"))
    life.hear(signed(), completed(), all_completed())
    return life


def test_what_comes_after_an_exemption_is_not_counted_without_what_was_due() -> None:
    """The street's late closing is exempt while the case is open: closed later, it is in no rate."""
    life = late(storm=False)
    appealed(life, "street", HOME[:9], "closing_overdue")
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=True)
    counted = {figure for subject, figure in life.facts if subject == HOME[:9]}
    assert not counted & {"closing_due", "closing_overdue", "due_closed", "closed_on_time"}
    assert "closed" in counted


@pytest.mark.parametrize(
    ("kind", "subject", "missed"),
    [
        ("street", HOME[:9], "filing_overdue"),
        ("street", HOME[:9], "decision_overdue"),
        ("street", HOME[:9], "contact_missed"),
        ("intake_clerk", "desk", "filing_overdue"),
        ("dispatcher", "desk", "decision_overdue"),
        ("unit", "sanitation", "contact_missed"),
    ],
)
def test_whoever_was_late_may_appeal_the_miss_and_it_takes_what_was_due_with_it(
    kind: FigureSubject, subject: str, missed: str
) -> None:
    """Filed after an hour, dispatched after another, nobody spoke with the reporter: each answers for their own."""
    life = Life(town())
    waits = FilingAwaited(missing=("condition",), due_at=at("03-11 09:15"))
    life.hear(received(at("03-11 09:00"), reporter_ref=REPORT), waits, at=at("03-11 09:00"))
    life.until(at("03-11 10:00"))
    life.hear(filed(at("03-11 10:00")), at=at("03-11 10:00"))
    life.until(at("03-11 11:00"))
    life.hear(routed(), dispatched(at("03-11 11:00")), signed(), completed(), all_completed(), at=at("03-11 11:00"))
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=True)
    due = next(each.due for each in DEADLINES if each.missed == missed)
    assert (life.count(missed, subject), life.count(due, subject)) == (1, 1)
    appealed(life, kind, subject)
    assert (life.count(missed, subject), life.count(due, subject)) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "areas", "roles", "subject"),
    [
        ("street", (HOME[:9],), ("leader",), HOME[:9]),
        ("street", (HOME[:9], "370522002"), ("leader",), None),
        ("street", (HOME[:9], HOME[:12]), ("leader",), HOME[:9]),
        ("street", (HOME[:12],), ("leader",), None),
        ("street", (HOME[:12], HOME[:9] + "002"), ("leader",), None),
        ("street", (HOME,), ("leader",), None),
        ("street", (HOME[:9],), ("dispatcher",), None),
        ("street", (), ("leader",), "370522"),
        ("county", (), ("leader",), "370522"),
        ("county", (HOME[:9],), ("leader",), None),
    ],
)
def test_a_street_is_spoken_for_by_its_leader_and_the_countys_own_work_by_the_countys(
    kind: FigureSubject, areas: tuple[str, ...], roles: tuple[str, ...], subject: str | None
) -> None:
    """The county counts what its streets count; under its own code stands what it decided itself and what lay
    nowhere.
    """
    caller = Caller(kind="account", id="somebody", roles=frozenset(roles), areas=areas)
    expected = None if subject is None else Subject("street", subject)
    assert appeals.own_subject(kind, caller, town()) == expected


def test_nobody_decides_their_own_appeal() -> None:
    """One account may hold several desks in a small centre."""
    life = late(storm=False)
    clerk = Caller(kind="account", id="clerk", roles=frozenset({"unit_clerk"}), unit_id="sanitation")
    life.act(appeals.lodge, Subject("unit", "sanitation"), (), "停电", clerk)
    with pytest.raises(OwnAppeal):
        life.answer(Caller(kind="account", id="clerk", roles=frozenset({"assessor"})), passed=True, kind="appeal")
    life.answer(person("assessor"), passed=True, kind="appeal")
    assert life.told(AppealDecided)[0].upheld
