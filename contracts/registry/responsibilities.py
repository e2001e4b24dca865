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
    """The categories that an entry of the responsibility list covers.

    An entry covers one category, all categories of a major class 大类, or all categories of a kind.
    """

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
        """Return 3 for a match of one category, 2 for a major class, 1 for a kind."""
        return 3 if self.category else 2 if self.major else 1

    def covers(self, category: Category) -> bool:
        """Return True if this match includes the category."""
        if self.category is not None:
            return self.category == category.id
        return (self.standard, self.kind) == (category.standard, category.kind) and self.major in (
            None,
            category.major,
        )


class Responsibility(Entity):
    """An entry of the responsibility list 处置责任清单.

    It names the units that act on some categories, in an area and at some hours, or units that may not lead there.
    """

    KIND: ClassVar[str] = "responsibility"

    id: Key
    match: Match
    area: AreaPrefix
    hours: Literal["any", "office", "night"] = "any"
    """Hours at which the entry applies. `office`: office hours of working days. `night`: all other time."""
    on_duty: bool = False
    """True if the entry applies only while the lead unit is on duty in the area. A mobile team on duty is enough if the
    lead unit receives the dispatches of the team."""
    level: ManagementLevel | None = None
    """Level of administration 管理层级: the entry applies only to places that this level maintains. `None`: to all
    places."""
    valid_from: Day | None = None
    """First day on which the entry applies; `None` means at once. A list may be published earlier."""
    valid_to: Day | None = None
    """First day on which the entry no longer applies; `None` means no end."""
    lead: Key | None = None
    """Lead unit. An entry without `lead` and `team` only excludes units."""
    co: tuple[Key, ...] = ()
    team: Key | None = None
    """Joint team for the cases of this entry. If the entry has no `lead`, the convenor of the team leads."""
    excluded: tuple[Key, ...] = ()
    """Units that must not lead the cases of this entry."""
    excluded_kinds: tuple[UnitKind, ...] = ()
    """Kinds of units that must not lead the cases of this entry."""
    clause: str = Field(default="", max_length=60)
    """Number or heading of the entry in the published list, such as 第12项, which explanations quote."""
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
    """An emergency plan 预案: the units that act at once, before a lead is chosen."""

    KIND: ClassVar[str] = "plan"

    id: Key
    name: str
    name_en: str
    categories: tuple[CategoryId, ...] = ()
    """Categories of the plan; empty for the plan of all emergencies that have no plan of their own."""
    first_response: Key
    """Mobile team that gives first response; it has the first milestones of the case."""
    first_milestones: Amount = Field(default=1, ge=1)
    """Number of milestones that the first response has."""
    agencies: tuple[Key, ...] = ()
    """Emergency services that receive the case as a hand-over at the same time."""
    utilities: tuple[Key, ...] = ()
    """Units that receive a dispatch at the same time."""


class Admission(Entity):
    """An item of the admission list 事项准入清单: work for which a department may request help from officers."""

    KIND: ClassVar[str] = "admission"

    id: Key
    name: str
    name_en: str
    unit: Key
    """Department that may request this help."""
    what: str
    what_en: str
    hours_per_month: float = Field(gt=0)
    """Hours of this work that each officer may be asked for in a month."""
    valid_from: Day
    valid_to: Day | None = None
