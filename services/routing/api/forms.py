"""What callers send."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from contracts.base import StrictDay
from contracts.events.command import HandoverMode, SendBackReason
from contracts.events.handling import PhoneEntry
from contracts.list_drafts import EntryChanges
from contracts.masking import mask
from contracts.registry.base import CategoryId, GridCode, Key
from services.chassis.forms import Instant

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


class SendBackForm(BaseModel):
    """What the desk has to put right."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "wrong_category", "note": "现场为供水井盖，不是雨水井盖"}]}
    )  # fmt: skip

    reason: SendBackReason
    note: Annotated[Masked, Field(min_length=1, max_length=300)]
    """What is wrong, in words; no names of people. Left out of a confidential case."""


class HandoverForm(BaseModel):
    """Which emergency service is asked for what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"unit_id": "public-security", "mode": "joint", "asked": "现场有人受伤，请派警维持秩序"},
                {
                    "unit_id": "fire", "mode": "transfer", "asked": "火情，请接处",
                    "by_phone": {"contact": "119 指挥中心 07 席", "at": "2026-11-23T09:12:00+08:00"},
                },
            ]
        },
    )  # fmt: skip

    unit_id: Key
    """A unit with an agency number (110, 119, 120, 122)."""
    mode: HandoverMode = "joint"
    """`joint`: both act. `transfer`: theirs once they have acknowledged it, and the case closes as handed over."""
    asked: Annotated[Masked, Field(max_length=300)] = ""
    """What is wanted of them; no names of people."""
    by_phone: PhoneEntry | None = None
    """It was said on the phone already 补录: who took the call (post or badge), and when."""


class FirstResponseForm(BaseModel):
    """Who is sent at once to make the place safe, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"unit_id": "mobile-team", "asked": "先设围挡，疏导行人", "reason": "井盖缺失，紧邻学校"}
            ]
        },
    )  # fmt: skip

    unit_id: Key
    """A unit that is ordered; as a rule the one that gets the orders of a mobile team."""
    asked: Annotated[Masked, Field(max_length=300)] = ""
    """What is wanted of them; no names of people. Empty: to make it safe first."""
    reason: Annotated[Masked, Field(min_length=1, max_length=300)]
    """Shown to everybody who may see the case; no names of people. Left out of a confidential case, as `asked` is."""


class CancelForm(BaseModel):
    """Why somebody who was called in need not come, or go on."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "误报，现场无火情"}]})

    reason: Annotated[Masked, Field(min_length=1, max_length=300)]
    """Told to them; no names of people. Left out of a confidential case."""


class ListPreviewForm(BaseModel):
    """A draft of the list, and the past cases to try it on."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "changes": [
                        {
                            "id": "gb-06027",
                            "body": {
                                "id": "gb-06027", "match": {"category": "GB47678-5-2026/matter/06027"},
                                "area": "370522", "lead": "urban-management", "valid_from": "2027-01-01",
                            },
                        }
                    ],
                    "days": 90,
                }
            ]
        },
    )  # fmt: skip

    changes: EntryChanges
    days: Annotated[int, Field(ge=1, le=366)] = 30
    """How far back the cases go."""
    as_if_on: StrictDay | None = None
    """Ask the past questions as if they were put on this day, at their hour: for entries that begin to count later."""


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
    at: Instant | None = None
    """Decides which hours of the list apply; now by default."""
    component_id: str | None = None
