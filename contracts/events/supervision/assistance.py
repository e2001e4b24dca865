"""Supervision 监督: requests for help 协助, by which departments ask the officers of a community for work.

Only items of the published admission list 事项准入 may be requested, within their granted hours. A request is not a
case. Its events use the topic of cases with an id of their own; consumers of cases ignore them (`ASSISTS`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.timeline import About, OfficerId, UnitId

__all__ = [
    "ASSISTS",
    "AssistAccepted",
    "AssistAnswered",
    "AssistLapsed",
    "AssistRefusal",
    "AssistRequested",
    "AssistWithdrawn",
]

AssistRefusal = Literal["not_on_the_list", "no_time", "unsafe", "not_possible_here"]


class AssistRequested(Event):
    """A department asked the officers of a community for help; each of them gets one share of the work."""

    TYPE = "supervision.assist_requested.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：部门请某社区的网格员协助办理准入清单内的一项工作，每人一份。不是案件。",
    )

    admission_id: str
    """Item of the admission list."""
    admission_name: str
    admission_name_en: str
    unit_id: UnitId
    """Department that asks."""
    community: str
    """12-digit community code."""
    officers: tuple[str, ...]
    """Officers who were asked."""
    hours: float = Field(gt=0)
    """Estimated hours per officer, counted against the monthly hours of the item."""
    due_at: Instant
    note: str = ""
    """Masked text."""
    requested_by: Actor


class AssistAccepted(Event):
    """One officer accepted a share."""

    TYPE = "supervision.assist_accepted.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：一名网格员接受自己的一份，办结后另行答复。",
    )

    officer_id: OfficerId
    accepted_by: Actor


class AssistAnswered(Event):
    """One officer completed or refused a share."""

    TYPE = "supervision.assist_answered.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：一名网格员已办完自己的一份，或说明理由不办。",
    )

    officer_id: OfficerId
    done: bool
    hours: float = Field(default=0, ge=0)
    """Hours spent; 0 if refused."""
    reason: AssistRefusal | None = None
    """Reason of the refusal."""
    note: str = ""
    """Masked text."""
    answered_by: Actor


class AssistWithdrawn(Event):
    """The department withdrew its request; shares that are not done are cancelled."""

    TYPE = "supervision.assist_withdrawn.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：部门撤回请求，尚未办的部分随之取消。",
    )

    note: str
    withdrawn_by: Actor


class AssistLapsed(Event):
    """The request expired: shares that are still open or only accepted are cancelled."""

    TYPE = "supervision.assist_lapsed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：逾期无人答复，未办的部分自行失效，请求单位可见。",
    )

    unit_id: UnitId
    """Department that asked."""
    officers: tuple[str, ...]
    """Officers who neither completed nor refused."""
    answer_due_at: Instant
    """Deadline of the answers."""


ASSISTS: tuple[type[Event], ...] = (AssistRequested, AssistAccepted, AssistAnswered, AssistWithdrawn, AssistLapsed)
"""Events that belong to a request for help and not to a case."""
