"""Names from the current registry snapshot. Names are looked up whenever a case is shown, and are never stored."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.common import Actor
from contracts.labels import ROLES
from contracts.timeline import Text
from services.chassis.registry_snapshot import RegistrySnapshot


class Names:
    """Looks up names by id.

    The name of an unknown id is the id itself. `district` is `None` before the first release.
    """

    def __init__(self, district: RegistrySnapshot | None) -> None:
        self._district = district

    @property
    def release(self) -> int:
        """Number of the release that the names come from; 0 before the first release."""
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
        """Return the name under which an officer works."""
        found = self._district.officers.get(officer_id or "") if self._district else None
        return Text(found.name, found.name_en) if found else Text(officer_id or "", officer_id or "")

    def centre(self, centre_id: str | None) -> Text:
        """Return the names of a command centre."""
        found = self._district.centres.get(centre_id or "") if self._district else None
        return Text(found.name, found.name_en) if found else Text(centre_id or "", centre_id or "")

    def grid(self, code: str | None) -> Text:
        """Return the names of a grid. An unknown micro grid has the names of its parent grid."""
        if self._district is None or code is None:
            return Text(code or "", code or "")
        found = self._district.grids.get(code) or self._district.grids.get(code[:15])
        return Text(found.name, found.name_en) if found else Text(code, code)

    def community(self, code: str | None) -> Text:
        """Return the names of a community."""
        found = self._district.communities.get(code or "") if self._district else None
        return Text(found.name, found.name_en) if found else Text(code or "", code or "")

    def category(self, category_id: str, name: str, name_en: str) -> Text:
        """Return the current names of a category; if the release does not know the category, the given names."""
        found = self._district.categories.get(category_id) if self._district else None
        return Text(found.name, found.name_en) if found else Text(name or category_id, name_en or name or category_id)

    def actor(self, actor: Actor) -> Text | None:
        """Return the name under which an actor is shown: an officer's work name, or else unit and post.

        Names of residents and accounts are never shown. `None` if nothing can be shown.
        """
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
