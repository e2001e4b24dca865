"""曾超时，不计: of an exempt case nothing about being in time is counted, and that it ran over stays known."""

from __future__ import annotations

from uuid import uuid4

from contracts.acceptance import CaseAttached
from contracts.evaluation import CaseEvaluated
from contracts.figures import FIGURES
from contracts.floods import StormDeclared
from services.chassis.auth import SYSTEM
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import (
    DESK,
    all_completed,
    at,
    completed,
    dispatched,
    filed,
    in_the_field,
    received,
    signed,
    town,
)


def declared() -> StormDeclared:
    return StormDeclared(
        storm_id=uuid4(), name="暴雨", category_ids=("GB30428-2-2013/event/05-06",),
        polygon=((0, 0), (1, 0), (1, 1), (0, 0)), starts_at=at("03-11 06:00"), ends_at=at("03-11 20:00"), declared_by=DESK,
    )  # fmt: skip


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


DEADLINES = {name for each in FIGURES.values() for name, meaning in each.items() if meaning.basis == "due"}


def test_in_a_storm_lateness_is_counted_for_nobody() -> None:
    counted = {figure for _, figure in late(storm=False).facts}
    assert {"overdue", "handling_due", "sign_due"} <= counted
    spared = late(storm=True)
    assert {figure for _, figure in spared.facts} & DEADLINES == set()
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
    assert life.count("overdue") == 1
    merged = CaseAttached(
        host_case_id=uuid4(), host_case_number="LJ-20260311-000009", rule="polygon", decided_by=SYSTEM
    )  # fmt: skip
    life.hear(merged, at=at("03-16 09:00"))
    assert life.count("overdue") == 0
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
