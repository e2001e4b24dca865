"""The thirty situations of docs/situations.md as scripts.

A situation is an async function of a `City` that returns the cases it made and states its requirements with `expect`.
`make demo` plays all of them in one day, and tests/situations plays each one alone.
"""

from deploy.play.situations import appeals, calendars, callers, confidential, emergencies, hotline, joint, patrols
from deploy.play.situations.base import (
    AUTOMATIC,
    EMERGENCY,
    LOCAL,
    MATTER,
    RESIDENT,
    SITUATIONS,
    NotAsItShould,
    Situation,
    begin,
    ends,
    expect,
)

__all__ = [
    "AUTOMATIC", "EMERGENCY", "LOCAL", "MATTER", "RESIDENT", "SITUATIONS", "NotAsItShould", "Situation", "appeals",
    "begin", "calendars", "callers", "confidential", "emergencies", "ends", "expect", "hotline", "joint", "patrols",
]  # fmt: skip
