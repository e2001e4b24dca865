"""Cards: which clock counts, which flags stand, and what a confidential case does not show."""

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
from tests.unit.tracking import lives as life
from tests.unit.tracking.lives import Life

NAMES = Names(None)


def record_of(*events: object) -> Record:
    """The record of a life in which everybody hears everything."""
    told = Life()
    for event in events:
        told.say(event)  # type: ignore[arg-type]
    return fold(told.told)


def card_of(*events: object) -> Card:
    return card(life.an_id("case:one"), record_of(*events), NAMES)


def test_the_gravest_light_counts_then_the_earliest_deadline() -> None:
    """One clock is shown, and the light is its own."""
    first, second, third = life.an_id("1"), life.an_id("2"), life.an_id("3")
    clocks = (life.clock(first, "case", 100), life.clock(second, "handle", 300), life.clock(third, "sign", 200))
    assert card_of(life.received(), *clocks).clock == "case"
    shown = card_of(life.received(), *clocks, life.light(second, "handle", "yellow"))
    assert (shown.clock, shown.light, shown.due_at) == ("handle", "yellow", life.at(300))


def test_a_paused_clock_shows_only_if_none_runs_and_without_a_deadline() -> None:
    first, second = life.an_id("1"), life.an_id("2")
    paused = ClockPaused(clock_id=first)
    both = record_of(
        life.received(),
        life.clock(first, "sign", 10),
        life.clock(second, "case", 100),
        paused,
        life.light(first, "sign", "red"),
    )
    clock = shown_clock(both)
    assert clock is not None
    assert clock.name == "case"
    alone = card_of(life.received(), life.clock(first, "sign", 10), paused)
    assert (alone.clock, alone.due_at) == ("sign", None)


def test_no_clock_no_light() -> None:
    started = life.an_id("1")
    shown = card_of(life.received(), life.clock(started, "file", 10), life.stopped(started, "file"))
    assert (shown.light, shown.clock, shown.due_at, shown.started_at) == ("none", None, None, None)


def test_a_dispatch_has_the_light_of_its_own_clocks() -> None:
    mine, other = life.an_id("1"), life.an_id("2")
    record = record_of(
        life.received(),
        life.filed(),
        life.dispatched(life.LEAD, "sanitation"),
        life.clock(mine, "handle", 100, life.LEAD),
        life.clock(other, "case", 50),
        life.light(other, "case", "red"),
    )
    assert light_of_dispatch(record, life.LEAD) == "green"


def test_units_stand_with_the_lead_first_and_without_those_that_left() -> None:
    shown = card_of(
        life.received(),
        life.filed(),
        life.dispatched(life.CO, "street-office", "co"),
        life.dispatched(life.LEAD, "sanitation"),
        life.dispatched(life.SECOND, "police", "co"),
        DispatchWithdrawn(dispatch_id=life.SECOND, unit_id="police", reason="by_hand"),
    )
    assert [(unit.id, unit.role) for unit in shown.units] == [("sanitation", "lead"), ("street-office", "co")]


def sign(dispatch: UUID, unit: str) -> DispatchSigned:
    return DispatchSigned(dispatch_id=dispatch, unit_id=unit, signed_by=life.ACTOR)


def give_back(dispatch: UUID, unit: str) -> ReturnAccepted:
    return ReturnAccepted(dispatch_id=dispatch, unit_id=unit, role="lead", reason="wrong_area", decided_by=life.ACTOR)


def test_awaiting_reassignment_until_somebody_else_signs() -> None:
    """首接负责: whoever signed first keeps safety measures until another has signed, whether it gave the case back
    or not.
    """
    signed = (life.received(), life.filed(), life.dispatched(life.LEAD, "sanitation"), sign(life.LEAD, "sanitation"))
    second = life.dispatched(life.SECOND, "municipal-works", nth=2)
    taken, back = sign(life.SECOND, "municipal-works"), give_back(life.LEAD, "sanitation")
    assert not card_of(*signed).flags.awaiting_reassignment
    assert card_of(*signed, back).flags.awaiting_reassignment
    assert card_of(*signed, back, second).flags.awaiting_reassignment
    assert card_of(*signed, back, second, give_back(life.SECOND, "municipal-works")).flags.awaiting_reassignment
    assert card_of(*signed, second).flags.awaiting_reassignment, "sent elsewhere over the head of who has it"
    over = DispatchWithdrawn(dispatch_id=life.LEAD, unit_id="sanitation", reason="return_accepted")
    assert not card_of(*signed, back, second, taken).flags.awaiting_reassignment
    assert not card_of(*signed, back, second, taken, over).flags.awaiting_reassignment


def test_who_gave_it_back_unsigned_is_the_first_receiver_all_the_same() -> None:
    """Until another signs or the case ends; who is replaced before signing keeps nothing."""
    sent = (life.received(), life.filed(), life.dispatched(life.LEAD, "sanitation"))
    second = life.dispatched(life.SECOND, "municipal-works", nth=2)
    back = (*sent, give_back(life.LEAD, "sanitation"))
    assert card_of(*back).flags.awaiting_reassignment
    assert card_of(*back, second).flags.awaiting_reassignment
    assert not card_of(*back, second, sign(life.SECOND, "municipal-works")).flags.awaiting_reassignment
    assert not card_of(*back, CaseVoided(note="", decided_by=life.ACTOR)).flags.awaiting_reassignment
    assert not card_of(*sent, second).flags.awaiting_reassignment


def test_an_order_flags_until_it_is_answered() -> None:
    order = SupervisionOrderIssued(
        order_id=life.an_id("order"), kind="overdue", text="请说明", reply_due_at=life.at(60), issued_by=life.ACTOR
    )
    reply = SupervisionOrderReplied(order_id=order.order_id, text="已安排", on_time=True, replied_by=life.ACTOR)
    assert card_of(life.received(), order).flags.ordered
    assert not card_of(life.received(), order, reply).flags.ordered


def test_a_confidential_card_says_community_and_unit_and_nothing_else() -> None:
    """Need-to-know: no category, text, grid or place, whatever an event carried by mistake."""
    shown = card_of(
        life.received(confidential=True), life.filed(confidential=True), life.dispatched(life.LEAD, "justice-office")
    )
    assert shown.confidential
    assert (shown.category, shown.title, shown.grid_code, shown.grid_name) == (None, None, None, None)
    assert (shown.longitude, shown.latitude) == (None, None)
    assert shown.community == "370522001004"
    assert [unit.id for unit in shown.units] == ["justice-office"]


def test_a_card_leaves_the_board_when_its_case_has_ended() -> None:
    told = Life().tell(life.WHOLE_STORY).told
    assert on_board(fold(told[:1]))
    assert on_board(fold(told[:-1]))
    assert not on_board(fold(told))


def test_times_are_whole_seconds_and_places_a_metre() -> None:
    shown = card_of(life.received(reported_at=life.START.replace(microsecond=123456)))
    assert shown.reported_at == life.START
    assert (shown.longitude, shown.latitude) == (118.25512, 37.49326)


def test_a_long_description_becomes_a_title_of_one_line() -> None:
    title = card_of(life.received(description="垃圾\n" * 100)).title
    assert title is not None
    assert len(title) == 80
    assert title.endswith("…")
    assert "\n" not in title


def test_a_place_without_point_makes_no_dot() -> None:
    shown = card_of(life.received(place=Place(grid_code="370522001004007")))
    assert (shown.longitude, shown.grid_code) == (None, "370522001004007")
