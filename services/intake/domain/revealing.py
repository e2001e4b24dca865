"""Who may be told who reported, and on what terms."""

from __future__ import annotations

from dataclasses import dataclass

from services.chassis.auth import Caller
from services.chassis.problems import NotAllowed
from services.intake.domain.case import IntakeCase
from services.intake.domain.problems import CallBackNotDue, NoReporter, OutOfYourArea, PlaceNotSought

READERS = ("intake_clerk", "shift_lead", "hotline", "unit_clerk", "gateway")


@dataclass(frozen=True, slots=True)
class Terms:
    """How it is told."""

    by_unit: bool = False
    """Once to the whole unit."""
    call: str | None = None
    """Once for this call-back."""
    number_only: bool = False
    """Without the name."""


def terms(
    caller: Caller, state: IntakeCase, *, houses: frozenset[str], consents: bool, call: str | None
) -> Terms:  # fmt: skip
    """`houses`: the unit and the teams whose orders the caller gets. `consents`: the reporter agreed to be reached by the
    unit. `call`: the call-back that is due now, if one is.

    Raises `NotAllowed`, `OutOfYourArea`, `CallBackNotDue`, and `NoReporter` where not even that there is one is told.
    """
    guarded = state.known.request_type == "tip" or state.known.confidential
    if caller.has("intake_clerk", "shift_lead"):
        return _desk(caller, state, guarded=guarded)
    if caller.has("hotline"):
        return _caller_back(caller, state, guarded=guarded, call=call)
    if caller.has("gateway"):
        if guarded:
            raise NoReporter
        return Terms(number_only=True)
    if not consents or houses.isdisjoint(state.units):
        raise NoReporter
    return Terms(by_unit=True)


def may_place(caller: Caller, state: IntakeCase) -> None:
    """Whether the caller may be told where a confidential case is said to be, to find its grid: somebody must, as long as nobody
    else can. Raises `OutOfYourArea`, `PlaceNotSought`.
    """
    wrong = state.returned is not None and state.returned.reason == "wrong_place"
    if state.status != "awaiting_filing" or not state.known.confidential or not (state.place is None or wrong):
        raise PlaceNotSought
    if not caller.covers(state.place.grid_code if state.place is not None else None):
        raise OutOfYourArea


def _desk(caller: Caller, state: IntakeCase, *, guarded: bool) -> Terms:
    if guarded and not caller.has("shift_lead"):
        raise NotAllowed(roles="shift_lead")
    if state.place is not None and not caller.covers(state.place.grid_code):
        raise OutOfYourArea
    return Terms()


def _caller_back(caller: Caller, state: IntakeCase, *, guarded: bool, call: str | None) -> Terms:
    """Only a person calls back; the hotline's own system has no business with numbers that it did not bring."""
    if guarded or caller.kind != "account":
        raise NotAllowed(roles="shift_lead" if guarded else ", ".join(READERS[:2]))
    if not caller.covers(state.place.grid_code if state.place is not None else None):
        raise OutOfYourArea
    if call is None:
        raise CallBackNotDue
    return Terms(call=call)
