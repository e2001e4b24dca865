"""Logs say what went wrong, and nothing of what people wrote."""

from __future__ import annotations

import traceback

import pytest
from asyncpg import CheckViolationError
from pydantic import BaseModel, ValidationError

from contracts.events.supervision import UnitUrged
from services.chassis.telemetry import strip_quoted_values

WORDS = "张三家三楼"


class State(BaseModel):
    """Any model, as services keep their states in."""

    round: int


def _logged(error: Exception) -> str:
    exception = "".join(traceback.format_exception(error))
    event = strip_quoted_values(None, "", {"event": f"buried: {error!r} {error}", "exception": exception})
    return f"{event['event']}\n{event['exception']}"


def test_an_error_that_quotes_what_it_was_given_is_logged_without_it() -> None:
    with pytest.raises(ValidationError) as wrong:
        State.model_validate({"round": f"{WORDS}\n{WORDS}"})
    assert WORDS in str(wrong.value), "tried"
    assert WORDS not in _logged(wrong.value)
    assert "valid integer" in _logged(wrong.value)
    refused = CheckViolationError("new row violates check constraint")
    refused.detail = f"Failing row contains (1, {WORDS}\n{WORDS})."
    assert WORDS in str(refused), "tried"
    assert WORDS not in _logged(refused)
    assert "check constraint" in _logged(refused)


def test_nor_does_the_error_that_is_kept_with_a_dead_event_quote_it() -> None:
    with pytest.raises(ValidationError) as wrong:
        UnitUrged.parse(f'{{"text": {{"{WORDS}": 1}}, "urged_by": "{WORDS}"}}'.encode())
    assert WORDS not in repr(wrong.value)
