"""更正 and 退回受理: units get the corrected case; completed work is not repeated."""

from __future__ import annotations

from typing import Any

from contracts.case_state import CaseState
from contracts.case_steps import fold
from contracts.common import Place
from contracts.events.acceptance import CaseCorrected, CaseNotFiled
from contracts.events.command import CaseDispatched
from services.dispatch.domain.dispatches import actions
from tests.unit.dispatch.case_driver import dispatched
from tests.unit.dispatch.sample_district import GRID
from tests.unit.dispatch.sample_events import AFTER, DESK, assignment, filed, routed


def corrected(note: str = "位置有误", **fields: Any) -> CaseCorrected:
    return CaseCorrected.model_validate({**dict(filed(**fields)), "note": note, "corrected_by": DESK})


def test_only_open_dispatches_get_a_correction() -> None:
    driver = dispatched(assignment("sanitation"), assignment("housing", "co"))
    driver.sign("housing").complete("housing", AFTER)
    driver.apply(corrected(place=Place(grid_code=GRID, address="津苑路南口"), category_name="建筑垃圾"))
    assert driver.webhook_types("sanitation")[-1] == "dispatch.corrected"
    assert "dispatch.corrected" not in driver.webhook_types("housing")
    data = driver.webhooks[-1][1].data
    assert (data.place.address, data.category.name, data.note) == ("津苑路南口", "建筑垃圾", "位置有误")
    assert data.milestones == driver.dispatch_of("sanitation").milestones, (
        "the limits stay; other limits need a new dispatch"
    )


def test_a_second_filing_sends_a_correction_and_no_new_notice() -> None:
    driver = dispatched(assignment("fire", "first_response"))
    notices, messages = list(driver.notice_keys), driver.webhook_types("fire")
    driver.apply(filed(category_name="建筑垃圾"))
    assert driver.notice_keys == notices
    assert driver.webhook_types("fire") == [*messages, "dispatch.corrected"]


def test_a_new_lead_chosen_during_completion_is_not_dispatched() -> None:
    """The completed work is rechecked instead."""
    driver = dispatched(assignment("sanitation"))
    driver.sign("sanitation").complete("sanitation", AFTER)
    driver.apply(routed(assignment("housing"), round_=2, withdrawn=(driver.dispatch_of("sanitation").id,)))
    assert [each.unit_id for each in driver.events_of(CaseDispatched)] == ["sanitation"]
    assert driver.dispatch_of("sanitation").status == "completed"


def test_the_return_request_of_a_former_lead_ends() -> None:
    """The unit keeps the place safe until the new lead signs, and nobody needs to decide about the return."""
    driver = dispatched(assignment("sanitation")).sign("sanitation").request_return("sanitation")
    driver.apply(corrected(), routed(assignment("housing"), round_=2, withdrawn=(driver.dispatch_of("sanitation").id,)))
    former = driver.dispatch_of("sanitation")
    assert (former.awaiting_reassignment, former.status, former.return_request) == (True, "handling", None)
    assert actions.possible_actions(driver.state, former, driver.now, driver.district.settings) == ("progress",)
    state = CaseState()
    for event in driver.events:
        fold(state, event)
    assert state.dispatches[former.id].status == former.status
    assert driver.sign("housing").dispatch_of("sanitation").status == "withdrawn"


def test_a_first_response_is_withdrawn_if_the_case_is_not_filed() -> None:
    driver = dispatched(assignment("sanitation", "first_response"))
    driver.apply(CaseNotFiled(reason="not_ours", note="属邻县", decided_by=DESK))
    assert driver.dispatch_of("sanitation").status == "withdrawn"
