"""What each figure of a scorecard counts."""

from __future__ import annotations

import pytest

from contracts.common import Actor, Place
from contracts.events import acceptance, command
from services.supervision.domain.actions import case_actions
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import DESK, HOME, LEAD, at, in_the_field

ANN = Actor(kind="account", id="account-ann", role="officer", officer_id="ann")


def test_what_a_terminal_hands_in_later_was_done_when_it_was_made() -> None:
    """It counts when we hear of it; the shift in which it was made was attended. Further back than a check-in no report
    goes.
    """
    by, now = Actor(kind="account", id="one", role="officer", officer_id="ann"), at("03-11 09:00")
    for made, done_at in (("03-10 23:00", at("03-10 23:00")), ("03-01 09:00", None), ("03-11 09:00", None)):
        life = Life(town.town())
        life.hear(town.received(now, reported_by=by, occurred_at=at(made), reported_at=at(made)), at=now)
        (booked,) = (each for each in life.booked if (each.key.subject_id, each.key.figure) == ("ann", "reported"))
        assert (booked.at, booked.done_at) == (now, done_at), made


def test_an_officers_report_that_joins_anothers_case_was_valid() -> None:
    """It was true, though somebody had seen it first; filed for itself after all, it counts as that."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00"), reported_by=ANN), at=at("03-11 09:00"))
    joined = acceptance.CaseAttached(
        host_case_id=LEAD, host_case_number="LJ-1", rule="near_in_place_and_time", decided_by=DESK
    )
    life.hear(joined)
    assert (life.count("reported", "ann"), life.count("attached", "ann")) == (1, 1)
    life.hear(acceptance.CaseDetached(host_case_id=LEAD, decided_by=DESK))
    life.hear(town.filed(at("03-11 09:10"), reporter_officer_id="ann"), at=at("03-11 09:10"))
    assert (life.count("attached", "ann"), life.count("filed", "ann")) == (0, 1)


def test_a_return_asked_for_again_after_a_refusal_is_counted_unless_the_unit_was_right() -> None:
    """推诿: for the unit and its street."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00")), town.returned("requested"), town.returned("refused"))
    assert life.count("return_requested_again") == 0
    life.hear(town.returned("requested"))
    assert (life.count("return_requested_again"), life.count("return_requested_again", HOME[:9])) == (1, 1)
    life.hear(town.returned("accepted"))
    assert (life.count("return_requested_again"), life.count("return_requested_again", HOME[:9])) == (0, 0)


def test_what_stands_follows_the_case_and_is_booked_in_the_months_of_its_coming_and_going() -> None:
    """Filed in March and dispatched then, done in April: in hand at the end of March, of nobody at the end of April."""
    life, street = Life(town.town()), HOME[:9]
    pending = ("pending_filing", "pending_dispatch", "pending_handling", "pending_closing")

    def stands() -> list[int]:
        return [life.count(each, street) for each in pending]

    waits = acceptance.FilingAwaited(missing=("condition",), due_at=at("03-30 09:15"))
    life.hear(
        town.received(at("03-30 09:00"), feedback_wanted=False, place={"grid_code": HOME}), waits, at=at("03-30 09:00")
    )
    assert stands() == [1, 0, 0, 0]
    life.hear(town.filed(at("03-30 09:05")), at=at("03-30 09:05"))
    assert stands() == [0, 1, 0, 0]
    life.hear(town.dispatched(at("03-30 09:10")), at=at("03-30 09:10"))
    assert (stands(), life.count("pending_handling")) == ([0, 0, 1, 0], 1)
    life.until(at("04-01 09:00"))
    life.hear(town.completed(), town.all_completed())
    assert (stands(), life.count("pending_handling")) == ([0, 0, 0, 1], 0)
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=True)
    assert stands() == [0, 0, 0, 0]
    booked = [
        (each.month, each.value, each.late)
        for each in life.booked
        if each.key[:3] == ("unit", "sanitation", pending[2])
    ]
    assert booked == [("2026-03", 1, False), ("2026-04", -1, False)]


@pytest.mark.parametrize(("done", "counted"), [("03-11 16:00", (1, 1, 1)), ("03-13 09:00", (1, 1, 0)), ("", (1, 0, 0))])
def test_of_what_was_due_it_is_counted_how_much_is_done_late_or_not(done: str, counted: tuple[int, ...]) -> None:
    """处置率: what is missing to it is still in hand."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    life.hear(town.dispatched(at("03-11 09:00")))
    life.until(at(done or "03-13 09:00"))
    if done:
        life.hear(town.completed())
    assert tuple(map(life.count, ("handling_due", "due_completed", "completed_on_time"))) == counted


@pytest.mark.parametrize(("channel", "publics"), [("hotline", 1), ("grid_terminal", 0), ("camera", 0)])
def test_a_case_that_the_public_reported_is_counted_of_those_filed(channel: str, publics: int) -> None:
    """监督举报率. Not filed after all, it is neither."""
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00"), channel=channel), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    assert (life.count("filed", HOME[:9]), life.count("filed_public", HOME[:9])) == (1, publics)
    life.hear(command.CaseSentBack(round=1, reason="wrong_place", note="", decided_by=DESK))
    life.hear(acceptance.CaseNotFiled(reason="not_ours", decided_by=DESK))
    assert (life.count("filed", HOME[:9]), life.count("filed_public", HOME[:9])) == (0, 0)


def test_a_street_counts_what_was_answered_settled_given_back_and_rechecked_there() -> None:
    """§6.1: 当即办理, 自行处置, 回退, 核查 of an area. What is opened again was neither answered nor settled."""
    street, morning = HOME[:9], at("03-11 09:00")

    def figures(life: Life, *names: str) -> list[int]:
        return [life.count(each, street) for each in names]

    answered = Life(town.town())
    answered.hear(town.received(morning, request_type="inquiry", place=Place(grid_code=HOME)), at=morning)
    answered.hear(acceptance.CaseAnswered(answer="已答复", answered_by=town.DESK), at=morning)
    assert figures(answered, "answered", "closed") == [1, 1]
    answered.act(case_actions.reopen, "答复有误", town.person("shift_lead"))
    assert figures(answered, "answered") == [0]

    handled = Life(town.town())
    handled.hear(town.received(morning), town.filed(morning), town.dispatched(morning), at=morning)
    handled.hear(town.returned("requested"), town.returned("refused"), at=at("03-11 09:30"))
    handled.hear(town.completed(), town.all_completed(), at=at("03-11 10:00"))
    handled.answer(town.in_the_field("ann"), passed=False)
    assert figures(handled, "return_requested", "return_refused", "return_accepted", "recheck_failed") == [1, 1, 0, 1]
