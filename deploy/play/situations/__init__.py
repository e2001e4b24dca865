"""Situations from practice, played by the people in them. Each ends as a city would want it, or says how it did not.

Numbers are those of docs/situations.md. A situation is an async function of a `City`; it returns the cases it made. What
must hold is said with `expect`. Each is played by `make demo` and, alone, by tests/situations.
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
