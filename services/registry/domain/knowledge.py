"""Search in the knowledge base by keyword, question, answer, category, pinyin or initials of pinyin."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import NamedTuple, TypeAlias

from contracts.registry import Knowledge
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
    terms_of,
    to_pinyin,
)

SortKey: TypeAlias = tuple[int, str]
"""Sort key of a result: rank of the match (0 is best), id of the article."""

_KEYWORD, _QUESTION, _PINYIN = Ranks(0, 3, 6), Ranks(1, 4, 7), Ranks(2, 5, 8)
_CATEGORY, _ANSWER = Ranks(9, 9, 9), Ranks(11, 11, 11)
_CONTAINED = 10


class _Entry(NamedTuple):
    article: Knowledge
    keywords: tuple[str, ...]
    question: str
    question_en: str
    answer: str
    category: str
    pinyin: tuple[Pinyin, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """An article that a search found, its sort key, and its match (`hit`)."""

    article: Knowledge
    sort_key: SortKey
    hit: Hit


class KnowledgeBase:
    """Search index of the articles in the knowledge base of one release. It never changes."""

    def __init__(self, district: RegistrySnapshot) -> None:
        self._entries = [_entry(article, district) for article in district.knowledge.values()]

    def search(self, text: str) -> list[Found]:
        """Return the articles that match all terms of the text, best match first. An empty text returns all, by id."""
        terms = terms_of(text)
        found = [
            Found(entry.article, (hit.rank, entry.article.id), hit)
            for entry in self._entries
            if (hit := _match(entry, terms)) is not None
        ]
        return sorted(found, key=lambda each: each.sort_key)


KNOWLEDGE_BASES = ReleaseCache(KnowledgeBase)
"""Cache of the knowledge base of each release."""


def _match(entry: _Entry, terms: list[str]) -> Hit | None:
    best, by_pinyin = partial(_best, entry), partial(_match_pinyin, entry)
    return match_terms(terms, best, by_pinyin, without_terms=Hit(0, "all", ""))


def _best(entry: _Entry, term: str) -> Hit | None:
    hits: list[Hit | None] = [
        match_texts(term, entry.keywords, _KEYWORD, "keyword"),
        match_texts(term, (entry.answer,), _ANSWER, "answer"),
    ]
    if has_han(term):
        hits += [
            match_texts(term, (entry.question,), _QUESTION, "question"),
            match_texts(term, (entry.category,), _CATEGORY, "category"),
            match_contained(term, entry.keywords, _CONTAINED, "keyword"),
        ]
    else:
        hits += [match_english(term, entry.question_en, _QUESTION, "question_en"), _match_pinyin(entry, term)]
    return min((hit for hit in hits if hit is not None), default=None)


def _match_pinyin(entry: _Entry, term: str) -> Hit | None:
    return match_pinyin(term, entry.pinyin, _PINYIN, "pinyin")


def _entry(article: Knowledge, district: RegistrySnapshot) -> _Entry:
    keywords, question = tuple(map(normalise, article.keywords)), normalise(article.question)
    category = district.categories.get(article.category)
    return _Entry(
        article,
        keywords,
        question,
        question_en=normalise(article.question_en),
        answer=normalise(article.answer),
        category=normalise(category.name) if category is not None else "",
        pinyin=tuple(to_pinyin(text) for text in dict.fromkeys((*keywords, question))),
    )
