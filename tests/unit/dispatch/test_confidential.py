"""What a unit may say of a confidential matter: that it has it, that it is dealt with, that it is not
theirs. No more.
"""

from __future__ import annotations

from typing import Any

import pytest

from contracts.events.discovery import ReportReceived
from contracts.events.handling import ProgressReported, ReturnRequested, WorkCompleted
from contracts.masking import WITHHELD
from services.dispatch.domain.dispatches import answers, returns
from services.dispatch.domain.dispatches.problems import OutcomeNotPossible
from services.dispatch.domain.dispatches.views import ViewContext, dispatch_view
from tests.unit.dispatch.kit import (
    AFTER,
    CASE,
    DESK,
    MORNING,
    REPORT,
    UNIT,
    House,
    caller,
    dispatched,
    filed,
    routed,
    to,
)

TOLD = "张三家中的事"


def secret(**fields: Any) -> House:
    return dispatched(to("justice"), confidential=True, evidence=(), **fields)


def test_what_a_unit_writes_is_neither_kept_nor_told_on() -> None:
    """Its text would outlive the thirty days, and be read by whoever sees the case."""
    house = secret().sign("justice")
    house.do("justice", lambda on: answers.report_progress(on, UNIT, TOLD, None, (AFTER,)))
    house.do("justice", lambda on: answers.complete(on, UNIT, "handled", TOLD, (AFTER,)))
    assert [house.last(kind).note for kind in (ProgressReported, WorkCompleted)] == [WITHHELD] * 2
    assert [house.last(kind).photos for kind in (ProgressReported, WorkCompleted)] == [(), ()]
    everything = [event.model_dump_json() for event in house.said] + [house.state.model_dump_json()]
    assert not [text for text in everything if TOLD in text]


def test_who_has_the_order_is_told_where_to_read_what_was_told_in_confidence_and_filed_in_the_open() -> None:
    """The order has no word of it, and else its unit would not know that there is any."""
    told = ReportReceived(
        report_id=REPORT,
        case_number="LJ-1",
        channel="hotline",
        occurred_at=MORNING,
        reported_at=MORNING,
        registered_at=MORNING,
        reported_by=DESK,
        confidential=True,
    )
    house = House().hear(told, filed(description="", photos=()), routed(to("sanitation")))
    (_, sent), *_ = [each for each in house.told if each[1].type == "dispatch.created"]
    assert not sent.data.confidential
    assert sent.data.links.text == f"/api/intake/cases/{CASE}/confidential"
    (_, open_), *_ = [each for each in dispatched(to("sanitation")).told if each[1].type == "dispatch.created"]
    assert open_.data.links.text is None


def test_nor_is_why_it_was_returned() -> None:
    house = secret()
    house.do("justice", lambda on: returns.request_return(on, UNIT, "not_our_function", TOLD, None))
    assert (house.last(ReturnRequested).reason, house.last(ReturnRequested).note) == ("not_our_function", WITHHELD)


@pytest.mark.parametrize("outcome", ["solved", "explained", "mediated", "transferred_to_enforcement"])
def test_it_is_completed_without_saying_how(outcome: Any) -> None:
    house = secret().sign("justice")
    with pytest.raises(OutcomeNotPossible) as refused:
        house.complete("justice", outcome=outcome)
    assert refused.value.members["possible"] == ["handled", "handed_over"]


def test_of_other_matters_it_is_said_how() -> None:
    house = dispatched(to("sanitation")).sign("sanitation")
    with pytest.raises(OutcomeNotPossible):
        house.complete("sanitation", AFTER, outcome="handled")


def test_the_order_offers_the_words_that_are_possible() -> None:
    house = secret()
    assert house.state.filed_case is not None
    shown = dispatch_view(
        CASE,
        1,
        house.state,
        house.order("justice"),
        house.state.filed_case,
        ViewContext(caller("dispatcher"), house.at, house.district, ""),
    )
    assert shown.outcomes == ("handled", "handed_over")
    assert (shown.description, shown.photos, shown.place.grid_code) == ("", (), None)
