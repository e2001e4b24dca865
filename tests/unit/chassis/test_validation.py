"""Validation errors are reported per field in the caller's language and do not repeat the values."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from contracts.registry.base import CommunityCode
from services.chassis.validation import explain


class SampleRequest(BaseModel):
    count: int = Field(default=1, ge=1)
    colour: Literal["red", "green", "blue"] = "red"
    rule: str = ""
    community: CommunityCode = "370522001003"

    @field_validator("rule")
    @classmethod
    def _must_be_empty(cls, value: str) -> str:
        if value:
            raise ValueError("须为空 / must be empty")
        return value


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ({"count": 0}, "应不小于 1", "must be 1 or more"),
        ({"colour": "pink"}, "只能是：red、green、blue", "must be one of: red, green, blue"),
        ({"rule": "x"}, "须为空", "must be empty"),
        ({"count": 1.5}, "应为整数", "must be a whole number"),
        (
            {"community": "津城"},
            "格式不符：应为十二位社区代码，例如 370522001003",
            "is not in the right form: the twelve digits of a community, such as 370522001003",
        ),
    ],
)
def test_each_error_is_reported_in_the_requested_language(given: dict[str, object], zh: str, en: str) -> None:
    with pytest.raises(ValidationError) as failed:
        SampleRequest.model_validate(given)
    (field,) = given
    assert explain(failed.value.errors(), "zh") == [{"field": field, "message": zh}]
    assert explain(failed.value.errors(), "en") == [{"field": field, "message": en}]
