"""Search for categories by code (of any edition), name, English name, synonym, pinyin or initials of pinyin."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeAlias

from contracts.registry import Category
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.release_cache import ReleaseCache
from services.chassis.text import normalise
from services.registry.domain.matching import (
    Hit,
    Pinyin,
    Ranks,
    has_han,
    match_contained,
    match_english,
    match_pinyin,
    match_terms,
    match_texts,
    rank_of,
    terms_of,
    to_pinyin,
)

SortKey: TypeAlias = tuple[int, int, int, int, str]
"""Sort key of a result: rank of the match (0 is best), 1 without a filing condition (else 0), 1 for a component (else
0), length of the name, id."""


@dataclass(frozen=True, slots=True)
class Found:
    """A category that a search found, its sort key, and its match (`hit`)."""

    category: Category
    sort_key: SortKey
    hit: Hit


_CODE, _OLD_CODE = Ranks(0, 5, 13), Ranks(1, 6, 13)
_NAME, _SYNONYM, _PINYIN = Ranks(2, 5, 8), Ranks(3, 6, 9), Ranks(4, 7, 10)
_MAJOR = Ranks(11, 11, 11)
_CONTAINED = 12
"""Rank of a search term that contains a whole name or synonym."""


class _Entry(NamedTuple):
    category: Category
    unfileable: bool
    codes: tuple[str, ...]
    old_codes: tuple[tuple[str, str], ...]
    """(code of the same category in another edition, id of the category in that edition), for each usual spelling."""
    names: tuple[str, ...]
    synonyms: tuple[str, ...]
    english: str
    pinyin: tuple[Pinyin, ...]
    major: str
    all_text: str
    """All searchable texts of the category, one per line. One lookup tells whether a term occurs in any of them."""


class Catalogue:
    """Search index of the categories of one release. It never changes. Building it takes half a second."""

    def __init__(self, district: RegistrySnapshot) -> None:
        self._entries = [
            _entry(category, unfileable=not district.conditions_of(category.id))
            for category in district.categories.values()
        ]

    def search(self, text: str, wanted: Callable[[Category], bool]) -> list[Found]:
        """Return the `wanted` categories that match all terms of the text, best match first.

        If the text is empty, return all wanted categories, ordered by id with components last.
        """
        terms = terms_of(text)
        found = [
            Found(entry.category, _sort_key(entry, hit, ranked=bool(terms)), hit)
            for entry in self._entries
            if wanted(entry.category) and (hit := _match(entry, terms)) is not None
        ]
        return sorted(found, key=lambda each: each.sort_key)


CATALOGUES = ReleaseCache(Catalogue)
"""Cache of the catalogue of each release."""


def _sort_key(entry: _Entry, hit: Hit, *, ranked: bool) -> SortKey:
    category = entry.category
    component = int(category.kind == "component")
    if not ranked:
        return (0, 0, component, 0, category.id)
    return (hit.rank, int(entry.unfileable), component, len(category.name), category.id)


def _match(entry: _Entry, terms: list[str]) -> Hit | None:
    best, by_pinyin = partial(_best, entry), partial(_match_pinyin, entry)
    return match_terms(terms, best, by_pinyin, without_terms=Hit(0, "all", ""))


def _best(entry: _Entry, term: str) -> Hit | None:
    """Return the best match of one term with a category, or `None` if the term does not match."""
    hits: list[Hit | None]
    if term not in entry.all_text and term.replace("'", "") not in entry.all_text:
        return match_contained(term, (*entry.names, *entry.synonyms), _CONTAINED, "synonym") if has_han(term) else None
    if term[0].isdigit():
        hits = [match_texts(term, entry.codes, _CODE, "code"), *_match_old_codes(entry, term)]
    elif not has_han(term):
        hits = [
            match_texts(term, entry.codes, _CODE, "code"),
            *_match_old_codes(entry, term),
            match_english(term, entry.english, _NAME, "name_en"),
            _match_pinyin(entry, term),
        ]
    else:
        hits = [
            match_texts(term, entry.names, _NAME, "name"),
            match_texts(term, entry.synonyms, _SYNONYM, "synonym"),
            match_texts(term, (entry.major,), _MAJOR, "major"),
            match_contained(term, (*entry.names, *entry.synonyms), _CONTAINED, "synonym"),
        ]
    return min((hit for hit in hits if hit is not None), default=None)


def _match_old_codes(entry: _Entry, term: str) -> list[Hit]:
    """Match a term with codes of other editions. A match names the whole id, because a code alone is ambiguous."""
    return [
        Hit(rank, "old_code", old_id)
        for code, old_id in entry.old_codes
        if (rank := rank_of(term, code, _OLD_CODE)) is not None and rank < _OLD_CODE.inside
    ]


def _match_pinyin(entry: _Entry, term: str) -> Hit | None:
    return match_pinyin(term, entry.pinyin, _PINYIN, "pinyin") if term.replace("'", "") in entry.all_text else None


def _entry(category: Category, *, unfileable: bool) -> _Entry:
    names = tuple(dict.fromkeys((normalise(category.name), normalise(category.subject))))
    synonyms = tuple(normalise(word) for word in category.synonyms)
    codes = tuple(dict.fromkeys((*_spellings(category.code), normalise(category.id))))
    old_codes = tuple(
        (code, old) for old in category.crosswalk for code in (*_spellings(old.rpartition("/")[2]), normalise(old))
    )
    pinyin = tuple(to_pinyin(text) for text in dict.fromkeys((*names, *synonyms)))
    major, name_en = normalise(category.major_name), normalise(category.name_en)
    all_texts = (
        *codes,
        *(code for code, _ in old_codes),
        *names,
        *synonyms,
        name_en,
        major,
        *(text for each in pinyin for text in (each.full, each.initials)),
    )
    return _Entry(
        category, unfileable, codes, old_codes, names, synonyms, name_en, pinyin, major, all_text="\n".join(all_texts)
    )


def _spellings(code: str) -> tuple[str, ...]:
    """Return a code with and without its hyphens, for example 01-10 and 0110."""
    return tuple(dict.fromkeys((code, code.replace("-", ""))))
