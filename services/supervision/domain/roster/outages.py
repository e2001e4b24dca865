"""Outages 停运 of the system, and their effect on patrols and digests.

A short outage loses nothing, because terminals hand in later the check-ins that they kept. During a longer outage
nothing was observed: no visit was due, and a period in which no case was filed or ended has no digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from contracts.registry import PatrolRules
from services.supervision.domain.primitives.view import View
from services.supervision.domain.roster.patrol import Duty


class Outage(View):
    """A period between two rounds of the roster worker in which the system was down."""

    since: AwareDatetime
    until: AwareDatetime


def detect_outage(last_round: datetime, now: datetime, rules: PatrolRules) -> Outage | None:
    """Return the outage since the last round, if it lasted longer than terminals keep check-ins; otherwise `None`."""
    return Outage(since=last_round, until=now) if now - last_round > timedelta(hours=rules.offline_hours) else None


def still_recordable(rounds: Iterable[Duty], now: datetime, rules: PatrolRules) -> list[Duty]:
    """Return the patrols whose visits can still be handed in. No visits are due for the other patrols."""
    return [each for each in rounds if each.ends_at > now - timedelta(hours=rules.offline_hours)]


def was_running(begins: datetime, ends: datetime, outages: Sequence[Outage]) -> bool:
    """Return True if the system ran at any time in `[begins, ends)`."""
    for outage in sorted(outages, key=lambda each: each.since):
        if outage.since > begins:
            break
        begins = max(begins, outage.until)
    return begins < ends


def overlapping(begins: datetime, ends: datetime, outages: Sequence[Outage]) -> tuple[Outage, ...]:
    """Return the outages that overlap `[begins, ends)`, in order and with their full length."""
    found = [each for each in outages if each.since < ends and each.until > begins]
    return tuple(sorted(found, key=lambda each: each.since))
