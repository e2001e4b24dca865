"""Storms and control areas as callers send and see them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.common import Actor, Crs
from contracts.events.acceptance.storms import Corner
from services.chassis.registry_snapshot import District
from services.intake.domain import areas
from services.intake.domain.submission import Form, Instant, MaskedText


class PolygonForm(Form):
    """A polygon: its corners in order, the first need not be repeated."""

    crs: Crs
    corners: tuple[Corner, ...] = Field(min_length=3, max_length=500)


class Declaration(Form):
    """Where, when and what."""

    name: MaskedText = Field(min_length=1, max_length=80)
    name_en: MaskedText = Field(default="", max_length=80)
    category_ids: tuple[str, ...] = Field(min_length=1, max_length=20)
    polygon: PolygonForm
    starts_at: Instant
    """Reports made since then belong to it, also those made before the declaration."""
    ends_at: Instant
    note: MaskedText = Field(default="", max_length=500)
    """Why."""


class StormForm(Declaration):
    """A storm: one parent case, filed at once under this condition, takes in every report."""

    condition_id: str | None = None
    """Of the first category; may be left out where it has only one."""
    grid_code: str | None = None
    """Where the parent case is; left out: in the middle of the polygon."""


class ControlForm(Declaration):
    """A control area: whoever reports in it is told this at once, and the report is counted."""

    answer: MaskedText = Field(min_length=1, max_length=500)
    """Known, and works until when."""
    answer_en: MaskedText = Field(default="", max_length=500)


class ReplyForm(Form):
    """What everybody who reported it is told."""

    text: MaskedText = Field(min_length=1, max_length=1000)
    text_en: MaskedText = Field(default="", max_length=1000)


class EndForm(Form):
    """Why it ends before its time."""

    note: MaskedText = Field(default="", max_length=500)


class Named(BaseModel):
    """A category by its names."""

    id: str
    name: str
    name_en: str


class AreaView(BaseModel):
    """A storm or a control area."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    id: UUID
    name: str
    name_en: str
    category_ids: tuple[str, ...]
    categories: tuple[Named, ...]
    """The same by name."""
    polygon: tuple[Corner, ...]
    """A closed ring, CGCS2000."""
    starts_at: datetime
    ends_at: datetime
    note: str
    answer: str
    answer_en: str
    declared_by: Actor
    declared_at: datetime
    ended_at: datetime | None
    """When it was ended before its time."""
    parent_case_id: UUID | None
    parent_case_number: str | None
    reports: int
    """Taken in or answered so far: counted from the reports."""

    @classmethod
    def of(cls, area: areas.Area, district: District, reports: int = 0, number: str | None = None) -> AreaView:
        """As it now is."""
        named = [_named(each, district) for each in area.category_ids]
        return cls.model_validate(
            {**area.model_dump(), "categories": named, "reports": reports, "parent_case_number": number}
        )


def _named(category_id: str, district: District) -> Named:
    category = district.categories.get(category_id)
    return Named(
        id=category_id, name=category.name if category else category_id,
        name_en=category.name_en if category else category_id,
    )  # fmt: skip


class Areas(BaseModel):
    """A page of areas, the one declared last first."""

    items: list[AreaView]
    next: str | None


class ReplyReceipt(BaseModel):
    """A reply was given."""

    reporters: int
    """Reports whose reporters are told now; those who come later are told the same."""
