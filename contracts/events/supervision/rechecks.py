"""Supervision 监督: rechecks 核查, by which somebody independent looks whether the problem is solved."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.common import Actor, Photo
from contracts.events.acceptance import RecheckMode
from contracts.marks import Redact
from contracts.timeline import About, Choice, OfficerId, Sentence, label

__all__ = [
    "RecheckAssigned",
    "RecheckClaimed",
    "RecheckPassedOn",
    "RecheckRecorded",
    "RecheckRequested",
    "SampleFailed",
]


class RecheckRequested(Event):
    """A recheck task 核查 was created. Nobody who handled the case receives it."""

    TYPE = "supervision.recheck_requested.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="下达核查任务：是否已解决；不由处置者核查。",
        timeline=Sentence(
            "下达核查任务（{mode}）：{officer_id}，{due_at} 前完成；结案条件：{closing_condition}",
            "A recheck ({mode}) was requested of {officer_id}, due {due_at}; closing condition: {closing_condition}",
            {"mode": label("mode", labels.MODES)},
        ),
    )

    task_id: UUID
    round: int
    mode: RecheckMode
    grid_code: Annotated[str, Redact.COMMUNITY]
    officer_id: OfficerId | None = None
    """`None` for tasks of the desk (call-back, document) or while nobody is on duty."""
    due_at: Instant
    closing_condition: Annotated[str, Redact.EMPTY]
    closing_condition_en: Annotated[str, Redact.EMPTY]
    sample: bool = False
    """True for a sampled recheck of a settlement on the spot."""


class RecheckAssigned(Event):
    """The task was assigned to an officer who is on duty, free, and had no part in the case."""

    TYPE = "supervision.recheck_assigned.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="核查任务派给一名网格员：在岗、空闲、未参与处置。",
        timeline=Sentence(
            "核查任务派给{officer_id}，{due_at} 前完成", "The recheck was assigned to {officer_id}, due {due_at}"
        ),
    )

    task_id: UUID
    officer_id: OfficerId
    due_at: Instant
    assigned_by: Actor | None = None
    """Person who assigned the task; `None` if the system chose the nearest officer."""


class RecheckClaimed(Event):
    """An officer claimed the task."""

    TYPE = "supervision.recheck_claimed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="网格员领取核查任务。",
        timeline=Sentence("{officer_id}领取核查任务", "{officer_id} claimed the recheck"),
    )

    task_id: UUID
    officer_id: OfficerId | None = None
    claimed_by: Actor


class RecheckPassedOn(Event):
    """The officer gave the task up, or a rule took it away. Nobody has the task until another officer is assigned."""

    TYPE = "supervision.recheck_passed_on.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="网格员说明理由后转出核查任务，或因其本人的上报并入本案、参与了处置而由系统收回，待另派他人。",
        timeline=Choice(
            "reason",
            {
                None: Sentence("{officer_id}转出核查任务", "{officer_id} passed the recheck on", note="note"),
                "reported": Sentence(
                    "{officer_id}本人的上报已并入本案，核查任务改派他人",
                    "{officer_id} had reported the same problem; the recheck goes to another officer",
                ),
                "handled": Sentence(
                    "{officer_id}参与了本案处置，核查任务改派他人",
                    "{officer_id} had handled the case; the recheck goes to another officer",
                ),
            },
        ),
    )

    task_id: UUID
    officer_id: OfficerId
    """Former holder, who does not receive the task again."""
    note: Annotated[str, Redact.EMPTY]
    reason: Literal["reported", "handled"] | None = None
    """`reported` if a report of this officer was attached, `handled` if the officer worked on the case; `None` if
    the officer gave the task up.
    """
    due_at: Instant | None = None
    """New deadline if nobody else is on duty, counted from the next shift of an officer who may recheck."""
    passed_on_by: Actor


class RecheckRecorded(Event):
    """A recheck was answered: passed if the closing condition is met, otherwise failed."""

    TYPE = "supervision.recheck_recorded.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="核查结果：通过（达到结案条件）或不通过。",
        timeline=Choice(
            "passed",
            {
                True: Sentence("核查通过", "The recheck passed", note="note"),
                False: Sentence("核查未通过", "The recheck failed", note="note"),
            },
        ),
    )

    task_id: UUID
    round: int
    passed: bool
    note: Annotated[str, Redact.EMPTY] = ""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    officer_id: OfficerId | None = None
    on_time: bool = True
    sample: bool = False
    recorded_by: Actor


class SampleFailed(Event):
    """The sampled recheck of a settlement failed. The settlement does not count; the problem becomes a case."""

    TYPE = "supervision.sample_failed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="自行处置的抽查不通过：不计成绩，由受理环节另立案件。",
        timeline=Sentence(
            "抽查未通过，自行处置不计", "The sampled recheck failed; the settlement does not count", note="note"
        ),
    )

    task_id: UUID
    note: Annotated[str, Redact.WITHHOLD] = ""
