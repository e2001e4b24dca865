"""Search in the knowledge base: a question in any form finds the article, best match first."""

from __future__ import annotations

import pytest

from services.registry.domain.knowledge import KnowledgeBase
from tests.unit.registry.sample_district import lijin

BASE = KnowledgeBase(lijin())


@pytest.mark.parametrize(
    ("typed", "first", "how"),
    [
        ("低保", "subsistence-allowance", "keyword"),
        ("居住证明", "residence-certificate", "keyword"),
        ("高龄补贴怎么申请", "old-age-allowance", "question"),
        ("我想问一下高龄津贴的事", "old-age-allowance", "keyword"),
        ("gljt", "old-age-allowance", "pinyin"),
        ("gao ling", "old-age-allowance", "pinyin"),
        ("dibao", "subsistence-allowance", "pinyin"),
        ("80", "old-age-allowance", "keyword"),
        ("allowance old-age", "old-age-allowance", "question_en"),
        ("PROOF OF RESIDENCE", "residence-certificate", "question_en"),
        ("户口簿", "old-age-allowance", "answer"),
        ("低保 补贴", None, None),
        ("摩天轮", None, None),
    ],
)
def test_the_best_match_is_first(typed: str, first: str | None, how: str | None) -> None:
    found = BASE.search(typed)
    assert ((found[0].article.id, found[0].hit.field) if found else (None, None)) == (first, how)


def test_an_empty_search_lists_everything_and_each_article_is_found_by_its_questions() -> None:
    assert [each.article.id for each in BASE.search("")] == sorted(lijin().knowledge)
    for article in lijin().knowledge.values():
        for typed in (article.question, article.question_en, *article.keywords):
            assert article.id in [each.article.id for each in BASE.search(typed)], typed
