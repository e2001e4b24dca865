"""The catalogue, searched while somebody types: the desk, the hotline, officers, the public page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request

from contracts.registry import Category, FilingCondition
from contracts.registry.matters import CategoryKind
from services.chassis import cursors
from services.chassis.context import Context
from services.chassis.cursors import Cursor
from services.chassis.openapi_errors import responses
from services.chassis.problems import CursorInvalid, InvalidRequest, NotReady, NotSignedIn
from services.chassis.registry_snapshot import District
from services.chassis.web import caller_of, context
from services.registry.api.found import page_of
from services.registry.api.release import hides_confidential
from services.registry.api.views import Text, View
from services.registry.domain.catalogue import Found, Place
from services.registry.domain.matching import How
from services.registry.office import Office, office_of


class ConditionView(View):
    """A filing condition to choose from."""

    id: str
    text: str
    text_en: str

    @classmethod
    def of(cls, condition: FilingCondition) -> ConditionView:
        """The view of a published condition."""
        return cls(id=condition.id, text=condition.text, text_en=condition.text_en)


class CategoryView(View):
    """A category that was found, and by what."""

    id: str
    """`standard/kind/code`: what a report names. A bare code means different things in different editions."""
    standard: str
    kind: CategoryKind
    code: str
    major: str
    major_name: str
    major_name_en: str
    name: str
    name_en: str
    found_by: How
    found_text: str
    """The words that fit; for `old_code` the whole id in the other edition."""
    emergency: bool
    answerable: bool
    confidential: bool
    conditions: list[ConditionView]
    """Filing conditions to choose from. None: it may be chosen, and waits at the desk until a person decides."""

    @classmethod
    def of(cls, found: Found, district: District) -> CategoryView:
        """The view of what was found."""
        category = found.category
        return cls(
            id=category.id, standard=category.standard, kind=category.kind, code=category.code, major=category.major,
            major_name=category.major_name, major_name_en=category.major_name_en, name=category.name,
            name_en=category.name_en, found_by=found.hit.how, found_text=found.hit.text, emergency=category.emergency,
            answerable=category.answerable, confidential=category.confidential,
            conditions=[ConditionView.of(each) for each in district.conditions_of(category.id)],
        )  # fmt: skip


class CategoryPage(View):
    """A page of categories, best first; `next` is the cursor of the following one, null at the end."""

    items: list[CategoryView]
    next: str | None = None


class Wanted:
    """What is searched for, and which categories at all."""

    def __init__(
        self,
        q: Annotated[
            Text,
            Query(
                max_length=100,
                description="Words of the name (Chinese or English), a synonym, pinyin or its initials (`jg`), a code of"
                " this or another edition (`01-10`); several words must all fit. Empty: all, by code.",
                examples=["井盖", "jg", "01-10"],
            ),
        ] = "",
        kind: Annotated[list[CategoryKind] | None, Query(description="Only these kinds.")] = None,
        standard: Annotated[str | None, Query(description="Only this list.")] = None,
        major: Annotated[str | None, Query(pattern="^[0-9]{2}$", description="Only this major.")] = None,
        fileable: Annotated[
            bool | None, Query(description="Only with a filing condition (true), or without (false).")
        ] = None,
    ) -> None:
        self.q = q
        self.kinds = kind
        self.standard = standard
        self.major = major
        self.fileable = fileable

    def test(self, district: District, *, confidential: bool) -> Callable[[Category], bool]:
        """Whether a category is asked for and may be shown."""

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
    "/categories", response_model=CategoryPage,
    responses=responses(NotSignedIn, InvalidRequest, CursorInvalid, NotReady),
)  # fmt: skip
async def search_categories(
    request: Request, wanted: Wanted = Depends(), cursor: Cursor | None = None,
    limit: int = Query(20, ge=1, le=200), parts: Context = Depends(context), office: Office = Depends(office_of),
) -> CategoryPage:  # fmt: skip
    """Search the catalogue of categories. Public, but for the confidential ones.

    Best first: codes, then names, synonyms, pinyin; among equals what can be filed, and matters before components.
    """
    district = parts.district
    shown = wanted.test(district, confidential=not hides_confidential(caller_of(request)))
    found = (await office.catalogue.of(district)).search(wanted.q, shown)
    page, following = page_of(found, None if cursor is None else _place(cursor), limit)
    return CategoryPage(items=[CategoryView.of(each, district) for each in page], next=following)


def _place(cursor: str) -> Place:
    """After which a page begins. Raises `CursorInvalid`."""
    match cursors.decode(cursor):
        case [int(rank), int(unfileable), int(component), int(length), str(category_id)]:
            return (rank, unfileable, component, length, category_id)
        case _:
            raise CursorInvalid
