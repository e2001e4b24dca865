"""Index of one registry release for routing: responsibility list, emergency plans, units and joint teams."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

from contracts.common import Agency
from contracts.events.command import Assignment, Candidate, DispatchRole, HandoverMode, HandoverTarget, RoutingRule
from contracts.events.handling import PhoneEntry
from contracts.registry import Component, Plan, Team
from contracts.registry.people import UnitKind
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.release_cache import ReleaseCache
from services.routing.domain.question import Question
from services.routing.domain.responsibility_list import Circumstances, Exclusion, Option, ResponsibilityList
from services.routing.domain.roster import Roster
from services.routing.domain.texts import (
    CLOSED_UNIT,
    MAINTAINER,
    NOT_A_UNIT,
    NOT_HERE,
    OWNER,
    RETURNED,
    Text,
    join,
    lead_sentence,
)

_MIDNIGHT = time()
_BEYOND_THE_LIST = (-1, 0, 0, 0, 0)
"""Specificity of options that do not come from the list. It is a placeholder and never compared."""


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """The facts of a unit that routing decisions need."""

    name: Text
    kind: UnitKind
    coordinated: bool
    areas: tuple[str, ...]
    valid_to: date | None
    agency: Agency | None


class InapplicableEntry(NamedTuple):
    """An entry of the list that matches category and place, with the reason why it does not apply now."""

    option: Option
    objection: Text


class ListAnswer(NamedTuple):
    """Answer of the responsibility list to a question: options for the lead, exclusions, inapplicable entries."""

    options: list[Option]
    exclusions: list[Exclusion]
    inapplicable: list[InapplicableEntry]


class ListIndex:
    """The reference data of one registry release that routing needs, in a form that is fast to search.

    It is immutable. Building it reads every entry of the responsibility list once.
    """

    def __init__(self, district: RegistrySnapshot) -> None:
        self.district = district
        self.calendar = district.calendar
        self.units = {
            unit.id: UnitFacts(
                Text(unit.name, unit.name_en), unit.kind, unit.coordinated, unit.areas, unit.valid_to, unit.agency
            )
            for unit in district.units.values()
        }
        self._assignments: dict[tuple[str, DispatchRole], Assignment] = {}
        self._responsibility_list = ResponsibilityList(district, self.name)
        self._roster = Roster(district)
        self._plans: dict[str, Plan] = {}
        self._general_plan: Plan | None = None
        for plan in sorted(district.plans.values(), key=lambda plan: plan.id, reverse=True):
            self._plans.update(dict.fromkeys(plan.categories, plan))
            if not plan.categories:
                self._general_plan = plan
        self._teams = sorted(
            (team for team in district.teams.values() if team.kind == "joint"), key=lambda each: each.id
        )

    @property
    def release(self) -> int:
        """Version of the responsibility list, which is the number of the registry release."""
        return self.district.release

    def name(self, unit_id: str) -> Text:
        """Return the name of the unit in both languages; for an unknown unit its id."""
        facts = self.units.get(unit_id)
        return Text(unit_id, unit_id) if facts is None else facts.name

    def problem_members(self, unit_id: str, possible: Iterable[str] = ()) -> dict[str, str]:
        """Return the fields of an error response (`Problem`) about this unit.

        `possible`: units that are possible instead. Programs read their ids, people read their names.
        """
        others = list(possible)
        name, named = self.name(unit_id), join(self._with_id(each) for each in others)
        return {
            "unit": unit_id,
            "unit_name": name.zh,
            "unit_name_en": name.en,
            "possible": ", ".join(others) or "–",
            "possible_names": named.zh or "—",
            "possible_names_en": named.en or "–",
        }

    def _with_id(self, unit_id: str) -> Text:
        name = self.name(unit_id)
        return Text(f"{name.zh}（{unit_id}）", f"{name.en} ({unit_id})")

    def centre_name(self, centre_id: str) -> Text:
        """Return the name of the centre in both languages; for an unknown centre its id."""
        centre = self.district.centres.get(centre_id)
        return Text(centre_id, centre_id) if centre is None else Text(centre.name, centre.name_en)

    def in_office_hours(self, at: datetime) -> bool:
        """Return whether the time lies in the office hours of a working day."""
        local = at.astimezone(self.calendar.zone)
        clock = local.time()
        return any(
            opens <= clock and (clock < closes or closes == _MIDNIGHT) for opens, closes in self.calendar.office_hours
        ) and self.calendar.is_working_day(local.date())

    def plan_for(self, question: Question) -> Plan | None:
        """Return the emergency plan that the case of this question starts; `None` if it starts none.

        A plan starts for an emergency, at the first decision (`Question.fresh`). A confidential case starts only a
        plan that names its category.
        """
        if not (question.emergency and question.fresh):
            return None
        return self._plans.get(question.category_id) or (None if question.confidential else self._general_plan)

    def plan_for_category(self, category_id: str) -> Plan | None:
        """Return the emergency plan that names this category; `None` if no plan does."""
        return self._plans.get(category_id)

    def options(self, question: Question) -> ListAnswer:
        """Return the answer of the responsibility list to the question.

        These are the options for the lead (the preferred option first), the exclusions that apply now, and the entries
        that match category and place but do not apply now.
        """
        found: list[Option] = []
        exclusions: list[Exclusion] = []
        inapplicable: list[InapplicableEntry] = []
        category = self.district.categories.get(question.category_id)
        if category is not None:
            circumstances: Circumstances | None = None
            for group in self._responsibility_list.matching(category, question.area):
                if group.conditional:
                    circumstances = circumstances or self._circumstances(question)
                    for option in group.options:
                        if (objection := option.terms.objection(circumstances)) is None:
                            found.append(option)
                        else:
                            inapplicable.append(InapplicableEntry(option, objection))
                    exclusions += [each for each in group.exclusions if each.terms.objection(circumstances) is None]
                else:
                    found += group.options
                    exclusions += group.exclusions
        if question.component_id is not None:
            found[:0] = self._component_options(question)
        if question.joint and not question.confidential:
            found += self._joint_team_options(question)
        return ListAnswer(found, exclusions, inapplicable)

    def leading_objection(self, unit_id: str, question: Question, exclusions: Iterable[Exclusion]) -> Text | None:
        """Return why the unit may not lead; `None` if it may lead.

        The objection that the unit returned the case (`RETURNED`) is checked last, because a person may overrule only
        this one.
        """
        objection = self._general_objection(unit_id, question)
        if objection is not None:
            return objection
        kind = self.units[unit_id].kind
        for exclusion in exclusions:
            if unit_id in exclusion.units or kind in exclusion.kinds:
                return exclusion.reason
        return RETURNED if unit_id in question.returned_as_lead else None

    def joining_objection(self, unit_id: str, question: Question) -> Text | None:
        """Return why the unit may not be a co-unit or first responder; `None` if it may.

        Exclusions of the list are not checked, because they concern only the lead.
        """
        objection = self._general_objection(unit_id, question)
        if objection is not None:
            return objection
        return RETURNED if unit_id in question.returned else None

    def _general_objection(self, unit_id: str, question: Question) -> Text | None:
        """Return why the unit may not act on the case at all; `None` if it may. A person cannot overrule this."""
        facts = self.units.get(unit_id)
        if facts is None:
            return NOT_A_UNIT
        if facts.valid_to is not None and question.at.astimezone(self.district.zone).date() >= facts.valid_to:
            return CLOSED_UNIT
        return NOT_HERE if facts.areas and not question.area.startswith(facts.areas) else None

    def assignment(self, unit_id: str, role: DispatchRole) -> Assignment:
        """Return the assignment of a case to this unit in this role, for all milestones of the case.

        Raises `KeyError` for an unknown unit. An assignment is frozen, so all decisions share one object.
        """
        assignment = self._assignments.get((unit_id, role))
        if assignment is None:
            assignment = Assignment(unit_id=unit_id, role=role, coordinated=self.units[unit_id].coordinated)
            self._assignments[unit_id, role] = assignment
        return assignment

    def handover(
        self, unit_id: str, mode: HandoverMode = "joint", by_phone: PhoneEntry | None = None
    ) -> HandoverTarget | None:
        """Return the terms of a hand-over to this emergency service; `None` if the unit is no emergency service."""
        facts = self.units.get(unit_id)
        if facts is None or facts.agency is None:
            return None
        return HandoverTarget(agency=facts.agency, mode=mode, by_phone=by_phone)

    def joint_team(self, area: str) -> Team | None:
        """Return the joint team with the narrowest area that contains `area`; `None` if there is none."""
        return max(self._teams_covering(area), key=lambda pair: pair[0], default=(0, None))[1]

    def mobile_team_units(self, area: str) -> list[str]:
        """Return the units that receive the dispatches of the mobile teams whose area contains `area`."""
        teams = self.district.teams.values()
        return sorted({team.convenor for team in teams if team.kind == "mobile" and area.startswith(team.areas)})

    def survey_team(self, area: str, centre_id: str) -> Team | None:
        """Return the joint team that surveys the case on site; `None` if there is none.

        The team's area contains `area`. Prefer the narrowest such area that is wider than the area of the centre. If no
        team has a wider area than the centre, take the widest.
        """
        covering = self._teams_covering(area)
        centre = self.district.centres.get(centre_id)
        own = max((len(each) for each in centre.areas if area.startswith(each)), default=0) if centre else 0
        above = [pair for pair in covering if pair[0] < own]
        if above:
            return max(above, key=lambda pair: pair[0])[1]
        return min(covering, key=lambda pair: pair[0], default=(0, None))[1]

    def candidate(self, unit_id: str, rule: RoutingRule, because: Text, *, excluded: bool = False) -> Candidate:
        """Return a candidate that does not come from an entry of the list. `because`: the reason to record."""
        name = self.name(unit_id)
        return Candidate(
            unit_id=unit_id,
            unit_name=name.zh,
            unit_name_en=name.en,
            rule=rule,
            excluded=excluded,
            reason=because.zh,
            reason_en=because.en,
        )

    def _circumstances(self, question: Question) -> Circumstances:
        """Return the circumstances of a question: hours, management level, day and units on duty.

        The management level is the level of the component if it has one, else the level of the grid.
        """
        district = self.district
        component = self._component_of(question)
        grid = district.grids.get(question.area) or district.grids.get(question.area.partition("-")[0])
        level = component.managed_by if component is not None else None
        return Circumstances(
            hours="office" if self.in_office_hours(question.at) else "night",
            level=level or (grid.managed_by if grid is not None else None),
            day=question.at.astimezone(district.zone).date(),
            on_duty=self._roster.on_duty(question.area, question.at),
        )

    def _component_options(self, question: Question) -> list[Option]:
        """Return the maintainer and the owner of the component as options for the lead."""
        component = self._component_of(question)
        if component is None:
            return []
        known = ((component.maintainer_unit, MAINTAINER), (component.owner_unit, OWNER))
        return [
            self._option_outside_list(unit, "component_owner", because) for unit, because in known if unit is not None
        ]

    def _component_of(self, question: Question) -> Component | None:
        """Return the component of the question if the category is about components of this kind; else `None`.

        Otherwise the component only marks the place: litter at a manhole does not concern the owner of the manhole.
        Also return `None` for a confidential case, because the maintainer or owner of the component would reveal the
        place.
        """
        component = self.district.components.get(question.component_id or "")
        category = self.district.categories.get(question.category_id)
        if component is None or category is None or question.confidential:
            return None
        return component if self.district.is_about(category, component) else None

    def _joint_team_options(self, question: Question) -> list[Option]:
        team = self.joint_team(question.area)
        if team is None:
            return []
        because = Text(f"{team.name}召集单位", f"convenes the {team.name_en}")
        return [self._option_outside_list(team.convenor, "joint_entry", because)]

    def _option_outside_list(self, unit_id: str, rule: RoutingRule, because: Text) -> Option:
        candidate = self.candidate(unit_id, rule, because)
        return Option(unit_id, (), rule, _BEYOND_THE_LIST, candidate, lead_sentence(self.name(unit_id), because))

    def _teams_covering(self, area: str) -> list[tuple[int, Team]]:
        return [
            (max(len(each) for each in team.areas if area.startswith(each)), team)
            for team in self._teams
            if area.startswith(team.areas)
        ]


INDEXES = ReleaseCache(ListIndex)
"""Indexes of the latest registry releases in this process.

Each index belongs to one release, so the list of one release is never used with the units of another release.
"""
