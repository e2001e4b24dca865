"""Forms and views of storms and control areas."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.common import Actor, Crs
from contracts.events.acceptance.storms import Corner
from services.chassis.registry_snapshot import RegistrySnapshot
from services.intake.domain import areas
from services.intake.domain.submission import Form, Instant, MaskedText


class PolygonForm(Form):
    """A polygon: its corners in order. The first one need not be repeated."""

    crs: Crs
    corners: tuple[Corner, ...] = Field(min_length=3, max_length=500)


class Declaration(Form):
    """Where, when and for which categories."""

    name: MaskedText = Field(min_length=1, max_length=80)
    name_en: MaskedText = Field(default="", max_length=80)
    category_ids: tuple[str, ...] = Field(min_length=1, max_length=20)
    polygon: PolygonForm
    starts_at: Instant
    """Reports made from this time on are included, even if they were made before the declaration."""
    ends_at: Instant
    note: MaskedText = Field(default="", max_length=500)
    """The reason."""


class StormForm(Declaration):
    """A storm: one parent case, filed at once under this condition, collects all matching reports."""

    condition_id: str | None = None
    """A condition of the first category; optional if the category has only one."""
    grid_code: str | None = None
    """Grid of the parent case; by default the middle of the polygon."""


class ControlForm(Declaration):
    """A control area: every matching report receives this answer at once and is counted."""

    answer: MaskedText = Field(min_length=1, max_length=500)
    """The answer to every report: the cause, and how long it is expected to last."""
    answer_en: MaskedText = Field(default="", max_length=500)


class ReplyForm(Form):
    """The reply to everybody who reported the storm."""

    text: MaskedText = Field(min_length=1, max_length=1000)
    text_en: MaskedText = Field(default="", max_length=1000)


class EndForm(Form):
    """Why it ends early."""

    note: MaskedText = Field(default="", max_length=500)


class Named(BaseModel):
    """A category with its names."""

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
    """The categories with their names."""
    polygon: tuple[Corner, ...]
    """A closed ring in CGCS2000."""
    starts_at: datetime
    ends_at: datetime
    note: str
    answer: str
    answer_en: str
    declared_by: Actor
    declared_at: datetime
    ended_at: datetime | None
    """When somebody ended it before `ends_at`."""
    parent_case_id: UUID | None
    parent_case_number: str | None
    reports: int
    """Number of reports collected or answered so far."""

    @classmethod
    def of(cls, area: areas.Area, district: RegistrySnapshot, reports: int = 0, number: str | None = None) -> AreaView:
        """Return the view of an area."""
        named = [_named(each, district) for each in area.category_ids]
        return cls.model_validate(
            {**area.model_dump(), "categories": named, "reports": reports, "parent_case_number": number}
        )


def _named(category_id: str, district: RegistrySnapshot) -> Named:
    category = district.categories.get(category_id)
    return Named(
        id=category_id,
        name=category.name if category else category_id,
        name_en=category.name_en if category else category_id,
    )


class Areas(BaseModel):
    """A page of areas, the one declared last first."""

    items: list[AreaView]
    next: str | None


class ReplyReceipt(BaseModel):
    """Confirmation of a reply."""

    reporters: int
    """Number of reports whose reporters receive the reply now. Later reporters receive it, too."""
