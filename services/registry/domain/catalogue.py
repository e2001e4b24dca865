"""Finding categories while typing: by code of any edition, name, English name, synonym, pinyin or its initials."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

from contracts.registry import Category
from services.chassis.district import District
from services.chassis.text import normalise

How = Literal["all", "code", "old_code", "name", "synonym", "name_en", "pinyin", "major"]
"""By what a category was found; `all`: nothing was asked for."""

Place: TypeAlias = tuple[int, int, int, int, str]
"""Where a category stands in an answer: how well it fits, then fileable before not, matters before components, short
names before long, by id."""


_HAN = re.compile("[㐀-䶿一-鿿]")


class Hit(NamedTuple):
    """How a category was found: the smaller the rank the better, and the words that fit."""

    rank: int
    how: How
    text: str


@dataclass(frozen=True, slots=True)
class Found:
    """A category and how it was found."""

    category: Category
    place: Place
    hit: Hit


class _Ranks(NamedTuple):
    """How good it is when the term is the whole text, its beginning, or somewhere in it."""

    whole: int
    begins: int
    inside: int


_CODE, _OLD_CODE = _Ranks(0, 5, 13), _Ranks(1, 6, 13)
_NAME, _SYNONYM, _PINYIN = _Ranks(2, 5, 8), _Ranks(3, 6, 9), _Ranks(4, 7, 10)
_MAJOR = _Ranks(11, 11, 11)
_SAID = 12
"""The other way round: the term holds a name or synonym."""


class _Spelled(NamedTuple):
    """A Chinese text in pinyin: where its syllables begin, whole, and the initials."""

    text: str
    full: str
    starts: frozenset[int]
    initials: str


class _Entry(NamedTuple):
    category: Category
    unfileable: bool
    codes: tuple[str, ...]
    old_codes: tuple[tuple[str, str], ...]
    """Written in one of the ways people write it, and the id."""
    names: tuple[str, ...]
    synonyms: tuple[str, ...]
    english: str
    spelled: tuple[_Spelled, ...]
    major: str


class Catalogue:
    """The categories of one release, ready to be searched. Immutable; takes half a second to make."""

    def __init__(self, district: District) -> None:
        self.district = district
        self._entries = [
            _entry(category, unfileable=not district.conditions_of(category.id))
            for category in district.categories.values()
        ]

    def search(self, text: str, wanted: Callable[[Category], bool]) -> list[Found]:
        """Every category that each of the words fits, best first; all of them, by code, when there is no word."""
        terms = normalise(text).split()
        found = [
            Found(entry.category, _place(entry, hit, ranked=bool(terms)), hit)
            for entry in self._entries
            if wanted(entry.category) and (hit := _fit(entry, terms)) is not None
        ]
        return sorted(found, key=lambda each: each.place)


def _place(entry: _Entry, hit: Hit, *, ranked: bool) -> Place:
    category = entry.category
    component = int(category.kind == "component")
    if not ranked:
        return (0, 0, component, 0, category.id)
    return (hit.rank, int(entry.unfileable), component, len(category.name), category.id)


def _fit(entry: _Entry, terms: list[str]) -> Hit | None:
    """The sum over the words, shown by the first; syllables of pinyin may also stand apart."""
    hits: list[Hit] = []
    if len(terms) > 1 and all(term.isascii() and term.isalpha() for term in terms):
        together = _spelled(entry, "".join(terms))
        if together is not None:
            return together
    for term in terms:
        hit = _best(entry, term)
        if hit is None:
            return None
        hits.append(hit)
    if not hits:
        return Hit(0, "all", "")
    return Hit(sum(hit.rank for hit in hits), hits[0].how, hits[0].text)


def _best(entry: _Entry, term: str) -> Hit | None:
    """The best way in which the term fits."""
    if term[0].isdigit():
        tried = [_within(term, entry.codes, _CODE, "code"), *_old(entry, term)]
    elif not _HAN.search(term):
        tried = [
            _within(term, entry.codes, _CODE, "code"), *_old(entry, term), _english(entry, term), _spelled(entry, term),
        ]  # fmt: skip
    else:
        tried = [
            _within(term, entry.names, _NAME, "name"), _within(term, entry.synonyms, _SYNONYM, "synonym"),
            _within(term, (entry.major,), _MAJOR, "major"), _said(entry, term),
        ]  # fmt: skip
    return min((hit for hit in tried if hit is not None), default=None)


def _within(term: str, texts: Iterable[str], ranks: _Ranks, how: How) -> Hit | None:
    hits = [Hit(rank, how, text) for text in texts if (rank := _rank(term, text, ranks)) is not None]
    return min(hits, default=None)


def _rank(term: str, text: str, ranks: _Ranks) -> int | None:
    at = text.find(term)
    if at < 0:
        return None
    return ranks.inside if at else ranks.whole if len(term) == len(text) else ranks.begins


def _old(entry: _Entry, term: str) -> list[Hit]:
    """By what the category was called in other editions; the whole id is shown, since bare codes clash."""
    return [
        Hit(rank, "old_code", old_id)
        for code, old_id in entry.old_codes
        if (rank := _rank(term, code, _OLD_CODE)) is not None and rank < _OLD_CODE.inside
    ]


def _english(entry: _Entry, term: str) -> Hit | None:
    """At the beginning of a word."""
    rank = _rank(term, entry.english, _NAME)
    if rank is None or (rank == _NAME.inside and f" {term}" not in entry.english):
        return None
    return Hit(rank, "name_en", entry.english)


def _spelled(entry: _Entry, term: str) -> Hit | None:
    """By initials, or by whole syllables from one of them on; the apostrophe of xi'an is not needed."""
    term = term.replace("'", "")
    hits: list[Hit] = []
    for each in entry.spelled:
        at = each.full.find(term)
        while at > 0 and at not in each.starts:
            at = each.full.find(term, at + 1)
        by_sound = None if at < 0 else _PINYIN.inside if at else _rank(term, each.full, _PINYIN)
        ranks = [rank for rank in (by_sound, _rank(term, each.initials, _PINYIN)) if rank is not None]
        if ranks:
            hits.append(Hit(min(ranks), "pinyin", each.text))
    return min(hits, default=None)


def _said(entry: _Entry, term: str) -> Hit | None:
    """A whole phrase was typed: the longest word of the category that is in it."""
    inside = [text for text in (*entry.names, *entry.synonyms) if len(text) > 1 and text in term]
    return Hit(_SAID, "synonym", max(inside, key=len)) if inside else None


def _entry(category: Category, *, unfileable: bool) -> _Entry:
    names = tuple(dict.fromkeys((normalise(category.name), normalise(category.subject))))
    synonyms = tuple(normalise(word) for word in category.synonyms)
    return _Entry(
        category, unfileable,
        codes=tuple(dict.fromkeys((*_written(category.code), normalise(category.id)))),
        old_codes=tuple((code, old) for old in category.crosswalk for code in (*_written(old.rpartition("/")[2]), normalise(old))),
        names=names, synonyms=synonyms, english=normalise(category.name_en),
        spelled=tuple(_spell(text) for text in dict.fromkeys((*names, *synonyms))), major=normalise(category.major_name),
    )  # fmt: skip


def _written(code: str) -> tuple[str, ...]:
    """How people write a code: 01-10 also as 0110."""
    return tuple(dict.fromkeys((code, code.replace("-", ""))))


def _spell(text: str) -> _Spelled:
    from pypinyin import lazy_pinyin  # its dictionaries take half a second to load, which no start waits for

    syllables = lazy_pinyin("".join(letter for letter in text if letter.isalnum()))
    starts = {sum(map(len, syllables[:number])) for number in range(len(syllables))}
    return _Spelled(text, "".join(syllables), frozenset(starts), "".join(each[0] for each in syllables))
