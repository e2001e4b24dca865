"""Permissions to see the reporter's name and number, with the terms of each access."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed
from services.intake.domain.case import IntakeCase, is_in_area
from services.intake.domain.problems import CallBackNotDue, CaseUnknown, NoReporter, PlaceNotAwaited, ReportUnknown

READERS = ("intake_clerk", "shift_lead", "hotline", "unit_clerk", "gateway")


@dataclass(frozen=True, slots=True)
class AccessTerms:
    """The terms of one access to the reporter's data."""

    by_unit: bool = False
    """Whether the people of a unit may read the data only once in total."""
    call: str | None = None
    """The call-back for which the data may be read once; `None` if no call-back limits the access."""
    number_only: bool = False
    """Whether the caller sees only the phone number, not the name."""


def access_terms(
    caller: Caller, state: IntakeCase, *, own_units: frozenset[str], consents: bool, call: str | None
) -> AccessTerms:
    """Return the terms on which the caller may see the reporter's name and phone number.

    `own_units` are the unit and the teams whose dispatches the caller receives. `consents` says whether the reporter
    allows contact by the unit. `call` is the call-back that is due now; `None` if there is none. Raises
    `ReportUnknown`, `NotAllowed`, `CallBackNotDue`, and `NoReporter` if even the existence of a contact is hidden from
    the caller.
    """
    if not may_see_report(caller, state, own_units):
        raise ReportUnknown(report=str(state.received_report.report_id))
    guarded = state.received_report.request_type == "tip" or state.received_report.confidential
    if caller.has("intake_clerk", "shift_lead"):
        return _desk_terms(caller, guarded=guarded)
    if caller.has("hotline"):
        return _call_back_terms(caller, guarded=guarded, call=call)
    if caller.has("gateway"):
        if guarded:
            raise NoReporter
        return AccessTerms(number_only=True)
    if not consents:
        raise NoReporter
    return AccessTerms(by_unit=True)


def may_see_report(caller: Caller, state: IntakeCase, own_units: frozenset[str]) -> bool:
    """Return whether the caller may know that the report exists.

    A report without a place is hidden from a hotline clerk who is limited to some areas.
    """
    if caller.has("intake_clerk", "shift_lead"):
        return is_in_area(state, caller)
    if caller.has("hotline"):
        return _covers_place(caller, state)
    return caller.has("gateway") or not own_units.isdisjoint(state.units)


def require_place_access(caller: Caller, state: IntakeCase) -> None:
    """Raise `CaseUnknown` or `PlaceNotAwaited` unless the caller may see the given place of a confidential case.

    While such a case waits for its grid, the shift lead needs the given place to find the grid. A case without a place
    is hidden from a shift lead who is limited to some areas.
    """
    if not _covers_place(caller, state):
        raise CaseUnknown(case=str(state.received_report.report_id))
    wrong = state.sent_back_to_desk is not None and state.sent_back_to_desk.reason == "wrong_place"
    if (
        state.status != "awaiting_filing"
        or not state.received_report.confidential
        or not (state.place is None or wrong)
    ):
        raise PlaceNotAwaited


def _covers_place(caller: Caller, state: IntakeCase) -> bool:
    return caller.covers(state.place.grid_code if state.place is not None else None)


def _desk_terms(caller: Caller, *, guarded: bool) -> AccessTerms:
    if guarded and not caller.has("shift_lead"):
        raise NotAllowed(roles="shift_lead")
    return AccessTerms()


def _call_back_terms(caller: Caller, *, guarded: bool, call: str | None) -> AccessTerms:
    """Return the terms for a person who calls the reporter back. The hotline's own system may not see numbers."""
    if guarded or caller.kind != "account":
        raise NotAllowed(roles="shift_lead" if guarded else ", ".join(READERS[:2]))
    if call is None:
        raise CallBackNotDue
    return AccessTerms(call=call)
