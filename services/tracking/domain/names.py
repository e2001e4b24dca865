"""Names from the current registry snapshot. They are looked up when a case is shown and are never stored."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.common import Actor
from contracts.labels import ROLES
from contracts.timeline import Text
from services.chassis.registry_snapshot import RegistrySnapshot


class Names:
    """Looks up names by id; an unknown id is its own name. `None` before the first release."""

    def __init__(self, district: RegistrySnapshot | None) -> None:
        self._district = district

    @property
    def release(self) -> int:
        """Release of the names; part of ETags."""
        return self._district.release if self._district else 0

    @property
    def zone(self) -> ZoneInfo:
        """Time zone of the county."""
        return self._district.zone if self._district else ZoneInfo("Asia/Shanghai")

    def moment(self, at: datetime) -> Text:
        """Return an instant as local text."""
        local = at.astimezone(self.zone)
        return Text(f"{local:%m月%d日 %H:%M}", f"{local:%d %b %H:%M}")

    def unit(self, unit_id: str | None) -> Text:
        """Return the names of a responsible unit or team."""
        if self._district is None or unit_id is None:
            return Text(unit_id or "", unit_id or "")
        found = self._district.units.get(unit_id) or self._district.teams.get(unit_id)
        return Text(found.name, found.name_en) if found else Text(unit_id, unit_id)

    def team(self, team_id: str | None) -> Text:
        """Return the names of a joint or mobile team."""
        return self.unit(team_id)

    def officer(self, officer_id: str | None) -> Text:
        """Return the work name of an officer."""
        found = self._district.officers.get(officer_id or "") if self._district else None
        return Text(found.name, found.name_en) if found else Text(officer_id or "", officer_id or "")

    def centre(self, centre_id: str | None) -> Text:
        """Return the names of a command centre."""
        found = self._district.centres.get(centre_id or "") if self._district else None
        return Text(found.name, found.name_en) if found else Text(centre_id or "", centre_id or "")

    def grid(self, code: str | None) -> Text:
        """Return the names of a grid; a micro grid without a name has those of its parent."""
        if self._district is None or code is None:
            return Text(code or "", code or "")
        found = self._district.grids.get(code) or self._district.grids.get(code[:15])
        return Text(found.name, found.name_en) if found else Text(code, code)

    def community(self, code: str | None) -> Text:
        """Return the names of a community."""
        found = self._district.communities.get(code or "") if self._district else None
        return Text(found.name, found.name_en) if found else Text(code or "", code or "")

    def category(self, category_id: str, name: str, name_en: str) -> Text:
        """Return the current names of a category, or the names in its event if the release does not know it."""
        found = self._district.categories.get(category_id) if self._district else None
        return Text(found.name, found.name_en) if found else Text(name or category_id, name_en or name or category_id)

    def actor(self, actor: Actor) -> Text | None:
        """Return the public name of an actor: unit and post, never the name of a resident or an account."""
        if actor.kind == "resident":
            return Text("诉求人", "the reporter")
        if actor.kind == "system":
            return Text("系统", "the system")
        if actor.officer_id is not None:
            return self.officer(actor.officer_id)
        role = Text(*ROLES.get(actor.role or "", ("", "")))
        unit = self.unit(actor.unit_id)
        if actor.unit_id is not None:
            return Text(f"{unit.zh} {role.zh}".strip(), f"{unit.en}, {role.en}" if role.en else unit.en)
        return role if role.zh else None
