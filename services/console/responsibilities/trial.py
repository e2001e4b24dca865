"""Results of a draft's trial on past cases, grouped by old and new units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from services.console.responsibilities.names import Names


class TriedCase(NamedTuple):
    """A past case that would go to other units: the current units and the units under the draft, the lead first."""

    case_number: str
    now: Sequence[str]
    draft: Sequence[str]


class Move(NamedTuple):
    """Cases with the same current units and the same units under the draft."""

    now: str
    draft: str
    case_numbers: list[str]


def from_preview(cases: Iterable[Mapping[str, Any]]) -> list[TriedCase]:
    """Return the cases of routing's trial response."""
    return [
        TriedCase(
            each["case_number"],
            *([unit["unit_id"] for unit in each[side]["chosen"]] for side in ("now", "draft")),
        )
        for each in cases
    ]


def from_draft(cases: Iterable[Mapping[str, Any]]) -> list[TriedCase]:
    """Return the cases of a submitted draft."""
    return [TriedCase(each["case_number"], each["now"], each["draft"]) for each in cases]


def moves(cases: Iterable[TriedCase], names: Names) -> list[Move]:
    """Group cases by current and new units, most cases first. If the list names no unit, a person decides."""
    found: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        now, draft = (names.list_of_units(units) or names.t("list.a_person") for units in (case.now, case.draft))
        found.setdefault((now, draft), []).append(case.case_number)
    return sorted((Move(*pair, numbers) for pair, numbers in found.items()), key=lambda each: -len(each.case_numbers))
