"""超期未处置, 超期未结案: what stands past its limit, from the minute it runs over
until it is done, and no longer counted
when it is exempt.
"""

from __future__ import annotations

import pytest

from services.supervision.domain.actions import case_actions
from services.supervision.domain.evaluation import appeals
from services.supervision.domain.evaluation.score_entries.facts import Subject
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.test_exempt import declared
from tests.unit.supervision.test_put_right import corrected
from tests.unit.supervision.town import CO, HOME, PROPERTY, REPORT, at, in_the_field, person

STREET = HOME[:9]
LATE, OPEN = "pending_handling_overdue", "pending_closing_overdue"


def in_hand(*milestones: str, day: str = "03-11", **changes: object) -> Life:
    """Filed and dispatched at nine, of one work day, unless the test says which limits."""
    life, when = Life(town.town()), at(f"{day} 09:00")
    steps = milestones or ("1 work_day",)
    life.hear(town.received(when, reporter_ref=REPORT), town.filed(when, **changes), at=when)
    life.hear(town.dispatched(when, steps), at=when)
    return life


def stands(life: Life) -> tuple[int, int]:
    """Past its limit and in hand: of the unit, of the street."""
    return life.count(LATE), life.count(LATE, STREET)


def done(life: Life, *, passed: bool = True) -> None:
    round_ = life.flow.rework_round
    life.hear(town.completed(round_=round_), town.all_completed(round_=round_))
    life.assign("ann")
    life.answer(in_the_field("ann"), passed=passed)


def exempt(life: Life, kind: str, subject: str, *figures: str) -> None:
    life.act(appeals.lodge, Subject(kind, subject), figures, "线路故障", person("leader"))  # type: ignore[arg-type]
    life.answer(person("assessor"), passed=True, note="属实", kind="appeal")


def test_an_order_stands_past_its_limit_from_then_until_it_is_done() -> None:
    """Each in the month in which it happened; that it ran over stays counted."""
    life = in_hand(day="03-30")
    life.until(at("03-31 08:59"))
    assert stands(life) == (0, 0)
    life.until(at("03-31 09:01"))
    assert stands(life) == (1, 1)
    life.until(at("04-01 10:00"))
    life.hear(town.completed())
    assert (stands(life), life.count("overdue")) == ((0, 0), 1)
    booked = {(each.key.kind, each.month, each.value) for each in life.booked if each.key.figure == LATE}
    assert booked == {(kind, *entry) for kind in ("unit", "street") for entry in (("2026-03", 1), ("2026-04", -1))}


def test_for_the_street_a_case_is_one_however_many_orders_are_late() -> None:
    life = in_hand()
    life.hear(town.dispatched(at("03-11 09:00"), dispatch_id=CO, unit_id="water", role="co"), at=at("03-11 09:00"))
    life.until(at("03-13 09:00"))
    assert (stands(life), life.count(LATE, "water")) == ((1, 1), 1)
    life.hear(town.completed())
    assert (stands(life), life.count(LATE, "water")) == ((0, 1), 1)


def test_a_step_that_was_late_and_is_done_stands_no_more() -> None:
    """Made safe late, the repair is still in time: it has run over, and nothing is past its limit now."""
    life = in_hand("30 urgent_minute", "4 urgent_hour", emergency=True)
    life.until(at("03-11 09:40"))
    assert stands(life) == (1, 1)
    life.hear(town.signed(), town.progressed(), at=at("03-11 09:45"))
    assert (stands(life), life.count("overdue"), life.count("pending_handling")) == ((0, 0), 1, 1)
    life.until(at("03-11 13:01"))
    assert stands(life) == (1, 1)


def test_whoever_is_asked_and_not_ordered_is_never_past_a_limit() -> None:
    """A property company, and what an emergency service has taken."""
    life = in_hand()
    life.hear(
        town.dispatched(at("03-11 09:00"), dispatch_id=PROPERTY, unit_id="property", role="co", coordinated=True),
        town.completed(),
    )
    life.until(at("03-20 09:00"))
    assert (stands(life), life.count("pending_handling", "property"), life.count(LATE, "property")) == ((0, 0), 1, 0)


def test_a_late_rework_stands_as_that_and_is_exempt_as_that() -> None:
    life = in_hand()
    life.until(at("03-13 09:00"))
    exempt(life, "unit", "sanitation", "overdue")
    done(life, passed=False)
    assert stands(life) == (0, 0)
    life.until(life.now.replace(day=16))
    assert (stands(life), life.count("rework_overdue")) == ((1, 1), 1)
    done(life)
    assert (stands(life), life.status) == ((0, 0), "awaiting_feedback")


@pytest.mark.parametrize("why", ["appeal", "storm"])
def test_what_is_exempt_is_not_past_its_limit_nor_was_at_the_end_of_the_month(why: str) -> None:
    """Nor does it come back while it goes on."""
    life = in_hand(day="03-30")
    life.until(at("04-01 09:00"))
    assert stands(life) == (1, 1)
    if why == "appeal":
        exempt(life, "unit", "sanitation", "overdue")
    else:
        life.hear(declared())
    life.until(at("04-03 09:00"))
    life.act(case_actions.urge, None, "请抓紧", person("dispatcher"))
    assert (stands(life), life.count("pending_handling")) == ((0, 0), 1)
    by_month = [each.month for each in life.booked if each.key[:3] == ("unit", "sanitation", LATE)]
    assert by_month == ["2026-03", "2026-03"]


def test_a_case_stands_past_its_closing_limit_until_it_is_closed() -> None:
    """Whatever it waits for. Closed late it is a closing that ran over, and stands no more."""
    life = in_hand()
    life.until(at("03-13 18:00"))
    assert life.count(OPEN, STREET) == 0
    life.until(at("03-16 12:00"))
    assert (life.count(OPEN, STREET), life.count("closing_overdue", STREET)) == (1, 1)
    done(life)
    assert (life.count(OPEN, STREET), life.count("closing_overdue", STREET)) == (0, 1)


def test_a_closing_that_is_exempt_is_not_past_its_limit() -> None:
    life = in_hand()
    life.until(at("03-16 12:00"))
    exempt(life, "street", STREET, "closing_overdue")
    life.act(case_actions.urge, None, "请抓紧", person("dispatcher"))
    assert (life.count(OPEN, STREET), life.count("pending_handling", STREET), life.count(LATE, STREET)) == (0, 1, 1)


def test_a_case_that_moves_is_past_its_limit_where_it_lies() -> None:
    """Corrected to another street, it stands there."""
    life, elsewhere = in_hand(), "370522002001001"
    life.until(at("03-16 12:00"))
    life.hear(corrected(grid=elsewhere))
    assert (life.count(OPEN, STREET), life.count(LATE, STREET)) == (0, 0)
    assert (life.count(OPEN, elsewhere[:9]), life.count(LATE, elsewhere[:9])) == (1, 1)
