"""Similarity between a text and the texts of each category, measured by shared characters and pairs of characters.

Chinese has no spaces, so characters and pairs of characters are compared instead of words; in other scripts only pairs.
The texts of a category are its names, synonyms, filing conditions and example sentences. A character or pair that
occurs in few categories weighs more.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import log, sqrt

from services.chassis.text import normalise

_CHARACTER_WEIGHT, _PAIR_WEIGHT = 1.0, 1.6
"""Weights of a character and a pair, before their rarity is applied."""
_UNKNOWN_WEIGHT = 0.5
"""Weight of a character or pair that occurs in no category. It lowers the similarity to every category."""
_BASE_WEIGHT = 15.0
"""Added to the total weight of every text, so that a short greeting is similar to no category."""
_TYPICAL_COUNT = 50
"""Typical number of characters and pairs of a category. If a category has more, each of them counts less."""


class TextSimilarity:
    """The texts of each category, prepared for comparison. Immutable."""

    def __init__(self, written: Mapping[str, Iterable[str]]) -> None:
        grams = {category_id: set[str]().union(*map(_grams, texts)) for category_id, texts in written.items()}
        holders: dict[str, list[str]] = defaultdict(list)
        for category_id, found in grams.items():
            for gram in found:
                holders[gram].append(category_id)
        self._categories_by_gram = holders
        self._weights = {
            gram: log(len(grams) / len(found)) * (_PAIR_WEIGHT if len(gram) > 1 else _CHARACTER_WEIGHT)
            for gram, found in holders.items()
        }
        self._length_factors = {
            category_id: 1 / sqrt(len(found) / _TYPICAL_COUNT + 0.8) for category_id, found in grams.items()
        }

    def of(self, text: str) -> dict[str, float]:
        """Return category → similarity of the text, from 0 (nothing shared) to about 1 (everything shared)."""
        found = _grams(text)
        total_weight = _BASE_WEIGHT + sum(self._weights.get(gram, _UNKNOWN_WEIGHT) for gram in found)
        similarity: dict[str, float] = defaultdict(float)
        for gram in found:
            for category_id in self._categories_by_gram.get(gram, ()):
                similarity[category_id] += self._weights[gram]
        return {
            category_id: shared / total_weight * self._length_factors[category_id]
            for category_id, shared in similarity.items()
        }


def _grams(text: str) -> set[str]:
    letters = "".join(letter for letter in normalise(text) if letter.isalnum())
    return {letter for letter in letters if not letter.isascii()} | {
        first + second for first, second in pairwise(letters)
    }
