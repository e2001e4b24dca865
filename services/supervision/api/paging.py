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
    """Tasks, the most urgent first."""

    items: list[TaskView]
    next: str | None
    """Cursor of the next page; `null` on the last."""


class CountedCaseView(View):
    """A case counted in a figure."""

    case_id: UUID
    case_number: str
    at: datetime
    """The time of the event, or the deadline for figures about deadlines."""
    value: int
    """1, or minutes; negative for a reversal after the month was frozen; 0 if exempt."""
    late: bool
    """A correction of an earlier, frozen month."""
    exempt: bool
    """It happened and does not count: an appeal was upheld, or it belongs to a storm."""


class CasePage(View):
    """Cases counted in a figure, oldest first."""

    items: list[CountedCaseView]
    next: str | None
    """Cursor of the next page; `null` on the last."""


def texts_of(cursor: str, count: int) -> list[str]:
    """Return the texts in a cursor. Raises `CursorInvalid`, also for a text with NUL."""
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
    """Return the page after a cursor made of an instant and an id. Raises `CursorInvalid`."""
    return Page(limit, cursors.instant_and_id(cursor))
