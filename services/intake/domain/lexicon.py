"""Search for the words and phrases of categories in a text.

A word is a category's name or synonym. A phrase is a list of words that must all occur, each in one of several forms:
`井|井盖 没了|丢|缺` means 井 or 井盖, together with 没了, 丢 or 缺. A word inside a longer word does not count: 灯 in
红绿灯 (traffic light) is not a street light.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import log
from typing import NamedTuple, TypeAlias

from contracts.registry import Category
from services.chassis.text import normalise

Span: TypeAlias = tuple[int, int]
"""Start and end position of a word in the text."""

_LENGTH_WEIGHTS = (0.0, 0.9, 2.0, 2.6, 3.2, 3.6, 4.0)
"""Weight of a word by its number of characters. The last weight is for six characters or more."""
_SHARED_DISCOUNT = 0.12
"""Discount for a word that belongs to n categories: the weight of the word is multiplied by `1 - discount * log(n)`."""
_PHRASE_BONUS = 0.5
"""Added to the score of a phrase for each word after the first."""
_FURTHER_PHRASE_FACTOR = 0.5
"""Factor on the score of all phrases of a category except the strongest."""
_STANDALONE_LENGTH = 3
"""A name or synonym with at least so many characters hides the words that lie inside it."""


class Match(NamedTuple):
    """A word found in the text, and its position."""

    word: str
    span: Span


class Phrase(NamedTuple):
    """A name, synonym or phrase of a category."""

    category_id: str
    parts: tuple[tuple[str, ...], ...]
    """The words of the phrase, each as a tuple of its alternative forms."""


class Evidence(NamedTuple):
    """Evidence that a text is about a category: a score, and the words found."""

    score: float
    words: tuple[str, ...]
    """Words that occur in the text, those of the strongest phrase first."""


class Lexicon:
    """The words and phrases of the categories. Immutable."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self._phrases: dict[str, list[Phrase]] = defaultdict(list)
        """Form of a word → phrases with this form."""
        self._solid: set[str] = set()
        holders: dict[str, set[str]] = defaultdict(set)
        for phrase in (phrase for category in categories for phrase in _phrases_of(category)):
            forms = {form for part in phrase.parts for form in part}
            for form in forms:
                self._phrases[form].append(phrase)
                holders[form].add(phrase.category_id)
            if len(phrase.parts) == 1:
                self._solid |= {form for form in forms if len(form) >= _STANDALONE_LENGTH}
        self._longest = max(map(len, self._phrases), default=0)
        self._worth = {
            form: _LENGTH_WEIGHTS[min(len(form), len(_LENGTH_WEIGHTS) - 1)] * (1 - _SHARED_DISCOUNT * log(len(found)))
            for form, found in holders.items()
        }

    def find_evidence(self, text: str) -> dict[str, Evidence]:
        """Return category → evidence, for the categories whose phrases occur in a normalised text."""
        spans = self._spans(text)
        phrases = {phrase for form in spans for phrase in self._phrases[form]}
        matches_by_category: dict[str, list[list[Match]]] = defaultdict(list)
        for phrase in phrases:
            if (parts := self._match_phrase(phrase, spans)) is not None:
                matches_by_category[phrase.category_id].append(parts)
        return {category_id: self._combine(found) for category_id, found in matches_by_category.items()}

    def words(self, text: str) -> set[str]:
        """Return all words of categories that occur in the text, without those inside a longer word."""
        return set(self._spans(text))

    def mentioned(self, text: str) -> set[str]:
        """Return the categories of which a word occurs in the text, even if other words of the phrase are missing."""
        return {phrase.category_id for form in self._spans(text) for phrase in self._phrases[form]}

    def _spans(self, text: str) -> dict[str, list[Span]]:
        """Return form of a word → positions of the form in the text, except positions inside a longer word."""
        found: dict[str, list[Span]] = defaultdict(list)
        solid: list[Span] = []
        for start in range(len(text)):
            for end in range(start + 1, min(start + self._longest, len(text)) + 1):
                form = text[start:end]
                if form in self._phrases:
                    found[form].append((start, end))
                    if form in self._solid:
                        solid.append((start, end))
        free = {form: [span for span in spans if not _inside(span, solid)] for form, spans in found.items()}
        return {form: spans for form, spans in free.items() if spans}

    def _match_phrase(self, phrase: Phrase, spans: dict[str, list[Span]]) -> list[Match] | None:
        """Return one match for each word of the phrase, without overlaps; `None` if a word is missing."""
        parts: list[Match] = []
        for forms in phrase.parts:
            present = sorted((form for form in forms if form in spans), key=lambda form: (-self._worth[form], form))
            free = (
                Match(form, span)
                for form in present
                for span in spans[form]
                if not any(_overlap(span, other.span) for other in parts)
            )
            part = next(free, None)
            if part is None:
                return None
            parts.append(part)
        return parts

    def _combine(self, found: list[list[Match]]) -> Evidence:
        """Combine the phrases of a category that were found.

        The strongest phrase counts fully; the others add only the words that do not overlap with stronger ones.
        """
        score, matches = 0.0, list[Match]()
        for parts in sorted(found, key=lambda parts: (-self._weight(parts), parts)):
            new = [part for part in parts if not any(_overlap(part.span, other.span) for other in matches)]
            score += (
                self._weight(parts)
                if not matches
                else _FURTHER_PHRASE_FACTOR * sum(self._worth[part.word] for part in new)
            )
            matches += new
        return Evidence(score, tuple(dict.fromkeys(part.word for part in matches)))

    def _weight(self, parts: list[Match]) -> float:
        return sum(self._worth[part.word] for part in parts) + _PHRASE_BONUS * (len(parts) - 1)


def _phrases_of(category: Category) -> list[Phrase]:
    texts = dict.fromkeys(
        normalise(text) for text in (category.name, category.subject, *category.synonyms, *category.phrases)
    )
    return [
        Phrase(category.id, tuple(tuple(part.split("|")) for part in text.split())) for text in texts if text.strip()
    ]


def _inside(span: Span, longer: list[Span]) -> bool:
    return any(start <= span[0] and span[1] <= end and (start, end) != span for start, end in longer)


def _overlap(one: Span, other: Span) -> bool:
    return one[0] < other[1] and other[0] < one[1]
