"""Pages of lists: what is shown, and the cursor of what follows."""

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
    """Cursor of the next page; none on the last."""


class CountedCaseView(View):
    """A case behind a figure."""

    case_id: UUID
    case_number: str
    at: datetime
    """When it counted: the time of the event, or the due time for figures about deadlines."""
    value: int
    """1, or minutes of a duration; negative for one taken back after its month was frozen; 0 for one that is exempt."""
    late: bool
    """A correction of an earlier month that was frozen already."""
    exempt: bool
    """It happened and does not count: an appeal was upheld, or it was one of a storm."""


class CasePage(View):
    """Cases behind a figure, oldest first."""

    items: list[CountedCaseView]
    next: str | None
    """Cursor of the next page; none on the last."""


def texts_of(cursor: str, count: int) -> list[str]:
    """The texts of which a cursor is made. Raises `CursorInvalid`, also for a text with a NUL, which PostgreSQL keeps not."""
    found = cursors.decode(cursor)
    if len(found) != count or not all(isinstance(each, str) and "\0" not in each for each in found):
        raise CursorInvalid
    return found


def counted_case_view(row: CountedCase) -> CountedCaseView:
    """A row of the books as it is answered."""
    return CountedCaseView(
        case_id=row.case_id, case_number=row.case_number, at=row.at, value=row.value, late=row.late, exempt=row.exempt
    )


def page_of(cursor: str | None, limit: int) -> Page:
    """The page after a cursor made of an instant and an id. Raises `CursorInvalid`."""
    return Page(limit, cursors.instant_and_id(cursor))
