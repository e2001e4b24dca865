"""Route that searches the catalogue of categories, for staff and for residents' pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from contracts.registry import Category, FilingCondition
from contracts.registry.categories import CategoryKind
from services.chassis import cursors
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import responses
from services.chassis.problems import CursorInvalid, InvalidRequest, NotReady, NotSignedIn
from services.chassis.registry_snapshot import RegistrySnapshot
from services.chassis.web import caller_of, context
from services.registry.api.release import hides_confidential
from services.registry.api.search_pages import page_of
from services.registry.api.views import Text, View
from services.registry.domain.catalogue import CATALOGUES, Found, SortKey
from services.registry.domain.matching import MatchedField


class ConditionView(View):
    """A filing condition of a category."""

    id: str
    text: str
    text_en: str

    @classmethod
    def of(cls, condition: FilingCondition) -> ConditionView:
        """Return the view of a published condition."""
        return cls(id=condition.id, text=condition.text, text_en=condition.text_en)


class CategoryView(View):
    """A category in a search result, with the text that matched the search."""

    id: str
    """`standard/kind/code`, as in a report. A code alone is ambiguous: editions of a standard use it differently."""
    standard: str
    kind: CategoryKind
    code: str
    major: str
    major_name: str
    major_name_en: str
    name: str
    name_en: str
    found_by: MatchedField
    found_text: str
    """Text that matched. If `found_by` is `old_code`, its whole id in the other edition of the standard."""
    emergency: bool
    answerable: bool
    confidential: bool
    conditions: list[ConditionView]
    """Filing conditions of the category.

    A report may also name a category without filing conditions. A person then decides about the report.
    """

    @classmethod
    def of(cls, found: Found, district: RegistrySnapshot) -> CategoryView:
        """Return the view of a search result."""
        category = found.category
        return cls(
            id=category.id,
            standard=category.standard,
            kind=category.kind,
            code=category.code,
            major=category.major,
            major_name=category.major_name,
            major_name_en=category.major_name_en,
            name=category.name,
            name_en=category.name_en,
            found_by=found.hit.field,
            found_text=found.hit.text,
            emergency=category.emergency,
            answerable=category.answerable,
            confidential=category.confidential,
            conditions=[ConditionView.of(each) for each in district.conditions_of(category.id)],
        )


class CategoryPage(View):
    """A page of categories, best match first. `next` is the cursor of the next page, null on the last page."""

    items: list[CategoryView]
    next: str | None = None


class CategoryFilter:
    """Search text and filters of a category search."""

    def __init__(
        self,
        q: Annotated[
            Text,
            Query(
                max_length=100,
                description="Words of the name (Chinese or English), synonym, pinyin or initials (`jg`), code of"
                " this or another edition (`01-10`). All words must match. Empty: all categories, by code.",
                examples=["井盖", "jg", "01-10"],
            ),
        ] = "",
        kind: Annotated[list[CategoryKind] | None, Query(description="Return only these kinds.")] = None,
        standard: Annotated[str | None, Query(description="Return only this standard.")] = None,
        major: Annotated[str | None, Query(pattern="^[0-9]{2}$", description="Return only this major.")] = None,
        fileable: Annotated[
            bool | None, Query(description="Return only categories with (true) or without (false) a filing condition.")
        ] = None,
    ) -> None:
        self.q = q
        self.kinds = kind
        self.standard = standard
        self.major = major
        self.fileable = fileable

    def predicate(self, district: RegistrySnapshot, *, confidential: bool) -> Callable[[Category], bool]:
        """Return a function that tells whether a category passes the filters.

        Confidential categories pass only if `confidential` is true.
        """

        def wanted(category: Category) -> bool:
            return (
                (confidential or not category.confidential)
                and (not self.kinds or category.kind in self.kinds)
                and self.standard in (None, category.standard)
                and self.major in (None, category.major)
                and self.fileable in (None, bool(district.conditions_of(category.id)))
            )

        return wanted


router = APIRouter(prefix="/api/registry", tags=["district"])


@router.get(
    "/categories",
    response_model=CategoryPage,
    responses=responses(NotSignedIn, InvalidRequest, CursorInvalid, NotReady),
)
async def search_categories(
    request: Request,
    filters: CategoryFilter = Depends(),
    cursor: Cursor | None = None,
    limit: int = Query(20, ge=1, le=200),
    ctx: Context = Depends(context),
) -> CategoryPage:
    """Search the catalogue of categories. This is public, but confidential categories are found only by staff.

    The best match comes first: codes, then names, synonyms and pinyin. Among equal matches, categories with a filing
    condition come first, and matters 事件 come before components 部件.
    """
    district = ctx.district
    visible = filters.predicate(district, confidential=not hides_confidential(caller_of(request)))
    catalogue = await CATALOGUES.load(district)
    found = catalogue.search(filters.q, visible)
    page, following = page_of(found, None if cursor is None else _sort_key(cursor), limit)
    return CategoryPage(items=[CategoryView.of(each, district) for each in page], next=following)


def _sort_key(cursor: str) -> SortKey:
    """Return the sort key in a cursor: that of the last result on the previous page. Raises `CursorInvalid`."""
    match cursors.decode(cursor):
        case [int(rank), int(unfileable), int(component), int(length), str(category_id)]:
            return (rank, unfileable, component, length, category_id)
        case _:
            raise CursorInvalid
