"""Access to the identity of a reporter."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from contracts.base import Event
from contracts.events.command import DispatchWithdrawn
from contracts.events.handling import CoUnitReleased, HandoverRefused, ReturnAccepted
from services.chassis.auth import SYSTEM, Caller
from services.chassis.problems import NotAllowed
from services.intake import events
from services.intake.domain.case import IntakeCase
from services.intake.domain.problems import CallBackNotDue, CaseUnknown, NoReporter, PlaceNotAwaited, ReportUnknown
from services.intake.domain.reporter_access import AccessTerms, access_terms, require_place_access
from tests.unit.intake.sample_cases import apply_event, reported_case, triaged_case
from tests.unit.intake.sample_district import GRID, SECRET


def person(*roles: str, **more: Any) -> Caller:
    return Caller(**{"kind": "account", "id": "someone", "roles": frozenset(roles), **more})


def state(**fields: Any) -> IntakeCase:
    return reported_case(**fields).state


def test_the_exact_place_is_open_only_to_the_whole_district_and_only_while_it_is_missing() -> None:
    """A case without a place is in no area yet."""
    case = triaged_case(category_id=SECRET, location=None, address="某巷1号")
    require_place_access(person("shift_lead"), case.state)
    with pytest.raises(CaseUnknown):
        require_place_access(person("shift_lead", areas=(GRID[:9],)), case.state)
    with pytest.raises(PlaceNotAwaited):
        require_place_access(person("shift_lead"), triaged_case(category_id=SECRET).state)
    with pytest.raises(PlaceNotAwaited):
        require_place_access(person("shift_lead"), triaged_case(location=None, address="某巷1号").state)


def test_a_call_back_opens_the_number_to_a_person_of_the_area() -> None:
    desk = person("hotline", areas=(GRID[:9],))
    assert access_terms(desk, state(), own_units=frozenset(), consents=False, call="7") == AccessTerms(call="7")
    with pytest.raises(CallBackNotDue):
        access_terms(desk, state(), own_units=frozenset(), consents=False, call=None)
    with pytest.raises(ReportUnknown):
        access_terms(person("hotline", areas=("370522999",)), state(), own_units=frozenset(), consents=False, call="7")
    with pytest.raises(NotAllowed):
        access_terms(person("hotline", kind="key"), state(), own_units=frozenset(), consents=False, call="7")


_DISPATCH = {"dispatch_id": UUID(int=1), "unit_id": "fire", "note": ""}


@pytest.mark.parametrize(
    "ended",
    [
        DispatchWithdrawn(**_DISPATCH, reason="by_hand"),
        ReturnAccepted(**_DISPATCH, role="lead", reason="not_our_function", decided_by=SYSTEM),
        CoUnitReleased(**_DISPATCH, released_by=SYSTEM),
        HandoverRefused(**_DISPATCH, role="first_response", refused_by=SYSTEM),
    ],
    ids=lambda event: event.TYPE,
)
def test_a_unit_whose_dispatch_has_ended_reads_nothing(ended: Event) -> None:
    """This includes an emergency service that refused a hand-over."""
    case = reported_case(category_id=SECRET)
    case.state.dispatches = {UUID(int=1): "fire", UUID(int=2): "discipline"}
    apply_event(case, events.EVENTS[type(ended)], ended)
    assert case.state.units == {"discipline"}


@pytest.mark.parametrize("fields", [{"request_type": "tip"}, {"category_id": SECRET}])
def test_the_reporter_of_a_confidential_report_is_known_only_to_the_shift_lead(fields: dict[str, Any]) -> None:
    case_state = state(**fields)
    assert (
        access_terms(person("shift_lead"), case_state, own_units=frozenset(), consents=True, call="7") == AccessTerms()
    )
    for role in ("hotline", "intake_clerk"):
        with pytest.raises(NotAllowed):
            access_terms(person(role), case_state, own_units=frozenset(), consents=True, call="7")
    with pytest.raises(NoReporter):
        access_terms(person("gateway"), case_state, own_units=frozenset(), consents=True, call="7")


def test_the_gateway_gets_only_the_number() -> None:
    assert access_terms(person("gateway"), state(), own_units=frozenset(), consents=False, call=None) == AccessTerms(
        number_only=True
    )


def test_a_unit_gets_the_number_if_the_reporter_agreed() -> None:
    """This includes the unit that convenes a mobile team."""
    clerk, case_state = person("unit_clerk", unit_id="roads"), state()
    case_state.dispatches[UUID(int=1)] = "mobile"
    assert access_terms(
        clerk, case_state, own_units=frozenset({"roads", "mobile"}), consents=True, call=None
    ) == AccessTerms(by_unit=True)
    with pytest.raises(NoReporter):
        access_terms(clerk, case_state, own_units=frozenset({"roads", "mobile"}), consents=False, call=None)
    with pytest.raises(ReportUnknown):
        access_terms(clerk, case_state, own_units=frozenset({"roads"}), consents=True, call=None)
