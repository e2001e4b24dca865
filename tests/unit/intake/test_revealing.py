"""Who may be told who reported, and on what terms."""

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
from tests.unit.intake.kit import GRID, SECRET, hear, report, triaged


def person(*roles: str, **more: Any) -> Caller:
    return Caller(**{"kind": "account", "id": "someone", "roles": frozenset(roles), **more})


def state(**fields: Any) -> IntakeCase:
    return report(**fields).state


def test_who_looks_for_the_place_of_a_confidential_case_sees_the_whole_district() -> None:
    """A case without a place lies in nobody's area yet."""
    case = triaged(category_id=SECRET, location=None, address="某巷1号")
    require_place_access(person("shift_lead"), case.state)
    with pytest.raises(CaseUnknown):
        require_place_access(person("shift_lead", areas=(GRID[:9],)), case.state)
    with pytest.raises(PlaceNotAwaited):
        require_place_access(person("shift_lead"), triaged(category_id=SECRET).state)
    with pytest.raises(PlaceNotAwaited):
        require_place_access(person("shift_lead"), triaged(location=None, address="某巷1号").state)


def test_a_call_back_opens_the_number_in_the_area_to_a_person_for_that_call() -> None:
    desk = person("hotline", areas=(GRID[:9],))
    assert access_terms(desk, state(), own_units=frozenset(), consents=False, call="7") == AccessTerms(call="7")
    with pytest.raises(CallBackNotDue):
        access_terms(desk, state(), own_units=frozenset(), consents=False, call=None)
    with pytest.raises(ReportUnknown):
        access_terms(person("hotline", areas=("370522999",)), state(), own_units=frozenset(), consents=False, call="7")
    with pytest.raises(NotAllowed):
        access_terms(person("hotline", kind="key"), state(), own_units=frozenset(), consents=False, call="7")


_ABOUT = {"dispatch_id": UUID(int=1), "unit_id": "fire", "note": ""}


@pytest.mark.parametrize(
    "ended",
    [
        DispatchWithdrawn(**_ABOUT, reason="by_hand"),
        ReturnAccepted(**_ABOUT, role="lead", reason="not_our_function", decided_by=SYSTEM),
        CoUnitReleased(**_ABOUT, released_by=SYSTEM),
        HandoverRefused(**_ABOUT, role="first_response", refused_by=SYSTEM),
    ],
    ids=lambda event: event.TYPE,
)
def test_a_unit_whose_order_is_over_reads_nothing_any_more(ended: Event) -> None:
    """Given back, lost, or never taken: an emergency service that refuses a hand-over included."""
    case = report(category_id=SECRET)
    case.state.dispatches = {UUID(int=1): "fire", UUID(int=2): "discipline"}
    hear(case, events.EVENTS[type(ended)], ended)
    assert case.state.units == {"discipline"}


@pytest.mark.parametrize("guarded", [{"request_type": "tip"}, {"category_id": SECRET}])
def test_whoever_told_in_confidence_is_the_shift_leads_alone(guarded: dict[str, Any]) -> None:
    told = state(**guarded)
    assert access_terms(person("shift_lead"), told, own_units=frozenset(), consents=True, call="7") == AccessTerms()
    for role in ("hotline", "intake_clerk"):
        with pytest.raises(NotAllowed):
            access_terms(person(role), told, own_units=frozenset(), consents=True, call="7")
    with pytest.raises(NoReporter):
        access_terms(person("gateway"), told, own_units=frozenset(), consents=True, call="7")


def test_the_gateway_is_told_the_number_alone() -> None:
    assert access_terms(person("gateway"), state(), own_units=frozenset(), consents=False, call=None) == AccessTerms(
        number_only=True
    )


def test_a_unit_is_told_once_where_the_reporter_agreed_also_for_the_mobile_team_whose_orders_it_gets() -> None:
    clerk, told = person("unit_clerk", unit_id="roads"), state()
    told.dispatches[UUID(int=1)] = "mobile"
    assert access_terms(clerk, told, own_units=frozenset({"roads", "mobile"}), consents=True, call=None) == AccessTerms(
        by_unit=True
    )
    with pytest.raises(NoReporter):
        access_terms(clerk, told, own_units=frozenset({"roads", "mobile"}), consents=False, call=None)
    with pytest.raises(ReportUnknown):
        access_terms(clerk, told, own_units=frozenset({"roads"}), consents=True, call=None)
