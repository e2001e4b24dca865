"""The knowledge base, searched while somebody asks on the telephone."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query

from services.chassis import cursors
from services.chassis.auth import Caller
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import SIGNED_IN, responses
from services.chassis.problems import CursorInvalid, InvalidRequest, NotReady
from services.chassis.registry_snapshot import District
from services.chassis.web import context, needs
from services.registry.api.found import page_of
from services.registry.api.views import Text, View
from services.registry.domain.knowledge import Found, Place
from services.registry.domain.matching import How
from services.registry.office import Office, office_of

DESK = ("intake_clerk", "shift_lead", "hotline")
"""Who answers from it."""

Words = Annotated[
    Text,
    Query(
        max_length=100,
        description="Keywords, words of the question or the answer, pinyin or its initials (`dbt`), or what the caller"
        " says; several words must all fit. Empty: all, by id.",
        examples=["低保", "gljt", "proof of residence"],
    ),
]


class ArticleView(View):
    """A question with its answer, and by what it was found."""

    id: str
    """What `knowledge_id` of an answer or of a call names."""
    category: str
    category_name: str
    category_name_en: str
    question: str
    question_en: str
    answer: str
    answer_en: str
    source: str
    """Who answers for it, and as of when."""
    source_en: str
    found_by: How
    found_text: str
    """The words that fit."""

    @classmethod
    def of(cls, found: Found, district: District) -> ArticleView:
        """The view of what was found."""
        article, category = found.article, district.categories.get(found.article.category)
        return cls(
            id=article.id, category=article.category, category_name=category.name if category else "",
            category_name_en=category.name_en if category else "", question=article.question,
            question_en=article.question_en, answer=article.answer, answer_en=article.answer_en, source=article.source,
            source_en=article.source_en, found_by=found.hit.how, found_text=found.hit.text,
        )  # fmt: skip


class ArticlePage(View):
    """A page of articles, best first; `next` is the cursor of the following one, null at the end."""

    items: list[ArticleView]
    next: str | None = None


router = APIRouter(prefix="/api/registry", tags=["district"])


@router.get(
    "/knowledge",
    response_model=ArticlePage,
    responses=responses(*SIGNED_IN, InvalidRequest, CursorInvalid, NotReady),
)
async def search_knowledge(
    q: Words = "", cursor: Cursor | None = None, limit: int = Query(20, ge=1, le=200),
    parts: Context = Depends(context), office: Office = Depends(office_of), _: Caller = Depends(needs(*DESK)),
) -> ArticlePage:  # fmt: skip
    """知识库: what a question is answered from at once. For the desk and the hotline.

    Best first: keywords, then questions, pinyin, the category, what the caller says, the words of answers.
    """
    district = parts.district
    found = (await office.knowledge.of(district)).search(q)
    page, following = page_of(found, None if cursor is None else _place(cursor), limit)
    return ArticlePage(items=[ArticleView.of(each, district) for each in page], next=following)


def _place(cursor: str) -> Place:
    """After which a page begins. Raises `CursorInvalid`."""
    match cursors.decode(cursor):
        case [int(rank), str(article_id)]:
            return (rank, article_id)
        case _:
            raise CursorInvalid
