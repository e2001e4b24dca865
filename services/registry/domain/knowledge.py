"""Finding an answer while somebody asks: by keyword, the words of the question or the answer, pinyin or its initials."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from contracts.registry import Knowledge
from services.chassis.registry_snapshot import District
from services.chassis.text import normalise
from services.registry.domain.matching import (
    Hit,
    Ranks,
    Spelled,
    english,
    fit,
    has_han,
    said,
    spell,
    spelled,
    terms_of,
    within,
)

Place: TypeAlias = tuple[int, str]
"""Where an article stands: how well it fits, then by id."""

_KEYWORD, _QUESTION, _PINYIN = Ranks(0, 3, 6), Ranks(1, 4, 7), Ranks(2, 5, 8)
_CATEGORY, _ANSWER = Ranks(9, 9, 9), Ranks(11, 11, 11)
_SAID = 10


class _Entry(NamedTuple):
    article: Knowledge
    keywords: tuple[str, ...]
    question: str
    question_en: str
    answer: str
    category: str
    spelled: tuple[Spelled, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An article and how it was found."""

    article: Knowledge
    place: Place
    hit: Hit


class KnowledgeBase:
    """The articles of one release, ready to be searched. Immutable."""

    def __init__(self, district: District) -> None:
        self.district = district
        self._entries = [_entry(article, district) for article in district.knowledge.values()]

    def search(self, text: str) -> list[Found]:
        """Every article that each of the words fits, best first; all of them, by id, when there is no word."""
        terms = terms_of(text)
        found = [
            Found(entry.article, (hit.rank, entry.article.id), hit)
            for entry in self._entries
            if (hit := _fit(entry, terms)) is not None
        ]
        return sorted(found, key=lambda each: each.place)


def _fit(entry: _Entry, terms: list[str]) -> Hit | None:
    return fit(terms, lambda term: _best(entry, term), lambda term: _spelled(entry, term), Hit(0, "all", ""))


def _best(entry: _Entry, term: str) -> Hit | None:
    tried: list[Hit | None] = [
        within(term, entry.keywords, _KEYWORD, "keyword"), within(term, (entry.answer,), _ANSWER, "answer"),
    ]  # fmt: skip
    if has_han(term):
        tried += [
            within(term, (entry.question,), _QUESTION, "question"), within(term, (entry.category,), _CATEGORY, "category"),
            said(term, entry.keywords, _SAID, "keyword"),
        ]  # fmt: skip
    else:
        tried += [english(term, entry.question_en, _QUESTION, "question_en"), _spelled(entry, term)]
    return min((hit for hit in tried if hit is not None), default=None)


def _spelled(entry: _Entry, term: str) -> Hit | None:
    return spelled(term, entry.spelled, _PINYIN, "pinyin")


def _entry(article: Knowledge, district: District) -> _Entry:
    keywords, question = tuple(map(normalise, article.keywords)), normalise(article.question)
    category = district.categories.get(article.category)
    return _Entry(
        article, keywords, question, question_en=normalise(article.question_en), answer=normalise(article.answer),
        category=normalise(category.name) if category is not None else "",
        spelled=tuple(spell(text) for text in dict.fromkeys((*keywords, question))),
    )  # fmt: skip
