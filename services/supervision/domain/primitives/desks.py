"""The role of the centre that a clock measures, if the clock measures neither a unit nor an officer."""

from __future__ import annotations

from contracts.events.supervision import DeskRole
from contracts.registry import DistrictSettings
from services.supervision.domain.primitives.clock_state import Clock


def desk_of(clock: Clock, settings: DistrictSettings) -> DeskRole | None:
    """Return the role that is late when this clock is overdue; `None` for clocks of units and officers.

    The setting `filing_roles` names the role that files. For a field task without an officer, the shift lead is late.
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
