"""Whose desk a clock runs against, where it is neither a unit's nor an officer's."""

from __future__ import annotations

from contracts.events.supervision import DeskRole
from contracts.registry import DistrictSettings
from services.supervision.domain.primitives.case import Clock


def desk_of(clock: Clock, settings: DistrictSettings) -> DeskRole | None:
    """The role that is late when this clock runs over; none of units' orders and officers' tasks.

    Filing is the post of those whom the district's `filing_roles` name. A task in the street that nobody has is for the
    shift lead to give out.
    """
    if clock.runs_against_unit or clock.officer_id is not None:
        return None
    match clock.name:
        case "dispatch":
            return "dispatcher"
        case "review":
            return "leader"
        case "file":
            return "intake_clerk" if "intake_clerk" in settings.filing_roles else "shift_lead"
        case _:
            return "shift_lead" if clock.grid_code else "intake_clerk"
