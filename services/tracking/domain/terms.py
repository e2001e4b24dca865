"""Search terms: pairs of characters for Chinese, which has no spaces, and words for other scripts.

A search finds the texts that contain every term, and then checks that they contain each phrase. For example, the text
「大街以西大棚」 contains both pairs of 「西大街」, but not the phrase 「西大街」.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from services.chassis.text import normalise
from services.tracking.domain.summary import Summary

_CHARACTER_RUN = re.compile(r"[㐀-䶿一-鿿]+|[^\W_㐀-䶿一-鿿]+")
_LONGEST_WORD = 32


class Query(NamedTuple):
    """A parsed search: terms to look up in the index, and phrases that a found text must contain."""

    terms: list[str]
    phrases: list[str]


def terms_of(text: str) -> list[str]:
    """Return the distinct terms of a text, sorted."""
    found: set[str] = set()
    for run in _CHARACTER_RUN.findall(normalise(text)):
        found.update(_pairs(run) if _is_han(run) else (run[:_LONGEST_WORD],))
    return sorted(found)


def parse_query(text: str) -> Query:
    """Return the query for a search text. The query has no terms if the text is too short."""
    runs: list[str] = _CHARACTER_RUN.findall(normalise(text))
    han = [run for run in runs if _is_han(run)]
    wanted = {pair for run in han for pair in _pairs(run)} | {run[:_LONGEST_WORD] for run in runs if not _is_han(run)}
    return Query(sorted(wanted), sorted({run for run in han if len(run) != 2}))


def text_of(case: Summary) -> str:
    """Return the normalised text in which a search finds the case.

    For a confidential case it is only the case number.
    """
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
