"""Pages of lists and their cursors."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.chassis import cursors
from services.chassis.problems import CursorInvalid
from services.supervision.domain.primitives.view import View
from services.supervision.domain.views import TaskView
from services.supervision.store.paging import Page
from services.supervision.store.scores import CountedCase


class TaskPage(View):
    """A page of tasks, ordered by deadline."""

    items: list[TaskView]
    next: str | None
    """Cursor of the next page; `null` on the last page."""


class CountedCaseView(View):
    """A case counted in a figure."""

    case_id: UUID
    case_number: str
    at: datetime
    """When the counted event happened; for figures about deadlines, the deadline."""
    value: int
    """What the case adds to the figure: 1 if the figure counts cases, minutes if the figure measures time.

    The value is negative if it reverses a count of an earlier, frozen month, and 0 if the case is exempt.
    """
    late: bool
    """True if the value corrects an earlier month that was already frozen."""
    exempt: bool
    """True if the figure leaves the case out, because an appeal was upheld or the case belongs to a storm."""


class CasePage(View):
    """A page of cases counted in a figure, oldest first."""

    items: list[CountedCaseView]
    next: str | None
    """Cursor of the next page; `null` on the last page."""


def texts_of(cursor: str, count: int) -> list[str]:
    """Return the texts in a cursor. Raises `CursorInvalid` unless the cursor holds `count` texts without NUL."""
    found = cursors.decode(cursor)
    if len(found) != count or not all(isinstance(each, str) and "\0" not in each for each in found):
        raise CursorInvalid
    return found


def counted_case_view(row: CountedCase) -> CountedCaseView:
    """Return a counted case as the API shows it."""
    return CountedCaseView(
        case_id=row.case_id, case_number=row.case_number, at=row.at, value=row.value, late=row.late, exempt=row.exempt
    )


def page_of(cursor: str | None, limit: int) -> Page:
    """Return the page of counted cases that begins after the cursor; the first page without a cursor.

    The cursor holds the instant and the id of the last row of the previous page. Raises `CursorInvalid`.
    """
    return Page(limit, cursors.instant_and_id(cursor))
