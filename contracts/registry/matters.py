"""What: categories, filing conditions, who answers for them, and what may be asked of officers besides."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from contracts.base import Amount, Contract, Day
from contracts.common import PhotoRole
from contracts.events.acceptance import Milestone, RecheckMode, VerifyMode
from contracts.registry.base import AreaPrefix, CategoryId, Entity, Key
from contracts.registry.people import UnitKind
from contracts.registry.places import ManagementLevel

CategoryKind = Literal["component", "matter", "event"]

_FIRST_EXTENSION = {2: 79, 3: 80}
"""Minors from here on are free for a district: of two digits (30428.2) counted down from 99, of three (47678.5) from 999."""


class Category(Entity):
    """A category 类别 `(standard, kind, code)`."""

    KIND: ClassVar[str] = "category"

    id: CategoryId
    standard: str
    kind: CategoryKind
    code: str
    major: str = Field(pattern=r"^[0-9]{2}$")
    major_name: str = ""
    major_name_en: str = ""
    name: str
    name_en: str
    synonyms: tuple[str, ...] = ()
    """Words people use for it: searched while typing, and looked for in what they say. A word that two categories share
    says that people mix them up."""
    phrases: tuple[Annotated[str, Field(pattern=r"^[^\s|]+(\|[^\s|]+)*( [^\s|]+(\|[^\s|]+)*)*$")], ...] = ()
    """What people say about it: words parted by spaces that must all be there, in any order and at any distance, each in
    one of the forms parted by `|`: `井|井盖 没了|丢|缺`."""
    examples: tuple[str, ...] = ()
    """Sentences that meant it, without anything personal: what is said like them is likely to mean it, too."""
    crosswalk: tuple[CategoryId, ...] = ()
    """The same thing in other editions: an old code finds the new one. They need not be categories of this district."""
    confidential: bool = False
    emergency: bool = False
    answerable: bool = False
    """Advice: may be answered at once and closed without dispatch."""

    @model_validator(mode="after")
    def _id_says_what_it_is(self) -> Category:
        if self.id != f"{self.standard}/{self.kind}/{self.code}":
            raise ValueError("编号须为 标准/种类/代码 / the id must be standard/kind/code")
        if not self.code.startswith(self.major):
            raise ValueError("代码须以大类开头 / the code must begin with the major")
        return self

    @property
    def component_category(self) -> str | None:
        """Id of the component category with the same code (GB/T 47678.5); `None` for a category that is not a matter."""
        return f"{self.standard}/component/{self.code}" if self.kind == "matter" else None

    @property
    def public_id(self) -> str:
        """What events call it: of a confidential category its major alone."""
        return f"{self.standard}/{self.kind}/{self.major}" if self.confidential else self.id

    @property
    def public_name(self) -> str:
        return self.major_name if self.confidential else self.name

    @property
    def public_name_en(self) -> str:
        return self.major_name_en if self.confidential else self.name_en

    @property
    def is_local(self) -> bool:
        """Of the district's own making: of a local standard, or an extension of a national list."""
        minor = self.code[2:].removeprefix("-")
        return self.standard.startswith("LOCAL-") or int(minor) >= _FIRST_EXTENSION[len(minor)]

    @property
    def subject(self) -> str:
        """What it is about, without the word that every matter of a component ends in: 供水井盖 of 供水井盖异常."""
        return self.name.removesuffix("异常")


class FilingCondition(Entity):
    """A filing condition 立案条件: a concrete situation of a category, with its limit and the way it is proved."""

    KIND: ClassVar[str] = "condition"

    id: str = Field(pattern=r"^[0-9]{2}-?[0-9]{2,3}-[0-9]{1,2}$")
    """Code of the category and a serial: `06010-1`, `05-02-1`."""
    category: CategoryId
    text: str
    text_en: str
    milestones: tuple[Milestone, ...] = Field(min_length=1)
    """In order; each runs from the start of the handling clock, not from the one before."""
    closing_condition: str
    closing_condition_en: str
    verify_mode: VerifyMode
    recheck_mode: RecheckMode
    discoverable_on_patrol: bool = False
    settleable: bool = False
    """An officer may settle it on the spot."""
    severity: int = Field(default=4, ge=1, le=4)
    """1 特别重大 … 4 一般."""
    report_evidence: tuple[PhotoRole, ...] = ()
    """Roles of the photos that show it before it is filed: of a report by our own people, of a confirmation on site. Empty: any
    photo of a report; of a confirmation one from near by, and one from afar or with a landmark."""
    evidence: tuple[PhotoRole, ...] = ()
    """Roles of the photos that `complete` must bring."""


class Match(Contract):
    """What an entry of the list speaks of: a category, a major, or a whole kind of one standard."""

    category: CategoryId | None = None
    standard: str | None = None
    kind: CategoryKind | None = None
    major: str | None = Field(default=None, pattern=r"^[0-9]{2}$")

    @model_validator(mode="after")
    def _not_ambiguous(self) -> Match:
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
        """Minor over major over kind: 3, 2, 1."""
        return 3 if self.category else 2 if self.major else 1

    def covers(self, category: Category) -> bool:
        """Whether the category is what this match speaks of."""
        if self.category is not None:
            return self.category == category.id
        return (self.standard, self.kind) == (category.standard, category.kind) and self.major in (
            None,
            category.major,
        )


class Responsibility(Entity):
    """An entry of the responsibility list 处置责任清单: who leads, who joins, where, at which hours; or who never leads."""

    KIND: ClassVar[str] = "responsibility"

    id: Key
    match: Match
    area: AreaPrefix
    hours: Literal["any", "office", "night"] = "any"
    """`office`: office hours of working days; `night`: all other time."""
    on_duty: bool = False
    """Only while the lead is on duty there by the roster 排班: the unit itself, or a mobile team whose orders it gets."""
    level: ManagementLevel | None = None
    """Only what this level looks after 管理层级."""
    valid_from: Day | None = None
    """First day on which it counts; a list may be published ahead of its date."""
    valid_to: Day | None = None
    """First day on which it no longer counts."""
    lead: Key | None = None
    """Without a lead the entry is negative: it only excludes."""
    co: tuple[Key, ...] = ()
    team: Key | None = None
    """The joint team that meets for it; its convenor leads where no lead is named."""
    excluded: tuple[Key, ...] = ()
    """Units that can never lead what the entry matches."""
    excluded_kinds: tuple[UnitKind, ...] = ()
    """Kinds of unit that can never lead it."""
    clause: str = Field(default="", max_length=60)
    """How the published list calls the entry: its number or heading, as 第12项. Explanations name it; without it they say
    for which matter and area the entry is."""
    clause_en: str = Field(default="", max_length=60)
    note: str = ""
    note_en: str = ""

    @model_validator(mode="after")
    def _says_something(self) -> Responsibility:
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
    """An emergency plan 预案: who moves at once while the lead is still being found."""

    KIND: ClassVar[str] = "plan"

    id: Key
    name: str
    name_en: str
    categories: tuple[CategoryId, ...] = ()
    """Empty: the plan for emergencies that no other plan names."""
    first_response: Key
    """Mobile team that goes at once and owns the first milestones."""
    first_milestones: Amount = Field(default=1, ge=1)
    agencies: tuple[Key, ...] = ()
    """Units with an agency number that get a hand-off in parallel."""
    utilities: tuple[Key, ...] = ()
    """Units that get a dispatch in parallel."""


class Knowledge(Entity):
    """A question and its answer 知识库: for inquiries answered at once."""

    KIND: ClassVar[str] = "knowledge"

    id: Key
    category: CategoryId
    keywords: tuple[str, ...] = Field(min_length=1)
    question: str
    question_en: str
    answer: str
    answer_en: str
    source: str = ""
    """Who answers for it, and as of when."""
    source_en: str = ""


class Admission(Entity):
    """An entry of the admission list 事项准入清单: what departments may ask officers to assist with. Nothing else."""

    KIND: ClassVar[str] = "admission"

    id: Key
    name: str
    name_en: str
    unit: Key
    """Department that may ask."""
    what: str
    what_en: str
    hours_per_month: float = Field(gt=0)
    """Burden granted for each officer."""
    valid_from: Day
    valid_to: Day | None = None
