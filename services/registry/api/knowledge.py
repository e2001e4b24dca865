"""Route that searches the knowledge base, so that people can answer questions on the telephone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, InvalidRequest, NotReady
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import context, needs
from services.registry.api.search_pages import page_of
from services.registry.api.views import Text, View
from services.registry.domain.knowledge import KNOWLEDGE_BASES, Found, SortKey
from services.registry.domain.matching import MatchedField

DESK = ("intake_clerk", "shift_lead", "hotline")
"""Roles that may search the knowledge base."""

Words = Annotated[
    Text,
    Query(
        max_length=100,
        description="Keywords, words of the question or the answer, pinyin or initials (`dbt`), or the caller's sentence."
        " All words must match. Empty: all articles, by id.",
        examples=["低保", "gljt", "proof of residence"],
    ),
]


class ArticleView(View):
    """An article in a search result, with the text that matched the search."""

    id: str
    """Id of the article. An answer or a call names it as `knowledge_id`."""
    category: str
    category_name: str
    category_name_en: str
    question: str
    question_en: str
    answer: str
    answer_en: str
    source: str
    """Office that is responsible for the information, and date of the information."""
    source_en: str
    found_by: MatchedField
    found_text: str
    """Text that matched the search."""

    @classmethod
    def of(cls, found: Found, district: RegistrySnapshot) -> ArticleView:
        """Return the view of a search result."""
        article, category = found.article, district.categories.get(found.article.category)
        return cls(
            id=article.id,
            category=article.category,
            category_name=category.name if category else "",
            category_name_en=category.name_en if category else "",
            question=article.question,
            question_en=article.question_en,
            answer=article.answer,
            answer_en=article.answer_en,
            source=article.source,
            source_en=article.source_en,
            found_by=found.hit.field,
            found_text=found.hit.text,
        )


class ArticlePage(View):
    """A page of articles, best match first. `next` is the cursor of the next page, null on the last page."""

    items: list[ArticleView]
    next: str | None = None


router = APIRouter(prefix="/api/registry", tags=["district"])


@router.get(
    "/knowledge",
    response_model=ArticlePage,
    responses=responses(*SIGNED_IN, InvalidRequest, CursorInvalid, NotReady),
)
async def search_knowledge(
    q: Words = "",
    cursor: Cursor | None = None,
    limit: int = Query(20, ge=1, le=200),
    ctx: Context = Depends(context),
    _: Caller = Depends(needs(*DESK)),
) -> ArticlePage:
    """Search the knowledge base 知识库. Only for the acceptance desk and the hotline.

    The best match comes first: a keyword, then the question, pinyin, the category, a keyword that is part of a longer
    search text, and last the answer.
    """
    district = ctx.district
    knowledge_base = await KNOWLEDGE_BASES.load(district)
    found = knowledge_base.search(q)
    page, following = page_of(found, None if cursor is None else _sort_key(cursor), limit)
    return ArticlePage(items=[ArticleView.of(each, district) for each in page], next=following)


def _sort_key(cursor: str) -> SortKey:
    """Return the sort key in a cursor: that of the last result on the previous page. Raises `CursorInvalid`."""
    match cursors.decode(cursor):
        case [int(rank), str(article_id)]:
            return (rank, article_id)
        case _:
            raise CursorInvalid
