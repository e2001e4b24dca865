"""Matching of typed terms with texts: whole text, beginning, part, pinyin, initials of pinyin."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from services.chassis.text import normalise

MatchedField = Literal[
    "all",
    "code",
    "old_code",
    "name",
    "synonym",
    "name_en",
    "pinyin",
    "major",
    "keyword",
    "question",
    "question_en",
    "category",
    "answer",
]
"""Kind of the text that a term matched; `all` for an empty search."""

_HAN = re.compile("[㐀-䶿一-鿿]")


class Hit(NamedTuple):
    """A match: its rank (smaller is better), the kind of the matching text, and the text."""

    rank: int
    field: MatchedField
    text: str


class Ranks(NamedTuple):
    """Ranks for a term that is the whole text, its beginning, or a part inside."""

    whole: int
    begins: int
    inside: int


class Pinyin(NamedTuple):
    """A Chinese text with its pinyin, the start indexes of the syllables, and the initials."""

    text: str
    full: str
    starts: frozenset[int]
    initials: str


def terms_of(text: str) -> list[str]:
    """Return the typed terms. Each of them must match."""
    return normalise(text).split()


def has_han(term: str) -> bool:
    """Return whether the term contains a Chinese character."""
    return _HAN.search(term) is not None


def match_terms(
    terms: list[str], best: Callable[[str], Hit | None], by_pinyin: Callable[[str], Hit | None], without_terms: Hit
) -> Hit | None:
    """Match all terms and add up their ranks; the first term names the matching text.

    Several Latin terms are first tried as the syllables of one pinyin text. Without terms, return `without_terms`.
    """
    hits: list[Hit] = []
    if len(terms) > 1 and all(term.isascii() and term.isalpha() for term in terms):
        together = by_pinyin("".join(terms))
        if together is not None:
            return together
    for term in terms:
        hit = best(term)
        if hit is None:
            return None
        hits.append(hit)
    if not hits:
        return without_terms
    return Hit(sum(hit.rank for hit in hits), hits[0].field, hits[0].text)


def match_texts(term: str, texts: Iterable[str], ranks: Ranks, field: MatchedField) -> Hit | None:
    """Return the best match of a term in several texts."""
    hits = [Hit(rank, field, text) for text in texts if (rank := rank_of(term, text, ranks)) is not None]
    return min(hits, default=None)


def rank_of(term: str, text: str, ranks: Ranks) -> int | None:
    """Return the rank of a term in a text, or `None` without a match."""
    at = text.find(term)
    if at < 0:
        return None
    return ranks.inside if at else ranks.whole if len(term) == len(text) else ranks.begins


def match_english(term: str, text: str, ranks: Ranks, field: MatchedField) -> Hit | None:
    """Match a term at the beginning of a word."""
    rank = rank_of(term, text, ranks)
    if rank is None or (rank == ranks.inside and f" {term}" not in text):
        return None
    return Hit(rank, field, text)


def match_pinyin(term: str, texts: Iterable[Pinyin], ranks: Ranks, field: MatchedField) -> Hit | None:
    """Match a term by initials or from the beginning of a syllable. Apostrophes, as in xi'an, are optional."""
    term = term.replace("'", "")
    hits: list[Hit] = []
    for each in texts:
        at = each.full.find(term)
        while at > 0 and at not in each.starts:
            at = each.full.find(term, at + 1)
        by_syllables = None if at < 0 else ranks.inside if at else rank_of(term, each.full, ranks)
        found = [rank for rank in (by_syllables, rank_of(term, each.initials, ranks)) if rank is not None]
        if found:
            hits.append(Hit(min(found), field, each.text))
    return min(hits, default=None)


def match_contained(term: str, texts: Iterable[str], rank: int, field: MatchedField) -> Hit | None:
    """Return the longest text that a typed phrase contains."""
    contained = [text for text in texts if len(text) > 1 and text in term]
    return Hit(rank, field, max(contained, key=len)) if contained else None


def to_pinyin(text: str) -> Pinyin:
    """Return the pinyin of a text."""
    from pypinyin import lazy_pinyin  # imported here: its dictionaries take half a second to load

    syllables = lazy_pinyin("".join(letter for letter in text if letter.isalnum()))
    starts = {sum(map(len, syllables[:number])) for number in range(len(syllables))}
    return Pinyin(text, "".join(syllables), frozenset(starts), "".join(each[0] for each in syllables))
