"""How like a text is to what is written of each category: by the letters and pairs of letters they share.

Chinese has no spaces, so letters and pairs stand for words (of other scripts pairs alone). Written of a category are its names, synonyms, the texts of
its filing conditions, and what people said when they meant it. A pair that stands in few categories says much.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from itertools import pairwise
from math import log, sqrt

from services.chassis.text import normalise

_CHARACTER_WEIGHT, _PAIR_WEIGHT = 1.0, 1.6
"""What a letter and a pair say, before how rare they are."""
_UNKNOWN_WEIGHT = 0.5
"""What a letter or pair says that is written nowhere: so much of the text nobody can explain."""
_BASE_WEIGHT = 15.0
"""A greeting is like nothing much: what three or four letters say is missing from every text."""
_TYPICAL_COUNT = 50
"""Letters and pairs usually written of a category; of one with more, each says less."""


class TextSimilarity:
    """What is written of each category, ready to be compared with. Immutable."""

    def __init__(self, written: Mapping[str, Iterable[str]]) -> None:
        grams = {category_id: set[str]().union(*map(_grams, texts)) for category_id, texts in written.items()}
        holders: dict[str, list[str]] = defaultdict(list)
        for category_id, found in grams.items():
            for gram in found:
                holders[gram].append(category_id)
        self._holders = holders
        self._says = {
            gram: log(len(grams) / len(found)) * (_PAIR_WEIGHT if len(gram) > 1 else _CHARACTER_WEIGHT)
            for gram, found in holders.items()
        }
        self._share = {category_id: 1 / sqrt(len(found) / _TYPICAL_COUNT + 0.8) for category_id, found in grams.items()}

    def of(self, text: str) -> dict[str, float]:
        """By category: 0 nothing in common, 1 about everything."""
        found = _grams(text)
        whole = _BASE_WEIGHT + sum(self._says.get(gram, _UNKNOWN_WEIGHT) for gram in found)
        like: dict[str, float] = defaultdict(float)
        for gram in found:
            for category_id in self._holders.get(gram, ()):
                like[category_id] += self._says[gram]
        return {category_id: said / whole * self._share[category_id] for category_id, said in like.items()}


def _grams(text: str) -> set[str]:
    letters = "".join(letter for letter in normalise(text) if letter.isalnum())
    return {letter for letter in letters if not letter.isascii()} | {
        first + second for first, second in pairwise(letters)
    }
