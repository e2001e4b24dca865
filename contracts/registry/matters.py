"""Entities of categories, filing conditions, the responsibility list, emergency plans, knowledge and admissions."""

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
"""First minor that a district may define, by number of digits: two in GB/T 30428.2, three in GB/T 47678.5."""


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
    """Other words for the category, used by search and suggestion. Two categories may share a word that people use
    for both."""
    phrases: tuple[Annotated[str, Field(pattern=r"^[^\s|]+(\|[^\s|]+)*( [^\s|]+(\|[^\s|]+)*)*$")], ...] = ()
    """Phrases for suggestion. All words of a phrase must occur in the text, in any order. `|` separates alternatives of
    a word: `井|井盖 没了|丢|缺`."""
    examples: tuple[str, ...] = ()
    """Sample sentences about this category, without personal data, used by suggestion."""
    crosswalk: tuple[CategoryId, ...] = ()
    """Ids of the same category in other editions of the standards, which this district need not use."""
    confidential: bool = False
    emergency: bool = False
    answerable: bool = False
    """True if inquiries of this category may be answered at once, without a dispatch."""

    @model_validator(mode="after")
    def _id_says_what_it_is(self) -> Category:
        if self.id != f"{self.standard}/{self.kind}/{self.code}":
            raise ValueError("编号须为 标准/种类/代码 / the id must be standard/kind/code")
        if not self.code.startswith(self.major):
            raise ValueError("代码须以大类开头 / the code must begin with the major")
        return self

    @property
    def component_category(self) -> str | None:
        """Return the component category with the same code (GB/T 47678.5); `None` unless the kind is `matter`."""
        return f"{self.standard}/component/{self.code}" if self.kind == "matter" else None

    @property
    def public_id(self) -> str:
        """Return the id for events; the id of the major class 大类 if the category is confidential."""
        return f"{self.standard}/{self.kind}/{self.major}" if self.confidential else self.id

    @property
    def public_name(self) -> str:
        return self.major_name if self.confidential else self.name

    @property
    def public_name_en(self) -> str:
        return self.major_name_en if self.confidential else self.name_en

    @property
    def is_local(self) -> bool:
        """Return True for a category of a local standard or of a local extension of a national list."""
        minor = self.code[2:].removeprefix("-")
        return self.standard.startswith("LOCAL-") or int(minor) >= _FIRST_EXTENSION[len(minor)]

    @property
    def subject(self) -> str:
        """Return the name without the ending 异常, such as 供水井盖 for 供水井盖异常."""
        return self.name.removesuffix("异常")


class FilingCondition(Entity):
    """A filing condition 立案条件: a situation of a category with its limit, closing condition and evidence."""

    KIND: ClassVar[str] = "condition"

    id: str = Field(pattern=r"^[0-9]{2}-?[0-9]{2,3}-[0-9]{1,2}$")
    """Code of the category and a serial: `06010-1`, `05-02-1`."""
    category: CategoryId
    text: str
    text_en: str
    milestones: tuple[Milestone, ...] = Field(min_length=1)
    """Milestones in order. Each limit runs from the start of the handling clock."""
    closing_condition: str
    closing_condition_en: str
    verify_mode: VerifyMode
    recheck_mode: RecheckMode
    discoverable_on_patrol: bool = False
    settleable: bool = False
    """True if an officer may settle the problem on the spot."""
    severity: int = Field(default=4, ge=1, le=4)
    """1 特别重大 … 4 一般."""
    report_evidence: tuple[PhotoRole, ...] = ()
    """Roles of the photos required before filing, in reports of own staff and confirmations on site. If empty, a report
    needs any photo, and a confirmation a near one and a far one or one with a landmark."""
    evidence: tuple[PhotoRole, ...] = ()
    """Roles of the photos required for completion."""


class Match(Contract):
    """The categories that an entry of the responsibility list covers: a category, a major, or a kind."""

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


class Knowledge(Entity):
    """A question with its answer 知识库, for inquiries that are answered at once."""

    KIND: ClassVar[str] = "knowledge"

    id: Key
    category: CategoryId
    keywords: tuple[str, ...] = Field(min_length=1)
    question: str
    question_en: str
    answer: str
    answer_en: str
    source: str = ""
    """Source of the answer, with its date."""
    source_en: str = ""


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
