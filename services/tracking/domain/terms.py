"""Search terms: Chinese has no spaces, so text is indexed by pairs of characters, other scripts by words.

A search finds what holds every term, then looks whether each phrase really stands there: 「西大街」 has the pairs 西大
and 大街, but so has 「大街以西大棚」.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from services.chassis.text import normalise
from services.tracking.domain.summary import Summary

_CHARACTER_RUN = re.compile(r"[㐀-䶿一-鿿]+|[^\W_㐀-䶿一-鿿]+")
_LONGEST_WORD = 32


class Query(NamedTuple):
    """What a search asks of the index, and then of the text."""

    terms: list[str]
    phrases: list[str]


def terms_of(text: str) -> list[str]:
    """The terms of a text, sorted, each once."""
    found: set[str] = set()
    for run in _CHARACTER_RUN.findall(normalise(text)):
        found.update(_pairs(run) if _is_han(run) else (run[:_LONGEST_WORD],))
    return sorted(found)


def parse_query(text: str) -> Query:
    """What a search text asks for. No terms: it was too short to search by (a single Chinese character)."""
    runs: list[str] = _CHARACTER_RUN.findall(normalise(text))
    han = [run for run in runs if _is_han(run)]
    wanted = {pair for run in han for pair in _pairs(run)} | {run[:_LONGEST_WORD] for run in runs if not _is_han(run)}
    return Query(sorted(wanted), sorted({run for run in han if len(run) != 2}))


def text_of(case: Summary) -> str:
    """The normalised text a case is searched by. A confidential case is found by its number only."""
    facts = case.facts
    if facts.confidential:
        return normalise(facts.case_number)
    parts = [
        facts.case_number,
        case.description,
        case.what_was_done,
        case.place.address if case.place else case.address,
        case.category.name if case.category else None,
        case.category.name_en if case.category else None,
        case.external_number,
    ]
    return "\n".join(normalise(part) for part in parts if part)


def _is_han(run: str) -> bool:
    return "㐀" <= run[0] <= "鿿"


def _pairs(run: str) -> list[str]:
    return [run[index : index + 2] for index in range(len(run) - 1)]
