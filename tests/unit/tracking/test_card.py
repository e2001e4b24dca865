"""Cards of the board: the shown clock, the flags, and the content of a confidential card."""

from __future__ import annotations

from uuid import UUID

from contracts.board import Card
from contracts.common import Place
from contracts.events.acceptance import CaseVoided
from contracts.events.command import DispatchWithdrawn
from contracts.events.handling import DispatchSigned, ReturnAccepted
from contracts.events.supervision import ClockPaused, SupervisionOrderIssued, SupervisionOrderReplied
from services.tracking.domain.card import card, light_of_dispatch, on_board, shown_clock
from services.tracking.domain.fold import fold
from services.tracking.domain.names import Names
from services.tracking.domain.record import Record
from tests.unit.tracking import case_history, sample_events
from tests.unit.tracking.case_history import CaseHistory

NAMES = Names(None)


def record_of(*events: object) -> Record:
    """Return the record of a history in which every service has applied every event."""
    recorded = CaseHistory()
    for event in events:
        recorded.emit(event)  # type: ignore[arg-type]
    return fold(recorded.recorded)


def card_of(*events: object) -> Card:
    return card(sample_events.stable_id("case:one"), record_of(*events), NAMES)


def test_the_worst_light_is_shown_then_the_earliest_deadline() -> None:
    """The card shows one clock with its own light."""
    first, second, third = sample_events.stable_id("1"), sample_events.stable_id("2"), sample_events.stable_id("3")
    clocks = (
        sample_events.clock(first, "case", 100),
        sample_events.clock(second, "handle", 300),
        sample_events.clock(third, "sign", 200),
    )
    assert card_of(sample_events.received(), *clocks).clock == "case"
    shown = card_of(sample_events.received(), *clocks, sample_events.light(second, "handle", "yellow"))
    assert (shown.clock, shown.light, shown.due_at) == ("handle", "yellow", sample_events.at(300))


def test_a_paused_clock_is_shown_only_if_none_runs_and_without_a_deadline() -> None:
    first, second = sample_events.stable_id("1"), sample_events.stable_id("2")
    paused = ClockPaused(clock_id=first)
    both = record_of(
        sample_events.received(),
        sample_events.clock(first, "sign", 10),
        sample_events.clock(second, "case", 100),
        paused,
        sample_events.light(first, "sign", "red"),
    )
    clock = shown_clock(both)
    assert clock is not None
    assert clock.name == "case"
    alone = card_of(sample_events.received(), sample_events.clock(first, "sign", 10), paused)
    assert (alone.clock, alone.due_at) == ("sign", None)


def test_a_card_without_a_clock_has_no_light() -> None:
    started = sample_events.stable_id("1")
    shown = card_of(
        sample_events.received(), sample_events.clock(started, "file", 10), sample_events.stopped(started, "file")
    )
    assert (shown.light, shown.clock, shown.due_at, shown.started_at) == ("none", None, None, None)


def test_a_dispatch_has_the_light_of_its_own_clocks() -> None:
    mine, other = sample_events.stable_id("1"), sample_events.stable_id("2")
    record = record_of(
        sample_events.received(),
        sample_events.filed(),
        sample_events.dispatched(sample_events.LEAD, "sanitation"),
        sample_events.clock(mine, "handle", 100, sample_events.LEAD),
        sample_events.clock(other, "case", 50),
        sample_events.light(other, "case", "red"),
    )
    assert light_of_dispatch(record, sample_events.LEAD) == "green"


def test_units_are_listed_with_the_lead_first_and_without_withdrawn_ones() -> None:
    shown = card_of(
        sample_events.received(),
        sample_events.filed(),
        sample_events.dispatched(sample_events.CO, "street-office", "co"),
        sample_events.dispatched(sample_events.LEAD, "sanitation"),
        sample_events.dispatched(sample_events.SECOND, "police", "co"),
        DispatchWithdrawn(dispatch_id=sample_events.SECOND, unit_id="police", reason="by_hand"),
    )
    assert [(unit.id, unit.role) for unit in shown.units] == [("sanitation", "lead"), ("street-office", "co")]


def sign(dispatch: UUID, unit: str) -> DispatchSigned:
    return DispatchSigned(dispatch_id=dispatch, unit_id=unit, signed_by=sample_events.ACTOR)


def accepted_return(dispatch: UUID, unit: str) -> ReturnAccepted:
    return ReturnAccepted(
        dispatch_id=dispatch, unit_id=unit, role="lead", reason="wrong_area", decided_by=sample_events.ACTOR
    )


def test_a_case_awaits_reassignment_until_another_unit_signs() -> None:
    """首接负责: the first signer keeps the place safe until another unit has signed, with or without a return."""
    signed = (
        sample_events.received(),
        sample_events.filed(),
        sample_events.dispatched(sample_events.LEAD, "sanitation"),
        sign(sample_events.LEAD, "sanitation"),
    )
    second = sample_events.dispatched(sample_events.SECOND, "municipal-works", nth=2)
    taken, back = sign(sample_events.SECOND, "municipal-works"), accepted_return(sample_events.LEAD, "sanitation")
    assert not card_of(*signed).flags.awaiting_reassignment
    assert card_of(*signed, back).flags.awaiting_reassignment
    assert card_of(*signed, back, second).flags.awaiting_reassignment
    assert card_of(
        *signed, back, second, accepted_return(sample_events.SECOND, "municipal-works")
    ).flags.awaiting_reassignment
    assert card_of(*signed, second).flags.awaiting_reassignment, (
        "dispatched to another unit while the first still has it"
    )
    over = DispatchWithdrawn(dispatch_id=sample_events.LEAD, unit_id="sanitation", reason="return_accepted")
    assert not card_of(*signed, back, second, taken).flags.awaiting_reassignment
    assert not card_of(*signed, back, second, taken, over).flags.awaiting_reassignment


def test_a_return_before_signing_awaits_reassignment_too() -> None:
    """It ends when another unit signs or the case ends. A unit that is replaced before signing keeps nothing."""
    sent = (sample_events.received(), sample_events.filed(), sample_events.dispatched(sample_events.LEAD, "sanitation"))
    second = sample_events.dispatched(sample_events.SECOND, "municipal-works", nth=2)
    back = (*sent, accepted_return(sample_events.LEAD, "sanitation"))
    assert card_of(*back).flags.awaiting_reassignment
    assert card_of(*back, second).flags.awaiting_reassignment
    assert not card_of(*back, second, sign(sample_events.SECOND, "municipal-works")).flags.awaiting_reassignment
    assert not card_of(*back, CaseVoided(note="", decided_by=sample_events.ACTOR)).flags.awaiting_reassignment
    assert not card_of(*sent, second).flags.awaiting_reassignment


def test_a_supervision_order_sets_a_flag_until_it_is_answered() -> None:
    order = SupervisionOrderIssued(
        order_id=sample_events.stable_id("order"),
        kind="overdue",
        text="请说明",
        reply_due_at=sample_events.at(60),
        issued_by=sample_events.ACTOR,
    )
    reply = SupervisionOrderReplied(
        order_id=order.order_id, text="已安排", on_time=True, replied_by=sample_events.ACTOR
    )
    assert card_of(sample_events.received(), order).flags.ordered
    assert not card_of(sample_events.received(), order, reply).flags.ordered


def test_a_confidential_card_shows_only_community_and_unit() -> None:
    """Category, text, grid and place are hidden even if an event contained them by mistake."""
    shown = card_of(
        sample_events.received(confidential=True),
        sample_events.filed(confidential=True),
        sample_events.dispatched(sample_events.LEAD, "justice-office"),
    )
    assert shown.confidential
    assert (shown.category, shown.title, shown.grid_code, shown.grid_name) == (None, None, None, None)
    assert (shown.longitude, shown.latitude) == (None, None)
    assert shown.community == "370522001004"
    assert [unit.id for unit in shown.units] == ["justice-office"]


def test_a_card_leaves_the_board_when_its_case_has_ended() -> None:
    recorded = CaseHistory().emit_all(case_history.FULL_HISTORY).recorded
    assert on_board(fold(recorded[:1]))
    assert on_board(fold(recorded[:-1]))
    assert not on_board(fold(recorded))


def test_a_card_has_whole_seconds_and_coordinates_to_a_metre() -> None:
    shown = card_of(sample_events.received(reported_at=sample_events.START.replace(microsecond=123456)))
    assert shown.reported_at == sample_events.START
    assert (shown.longitude, shown.latitude) == (118.25512, 37.49326)


def test_a_long_description_becomes_a_title_of_one_line() -> None:
    title = card_of(sample_events.received(description="垃圾\n" * 100)).title
    assert title is not None
    assert len(title) == 80
    assert title.endswith("…")
    assert "\n" not in title


def test_a_place_without_coordinates_has_no_point() -> None:
    shown = card_of(sample_events.received(place=Place(grid_code="370522001004007")))
    assert (shown.longitude, shown.grid_code) == (None, "370522001004007")
