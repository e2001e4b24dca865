"""Logs never contain text that people wrote."""

from __future__ import annotations

import traceback

import pytest
from asyncpg import CheckViolationError
from pydantic import BaseModel, ValidationError

from contracts.events.supervision import UnitUrged
from services.chassis.telemetry import strip_quoted_values

WORDS = "张三家三楼"


class State(BaseModel):
    """A model as services use it for their state."""

    round: int


def _logged(error: Exception) -> str:
    exception = "".join(traceback.format_exception(error))
    event = strip_quoted_values(None, "", {"event": f"dead letter: {error!r} {error}", "exception": exception})
    return f"{event['event']}\n{event['exception']}"


def test_a_logged_error_does_not_quote_its_input() -> None:
    with pytest.raises(ValidationError) as failed:
        State.model_validate({"round": f"{WORDS}\n{WORDS}"})
    assert WORDS in str(failed.value), "the error itself quotes its input"
    assert WORDS not in _logged(failed.value)
    assert "valid integer" in _logged(failed.value)
    refused = CheckViolationError("new row violates check constraint")
    refused.detail = f"Failing row contains (1, {WORDS}\n{WORDS})."
    assert WORDS in str(refused), "the error itself quotes its input"
    assert WORDS not in _logged(refused)
    assert "check constraint" in _logged(refused)


def test_the_error_of_a_dead_letter_does_not_quote_its_input() -> None:
    with pytest.raises(ValidationError) as failed:
        UnitUrged.parse(f'{{"text": {{"{WORDS}": 1}}, "urged_by": "{WORDS}"}}'.encode())
    assert WORDS not in repr(failed.value)
