"""Request bodies of the routing routes."""

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
"""Free text. Phone, identity card and plate numbers are masked."""


class DecisionForm(BaseModel):
    """Choice of the lead and the co-units of a case by a person, with the reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"lead": "lijin-street", "co": ["sanitation"], "reason": "权属不明，属地兜底"}]
        },
    )

    lead: Key
    """The lead unit."""
    co: Annotated[tuple[Key, ...], Field(max_length=20)] = ()
    """Co-units. Each receives its own dispatch."""
    reason: Annotated[Masked, Field(max_length=300)] = ""
    """Reason, shown to everybody who may see the case. Give no names of people. Not stored for a confidential case."""


class SendBackForm(BaseModel):
    """Reason for sending a case back to the intake desk."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"reason": "wrong_category", "note": "现场为供水井盖，不是雨水井盖"}]},
    )

    reason: SendBackReason
    note: Annotated[Masked, Field(min_length=1, max_length=300)]
    """What the intake desk must correct. Give no names of people. Not stored for a confidential case."""


class HandoverForm(BaseModel):
    """A hand-over: the emergency service that is called in, and what it is asked to do."""

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
    """Id of the emergency service, that is, of a unit with an agency number (110, 119, 120 or 122)."""
    mode: HandoverMode = "joint"
    """`joint`: our units and the emergency service act together.

    `transfer`: once the service has acknowledged, it alone handles the case, and the case closes as handed over.
    """
    instructions: Annotated[Masked, Field(max_length=300)] = ""
    """What the emergency service is asked to do. Give no names of people. Not sent for a confidential case."""
    by_phone: PhoneEntry | None = None
    """Only for a hand-over made by phone 补录: post or badge number of the person who answered, and the time."""


class FirstResponseForm(BaseModel):
    """A first response: the unit that is sent at once to make the place safe, and the reason."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {"unit_id": "mobile-team", "instructions": "先设围挡，疏导行人", "reason": "井盖缺失，紧邻学校"}
            ]
        },
    )

    unit_id: Key
    """Id of the unit that is sent, usually the unit that receives the dispatches of a mobile team."""
    instructions: Annotated[Masked, Field(max_length=300)] = ""
    """What the unit is asked to do; if empty, to make the place safe. Give no names of people."""
    reason: Annotated[Masked, Field(min_length=1, max_length=300)]
    """Reason, shown to everybody who may see the case. Give no names of people.

    For a confidential case neither `reason` nor `instructions` is stored.
    """


class CancelForm(BaseModel):
    """Reason for cancelling a hand-over or a first response."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"reason": "误报，现场无火情"}]})

    reason: Annotated[Masked, Field(min_length=1, max_length=300)]
    """Reason, sent to the emergency service or unit. Give no names of people.

    Not sent for a confidential case.
    """


class ListPreviewForm(BaseModel):
    """A draft of the responsibility list, and the period of the past cases to try the draft on."""

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
    """Length of the period in days. The period ends now."""
    as_if_on: StrictDay | None = None
    """Treat the past cases as if they had come on this day, each at its own hour.

    Use this for a draft with entries that take effect later. If absent, each case keeps its own day.
    """


class PreviewForm(BaseModel):
    """A category and a place for which to preview the routing decision."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"category_id": "GB47678-5-2026/matter/06010", "grid_code": "370522001004007"}]
        },
    )

    category_id: CategoryId
    condition_id: str | None = None
    """Filing condition. Its severity decides whether the case is an emergency."""
    grid_code: GridCode
    at: Instant | None = None
    """Time for which the hours, periods and duty shifts of the list are checked; by default now."""
    component_id: str | None = None
