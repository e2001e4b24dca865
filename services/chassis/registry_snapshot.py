"""The registry snapshot: a typed, immutable view of one registry release, with the look-ups that services share."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from types import MappingProxyType
from typing import TypeVar
from zoneinfo import ZoneInfo

from contracts.clocks import Calendar, calendar_of
from contracts.common import CapCategory
from contracts.grid_codes import community_of
from contracts.registry import (
    Admission,
    CalendarDay,
    Category,
    Centre,
    Community,
    Component,
    DistrictSettings,
    Entity,
    FilingCondition,
    Grid,
    Knowledge,
    MachineKey,
    Officer,
    PatrolPoint,
    Plan,
    Responsibility,
    ScoreRule,
    Shift,
    SigningKey,
    Team,
    Unit,
)
from services.chassis import duty

Records = Mapping[str, Mapping[str, Entity]]
"""Kind → id → entity: the contents of a release."""

_ROLES_WITHOUT_GRID = frozenset({"grid_lead", "instructor"})
"""Roles of people who lead officers and have no grid of their own."""

_VERIFYING_ROLES = frozenset({"officer", "grid_lead"})
"""Roles of officers who verify reports and recheck handled cases."""

_E = TypeVar("_E", bound=Entity)


@dataclass(frozen=True, slots=True)
class RegistrySnapshot:
    """One release of the district's reference data.

    Each mapping has the entities of one kind by id. No method does I/O.
    """

    release: int
    settings: DistrictSettings
    centres: Mapping[str, Centre]
    communities: Mapping[str, Community]
    grids: Mapping[str, Grid]
    units: Mapping[str, Unit]
    officers: Mapping[str, Officer]
    teams: Mapping[str, Team]
    categories: Mapping[str, Category]
    conditions: Mapping[str, FilingCondition]
    components: Mapping[str, Component]
    patrol_points: Mapping[str, PatrolPoint]
    responsibilities: Mapping[str, Responsibility]
    plans: Mapping[str, Plan]
    shifts: Mapping[str, Shift]
    calendar_days: Mapping[str, CalendarDay]
    knowledge: Mapping[str, Knowledge]
    admissions: Mapping[str, Admission]
    score_rules: Mapping[str, ScoreRule]
    signing_keys: Mapping[str, SigningKey]
    machine_keys: Mapping[str, MachineKey]
    zone: ZoneInfo = field(init=False)
    calendar: Calendar = field(init=False)
    """Office hours and working days, from which deadlines are calculated."""
    _officers_by_grid: Mapping[str, tuple[Officer, ...]] = field(init=False, repr=False, compare=False)
    _conditions_by_category: Mapping[str, tuple[FilingCondition, ...]] = field(init=False, repr=False, compare=False)
    _grids_by_street: Mapping[str, tuple[Grid, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_grid: dict[str, list[Officer]] = defaultdict(list)
        for officer in self.officers.values():
            if officer.role in _ROLES_WITHOUT_GRID:
                continue
            for code in dict.fromkeys((officer.primary_grid, *officer.grids)):
                if code is not None:
                    by_grid[code].append(officer)
        by_category: dict[str, list[FilingCondition]] = defaultdict(list)
        for condition in self.conditions.values():
            by_category[condition.category].append(condition)
        by_street: dict[str, list[Grid]] = defaultdict(list)
        for grid in self.grids.values():
            by_street[grid.id[:9]].append(grid)
        derived = {
            "zone": ZoneInfo(self.settings.timezone),
            "calendar": calendar_of(self.settings, self.calendar_days.values()),
            "_officers_by_grid": {
                code: tuple(
                    sorted(
                        found, key=lambda officer: (officer.primary_grid != code, officer.role != "officer", officer.id)
                    )
                )
                for code, found in by_grid.items()
            },
            "_conditions_by_category": {
                key: tuple(sorted(found, key=lambda condition: condition.id)) for key, found in by_category.items()
            },
            "_grids_by_street": {key: tuple(found) for key, found in by_street.items()},
        }
        for name, value in derived.items():
            object.__setattr__(self, name, value)

    @classmethod
    def from_records(cls, release: int, records: Records) -> RegistrySnapshot:
        """Return the snapshot of a release from its records.

        Raises `ValueError` unless they hold exactly one district.
        """
        settings = tuple(_of(records, DistrictSettings).values())
        if len(settings) != 1:
            raise ValueError(f"a release holds exactly one district, this one has {len(settings)}")
        return cls(
            release=release,
            settings=settings[0],
            centres=_of(records, Centre),
            communities=_of(records, Community),
            grids=_of(records, Grid),
            units=_of(records, Unit),
            officers=_of(records, Officer),
            teams=_of(records, Team),
            categories=_of(records, Category),
            conditions=_of(records, FilingCondition),
            components=_of(records, Component),
            patrol_points=_of(records, PatrolPoint),
            responsibilities=_of(records, Responsibility),
            plans=_of(records, Plan),
            shifts=_of(records, Shift),
            calendar_days=_of(records, CalendarDay),
            knowledge=_of(records, Knowledge),
            admissions=_of(records, Admission),
            score_rules=_of(records, ScoreRule),
            signing_keys=_of(records, SigningKey),
            machine_keys=_of(records, MachineKey),
        )

    @property
    def records(self) -> dict[str, Mapping[str, Entity]]:
        """Kind → id → entity: the whole release."""
        return {
            DistrictSettings.KIND: {self.settings.id: self.settings},
            Centre.KIND: self.centres,
            Community.KIND: self.communities,
            Grid.KIND: self.grids,
            Unit.KIND: self.units,
            Officer.KIND: self.officers,
            Team.KIND: self.teams,
            Category.KIND: self.categories,
            FilingCondition.KIND: self.conditions,
            Component.KIND: self.components,
            PatrolPoint.KIND: self.patrol_points,
            Responsibility.KIND: self.responsibilities,
            Plan.KIND: self.plans,
            Shift.KIND: self.shifts,
            CalendarDay.KIND: self.calendar_days,
            Knowledge.KIND: self.knowledge,
            Admission.KIND: self.admissions,
            ScoreRule.KIND: self.score_rules,
            SigningKey.KIND: self.signing_keys,
            MachineKey.KIND: self.machine_keys,
        }

    # Places.

    def community_of(self, grid_code: str) -> Community | None:
        """Return the community to which a grid code belongs; `None` if it is unknown."""
        return self.communities.get(community_of(grid_code))

    def centre_for(self, grid_code: str) -> Centre:
        """Return the responsible centre of a grid: the street's, else the county's.

        Raises `LookupError` if there is none.
        """
        found = [
            (len(area), centre)
            for centre in self.centres.values()
            for area in centre.areas
            if grid_code.startswith(area)
        ]
        if not found:
            raise LookupError(f"no centre is responsible for {grid_code}")
        return max(found, key=lambda pair: (pair[0], pair[1].level == "street", pair[1].id))[1]

    def neighbours_of(self, grid_code: str, on: date, at_most: int = 8) -> tuple[str, ...]:
        """Return valid base and dedicated grids of the same street, nearest first.

        The grid itself, its parent and its micro grids are left out.
        """
        own = grid_code[:15]
        place = self.grids.get(grid_code) or self.grids.get(own)
        others = [
            grid
            for grid in self._grids_by_street.get(grid_code[:9], ())
            if grid.kind != "micro" and grid.id != own and is_valid(grid, on)
        ]
        others.sort(key=lambda grid: (_distance(place, grid), grid.id))
        return tuple(grid.id for grid in others[:at_most])

    # People and duty.

    def officers_of(self, grid_code: str) -> tuple[Officer, ...]:
        """Return the officers of a grid, its primary officer first; also lane leads 街巷长 and helpers 协管员.

        A micro grid also has the officers of its parent grid.
        """
        own = self._officers_by_grid.get(grid_code, ())
        if "-" not in grid_code:
            return own
        parents = self._officers_by_grid.get(grid_code.partition("-")[0], ())
        return own + tuple(officer for officer in parents if officer not in own)

    def leads_of(self, grid_code: str) -> tuple[Officer, ...]:
        """Return the grid leads 网格长 of a grid: of the grid itself, then of its community, then of its street.

        A task escalates to the grid leads before it reaches the centre.
        """
        found = [
            officer
            for officer in self.officers.values()
            if officer.role == "grid_lead" and any(grid_code.startswith(area) for area in officer.areas)
        ]
        return tuple(sorted(found, key=lambda officer: (-officer.level, officer.id)))

    def is_verifier(self, officer_id: str) -> bool:
        """Return whether the officer may verify and recheck. Lane leads 街巷长 and helpers 协管员 may only report."""
        officer = self.officers.get(officer_id)
        return officer is not None and not _VERIFYING_ROLES.isdisjoint({officer.role, *officer.other_roles})

    def officers_on_duty(self, grid_code: str, at: datetime) -> tuple[Officer, ...]:
        """Return the officers on duty for the grid at this instant; those of the narrowest shift area come first.

        Stand-ins replace absent officers.
        """
        found: dict[str, Officer] = {}
        for occurrence in duty.on_duty(self.shifts.values(), grid_code, at, self.zone):
            officer = self.officers.get(occurrence.officer_id or "")
            if officer is not None:
                found.setdefault(officer.id, officer)
        return tuple(found.values())

    # Categories.

    def conditions_of(self, category_id: str) -> tuple[FilingCondition, ...]:
        """Return the filing conditions of a category, ordered by id."""
        return self._conditions_by_category.get(category_id, ())

    def category_named(self, category_id: str) -> Category | None:
        """Return the category with this id, else the only category whose `crosswalk` contains the id.

        `crosswalk` holds the ids of a category in other editions of the standards. `None` if no category is found, or
        if several categories have the id in `crosswalk`.
        """
        if category_id in self.categories:
            return self.categories[category_id]
        found = [each for each in self.categories.values() if category_id in each.crosswalk]
        return found[0] if len(found) == 1 else None

    def is_about(self, category: Category, component: Component) -> bool:
        """Return whether the category is about components of the same kind as this component.

        The kind may be given in different editions of the standard for the category and for the component.
        """
        wanted = category.component_category
        if wanted is None or wanted == component.category:
            return wanted is not None
        pairs = ((wanted, component.category), (component.category, wanted))
        return any(other in self.categories[each].crosswalk for each, other in pairs if each in self.categories)

    def contradicts(self, category_id: str | None, component_id: str | None) -> bool:
        """Return whether the category is about components of another kind than this component.

        Always false for a category that is not about components: a report of litter beside a manhole may name the
        manhole as its place.
        """
        category, component = self.categories.get(category_id or ""), self.components.get(component_id or "")
        if category is None or component is None or category.component_category not in self.categories:
            return False
        return not self.is_about(category, component)

    def is_confidential(self, category_id: str | None) -> bool:
        """Return whether cases of this category are confidential. An unknown category is not."""
        category = self.categories.get(category_id or "")
        return category is not None and category.confidential

    def is_emergency(self, category_id: str, severity: int = 4) -> bool:
        """Return whether the emergency plan starts at once, because of the category or the severity."""
        category = self.categories.get(category_id)
        return (category is not None and category.emergency) or severity <= self.settings.emergency_severity

    def cap_category(self, category_id: str) -> CapCategory:
        """Return the CAP category that the settings give for the category or for its major class 大类, else `Safety`.

        `category_id` may also be the id of a major class.
        """
        named, (whole, _, code) = self.settings.cap_categories, category_id.rpartition("/")
        return named.get(category_id) or named.get(f"{whole}/{code[:2]}") or "Safety"

    def plan_for(self, category_id: str) -> Plan | None:
        """Return the emergency plan that names the category, else the general plan."""
        general: Plan | None = None
        for plan in self.plans.values():
            if category_id in plan.categories:
                return plan
            if not plan.categories:
                general = plan
        return general


def is_valid(grid: Grid, on: date) -> bool:
    """Return whether the grid is in force on this day."""
    return grid.valid_from <= on and (grid.valid_to is None or on < grid.valid_to)


def _of(records: Records, model: type[_E]) -> Mapping[str, _E]:
    found: Iterable[tuple[str, Entity]] = records.get(model.KIND, {}).items()
    return MappingProxyType({key: entity for key, entity in found if isinstance(entity, model)})


def _distance(first: Grid | None, second: Grid) -> float:
    """Return the squared distance in degrees between the centres of two polygons. Only for comparisons.

    The factor 0.79 is the length of a degree of longitude at 37.5° N relative to a degree of latitude.
    """
    if first is None or not first.polygon or not second.polygon:
        return float("inf")
    (x1, y1), (x2, y2) = _middle(first.polygon), _middle(second.polygon)
    return ((x1 - x2) * 0.79) ** 2 + (y1 - y2) ** 2


def _middle(ring: tuple[tuple[float, float], ...]) -> tuple[float, float]:
    corners = ring[:-1]
    return sum(x for x, _ in corners) / len(corners), sum(y for _, y in corners) / len(corners)
