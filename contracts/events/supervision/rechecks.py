"""Supervision 监督: rechecks 核查, in which an independent person checks that the problem is solved."""

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
    """A recheck task 核查 was created. Nobody who handled the case may have the task."""

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
    """Number of the recheck of this case: 1 for the first."""
    mode: RecheckMode
    """How to recheck: on site, by photo, by call-back to the reporter, or by document."""
    grid_code: Annotated[str, Redact.COMMUNITY]
    """Grid of the problem."""
    officer_id: OfficerId | None = None
    """Officer who receives the task; null or absent for a task of the desk (call-back, document), or while no officer
    is on duty."""
    due_at: Instant
    """Deadline of the recheck."""
    closing_condition: Annotated[str, Redact.EMPTY]
    """Chinese condition that must be met for the recheck to pass."""
    closing_condition_en: Annotated[str, Redact.EMPTY]
    """The same condition in English."""
    sample: bool = False
    """True for a sampled recheck of a settlement on the spot 自行处置."""


class RecheckAssigned(Event):
    """The recheck task was assigned to an officer who is on duty and free and had no part in the case."""

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
    """Officer who now has the task."""
    due_at: Instant
    """Deadline of the recheck."""
    assigned_by: Actor | None = None
    """Person who assigned the task; null or absent if the system chose the nearest officer."""


class RecheckClaimed(Event):
    """A person took over a recheck task."""

    TYPE = "supervision.recheck_claimed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="网格员领取核查任务。",
        timeline=Sentence("{officer_id}领取核查任务", "{officer_id} claimed the recheck"),
    )

    task_id: UUID
    officer_id: OfficerId | None = None
    """Officer who took the task over; null or absent if a person at the desk did."""
    claimed_by: Actor


class RecheckPassedOn(Event):
    """The officer gave the recheck task up, or the system took it back because the officer had a part in the case.

    Nobody has the task until it is assigned to another officer.
    """

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
    """Officer who had the task and does not receive it again."""
    note: Annotated[str, Redact.EMPTY]
    """Masked reason."""
    reason: Literal["reported", "handled"] | None = None
    """Why a rule took the task away. `reported`: a report of this officer was attached to the case. `handled`: the
    officer worked on the case. Null or absent if the officer gave the task up."""
    due_at: Instant | None = None
    """New deadline if no other officer is on duty, counted from the next shift of an officer who may recheck; otherwise
    null or absent."""
    passed_on_by: Actor


class RecheckRecorded(Event):
    """The result of a recheck was recorded."""

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
    """Number of the recheck of this case: 1 for the first."""
    passed: bool
    """True if the closing condition is met. If false, rework follows or, after a sampled recheck, the filing of a case.
    """
    note: Annotated[str, Redact.EMPTY] = ""
    """Masked note."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    """Photos that were taken for the recheck."""
    officer_id: OfficerId | None = None
    """Officer who had the task; null or absent for a task of the desk."""
    on_time: bool = True
    """True if the recheck was recorded before its deadline."""
    sample: bool = False
    """True for a sampled recheck of a settlement on the spot 自行处置."""
    recorded_by: Actor


class SampleFailed(Event):
    """The sampled recheck of a settlement on the spot 自行处置 failed.

    The settlement does not count; the problem is filed as a case.
    """

    TYPE = "supervision.sample_failed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="自行处置的抽查不通过：不计成绩，由受理环节另立案件。",
        timeline=Sentence(
            "抽查未通过，自行处置不计", "The sampled recheck failed; the settlement does not count", note="note"
        ),
    )

    task_id: UUID
    """Recheck task that failed."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked note of the recheck."""
