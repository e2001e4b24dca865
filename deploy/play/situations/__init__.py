"""Situations from practice, numbered as in docs/situations.md.

A situation is an async function that takes a `City` and returns the cases it created. It checks its results with
`expect`. `make demo` plays all situations; tests/situations plays each alone.
"""

from deploy.play.situations import appeals, calendars, callers, confidential, emergencies, hotline, joint, patrols
from deploy.play.situations.base import (
    AUTOMATIC,
    EMERGENCY,
    LOCAL,
    MATTER,
    RESIDENT,
    SITUATIONS,
    ExpectationError,
    Situation,
    begin,
    ends,
    expect,
)

__all__ = [
    "AUTOMATIC",
    "EMERGENCY",
    "LOCAL",
    "MATTER",
    "RESIDENT",
    "SITUATIONS",
    "ExpectationError",
    "Situation",
    "appeals",
    "begin",
    "calendars",
    "callers",
    "confidential",
    "emergencies",
    "ends",
    "expect",
    "hotline",
    "joint",
    "patrols",
]
