"""Request forms and views of storms and control areas."""

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
    """A polygon as its corners in order. The first corner need not be repeated at the end."""

    crs: Crs
    corners: tuple[Corner, ...] = Field(min_length=3, max_length=500)


class Declaration(Form):
    """Common fields of the declarations of storms and control areas: polygon, period and categories."""

    name: MaskedText = Field(min_length=1, max_length=80)
    name_en: MaskedText = Field(default="", max_length=80)
    category_ids: tuple[str, ...] = Field(min_length=1, max_length=20)
    polygon: PolygonForm
    starts_at: Instant
    """Start of the period.

    The start may lie before the declaration: a storm also collects the reports made since this time.
    """
    ends_at: Instant
    note: MaskedText = Field(default="", max_length=500)
    """The reason for the declaration."""


class StormForm(Declaration):
    """Declaration of a storm. Its parent case is filed at once and collects all matching reports."""

    condition_id: str | None = None
    """Filing condition of the parent case, one of the first category's. Optional if that category has only one."""
    grid_code: str | None = None
    """Grid of the parent case. By default, the grid in the middle of the polygon."""


class ControlForm(Declaration):
    """Declaration of a control area. Every matching report is answered at once with `answer`."""

    answer: MaskedText = Field(min_length=1, max_length=500)
    """Answer to every matching report: the cause of the problem, and when the problem will probably be solved."""
    answer_en: MaskedText = Field(default="", max_length=500)


class ReplyForm(Form):
    """Reply to all reporters of a storm."""

    text: MaskedText = Field(min_length=1, max_length=1000)
    text_en: MaskedText = Field(default="", max_length=1000)


class EndForm(Form):
    """The reason for ending a storm or control area early."""

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
    """The polygon as a closed ring of points in CGCS2000."""
    starts_at: datetime
    ends_at: datetime
    note: str
    answer: str
    answer_en: str
    declared_by: Actor
    declared_at: datetime
    ended_at: datetime | None
    """When somebody ended the storm or control area before `ends_at`; `None` if nobody did."""
    parent_case_id: UUID | None
    parent_case_number: str | None
    reports: int
    """Number of reports that the storm has collected or the control area has answered so far."""

    @classmethod
    def of(cls, area: areas.Area, district: RegistrySnapshot, reports: int = 0, number: str | None = None) -> AreaView:
        """Return the view of a storm or control area. `number` is the case number of the storm's parent case."""
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
    """A page of storms or of control areas, newest declaration first."""

    items: list[AreaView]
    next: str | None


class ReplyReceipt(BaseModel):
    """Confirmation of a reply to the reporters of a storm."""

    reporters: int
    """Number of reports whose reporters receive the reply now. Reporters of later reports receive the reply, too."""
