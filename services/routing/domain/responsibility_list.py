"""The responsibility list 处置责任清单, indexed by area prefix and matched category.

The index is built once per registry release. A question is answered with a few dozen look-ups, however long the list
is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache
from typing import Literal

from contracts.events.command import Candidate, RoutingRule
from contracts.registry import Category, Match, Responsibility
from contracts.registry.people import UnitKind
from contracts.registry.places import ManagementLevel
from services.chassis.registry_snapshot import RegistrySnapshot
from services.routing.domain.texts import (
    NO_LONGER,
    NOT_ON_DUTY,
    NOT_YET,
    NOTHING,
    OTHER_HOURS,
    OTHER_LEVEL,
    Text,
    area_name,
    entry_reason,
    exclusion_reason,
    lead_sentence,
    matter_name,
)

Hours = Literal["any", "office", "night"]

Specificity = tuple[int, int, int, int, int]
"""How specific an entry is, compared component by component; larger is more specific.

The components are: length of the area prefix, precision of the category match, and 1 or 0 for whether the entry names a
management level, requires its lead to be on duty, and names hours.
"""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What decides whether an entry of the list applies to a question, besides category and place."""

    hours: Hours
    level: ManagementLevel | None
    day: date
    """Day of the question, in the time zone of the county."""
    on_duty: frozenset[str]
    """Ids of the units that are on duty at the place, by the roster."""


@dataclass(frozen=True, slots=True)
class EntryTerms:
    """Conditions of an entry: hours, management level, period, and the unit that must be on duty."""

    hours: Hours = "any"
    level: ManagementLevel | None = None
    since: date | None = None
    until: date | None = None
    on_duty: str | None = None

    @classmethod
    def of(cls, entry: Responsibility) -> EntryTerms:
        """Return the conditions of an entry of the list."""
        lead = entry.lead if entry.on_duty else None
        return cls(entry.hours, entry.level, entry.valid_from, entry.valid_to, lead)

    @property
    def always(self) -> bool:
        """True if the entry has no conditions, so that it always applies."""
        return self == _ALWAYS

    def objection(self, circumstances: Circumstances) -> Text | None:
        """Return why the entry does not apply in these circumstances; `None` if it applies."""
        if self.since is not None and circumstances.day < self.since:
            return NOT_YET
        if self.until is not None and self.until <= circumstances.day:
            return NO_LONGER
        if self.hours not in ("any", circumstances.hours):
            return OTHER_HOURS
        if self.level not in (None, circumstances.level):
            return OTHER_LEVEL
        return NOT_ON_DUTY if self.on_duty is not None and self.on_duty not in circumstances.on_duty else None


_ALWAYS = EntryTerms()


@dataclass(frozen=True, slots=True)
class Option:
    """A possible lead with its co-units, from an entry of the list or from outside the list."""

    lead: str
    co: tuple[str, ...]
    rule: RoutingRule
    specificity: Specificity
    candidate: Candidate
    """The lead as the candidate to record, if there is no objection to the lead. Many decisions share this object."""
    lead_sentence: Text
    """Sentence of the explanation that names the lead."""
    entry_id: str | None = None
    terms: EntryTerms = _ALWAYS
    area: Text = NOTHING
    matter: Text = NOTHING

    def with_reason(self, reason: Text) -> Option:
        """Return the same option, with another reason in its candidate."""
        changed = {"reason": reason.zh, "reason_en": reason.en}
        return replace(self, candidate=self.candidate.model_copy(update=changed))


@dataclass(frozen=True, slots=True)
class Exclusion:
    """An entry of the list by which some units may not lead."""

    reason: Text
    """Sentence that says which entry excludes the unit."""
    terms: EntryTerms
    units: frozenset[str]
    kinds: frozenset[UnitKind]


@dataclass(slots=True)
class EntryGroup:
    """The entries of the list with the same area prefix and the same category match."""

    options: list[Option] = field(default_factory=list[Option])
    exclusions: list[Exclusion] = field(default_factory=list[Exclusion])
    conditional: bool = False
    """True if some of these entries have conditions (`EntryTerms`)."""


NameOf = Callable[[str], Text]


class ResponsibilityList:
    """All entries of the responsibility list of one release, by category match and area prefix."""

    def __init__(self, district: RegistrySnapshot, name_of: NameOf) -> None:
        self._groups: dict[str, dict[str, EntryGroup]] = defaultdict(dict)
        self._name_of = name_of
        named_area = cache(lambda area: area_name(area, district))
        named_matter: dict[str, Text] = {}
        for entry in sorted(district.responsibilities.values(), key=lambda entry: entry.id):
            key = _key_of(entry.match)
            if key not in named_matter:
                named_matter[key] = matter_name(entry.match, district)
            group = self._groups[key].setdefault(entry.area, EntryGroup())
            terms = EntryTerms.of(entry)
            group.conditional = group.conditional or not terms.always
            area, matter = named_area(entry.area), named_matter[key]
            if entry.lead or entry.team:
                option = self._option(entry, district, area, matter)
                if option is not None:
                    group.options.append(option)
            if entry.excluded or entry.excluded_kinds:
                reason = exclusion_reason(entry_reason(entry, area, matter))
                group.exclusions.append(
                    Exclusion(reason, terms, frozenset(entry.excluded), frozenset(entry.excluded_kinds))
                )
        areas = {area for by_area in self._groups.values() for area in by_area}
        self._lengths = sorted({len(area) for area in areas}, reverse=True)
        for by_area in self._groups.values():
            for group in by_area.values():
                group.options.sort(key=lambda option: option.specificity, reverse=True)

    def matching(self, category: Category, area: str) -> list[EntryGroup]:
        """Return the groups of entries that match category and place, most specific first.

        Longer area prefixes come first. For the same prefix, entries for the category come before entries for its major
        class 大类, and these come before entries for its kind.
        """
        by_match = [found for key in _keys_for(category) if (found := self._groups.get(key)) is not None]
        prefixes = [area[:length] for length in self._lengths if length <= len(area)]
        return [group for prefix in prefixes for groups in by_match if (group := groups.get(prefix)) is not None]

    def _option(self, entry: Responsibility, district: RegistrySnapshot, area: Text, matter: Text) -> Option | None:
        team = district.teams.get(entry.team) if entry.team else None
        lead = entry.lead or (team.convenor if team else None)
        if lead is None:
            return None
        others = (*entry.co, *((team.convenor, *team.members) if team else ()))
        co = tuple(unit for unit in dict.fromkeys(others) if unit != lead)
        rule: RoutingRule = "joint_entry" if co else "responsibility_list"
        terms = EntryTerms.of(entry)
        specificity = (
            len(entry.area),
            entry.match.precision,
            int(terms.level is not None),
            int(entry.on_duty),
            int(terms.hours != "any"),
        )
        name, reason = self._name_of(lead), entry_reason(entry, area, matter)
        candidate = Candidate(
            unit_id=lead,
            unit_name=name.zh,
            unit_name_en=name.en,
            rule=rule,
            entry_id=entry.id,
            reason=reason.zh,
            reason_en=reason.en,
        )
        return Option(
            lead, co, rule, specificity, candidate, lead_sentence(name, reason), entry.id, terms, area, matter
        )


def _key_of(match: Match) -> str:
    if match.category is not None:
        return match.category
    return f"{match.standard}/{match.kind}/{match.major or ''}*"


def _keys_for(category: Category) -> tuple[str, str, str]:
    prefix = f"{category.standard}/{category.kind}/"
    return category.id, f"{prefix}{category.major}*", f"{prefix}*"
