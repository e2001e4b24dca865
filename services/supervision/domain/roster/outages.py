"""Outages 停运 of the system, and what they mean for patrols and digests.

A short outage loses nothing, because terminals hand in what they kept. In a longer one nothing was observed: no visit
was due, and a period without any other knowledge has no digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from contracts.registry import PatrolRules
from services.supervision.domain.primitives.view import View
from services.supervision.domain.roster.patrol import Duty


class Outage(View):
    """A period between two rounds of the worker in which the system was down."""

    since: AwareDatetime
    until: AwareDatetime


def detect_outage(looked_at: datetime, now: datetime, rules: PatrolRules) -> Outage | None:
    """Return the outage if the system was down longer than terminals keep check-ins."""
    return Outage(since=looked_at, until=now) if now - looked_at > timedelta(hours=rules.offline_hours) else None


def still_recordable(rounds: Iterable[Duty], now: datetime, rules: PatrolRules) -> list[Duty]:
    """Return the duties for which visits can still be handed in. Others are due to nobody."""
    return [each for each in rounds if each.ends_at > now - timedelta(hours=rules.offline_hours)]


def was_running(begins: datetime, ends: datetime, outages: Sequence[Outage]) -> bool:
    """Return True if the system ran at any time in `[begins, ends)`."""
    for each in sorted(outages, key=lambda each: each.since):
        if each.since > begins:
            break
        begins = max(begins, each.until)
    return begins < ends


def overlapping(begins: datetime, ends: datetime, outages: Sequence[Outage]) -> tuple[Outage, ...]:
    """Return the outages that overlap `[begins, ends)`, in order and uncut."""
    met = [each for each in outages if each.since < ends and each.until > begins]
    return tuple(sorted(met, key=lambda each: each.since))
