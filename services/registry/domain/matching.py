"""How what people type fits a text: the whole of it, its beginning, a part, by pinyin or its initials."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from services.chassis.text import normalise

How = Literal[
    "all", "code", "old_code", "name", "synonym", "name_en", "pinyin", "major", "keyword", "question", "question_en",
    "category", "answer",
]  # fmt: skip
"""By which of its texts something was found; `all`: nothing was asked for."""

_HAN = re.compile("[㐀-䶿一-鿿]")


class Hit(NamedTuple):
    """How something was found: the smaller the rank the better, and the words that fit."""

    rank: int
    how: How
    text: str


class Ranks(NamedTuple):
    """How good it is when the term is the whole text, its beginning, or somewhere in it."""

    whole: int
    begins: int
    inside: int


class Spelled(NamedTuple):
    """A Chinese text in pinyin: where its syllables begin, whole, and the initials."""

    text: str
    full: str
    starts: frozenset[int]
    initials: str


def terms_of(text: str) -> list[str]:
    """The words that were typed; each must fit."""
    return normalise(text).split()


def has_han(term: str) -> bool:
    """Whether there is a Chinese character in it."""
    return _HAN.search(term) is not None


def fit(
    terms: list[str], best: Callable[[str], Hit | None], by_sound: Callable[[str], Hit | None], nothing: Hit
) -> Hit | None:  # fmt: skip
    """The sum over the words, shown by the first; syllables of pinyin may also stand apart. `nothing`: nothing was typed."""
    hits: list[Hit] = []
    if len(terms) > 1 and all(term.isascii() and term.isalpha() for term in terms):
        together = by_sound("".join(terms))
        if together is not None:
            return together
    for term in terms:
        hit = best(term)
        if hit is None:
            return None
        hits.append(hit)
    if not hits:
        return nothing
    return Hit(sum(hit.rank for hit in hits), hits[0].how, hits[0].text)


def within(term: str, texts: Iterable[str], ranks: Ranks, how: How) -> Hit | None:
    """The best of several texts."""
    hits = [Hit(rank, how, text) for text in texts if (rank := rank_of(term, text, ranks)) is not None]
    return min(hits, default=None)


def rank_of(term: str, text: str, ranks: Ranks) -> int | None:
    """How well it fits; none when it does not."""
    at = text.find(term)
    if at < 0:
        return None
    return ranks.inside if at else ranks.whole if len(term) == len(text) else ranks.begins


def english(term: str, text: str, ranks: Ranks, how: How) -> Hit | None:
    """At the beginning of a word."""
    rank = rank_of(term, text, ranks)
    if rank is None or (rank == ranks.inside and f" {term}" not in text):
        return None
    return Hit(rank, how, text)


def spelled(term: str, texts: Iterable[Spelled], ranks: Ranks, how: How) -> Hit | None:
    """By initials, or by whole syllables from one of them on; the apostrophe of xi'an is not needed."""
    term = term.replace("'", "")
    hits: list[Hit] = []
    for each in texts:
        at = each.full.find(term)
        while at > 0 and at not in each.starts:
            at = each.full.find(term, at + 1)
        by_sound = None if at < 0 else ranks.inside if at else rank_of(term, each.full, ranks)
        found = [rank for rank in (by_sound, rank_of(term, each.initials, ranks)) if rank is not None]
        if found:
            hits.append(Hit(min(found), how, each.text))
    return min(hits, default=None)


def said(term: str, texts: Iterable[str], rank: int, how: How) -> Hit | None:
    """The other way round, a whole phrase was typed: the longest text that is in it."""
    inside = [text for text in texts if len(text) > 1 and text in term]
    return Hit(rank, how, max(inside, key=len)) if inside else None


def spell(text: str) -> Spelled:
    """The text as it sounds."""
    from pypinyin import lazy_pinyin  # its dictionaries take half a second to load, which no start waits for

    syllables = lazy_pinyin("".join(letter for letter in text if letter.isalnum()))
    starts = {sum(map(len, syllables[:number])) for number in range(len(syllables))}
    return Spelled(text, "".join(syllables), frozenset(starts), "".join(each[0] for each in syllables))
