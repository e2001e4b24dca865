"""并案 and its undoing: no unit gets an assignment that was overtaken meanwhile."""

from __future__ import annotations

from contracts.base import Event
from contracts.events.command import CaseDispatched, CaseRouted, DispatchWithdrawn
from services.routing.domain.manual_decision import decide_by_hand
from tests.unit.routing.case_driver import STREET_DISPATCHER, CaseDriver, roles_by_unit, withdrawn_by_merge
from tests.unit.routing.sample_district import GREENS_AND_WATER, entry, make_district
from tests.unit.routing.sample_events import MERGED, UNDONE, corrected, filed

LIST = (*GREENS_AND_WATER, entry("e3", code="06010", lead="roads"))


def led_by_greens() -> CaseDriver:
    return CaseDriver(make_district(*LIST)).apply(filed("06011")).dispatch_all().sign("greens")


def created_and_withdrawn(driver: CaseDriver, routed: CaseRouted) -> list[Event]:
    """Return the events of dispatches that were created before the merge and withdrawn with it; routing applies them
    late.
    """
    ids = {each.unit_id: driver.dispatch_id(each.unit_id, routed.round) for each in routed.assignments}
    return [
        *(
            CaseDispatched(
                dispatch_id=ids[each.unit_id],
                unit_id=each.unit_id,
                role=each.role,
                round=routed.round,
                milestones=(),
                sign_due_at=driver.now,
            )
            for each in routed.assignments
        ),
        *(DispatchWithdrawn(dispatch_id=key, unit_id=unit, reason="merged") for unit, key in ids.items()),
    ]


def leads_in_order(driver: CaseDriver) -> list[str]:
    """Return the units that were assigned as lead, in order."""
    routed = [each for each in driver.events if isinstance(each, CaseRouted)]
    return [unit for each in routed for unit, role in roles_by_unit(each).items() if role == "lead"]


def test_after_a_correction_and_a_merge_only_the_new_lead_is_assigned_again() -> None:
    """The former lead still has a dispatch because the new one had not signed."""
    driver = led_by_greens()
    former = withdrawn_by_merge(driver, "greens", "roads")
    driver.apply(corrected("07001")).dispatch_all().apply(MERGED, *former, *withdrawn_by_merge(driver, "water"), UNDONE)
    assert leads_in_order(driver) == ["greens", "water", "water"]


def test_after_a_correction_whose_dispatch_was_never_created_the_list_is_asked_again() -> None:
    """Dispatch applied the merge first and created no dispatch for the correction."""
    driver = led_by_greens()
    former = withdrawn_by_merge(driver, "greens", "roads")
    driver.apply(corrected("07001"), MERGED, *former, UNDONE)
    assert leads_in_order(driver) == ["greens", "water", "water"]
    late = led_by_greens().apply(corrected("07001"), MERGED, UNDONE, *former)
    assert leads_in_order(late) == ["greens", "water", "water"], (
        "also if the withdrawals arrive after the merge was undone"
    )


def test_a_correction_during_the_first_assignment_is_routed_after_the_merge_is_undone() -> None:
    driver = CaseDriver(make_district(*LIST)).apply(filed("06011"))
    first = driver.routed
    driver.apply(corrected("07001"), MERGED, UNDONE, *created_and_withdrawn(driver, first))
    assert leads_in_order(driver) == ["greens", "water"]


def test_a_correction_before_late_withdrawals_leads_to_one_lead() -> None:
    driver = led_by_greens()
    former = withdrawn_by_merge(driver, "greens", "roads")
    driver.apply(MERGED, UNDONE, corrected("07001"), *former)
    assert leads_in_order(driver) == ["greens", "water"]


def test_a_late_dispatch_of_the_first_decision_leads_to_no_further_assignment() -> None:
    driver = CaseDriver(make_district(*LIST)).apply(filed("06011"))
    first = driver.routed
    driver.apply(MERGED, UNDONE)
    assert leads_in_order(driver) == ["greens", "greens"], "the list is asked again, because the dispatch was unknown"
    before = len(driver.events)
    driver.apply(*created_and_withdrawn(driver, first))
    assert len(driver.events) == before, "nothing is assigned again"


def test_a_question_ends_when_the_earlier_decision_arrives_late() -> None:
    """The person's decision is assigned again, so nobody needs to decide."""
    driver = CaseDriver(make_district()).apply(filed()).run(decide_by_hand, "roads", (), "", STREET_DISPATCHER)
    first = driver.routed
    driver.apply(MERGED, UNDONE)
    assert driver.state.waiting is not None
    driver.apply(*created_and_withdrawn(driver, first))
    assert (roles_by_unit(driver.routed), driver.state.waiting) == ({"roads": "lead"}, None)
