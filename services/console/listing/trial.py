"""What a draft did to past cases: from whom to whom, how many, and which."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from services.console.listing.names import Names


class Tried(NamedTuple):
    """A past case that would go elsewhere: the units of now and those of the draft, the lead first."""

    case_number: str
    now: Sequence[str]
    draft: Sequence[str]


class Move(NamedTuple):
    """Cases that would go from the same units to the same others."""

    now: str
    draft: str
    case_numbers: list[str]


def previewed(cases: Iterable[Mapping[str, Any]]) -> list[Tried]:
    """As routing answers when it tries a draft."""
    return [
        Tried(
            each["case_number"],
            *([unit["unit_id"] for unit in each[side]["chosen"]] for side in ("now", "draft")),
        )
        for each in cases
    ]


def kept(cases: Iterable[Mapping[str, Any]]) -> list[Tried]:
    """As a submitted draft keeps them."""
    return [Tried(each["case_number"], each["now"], each["draft"]) for each in cases]


def moves(cases: Iterable[Tried], names: Names) -> list[Move]:
    """By who loses and who gets them, most cases first. Where the list names nobody, a person decides."""
    found: dict[tuple[str, str], list[str]] = {}
    for case in cases:
        now, draft = (names.together(units) or names.t("list.a_person") for units in (case.now, case.draft))
        found.setdefault((now, draft), []).append(case.case_number)
    return sorted((Move(*pair, numbers) for pair, numbers in found.items()), key=lambda each: -len(each.case_numbers))
