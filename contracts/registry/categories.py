"""Entities of categories, filing conditions and prepared answers."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field, model_validator

from contracts.common import PhotoRole
from contracts.events.acceptance import Milestone, RecheckMode, VerifyMode
from contracts.registry.base import CategoryId, Entity, Key

CategoryKind = Literal["component", "matter", "event"]

_FIRST_EXTENSION = {2: 79, 3: 80}
"""First number of a local category within a major class, by number of digits: two in GB/T 30428.2, three in GB/T
47678.5."""


class Category(Entity):
    """A category 类别. Its identity is `standard`, `kind` and `code` together."""

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
    """Other words for the category, for search and suggestion. Two categories may have the same synonym."""
    phrases: tuple[Annotated[str, Field(pattern=r"^[^\s|]+(\|[^\s|]+)*( [^\s|]+(\|[^\s|]+)*)*$")], ...] = ()
    """Phrases for suggestion. A phrase matches if the text contains all its words, in any order. `|` separates
    alternatives of a word: `井|井盖 没了|丢|缺`."""
    examples: tuple[str, ...] = ()
    """Sample sentences about this category, for suggestion. The sentences contain no personal data."""
    crosswalk: tuple[CategoryId, ...] = ()
    """Ids of the same category in other editions of the standards. The district need not use these editions."""
    confidential: bool = False
    emergency: bool = False
    answerable: bool = False
    """True if the desk may answer inquiries of this category at once, without a dispatch."""

    @model_validator(mode="after")
    def _id_matches_fields(self) -> Category:
        if self.id != f"{self.standard}/{self.kind}/{self.code}":
            raise ValueError("编号须为 标准/种类/代码 / the id must be standard/kind/code")
        if not self.code.startswith(self.major):
            raise ValueError("代码须以大类开头 / the code must begin with the major")
        return self

    @property
    def component_category(self) -> str | None:
        """Return the id of the component category with the same code; `None` unless `kind` is `matter`.

        In GB/T 47678.5 a component and the matters about it have the same code.
        """
        return f"{self.standard}/component/{self.code}" if self.kind == "matter" else None

    @property
    def public_id(self) -> str:
        """Return the id that events contain: of a confidential category only the id of its major class 大类."""
        return f"{self.standard}/{self.kind}/{self.major}" if self.confidential else self.id

    @property
    def public_name(self) -> str:
        return self.major_name if self.confidential else self.name

    @property
    def public_name_en(self) -> str:
        return self.major_name_en if self.confidential else self.name_en

    @property
    def is_local(self) -> bool:
        """Return True if the category belongs to a local standard, or to a local extension of a national list."""
        minor = self.code[2:].removeprefix("-")
        return self.standard.startswith("LOCAL-") or int(minor) >= _FIRST_EXTENSION[len(minor)]

    @property
    def subject(self) -> str:
        """Return the Chinese name without the ending 异常, such as 供水井盖 for 供水井盖异常."""
        return self.name.removesuffix("异常")


class FilingCondition(Entity):
    """A filing condition 立案条件: a situation of a category, with its limit, closing condition and evidence."""

    KIND: ClassVar[str] = "condition"

    id: str = Field(pattern=r"^[0-9]{2}-?[0-9]{2,3}-[0-9]{1,2}$")
    """Code of the category and a serial number: `06010-1`, `05-02-1`."""
    category: CategoryId
    text: str
    text_en: str
    milestones: tuple[Milestone, ...] = Field(min_length=1)
    """Steps of the handling limit, in order. The deadline of each one counts from the start of the handling clock."""
    closing_condition: str
    closing_condition_en: str
    verify_mode: VerifyMode
    recheck_mode: RecheckMode
    discoverable_on_patrol: bool = False
    """True if officers on patrol can discover this situation."""
    settleable: bool = False
    """True if an officer may settle a problem of this filing condition on the spot 自行处置."""
    severity: int = Field(default=4, ge=1, le=4)
    """Severity: 1 特别重大 (gravest), 2 重大, 3 较大, 4 一般."""
    report_evidence: tuple[PhotoRole, ...] = ()
    """Roles of the photos that a report of own staff needs, and that a confirmation on site needs. If empty, the report
    needs one photo of any role; the confirmation needs a near photo and, in addition, a far photo or one with a
    landmark."""
    evidence: tuple[PhotoRole, ...] = ()
    """Roles of the photos that the lead must provide on completion."""


class Knowledge(Entity):
    """A question and the prepared answer 知识库, for inquiries that the desk of intake answers at once."""

    KIND: ClassVar[str] = "knowledge"

    id: Key
    category: CategoryId
    keywords: tuple[str, ...] = Field(min_length=1)
    question: str
    question_en: str
    answer: str
    answer_en: str
    source: str = ""
    """Where the answer comes from, with the date."""
    source_en: str = ""
