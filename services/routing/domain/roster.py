"""Units on duty by the roster 排班, for entries of the list that apply only while their lead is on duty."""

from __future__ import annotations

from datetime import datetime

from contracts.registry import Shift
from services.chassis import duty
from services.chassis.registry_snapshot import RegistrySnapshot

_NOBODY = frozenset[str]()


class Roster:
    """The shifts of those units that lead only while they are on duty, from one registry release.

    The shifts of mobile teams that these units convene are included.
    """

    def __init__(self, district: RegistrySnapshot) -> None:
        self._zone = district.zone
        conditional_leads = {entry.lead for entry in district.responsibilities.values() if entry.on_duty}
        mobile = {team.id: team.convenor for team in district.teams.values() if team.kind == "mobile"}
        shifts_with_unit = ((shift, shift.unit or mobile.get(shift.team or "")) for shift in district.shifts.values())
        self._units: dict[str, str] = {}
        self._shifts: list[Shift] = []
        for shift, unit in shifts_with_unit:
            if unit is not None and unit in conditional_leads:
                self._units[shift.id] = unit
                self._shifts.append(shift)

    def on_duty(self, area: str, at: datetime) -> frozenset[str]:
        """Return the units that have a shift, of their own or of a mobile team, in this area at this time."""
        if not self._shifts:
            return _NOBODY
        return frozenset(
            self._units[occurrence.shift.id]
            for occurrence in duty.on_duty(self._shifts, area, at, self._zone)
            if occurrence.starts <= at < occurrence.ends
        )
