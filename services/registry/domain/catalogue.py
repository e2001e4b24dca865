"""Finding categories while typing: by code of any edition, name, English name, synonym, pinyin or its initials."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from contracts.registry import Category
from services.chassis.registry_snapshot import District
from services.chassis.text import normalise
from services.registry.domain.matching import (
    Hit,
    Ranks,
    Spelled,
    english,
    fit,
    has_han,
    rank_of,
    said,
    spell,
    spelled,
    terms_of,
    within,
)

Place: TypeAlias = tuple[int, int, int, int, str]
"""Where a category stands in an answer: how well it fits, then fileable before not, matters before components, short
names before long, by id."""


@dataclass(frozen=True, slots=True)
class Found:
    """A category and how it was found."""

    category: Category
    place: Place
    hit: Hit


_CODE, _OLD_CODE = Ranks(0, 5, 13), Ranks(1, 6, 13)
_NAME, _SYNONYM, _PINYIN = Ranks(2, 5, 8), Ranks(3, 6, 9), Ranks(4, 7, 10)
_MAJOR = Ranks(11, 11, 11)
_SAID = 12
"""The other way round: the term holds a name or synonym."""


class _Entry(NamedTuple):
    category: Category
    unfileable: bool
    codes: tuple[str, ...]
    old_codes: tuple[tuple[str, str], ...]
    """Written in one of the ways people write it, and the id."""
    names: tuple[str, ...]
    synonyms: tuple[str, ...]
    english: str
    spelled: tuple[Spelled, ...]
    major: str
    written: str
    """All of it, line by line: what stands nowhere in it is in no part of it, and one look says so."""


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
        terms = terms_of(text)
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
    return fit(terms, lambda term: _best(entry, term), lambda term: _spelled(entry, term), Hit(0, "all", ""))


def _best(entry: _Entry, term: str) -> Hit | None:
    """The best way in which the term fits."""
    tried: list[Hit | None]
    if term not in entry.written and term.replace("'", "") not in entry.written:
        return said(term, (*entry.names, *entry.synonyms), _SAID, "synonym") if has_han(term) else None
    if term[0].isdigit():
        tried = [within(term, entry.codes, _CODE, "code"), *_old(entry, term)]
    elif not has_han(term):
        tried = [
            within(term, entry.codes, _CODE, "code"), *_old(entry, term),
            english(term, entry.english, _NAME, "name_en"), _spelled(entry, term),
        ]  # fmt: skip
    else:
        tried = [
            within(term, entry.names, _NAME, "name"), within(term, entry.synonyms, _SYNONYM, "synonym"),
            within(term, (entry.major,), _MAJOR, "major"),
            said(term, (*entry.names, *entry.synonyms), _SAID, "synonym"),
        ]  # fmt: skip
    return min((hit for hit in tried if hit is not None), default=None)


def _old(entry: _Entry, term: str) -> list[Hit]:
    """By what the category was called in other editions; the whole id is shown, since bare codes clash."""
    return [
        Hit(rank, "old_code", old_id)
        for code, old_id in entry.old_codes
        if (rank := rank_of(term, code, _OLD_CODE)) is not None and rank < _OLD_CODE.inside
    ]


def _spelled(entry: _Entry, term: str) -> Hit | None:
    return spelled(term, entry.spelled, _PINYIN, "pinyin") if term.replace("'", "") in entry.written else None


def _entry(category: Category, *, unfileable: bool) -> _Entry:
    names = tuple(dict.fromkeys((normalise(category.name), normalise(category.subject))))
    synonyms = tuple(normalise(word) for word in category.synonyms)
    codes = tuple(dict.fromkeys((*_written(category.code), normalise(category.id))))
    old_codes = tuple(
        (code, old) for old in category.crosswalk for code in (*_written(old.rpartition("/")[2]), normalise(old))
    )
    sounds = tuple(spell(text) for text in dict.fromkeys((*names, *synonyms)))
    major, name_en = normalise(category.major_name), normalise(category.name_en)
    written = (
        *codes, *(code for code, _ in old_codes), *names, *synonyms, name_en, major,
        *(text for each in sounds for text in (each.full, each.initials)),
    )  # fmt: skip
    return _Entry(
        category, unfileable, codes, old_codes, names, synonyms, name_en, sounds, major, written="\n".join(written)
    )


def _written(code: str) -> tuple[str, ...]:
    """How people write a code: 01-10 also as 0110."""
    return tuple(dict.fromkeys((code, code.replace("-", ""))))
