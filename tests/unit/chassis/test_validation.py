"""Rule: what is wrong with a request is said line by line, in the caller's language, without repeating values."""

from __future__ import annotations

from typing import Literal

import pytest
from pydantic import BaseModel, Field, ValidationError, field_validator

from services.chassis.validation import explain


class Asked(BaseModel):
    count: int = Field(default=1, ge=1)
    colour: Literal["red", "green", "blue"] = "red"
    rule: str = ""

    @field_validator("rule")
    @classmethod
    def _ours(cls, value: str) -> str:
        if value:
            raise ValueError("须为空 / must be empty")
        return value


@pytest.mark.parametrize(
    ("given", "zh", "en"),
    [
        ({"count": 0}, "应不小于 1", "Input should be greater than or equal to 1"),
        ({"colour": "pink"}, "只能是：red、green、blue", "Input should be 'red', 'green' or 'blue'"),
        ({"rule": "x"}, "须为空", "must be empty"),
        ({"count": 1.5}, "应为整数", None),
    ],
)
def test_each_fault_is_told_in_the_language_asked_for(given: dict[str, object], zh: str, en: str | None) -> None:
    with pytest.raises(ValidationError) as failed:
        Asked.model_validate(given)
    (field,) = given
    assert explain(failed.value.errors(), "zh") == [{"field": field, "message": zh}]
    if en is not None:
        assert explain(failed.value.errors(), "en") == [{"field": field, "message": en}]
