"""Forms that callers send."""

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
"""Free text in which phone numbers, identity numbers and plates are masked."""


class DecisionForm(BaseModel):
    """The units that must act, chosen by a person."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"lead": "lijin-street", "co": ["sanitation"], "reason": "权属不明，属地兜底"}]
        },
    )

    lead: Key
    """The lead unit."""
    co: Annotated[tuple[Key, ...], Field(max_length=20)] = ()
    """Co-units, each with a dispatch of its own."""
    reason: Annotated[Masked, Field(max_length=300)] = ""
    """Shown to everybody who may see the case; no names of people. Left out of a confidential case."""


class SendBackForm(BaseModel):
    """What the desk must correct."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "wrong_category", "note": "现场为供水井盖，不是雨水井盖"}]},
    )

    reason: SendBackReason
    note: Annotated[Masked, Field(min_length=1, max_length=300)]
    """What is wrong; no names of people. Left out of a confidential case."""


class HandoverForm(BaseModel):
    """Which emergency service is asked for what."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"unit_id": "public-security", "mode": "joint", "instructions": "现场有人受伤，请派警维持秩序"},
                {
                    "unit_id": "fire",
                    "mode": "transfer",
                    "instructions": "火情，请接处",
                    "by_phone": {"contact": "119 指挥中心 07 席", "at": "2026-11-23T09:12:00+08:00"},
                },
            ]
        },
    )

    unit_id: Key
    """A unit with an agency number (110, 119, 120, 122)."""
    mode: HandoverMode = "joint"
    """`joint`: both act. `transfer`: after their acknowledgement the case is theirs and closes as handed over."""
    instructions: Annotated[Masked, Field(max_length=300)] = ""
    """What they are asked to do; no names of people."""
    by_phone: PhoneEntry | None = None
    """For a hand-over that was made by phone 补录: who took the call (post or badge number), and when."""


class FirstResponseForm(BaseModel):
    """The unit that is sent at once to make the place safe, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"unit_id": "mobile-team", "instructions": "先设围挡，疏导行人", "reason": "井盖缺失，紧邻学校"}
            ]
        },
    )

    unit_id: Key
    """A unit that can be dispatched, usually the one that receives the dispatches of a mobile team."""
    instructions: Annotated[Masked, Field(max_length=300)] = ""
    """What they are asked to do; no names of people. Empty: to make the place safe."""
    reason: Annotated[Masked, Field(min_length=1, max_length=300)]
    """Shown to everybody who may see the case; no names of people. Left out, like `instructions`,
    of a confidential case."""


class CancelForm(BaseModel):
    """Why the other side need not come or continue."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "误报，现场无火情"}]})

    reason: Annotated[Masked, Field(min_length=1, max_length=300)]
    """Sent to the other side; no names of people. Left out of a confidential case."""


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
                                "id": "gb-06027",
                                "match": {"category": "GB47678-5-2026/matter/06027"},
                                "area": "370522",
                                "lead": "urban-management",
                                "valid_from": "2027-01-01",
                            },
                        }
                    ],
                    "days": 90,
                }
            ]
        },
    )

    changes: EntryChanges
    days: Annotated[int, Field(ge=1, le=366)] = 30
    """How many days back the cases go."""
    as_if_on: StrictDay | None = None
    """Ask the past questions as of this day, at their own hour: for entries that take effect later."""


class PreviewForm(BaseModel):
    """A category at a place, to preview the decision."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"category_id": "GB47678-5-2026/matter/06010", "grid_code": "370522001004007"}]
        },
    )

    category_id: CategoryId
    condition_id: str | None = None
    """Its severity decides whether it is an emergency."""
    grid_code: GridCode
    at: Instant | None = None
    """Decides which hours of the list apply; now by default."""
    component_id: str | None = None
