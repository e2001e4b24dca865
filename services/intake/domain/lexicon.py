"""Words and phrases of the categories, looked for in what somebody says.

A word is the name of a category or a synonym. A phrase is several words that must all be there, each in one of a few
forms: `井|井盖 没了|丢|缺`. Whatever is said inside a longer word does not count: the 灯 of 红绿灯 is no street light.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from math import log
from typing import NamedTuple, TypeAlias

from contracts.registry import Category
from services.chassis.text import normalise

Span: TypeAlias = tuple[int, int]
"""From the first letter of a word in the text to behind its last."""

_LENGTH_WEIGHTS = (0.0, 0.9, 2.0, 2.6, 3.2, 3.6, 4.0)
"""Of a word by its letters, up to six: one letter says little."""
_SHARED_DISCOUNT = 0.12
"""How much less a word says for each e-fold of categories that have it, too."""
_PHRASE_BONUS = 0.5
"""For every further word of a phrase: together they say more than apart."""
_FURTHER_PHRASE_FACTOR = 0.5
"""Of what a second phrase of the same category adds."""
_STANDALONE_LENGTH = 3
"""From so many letters on a word stands for itself, and nothing inside it is looked at."""


class Match(NamedTuple):
    """A word that was found, and where."""

    word: str
    span: Span


class Phrase(NamedTuple):
    """What one category is called or said to be."""

    category_id: str
    parts: tuple[tuple[str, ...], ...]
    """Each in any of its forms."""


class Evidence(NamedTuple):
    """What the words say for a category."""

    score: float
    words: tuple[str, ...]
    """As they stand in the text, those of the weightiest phrase first."""


class Lexicon:
    """The words and phrases of some categories. Immutable."""

    def __init__(self, categories: Iterable[Category]) -> None:
        self._phrases: dict[str, list[Phrase]] = defaultdict(list)
        """By every form of every part."""
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

    def hear(self, text: str) -> dict[str, Evidence]:
        """What a normalised text says, by category."""
        spans = self._spans(text)
        phrases = {phrase for form in spans for phrase in self._phrases[form]}
        said: dict[str, list[list[Match]]] = defaultdict(list)
        for phrase in phrases:
            if (parts := self._said(phrase, spans)) is not None:
                said[phrase.category_id].append(parts)
        return {category_id: self._together(found) for category_id, found in said.items()}

    def words(self, text: str) -> set[str]:
        """The words of any category that are in the text, and not inside a longer word of one."""
        return set(self._spans(text))

    def mentioned(self, text: str) -> set[str]:
        """Categories of which any word at all is in the text, parts of phrases included."""
        return {phrase.category_id for form in self._spans(text) for phrase in self._phrases[form]}

    def _spans(self, text: str) -> dict[str, list[Span]]:
        """Every form that is in the text, where it is not inside a longer word."""
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

    def _said(self, phrase: Phrase, spans: dict[str, list[Span]]) -> list[Match] | None:
        """The words that make up the phrase, each at a place of its own; none when one is missing."""
        parts: list[Match] = []
        for forms in phrase.parts:
            here = sorted((form for form in forms if form in spans), key=lambda form: (-self._worth[form], form))
            free = (
                Match(form, span) for form in here for span in spans[form]
                if not any(_overlap(span, other.span) for other in parts)
            )  # fmt: skip
            part = next(free, None)
            if part is None:
                return None
            parts.append(part)
        return parts

    def _together(self, said: list[list[Match]]) -> Evidence:
        """The weightiest phrase counts whole, of others what they say besides."""
        score, taken = 0.0, list[Match]()
        for parts in sorted(said, key=lambda parts: (-self._value(parts), parts)):
            new = [part for part in parts if not any(_overlap(part.span, other.span) for other in taken)]
            score += (
                self._value(parts)
                if not taken
                else _FURTHER_PHRASE_FACTOR * sum(self._worth[part.word] for part in new)
            )
            taken += new
        return Evidence(score, tuple(dict.fromkeys(part.word for part in taken)))

    def _value(self, parts: list[Match]) -> float:
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
