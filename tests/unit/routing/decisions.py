"""Readable parts of a routing decision."""

from __future__ import annotations

from services.routing.domain.question import Decision


def roles(decision: Decision) -> dict[str, str]:
    """Return the role of each assigned unit."""
    return {each.unit_id: each.role for each in decision.assignments}


def reasons(decision: Decision) -> dict[str, str]:
    """Return why each excluded candidate was excluded, in English."""
    return {each.unit_id: each.reason_en for each in decision.candidates if each.excluded}
