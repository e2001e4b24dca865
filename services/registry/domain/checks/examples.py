"""Checks of the example sentences of categories: no personal data, and no sentence in two categories."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.masking import mask
from contracts.registry import Category
from services.registry.domain.district_draft import DistrictDraft, Finding


def check_examples(draft: DistrictDraft) -> Iterator[Finding]:
    """Check that no example contains personal data or belongs to two categories.

    Personal data is refused because residents' pages show the examples.
    """
    category_of: dict[str, Category] = {}
    for category in draft.all(Category):
        for text in category.examples:
            if mask(text) != text:
                yield draft.finding(
                    category,
                    "example-personal",
                    f"例句中有电话、身份证或车牌号：{mask(text)}",
                    f"An example contains a phone, identity-card or plate number: {mask(text)}",
                )
            before = category_of.setdefault(text, category)
            if before is not category:
                yield draft.finding(
                    category,
                    "example-twice",
                    f"同一例句已用于 {before.id}（第 {draft.line_of(before)} 行）。",
                    f"The same example is already used by {before.id} (line {draft.line_of(before)}).",
                )
