"""协助: what departments ask officers to help with. Only items of the published admission list, each within its hours.

Not a case: nothing is wrong in the street, and nobody must solve it. The events travel on the log of cases under an id of
their own, so that the same ledger keeps them; whoever follows cases leaves them alone (`ASSISTS`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.timeline import (
    About,
)

AssistRefusal = Literal["not_on_the_list", "no_time", "unsafe", "not_possible_here"]


class AssistRequested(Event):
    """A department asks the officers of a community to help: one share of the work for each of them."""

    TYPE = "supervision.assist_requested.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：部门请某社区的网格员协助办理准入清单内的一项工作，每人一份。不是案件。",
    )

    admission_id: str
    """The item of the admission list that it is."""
    admission_name: str
    admission_name_en: str
    unit_id: str
    """The department that asks."""
    community: str
    """12-digit community code."""
    officers: tuple[str, ...]
    """Everyone who is asked."""
    hours: float = Field(gt=0)
    """Of each officer, as estimated; counted against the item's hours of the month in which it is due."""
    due_at: Instant
    note: str = ""
    """Masked."""
    requested_by: Actor


class AssistAccepted(Event):
    """One officer takes a share on; whether it is done is said later."""

    TYPE = "supervision.assist_accepted.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：一名网格员接受自己的一份，办结后另行答复。",
    )

    officer_id: str
    accepted_by: Actor


class AssistAnswered(Event):
    """One officer's share is done, or refused with a reason."""

    TYPE = "supervision.assist_answered.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：一名网格员已办完自己的一份，或说明理由不办。",
    )

    officer_id: str
    done: bool
    hours: float = Field(default=0, ge=0)
    """Spent; none when it was refused."""
    reason: AssistRefusal | None = None
    """Why it was refused."""
    note: str = ""
    """Masked."""
    answered_by: Actor


class AssistWithdrawn(Event):
    """The department takes it back: shares that nobody has done yet fall away."""

    TYPE = "supervision.assist_withdrawn.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：部门撤回请求，尚未办的部分随之取消。",
    )

    note: str
    withdrawn_by: Actor


class AssistLapsed(Event):
    """Nothing was heard in time: the shares that are still open or only accepted fall away. The department that asked sees it."""

    TYPE = "supervision.assist_lapsed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：逾期无人答复，未办的部分自行失效，请求单位可见。",
    )

    unit_id: str
    """The department that asked."""
    officers: tuple[str, ...]
    """Who has said neither done nor refused."""
    answer_due_at: Instant
    """Until when an answer was waited for."""


ASSISTS: tuple[type[Event], ...] = (AssistRequested, AssistAccepted, AssistAnswered, AssistWithdrawn, AssistLapsed)
"""Events that speak of no case."""
