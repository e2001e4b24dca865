"""Dispatches of confidential cases: no text of the unit is stored or sent."""

from __future__ import annotations

from typing import Any

import pytest

from contracts.events.discovery import ReportReceived
from contracts.events.handling import ProgressReported, ReturnRequested, WorkCompleted
from contracts.masking import WITHHELD
from services.dispatch.domain.dispatches import answers, returns
from services.dispatch.domain.dispatches.problems import OutcomeNotPossible
from services.dispatch.domain.dispatches.views import ViewContext, dispatch_view
from tests.unit.dispatch.case_driver import UNIT, CaseDriver, caller, dispatched
from tests.unit.dispatch.sample_district import MORNING
from tests.unit.dispatch.sample_events import AFTER, CASE, DESK, REPORT, assignment, filed, routed

SECRET_TEXT = "张三家中的事"


def confidential_case(**fields: Any) -> CaseDriver:
    return dispatched(assignment("justice"), confidential=True, evidence=(), **fields)


def test_text_and_photos_of_the_unit_are_neither_stored_nor_sent() -> None:
    """Otherwise the text would be kept longer than thirty days and be visible to everybody who sees the case."""
    driver = confidential_case().sign("justice")
    driver.run("justice", lambda on: answers.report_progress(on, UNIT, SECRET_TEXT, None, (AFTER,)))
    driver.run("justice", lambda on: answers.complete(on, UNIT, "handled", SECRET_TEXT, (AFTER,)))
    assert [driver.last(kind).note for kind in (ProgressReported, WorkCompleted)] == [WITHHELD] * 2
    assert [driver.last(kind).photos for kind in (ProgressReported, WorkCompleted)] == [(), ()]
    everything = [event.model_dump_json() for event in driver.events] + [driver.state.model_dump_json()]
    assert not [text for text in everything if SECRET_TEXT in text]


def test_a_dispatch_links_to_confidential_details_of_an_ordinary_case() -> None:
    """The dispatch contains none of them, so the unit needs the link to know about them."""
    received = ReportReceived(
        report_id=REPORT,
        case_number="LJ-1",
        channel="hotline",
        occurred_at=MORNING,
        reported_at=MORNING,
        registered_at=MORNING,
        reported_by=DESK,
        confidential=True,
    )
    driver = CaseDriver().apply(received, filed(description="", photos=()), routed(assignment("sanitation")))
    (_, sent), *_ = [each for each in driver.webhooks if each[1].type == "dispatch.created"]
    assert not sent.data.confidential
    assert sent.data.links.text == f"/api/intake/cases/{CASE}/confidential"
    (_, open_), *_ = [
        each for each in dispatched(assignment("sanitation")).webhooks if each[1].type == "dispatch.created"
    ]
    assert open_.data.links.text is None


def test_the_note_of_a_return_is_withheld() -> None:
    driver = confidential_case()
    driver.run("justice", lambda on: returns.request_return(on, UNIT, "not_our_function", SECRET_TEXT, None))
    assert (driver.last(ReturnRequested).reason, driver.last(ReturnRequested).note) == ("not_our_function", WITHHELD)


@pytest.mark.parametrize("outcome", ["solved", "explained", "mediated", "transferred_to_enforcement"])
def test_a_confidential_case_is_completed_without_saying_how(outcome: Any) -> None:
    driver = confidential_case().sign("justice")
    with pytest.raises(OutcomeNotPossible) as refused:
        driver.complete("justice", outcome=outcome)
    assert refused.value.members["possible"] == ["handled", "handed_over"]


def test_an_ordinary_case_cannot_be_completed_as_merely_handled() -> None:
    driver = dispatched(assignment("sanitation")).sign("sanitation")
    with pytest.raises(OutcomeNotPossible):
        driver.complete("sanitation", AFTER, outcome="handled")


def test_the_dispatch_offers_the_possible_outcomes() -> None:
    driver = confidential_case()
    assert driver.state.filed_case is not None
    shown = dispatch_view(
        CASE,
        1,
        driver.state,
        driver.dispatch_of("justice"),
        driver.state.filed_case,
        ViewContext(caller("dispatcher"), driver.now, driver.district, ""),
    )
    assert shown.outcomes == ("handled", "handed_over")
    assert (shown.description, shown.photos, shown.place.grid_code) == ("", (), None)
