"""Supervision 监督: requests for help 协助, in which departments ask the officers of a community to do some work.

Departments may request only items of the published admission list 事项准入, within the granted hours of an item. A
request is not a case. The events of a request are sent to the topic of cases, with the id of the request in place of a
case id. Consumers that handle cases ignore these events (`ASSISTS`).
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
    """A department asked the officers of a community for help. Each officer gets a part of the work."""

    TYPE = "supervision.assist_requested.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：部门请某社区的网格员协助办理准入清单内的一项工作，每人一份。不是案件。",
    )

    admission_id: str
    """Requested item of the admission list."""
    admission_name: str
    """Chinese name of the item."""
    admission_name_en: str
    """English name of the item."""
    unit_id: UnitId
    """Department that asks for help."""
    community: str
    """12-digit code of the community."""
    officers: tuple[str, ...]
    """Officers who were asked."""
    hours: float = Field(gt=0)
    """Estimated hours for each officer, counted against the monthly hours of the item."""
    due_at: Instant
    """Instant by which the work should be done."""
    note: str = ""
    """Masked text about the work."""
    requested_by: Actor


class AssistAccepted(Event):
    """One officer agreed to do the part of the requested help that was given to this officer."""

    TYPE = "supervision.assist_accepted.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：一名网格员接受自己的一份，办结后另行答复。",
    )

    officer_id: OfficerId
    """Officer who accepted the part."""
    accepted_by: Actor


class AssistAnswered(Event):
    """One officer completed or refused the part of the requested help that was given to this officer."""

    TYPE = "supervision.assist_answered.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：一名网格员已办完自己的一份，或说明理由不办。",
    )

    officer_id: OfficerId
    """Officer who completed or refused the part."""
    done: bool
    """True if the officer completed the part; false if the officer refused it."""
    hours: float = Field(default=0, ge=0)
    """Hours that the officer spent; 0 after a refusal."""
    reason: AssistRefusal | None = None
    """Reason of the refusal; null or absent if the part was completed."""
    note: str = ""
    """Masked note."""
    answered_by: Actor


class AssistWithdrawn(Event):
    """The department withdrew its request for help. Parts that are not completed are cancelled."""

    TYPE = "supervision.assist_withdrawn.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：部门撤回请求，尚未办的部分随之取消。",
    )

    note: str
    """Masked reason."""
    withdrawn_by: Actor


class AssistLapsed(Event):
    """A request for help expired. Parts that no officer completed or refused in time are cancelled."""

    TYPE = "supervision.assist_lapsed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="协助：逾期无人答复，未办的部分自行失效，请求单位可见。",
    )

    unit_id: UnitId
    """Department that asked for help."""
    officers: tuple[str, ...]
    """Officers who neither completed nor refused their part."""
    answer_due_at: Instant
    """Deadline that has passed, by which the officers had to complete or refuse their parts."""


ASSISTS: tuple[type[Event], ...] = (AssistRequested, AssistAccepted, AssistAnswered, AssistWithdrawn, AssistLapsed)
"""Events that belong to a request for help and not to a case."""
