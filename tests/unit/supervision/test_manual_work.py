"""发核实, 发核查, 督查: manual work counts for the person who did it; automatic work counts for nobody."""

from __future__ import annotations

from typing import Any
from uuid import uuid5

import pytest

from contracts.common import Actor
from contracts.events import acceptance
from contracts.events.supervision import AttentionNeeded, AttentionSettled, RecheckAssigned, SupervisionOrderIssued
from contracts.registry import Centre
from services.chassis.auth import Caller
from services.supervision.domain.actions import case_actions, task_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from tests.unit.supervision import sample_district, sample_events
from tests.unit.supervision.case_driver import CaseDriver
from tests.unit.supervision.sample_district import DESK, HOME, at, person
from tests.unit.supervision.sample_events import CASE, storm_declared

TASK = uuid5(CASE, "verification")
STREET = HOME[:9]


def verification_requested(by: Actor | None = DESK, task: Any = TASK) -> acceptance.VerificationRequested:
    return acceptance.VerificationRequested(
        task_id=task, mode="site", grid_code=HOME, officer_id="ann", due_at=at("03-11 10:00"), requested_by=by
    )


def case_at_desk() -> CaseDriver:
    """Return a case received at 09:00 that the desk must decide within 15 minutes."""
    driver = CaseDriver(sample_district.make_district())
    waits = acceptance.FilingAwaited(missing=("condition",), due_at=at("03-11 09:15"))
    driver.apply(sample_events.received(at("03-11 09:00"), place={"grid_code": HOME}), waits, at=at("03-11 09:00"))
    return driver


def figures(driver: CaseDriver, subject: str, *names: str) -> dict[str, int]:
    return {name: driver.count(name, subject) for name in names if driver.count(name, subject)}


SENDING = ("verify_sent", "verify_sending_due", "verify_sent_on_time", "verify_sent_late")


@pytest.mark.parametrize(("when", "figure"), [("09:10", "verify_sent_on_time"), ("09:20", "verify_sent_late")])
def test_a_manual_verification_request_is_judged_by_the_desks_deadline(when: str, figure: str) -> None:
    """A quarter of an hour from when it came before a person."""
    driver = case_at_desk()
    driver.advance_to(at(f"03-11 {when}"))
    driver.apply(verification_requested(), at=at(f"03-11 {when}"))
    assert figures(driver, "desk", *SENDING) == {"verify_sent": 1, "verify_sending_due": 1, figure: 1}


def test_each_verification_request_has_the_remaining_time_of_the_desk() -> None:
    """Ten minutes are used before the first request, so five remain after the answer; six minutes are late."""
    driver = case_at_desk()
    driver.apply(verification_requested(), at=at("03-11 09:10"))
    driver.apply(
        acceptance.VerificationRecorded(
            task_id=TASK, result="other", officer_id="ann", recorded_by=sample_district.DESK
        ),
        acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:45")),
        at=at("03-11 09:40"),
    )
    driver.advance_to(at("03-11 09:46"))
    driver.apply(verification_requested(task=uuid5(CASE, "again")), at=at("03-11 09:46"))
    assert figures(driver, "desk", *SENDING[1:]) == {
        "verify_sending_due": 2,
        "verify_sent_on_time": 1,
        "verify_sent_late": 1,
    }


def test_an_automatic_verification_request_counts_for_nobody() -> None:
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00"), place={"grid_code": HOME}),
        verification_requested(by=None),
        at=at("03-11 09:00"),
    )
    assert {figure for _, figure in driver.facts} & set(SENDING) == set()


def test_a_late_verification_request_can_be_appealed() -> None:
    driver = case_at_desk()
    driver.advance_to(at("03-11 09:20"))
    driver.apply(verification_requested(), at=at("03-11 09:20"))
    driver.run(appeals.lodge, Subject("intake_clerk", "desk"), (), "系统中断", person("intake_clerk", "desk"))
    driver.answer(person("assessor"), passed=True, note="属实", kind="appeal")
    assert figures(driver, "desk", *SENDING) == {"verify_sent": 1}


def test_a_manual_assignment_of_a_verifier_counts_once() -> None:
    """Once, however often they change their mind; the nearest officer is found by the system."""
    driver = case_at_desk()
    driver.apply(verification_requested(by=None), at=at("03-11 09:00"))
    for officer, by in (("bo", DESK), ("cai", DESK), ("ann", Actor(kind="system", id="gridloop"))):
        driver.apply(
            acceptance.VerificationAssigned(task_id=TASK, officer_id=officer, due_at=at("03-11 10:00"), assigned_by=by)
        )
    assert figures(driver, "desk", *SENDING) == {"verify_sent": 1}


REASON = "nobody_on_duty"


def handled_with_nobody_on_duty() -> CaseDriver:
    """Return a handled case for which no verifier is on the roster this week."""
    driver = CaseDriver(
        sample_district.make_district(
            [
                each.model_copy(update={"areas": ("370522009",)})
                for each in sample_district.make_district().shifts.values()
            ]
        )
    )
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(
        sample_events.dispatched(at("03-11 09:00")),
        sample_events.signed(),
        sample_events.completed(),
        sample_events.all_completed(),
    )
    return driver


def test_a_shift_lead_who_assigns_an_officer_answers_the_question_about_missing_officers() -> None:
    """It also counts as a sent recheck. An automatic assignment answers the question for nobody."""
    driver = handled_with_nobody_on_duty()
    assert REASON in {each.reason for each in driver.events_of(AttentionNeeded)}
    driver.run(task_actions.assign, driver.task("recheck")[0], "bo", person("shift_lead", "sun"))
    assert driver.events_of(RecheckAssigned)[0].assigned_by == person("shift_lead", "sun").actor()
    assert [each.reason for each in driver.events_of(AttentionSettled)] == [REASON]
    assert figures(driver, "sun", "recheck_sent", "question_due", "question_on_time") == {
        "recheck_sent": 1,
        "question_due": 1,
        "question_on_time": 1,
    }
    found = handled_with_nobody_on_duty()
    found.assign("bo")
    assert {figure for _, figure in found.facts} & {"recheck_sent", "question_due"} == set()


@pytest.mark.parametrize(("role", "decided"), [("shift_lead", 1), ("intake_clerk", 0)])
def test_assigning_a_verifier_answers_the_question_only_if_the_shift_lead_does_it(role: str, decided: int) -> None:
    """For a clerk the question is settled without counting."""
    driver = case_at_desk()
    driver.apply(
        verification_requested(by=None).model_copy(update={"officer_id": None, "nobody_on_duty": True}),
        at=at("03-11 09:01"),
    )
    sun = Actor(kind="account", id="sun", role=role)
    due_at = at("03-11 10:00")
    driver.apply(acceptance.VerificationAssigned(task_id=TASK, officer_id="bo", due_at=due_at, assigned_by=sun))
    assert [each.reason for each in driver.events_of(AttentionSettled)] == [REASON]
    assert (driver.count("verify_sent", "sun"), driver.count("question_on_time", "sun")) == (1, decided)


def dispatched_case() -> CaseDriver:
    driver = CaseDriver(sample_district.make_district())
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    driver.apply(sample_events.dispatched(at("03-11 09:00")))
    return driver


@pytest.mark.parametrize(
    ("who", "counted"),
    [
        (person("dispatcher", "he"), {"reminders_sent": 1, "supervision_orders_given": 1}),
        (person("shift_lead", "he"), {"reminders_sent": 1, "supervision_orders_given": 1}),
        (person("leader", "he"), {}),
    ],
)
def test_manual_reminders_and_orders_count_for_dispatchers_but_not_for_leaders(
    who: Caller, counted: dict[str, int]
) -> None:
    driver = dispatched_case()
    driver.run(case_actions.urge, None, "请抓紧", who)
    driver.run(case_actions.issue_order, None, "important", "限期", who)
    assert figures(driver, "he", "reminders_sent", "supervision_orders_given") == counted
    assert figures(driver, "sanitation", "urged", "supervision_orders") == {"urged": 1, "supervision_orders": 1}


def test_automatic_reminders_and_orders_count_for_nobody() -> None:
    driver = dispatched_case()
    driver.advance_to(at("03-16 09:00"))
    assert driver.count("supervision_orders")
    assert {figure for _, figure in driver.facts} & {"reminders_sent", "supervision_orders_given"} == set()


def issue_order(driver: CaseDriver) -> CaseDriver:
    driver.run(case_actions.issue_order, None, "important", "请办结", person("leader"))
    return driver


def test_an_order_about_a_verification_counts_against_its_officer() -> None:
    driver = case_at_desk()
    driver.apply(verification_requested(), at=at("03-11 09:05"))
    issue_order(driver)
    assert driver.events_of(SupervisionOrderIssued)[0].officer_id == "ann"
    assert figures(driver, "ann", "supervision_orders") == {"supervision_orders": 1}
    driver.run(
        appeals.lodge,
        Subject("officer", "ann"),
        ("supervision_orders",),
        "正在途中",
        sample_district.in_the_field("ann"),
    )
    driver.answer(person("assessor"), passed=True, note="属实", kind="appeal")
    assert figures(driver, "ann", "supervision_orders") == {}


def test_an_order_to_a_desk_counts_for_its_street() -> None:
    assert figures(issue_order(case_at_desk()), STREET, "supervision_orders_in_house") == {
        "supervision_orders_in_house": 1
    }


def test_an_order_after_an_escalation_counts_for_the_county() -> None:
    """The street had called it; the order goes to whoever has to decide now."""
    county = Centre(id="lijin-county", level="county", name="县中心", name_en="County centre", areas=("370522",))
    driver = CaseDriver(sample_district.make_district([county]))
    driver.apply(
        sample_events.received(at("03-11 09:00")), sample_events.filed(at("03-11 09:00")), at=at("03-11 09:00")
    )
    called = sample_events.needed(1, at("03-11 10:00")).model_copy(update={"queue": "lijin-county"})
    driver.apply(called, at=at("03-11 09:10"))
    issue_order(driver)
    assert figures(driver, STREET, "supervision_orders_in_house") == {}
    assert figures(driver, "370522", "supervision_orders_in_house") == {"supervision_orders_in_house": 1}


def test_an_order_to_a_desk_during_a_storm_counts_for_nobody() -> None:
    driver = case_at_desk()
    driver.apply(storm_declared())
    assert figures(issue_order(driver), STREET, "supervision_orders_in_house") == {}
