"""What callers send."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field

from contracts.masking import mask
from contracts.registry.base import CategoryId, GridCode, Key

Masked = Annotated[str, AfterValidator(mask)]
"""Free text: phone numbers, identity cards and plates are starred out before it goes anywhere."""


class DecisionForm(BaseModel):
    """Who shall act, decided by a person."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"lead": "lijin-street", "co": ["sanitation"], "reason": "权属不明，属地兜底"}]
        },
    )

    lead: Key
    """Unit that leads."""
    co: Annotated[tuple[Key, ...], Field(max_length=20)] = ()
    """Units that join, each with an order of its own."""
    reason: Annotated[Masked, Field(max_length=300)] = ""
    """Shown to everybody who may see the case; no names of people. Left out of a confidential case."""


class PreviewForm(BaseModel):
    """A matter at a place: what would be decided?"""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"category_id": "GB47678-5-2026/matter/06010", "grid_code": "370522001004007"}]
        },
    )

    category_id: CategoryId
    condition_id: str | None = None
    """Filing condition: its severity decides whether it is an emergency."""
    grid_code: GridCode
    at: AwareDatetime | None = None
    """Decides which hours of the list apply; now by default."""
    component_id: str | None = None
