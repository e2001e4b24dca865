"""Acceptance 受理: verification 核实, the check before filing that a report is true."""

from __future__ import annotations

from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.common import Actor, Photo, Place
from contracts.marks import Redact
from contracts.timeline import About, Choice, OfficerId, Sentence, label

__all__ = [
    "VerificationAssigned",
    "VerificationPassedOn",
    "VerificationRecorded",
    "VerificationRequested",
    "VerifyMode",
]

_RESULT = {"result": label("result", labels.VERIFY_RESULTS)}

VerifyMode = Literal["site", "phone", "none"]


class VerificationRequested(Event):
    """A verification task was created: for an officer on site, or for the desk by phone."""

    TYPE = "acceptance.verification_requested.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="下达核实任务：情况是否属实。现场核实派责任网格的网格员，电话核实由坐席完成。",
        timeline=Sentence(
            "下达核实任务（{mode}）：{officer_id}，{due_at} 前答复",
            "A verification ({mode}) was requested of {officer_id}, due {due_at}",
            {"mode": label("mode", labels.MODES)},
            note="question",
        ),
    )

    task_id: UUID
    mode: VerifyMode
    """How to verify: on site by an officer, or by phone from the desk."""
    grid_code: Annotated[str | None, Redact.COMMUNITY] = None
    """Grid to verify in; null or absent if the place has no grid yet."""
    officer_id: OfficerId | None = None
    """Nearest free officer, who receives the task; null or absent for a task of the desk, or if no officer is on duty.
    """
    due_at: Instant
    """Deadline of the verification."""
    nobody_on_duty: bool | None = None
    """True if no officer who may verify is on duty now or within a week, so that a person must decide; otherwise null
    or absent."""
    question: Annotated[str, Redact.EMPTY] = ""
    """Masked question to the officer; empty if none was written."""
    requested_by: Actor | None = None
    """Person at the desk who requested the verification; null or absent if a rule created the task."""


class VerificationAssigned(Event):
    """The verification task was assigned to another officer, by a rule at the start of a shift or by a person."""

    TYPE = "acceptance.verification_assigned.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="核实任务改派一名网格员：接班时就近空闲者，或由人指定。",
        timeline=Sentence(
            "核实任务派给{officer_id}，{due_at} 前答复", "The verification was assigned to {officer_id}, due {due_at}"
        ),
    )

    task_id: UUID
    officer_id: OfficerId
    """Officer who now has the task."""
    due_at: Instant
    """Deadline of the verification."""
    assigned_by: Actor


class VerificationPassedOn(Event):
    """The officer gave up the verification task, or the system took the task back from the officer.

    Nobody has the task until it is assigned to another officer.
    """

    TYPE = "acceptance.verification_passed_on.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="网格员说明理由后转出核实任务，或因其本人的上报并入此件而由系统收回，待另派他人。",
        timeline=Choice(
            "reason",
            {
                None: Sentence("{officer_id}转出核实任务", "{officer_id} passed the verification on", note="note"),
                "reported": Sentence(
                    "{officer_id}本人的上报已并入此件，核实任务改派他人",
                    "{officer_id} had reported the same problem; the verification goes to another officer",
                ),
            },
        ),
    )

    task_id: UUID
    officer_id: OfficerId
    """Officer who had the task and does not receive it again."""
    note: Annotated[str, Redact.EMPTY]
    """Masked reason."""
    reason: Literal["reported"] | None = None
    """`reported` if a report of this officer was attached to the case, so that a rule took the task away; null or
    absent if the officer gave the task up."""
    due_at: Instant | None = None
    """New deadline if no other officer is on duty, counted from the next shift of an officer who may verify; otherwise
    null or absent."""
    nobody_on_duty: bool | None = None
    """True if no officer who may verify is on duty now or within a week, so that a person must decide; otherwise null
    or absent."""
    passed_on_by: Actor


class VerificationRecorded(Event):
    """The result of a verification task was recorded."""

    TYPE = "acceptance.verification_recorded.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="核实任务的结果。",
        timeline=Choice(
            lambda event: event.mode is not None,
            {
                False: Sentence("核实结果：{result}", "The verification was answered: {result}", _RESULT, note="note"),
                True: Sentence(
                    "核实结果（{mode}）：{result}",
                    "The verification was answered ({mode}): {result}",
                    {**_RESULT, "mode": label("mode", labels.MODES)},
                    note="note",
                ),
            },
        ),
    )

    task_id: UUID
    result: Literal["confirmed", "not_found", "wrong_place", "other"]
    """`confirmed`: the report is true. `not_found`: no such problem on site. `wrong_place`: the problem is elsewhere,
    see `place`."""
    mode: VerifyMode | None = None
    """How the report was verified if this differs from the task, such as a phone call for a site task; otherwise null
    or absent."""
    officer_id: OfficerId | None = None
    """Officer who had the task; null or absent if the desk verified."""
    note: Annotated[str, Redact.EMPTY] = ""
    """Masked note."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    """Photos that were taken for the verification."""
    place: Annotated[Place | None, Redact.COMMUNITY] = None
    """Corrected place; null or absent if the reported place is right."""
    recorded_by: Actor
