"""停运: what is written of a time in which the system stood still, once it runs again. Nobody was idle then: nobody was seen.

A short stop loses nothing, since terminals hand in what they kept. What lies further back than they may hand in was never
observed: no round of it was due, and a week or month wholly in it, of which nothing else is known, has no review.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from contracts.registry import PatrolRules
from services.supervision.domain.primitives.view import View
from services.supervision.domain.roster.patrol import Duty


class Outage(View):
    """From the last look before to the first one after it."""

    since: AwareDatetime
    until: AwareDatetime


def detect_outage(looked_at: datetime, now: datetime, rules: PatrolRules) -> Outage | None:
    """Whether the system stood still longer than terminals keep what they hand in later."""
    return Outage(since=looked_at, until=now) if now - looked_at > timedelta(hours=rules.offline_hours) else None


def still_recordable(rounds: Iterable[Duty], now: datetime, rules: PatrolRules) -> list[Duty]:
    """The rounds of which a visit may be handed in still: others are due to nobody."""
    return [each for each in rounds if each.ends_at > now - timedelta(hours=rules.offline_hours)]


def was_running(begins: datetime, ends: datetime, standstills: Sequence[Outage]) -> bool:
    """Whether the system ran at any time in `[begins, ends)`."""
    for each in sorted(standstills, key=lambda each: each.since):
        if each.since > begins:
            break
        begins = max(begins, each.until)
    return begins < ends


def overlapping(begins: datetime, ends: datetime, standstills: Sequence[Outage]) -> tuple[Outage, ...]:
    """Those that took something from `[begins, ends)`, in order; whole, so that a paper says why others are missing."""
    met = [each for each in standstills if each.since < ends and each.until > begins]
    return tuple(sorted(met, key=lambda each: each.since))
