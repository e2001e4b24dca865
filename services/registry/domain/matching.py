"""Matching of search terms with texts. A term can match the whole text, its beginning, a part of it, or its pinyin."""

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
"""Kind of the text that a search term matched. `all` stands for an empty search, which finds everything."""

_HAN = re.compile("[㐀-䶿一-鿿]")


class Hit(NamedTuple):
    """A match of search terms: rank (smaller is better), kind of the text that matched, and this text."""

    rank: int
    field: MatchedField
    text: str


class Ranks(NamedTuple):
    """Ranks of a match in which the search term is the whole text, its beginning, or another part of it."""

    whole: int
    begins: int
    inside: int


class Pinyin(NamedTuple):
    """A Chinese text, its pinyin (`full`), the index of each syllable in the pinyin, and the first letters."""

    text: str
    full: str
    starts: frozenset[int]
    initials: str


def terms_of(text: str) -> list[str]:
    """Return the terms of a search text, which are separated by spaces. All terms must match."""
    return normalise(text).split()


def has_han(term: str) -> bool:
    """Return whether the term contains a Chinese character."""
    return _HAN.search(term) is not None


def match_terms(
    terms: list[str], best: Callable[[str], Hit | None], by_pinyin: Callable[[str], Hit | None], without_terms: Hit
) -> Hit | None:
    """Return the match of all terms together, or `None` if one of them does not match.

    Its rank is the sum of the ranks of the terms, and its text is that of the first term. If there are several terms of
    Latin letters, they are first tried together as syllables of one pinyin text. Without terms, return `without_terms`.
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
    """Return the best match of a term with one of the texts, or `None`."""
    hits = [Hit(rank, field, text) for text in texts if (rank := rank_of(term, text, ranks)) is not None]
    return min(hits, default=None)


def rank_of(term: str, text: str, ranks: Ranks) -> int | None:
    """Return the rank of the match of a term with a text, or `None` if the text does not contain the term."""
    at = text.find(term)
    if at < 0:
        return None
    return ranks.inside if at else ranks.whole if len(term) == len(text) else ranks.begins


def match_english(term: str, text: str, ranks: Ranks, field: MatchedField) -> Hit | None:
    """Return the match of a term with the beginning of a word in an English text, or `None`."""
    rank = rank_of(term, text, ranks)
    if rank is None or (rank == ranks.inside and f" {term}" not in text):
        return None
    return Hit(rank, field, text)


def match_pinyin(term: str, texts: Iterable[Pinyin], ranks: Ranks, field: MatchedField) -> Hit | None:
    """Return the best match of a term with the pinyin of one of the texts, or `None`.

    The term must begin at a syllable of the pinyin, or be part of the first letters of the syllables. Apostrophes in
    the term (xi'an) are ignored.
    """
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
    """Return a match with the longest text that is contained in the term, or `None`."""
    contained = [text for text in texts if len(text) > 1 and text in term]
    return Hit(rank, field, max(contained, key=len)) if contained else None


def to_pinyin(text: str) -> Pinyin:
    """Return a Chinese text with its pinyin."""
    from pypinyin import lazy_pinyin  # imported here: its dictionaries take half a second to load

    syllables = lazy_pinyin("".join(letter for letter in text if letter.isalnum()))
    starts = {sum(map(len, syllables[:number])) for number in range(len(syllables))}
    return Pinyin(text, "".join(syllables), frozenset(starts), "".join(each[0] for each in syllables))
