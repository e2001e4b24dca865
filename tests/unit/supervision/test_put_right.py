"""What was filed is put right: clocks go on as promised, and it counts as what it is and where it is."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from contracts.common import Actor, Place
from contracts.events import acceptance, command
from contracts.events.discovery import External
from contracts.events.supervision import ClockStopped
from tests.unit.supervision import town
from tests.unit.supervision.life import Life
from tests.unit.supervision.town import DESK, HOME, at

OTHER = Actor(kind="account", id="other", role="intake_clerk")
DISPATCHER = Actor(kind="account", id="dispatcher", role="dispatcher")
BACK = command.CaseSentBack(round=1, reason="wrong_place", note="在桥东", decided_by=DISPATCHER)
ELSEWHERE = "370522002001001"


def filed() -> Life:
    life = Life(town.town())
    life.hear(town.received(at("03-11 09:00")), town.filed(at("03-11 09:00")), at=at("03-11 09:00"))
    return life


def sent_back() -> Life:
    life = filed()
    life.hear(BACK, at=at("03-11 09:10"))
    awaited = acceptance.FilingAwaited(missing=("decision",), due_at=at("03-11 09:25"))
    life.hear(awaited, at=at("03-11 09:10"))
    return life


def corrected(by: Actor = OTHER, grid: str = HOME, **changes: Any) -> acceptance.CaseCorrected:
    told = dict(town.filed(at("03-11 09:00"), place=Place(grid_code=grid), community=grid[:12], **changes))
    return acceptance.CaseCorrected.model_validate({**told, "note": "…", "corrected_by": by})


def test_sent_back_command_has_done_its_part_and_the_desks_minutes_begin() -> None:
    life = sent_back()
    assert life.status == "awaiting_filing"
    assert life.running() == ["case", "file"]
    assert [(each.name, each.on_time, each.cancelled) for each in life.told(ClockStopped)] == [
        ("dispatch", True, False)
    ]


def test_the_promise_runs_on_and_moves_only_to_what_is_promised_now() -> None:
    """It never restarts: what it is decides how long it is, the registration from when."""
    life = sent_back()
    promise = life.clock("case")
    life.hear(town.filed(at("03-11 09:00"), filed_by=OTHER), at=at("03-11 09:20"))
    assert life.clock("case") == promise
    assert life.running() == ["case", "dispatch"]
    life.hear(corrected(case_due_at=at("03-13 09:00")), at=at("03-11 10:00"))
    assert (life.clock("case").started_at, life.clock("case").due_at) == (promise.started_at, at("03-13 09:00"))
    assert [each.cancelled for each in life.told(ClockStopped) if each.name == "case"] == [True]


def test_it_counts_for_the_street_where_it_is_and_against_whoever_filed_it_wrongly() -> None:
    """Both clerks filed; one of them was wrong. The case is one, of the other street."""
    life = sent_back()
    life.hear(town.filed(at("03-11 09:00"), filed_by=OTHER, place=Place(grid_code=ELSEWHERE)), at=at("03-11 09:20"))
    assert life.count("filed", HOME[:9]) == 0
    assert life.count("filed", ELSEWHERE[:9]) == 1
    assert (life.count("filed", DESK.id), life.count("misfiled", DESK.id)) == (1, 1)
    assert (life.count("filed", OTHER.id), life.count("misfiled", OTHER.id)) == (1, 0)


def test_who_puts_their_own_filing_right_is_not_counted_as_wrong() -> None:
    life = filed()
    life.hear(corrected(by=DESK), at=at("03-11 09:05"))
    assert life.count("misfiled", DESK.id) == 0
    life.hear(corrected(by=OTHER, severity=3), at=at("03-11 09:06"))
    assert life.count("misfiled", DESK.id) == 1


def test_not_filed_after_all_it_is_no_filed_case_of_its_street() -> None:
    life = sent_back()
    life.hear(acceptance.CaseNotFiled(reason="not_ours", decided_by=OTHER), at=at("03-11 09:20"))
    assert (life.count("filed", HOME[:9]), life.count("not_filed", HOME[:9])) == (0, 1)
    assert life.running() == []


def joined(due: str) -> acceptance.ReportJoined:
    return acceptance.ReportJoined(
        report_id=uuid4(),
        attached_case_id=uuid4(),
        attached_case_number="LJ-2",
        channel="upstream",
        reported_at=at("03-11 09:05"),
        external=External(channel_number="12345", number="DY1", due_at=at(due)),
    )


def test_an_order_from_above_that_joins_brings_its_own_deadline_and_takes_it_along() -> None:
    """The earlier wins; the promise that was replaced is judged by nobody, and comes back when the report goes."""
    life = filed()
    promised = life.clock("case").due_at
    later, sooner = joined("03-20 09:00"), joined("03-11 13:00")
    life.hear(later, at=at("03-11 09:05"))
    assert life.clock("case").due_at == promised
    life.hear(sooner, at=at("03-11 09:06"))
    assert (life.clock("case").due_at, life.clock("case").started_at) == (at("03-11 13:00"), at("03-11 09:00"))
    life.hear(corrected(case_due_at=at("03-13 09:00")), at=at("03-11 09:30"))
    assert life.clock("case").due_at == at("03-11 13:00"), "it counts against whatever else is promised"
    life.hear(acceptance.ReportLeft(report_id=sooner.report_id, attached_case_id=sooner.attached_case_id))
    assert life.clock("case").due_at == at("03-13 09:00")
    assert all(each.cancelled for each in life.told(ClockStopped))


def test_a_report_that_joins_what_is_closed_starts_no_promise() -> None:
    life = filed()
    life.hear(
        town.dispatched(at("03-11 09:00")), town.signed(), town.completed(), town.all_completed(), at=at("03-11 10:00")
    )
    life.answer(town.in_the_field("ann"), passed=True)
    life.hear(joined("03-11 13:00"), at=at("03-11 11:00"))
    assert "case" not in life.running()
