"""Entities of the responsibility list, of emergency plans and of the admission list."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from contracts.base import Amount, Contract, Day
from contracts.registry.base import AreaPrefix, CategoryId, Entity, Key
from contracts.registry.categories import Category, CategoryKind
from contracts.registry.people import UnitKind
from contracts.registry.places import ManagementLevel


class Match(Contract):
    """The categories that an entry of the responsibility list covers: a category, a major, or a kind."""

    category: CategoryId | None = None
    standard: str | None = None
    kind: CategoryKind | None = None
    major: str | None = Field(default=None, pattern=r"^[0-9]{2}$")

    @model_validator(mode="after")
    def _check_fields(self) -> Match:
        if self.category is not None:
            if self.standard or self.kind or self.major:
                raise ValueError("按小类匹配时不得再写其他条件 / a match by category names nothing else")
        elif self.standard is None or self.kind is None:
            raise ValueError(
                "匹配须写小类，或标准与种类（及大类） / a match names a category, or a standard and a kind (and a major)"
            )
        return self

    @property
    def precision(self) -> int:
        """Return 3 for a category, 2 for a major, 1 for a kind."""
        return 3 if self.category else 2 if self.major else 1

    def covers(self, category: Category) -> bool:
        """Return True if this match covers the category."""
        if self.category is not None:
            return self.category == category.id
        return (self.standard, self.kind) == (category.standard, category.kind) and self.major in (
            None,
            category.major,
        )


class Responsibility(Entity):
    """An entry of the responsibility list 处置责任清单: lead, co-units, area and hours, or exclusions."""

    KIND: ClassVar[str] = "responsibility"

    id: Key
    match: Match
    area: AreaPrefix
    hours: Literal["any", "office", "night"] = "any"
    """`office`: office hours of working days; `night`: all other time."""
    on_duty: bool = False
    """True if the entry applies only while the lead, or a mobile team whose dispatches it receives, is on duty
    there."""
    level: ManagementLevel | None = None
    """Management level 管理层级 that the entry is limited to."""
    valid_from: Day | None = None
    """First day of validity; a list may be published ahead of it."""
    valid_to: Day | None = None
    """First day after the end of validity."""
    lead: Key | None = None
    """The lead unit. An entry without lead and team only excludes."""
    co: tuple[Key, ...] = ()
    team: Key | None = None
    """Joint team for these cases; its convenor leads if the entry names no lead."""
    excluded: tuple[Key, ...] = ()
    """Units that never lead these cases."""
    excluded_kinds: tuple[UnitKind, ...] = ()
    """Kinds of unit that never lead these cases."""
    clause: str = Field(default="", max_length=60)
    """Number or heading of the entry in the published list, such as 第12项. Explanations quote it."""
    clause_en: str = Field(default="", max_length=60)
    note: str = ""
    note_en: str = ""

    @model_validator(mode="after")
    def _check_units_and_days(self) -> Responsibility:
        if not (self.lead or self.team or self.excluded or self.excluded_kinds):
            raise ValueError(
                "清单条目须写牵头单位、处置队或排除对象 / an entry names a lead, a team, or somebody excluded"
            )
        if self.co and not (self.lead or self.team):
            raise ValueError("有协办单位的条目须有牵头单位 / co-units need a lead")
        if self.on_duty and self.lead is None:
            raise ValueError("只在当班时有效的条目须写牵头单位 / an entry for whoever is on duty names a lead")
        if self.valid_from is not None and self.valid_to is not None and self.valid_from >= self.valid_to:
            raise ValueError("条目的失效日须晚于生效日 / an entry ends after it begins to count")
        if self.lead in self.co or self.lead in self.excluded or set(self.co) & set(self.excluded):
            raise ValueError("同一单位不得既牵头又协办或被排除 / a unit is either lead, co-unit or excluded")
        return self


class Plan(Entity):
    """An emergency plan 预案: the units that act at once, before the lead is decided."""

    KIND: ClassVar[str] = "plan"

    id: Key
    name: str
    name_en: str
    categories: tuple[CategoryId, ...] = ()
    """Categories of the plan; empty means all emergencies without a plan of their own."""
    first_response: Key
    """Mobile team that acts first and has the first milestones."""
    first_milestones: Amount = Field(default=1, ge=1)
    agencies: tuple[Key, ...] = ()
    """Emergency services that receive a hand-over in parallel."""
    utilities: tuple[Key, ...] = ()
    """Units that receive a dispatch in parallel."""


class Admission(Entity):
    """An item of the admission list 事项准入清单: work for which a department may ask officers for help."""

    KIND: ClassVar[str] = "admission"

    id: Key
    name: str
    name_en: str
    unit: Key
    """Department that may request this help."""
    what: str
    what_en: str
    hours_per_month: float = Field(gt=0)
    """Granted hours per officer and month."""
    valid_from: Day
    valid_to: Day | None = None
