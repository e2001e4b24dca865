"""Results of the trial of a draft on past cases, grouped by the current units and the units under the draft."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from services.console.responsibilities.names import Names


class TriedCase(NamedTuple):
    """A past case that would go to other units.

    `now` are the units under the current list, `draft` those under the draft.
    """

    case_number: str
    now: Sequence[str]
    draft: Sequence[str]


class Move(NamedTuple):
    """Past cases that would move from the same units (`now`) to the same units (`draft`)."""

    now: str
    draft: str
    case_numbers: list[str]


def from_preview(cases: Iterable[Mapping[str, Any]]) -> list[TriedCase]:
    """Return the cases in routing's response to a trial."""
    return [
        TriedCase(
            each["case_number"],
            *([unit["unit_id"] for unit in each[side]["chosen"]] for side in ("now", "draft")),
        )
        for each in cases
    ]


def from_draft(cases: Iterable[Mapping[str, Any]]) -> list[TriedCase]:
    """Return the cases of the trial that is stored with a submitted draft."""
    return [TriedCase(each["case_number"], each["now"], each["draft"]) for each in cases]


def moves(cases: Iterable[TriedCase], names: Names) -> list[Move]:
    """Group cases by current and new units, largest group first. If a list gives no unit, a person decides."""
    found: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        now, draft = (names.list_of_units(units) or names.t("list.a_person") for units in (case.now, case.draft))
        found.setdefault((now, draft), []).append(case.case_number)
    return sorted((Move(*pair, numbers) for pair, numbers in found.items()), key=lambda each: -len(each.case_numbers))
