"""What categories are suggested by: example sentences hold nothing personal, and each means one thing."""

from __future__ import annotations

from collections.abc import Iterator

from contracts.masking import mask
from contracts.registry import Category
from services.registry.domain.draft import Draft, Finding


def check_wording(draft: Draft) -> Iterator[Finding]:
    """Examples are published to every service and to residents' pages: no phone, identity card or plate in them."""
    meant: dict[str, Category] = {}
    for category in draft.all(Category):
        for text in category.examples:
            if mask(text) != text:
                yield draft.finding(
                    category, "example-personal", f"例句中有电话、身份证或车牌号：{mask(text)}",
                    f"An example holds a phone, identity-card or plate number: {mask(text)}",
                )  # fmt: skip
            before = meant.setdefault(text, category)
            if before is not category:
                yield draft.finding(
                    category, "example-twice", f"同一例句已用于 {before.id}（第 {draft.line_of(before)} 行）。",
                    f"The same example already means {before.id} (line {draft.line_of(before)}).",
                )  # fmt: skip
