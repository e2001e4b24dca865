"""Who may be told who reported, and on what terms."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed
from services.intake.domain.case import IntakeCase
from services.intake.domain.problems import CallBackNotDue, CaseUnknown, NoReporter, PlaceNotAwaited, ReportUnknown

READERS = ("intake_clerk", "shift_lead", "hotline", "unit_clerk", "gateway")


@dataclass(frozen=True, slots=True)
class AccessTerms:
    """How it is told."""

    by_unit: bool = False
    """Once to the whole unit."""
    call: str | None = None
    """Once for this call-back."""
    number_only: bool = False
    """Without the name."""


def access_terms(
    caller: Caller, state: IntakeCase, *, houses: frozenset[str], consents: bool, call: str | None
) -> AccessTerms:  # fmt: skip
    """`houses`: the unit and the teams whose orders the caller gets. `consents`: the reporter agreed to be reached by the
    unit. `call`: the call-back that is due now, if one is.

    Raises `ReportUnknown`, `NotAllowed`, `CallBackNotDue`, and `NoReporter` where not even that there is one is told.
    """
    if not may_see_report(caller, state, houses):
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


def may_see_report(caller: Caller, state: IntakeCase, houses: frozenset[str]) -> bool:
    """Return whether the report is one of the caller's: any other answers like one that does not exist."""
    if caller.has("intake_clerk", "shift_lead"):
        return state.place is None or caller.covers(state.place.grid_code)
    if caller.has("hotline"):
        return caller.covers(state.place.grid_code if state.place is not None else None)
    return caller.has("gateway") or not houses.isdisjoint(state.units)


def require_place_access(caller: Caller, state: IntakeCase) -> None:
    """Whether the caller may be told where a confidential case is said to be, to find its grid: somebody must, as long as nobody
    else can. Raises `CaseUnknown`, `PlaceNotAwaited`.
    """
    if not caller.covers(state.place.grid_code if state.place is not None else None):
        raise CaseUnknown(case=str(state.received_report.report_id))
    wrong = state.sent_back_to_desk is not None and state.sent_back_to_desk.reason == "wrong_place"
    if (
        state.status != "awaiting_filing"
        or not state.received_report.confidential
        or not (state.place is None or wrong)
    ):
        raise PlaceNotAwaited


def _desk_terms(caller: Caller, *, guarded: bool) -> AccessTerms:
    if guarded and not caller.has("shift_lead"):
        raise NotAllowed(roles="shift_lead")
    return AccessTerms()


def _call_back_terms(caller: Caller, *, guarded: bool, call: str | None) -> AccessTerms:
    """Only a person calls back; the hotline's own system has no business with numbers that it did not bring."""
    if guarded or caller.kind != "account":
        raise NotAllowed(roles="shift_lead" if guarded else ", ".join(READERS[:2]))
    if call is None:
        raise CallBackNotDue
    return AccessTerms(call=call)
