"""Which categories a text may be about: names and synonyms found in it. A person always confirms."""

from __future__ import annotations

from contracts.registry import Category
from services.chassis.district import District


def suggest(text: str, district: District, at_most: int = 3) -> tuple[Category, ...]:
    """The categories of which most characters were found, best first; none when no word of theirs is in the text."""
    if not text:
        return ()
    scored = ((_score(text, category), category) for category in district.categories.values())
    found = sorted((pair for pair in scored if pair[0] > 0), key=lambda pair: (-pair[0], pair[1].id))
    return tuple(category for _, category in found[:at_most])


def _score(text: str, category: Category) -> int:
    """Longer words say more; components are what matters are about, and are not reported themselves."""
    if category.kind == "component" or category.confidential:
        return 0
    words = {category.name, category.name.removesuffix("异常"), *category.synonyms}
    return sum(len(word) for word in words if word and word in text)
