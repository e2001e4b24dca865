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
    """A verification task was created for an officer of the grid (site) or for the desk (phone)."""

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
    grid_code: Annotated[str | None, Redact.COMMUNITY] = None
    officer_id: OfficerId | None = None
    """Nearest free officer; `None` for phone tasks of the desk or if nobody is on duty."""
    due_at: Instant
    nobody_on_duty: bool | None = None
    """True if nobody who may verify is on duty now or within a week; a person must decide."""
    question: Annotated[str, Redact.EMPTY] = ""
    requested_by: Actor | None = None
    """Person at the desk who requested it; `None` if a rule created the task."""


class VerificationAssigned(Event):
    """The task was assigned to another officer, by a rule at the start of a shift or by a person."""

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
    due_at: Instant
    assigned_by: Actor


class VerificationPassedOn(Event):
    """The officer gave the task up, or a rule took it away. Nobody has the task until another officer is assigned."""

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
    """Former holder, who does not receive the task again."""
    note: Annotated[str, Redact.EMPTY]
    reason: Literal["reported"] | None = None
    """`reported` if a report of this officer was attached to the case; `None` if the officer gave the task up."""
    due_at: Instant | None = None
    """New deadline if nobody else is on duty, counted from the next shift of an officer who may verify."""
    nobody_on_duty: bool | None = None
    """True if nobody who may verify is on duty now or within a week; a person must decide."""
    passed_on_by: Actor


class VerificationRecorded(Event):
    """A verification task was answered."""

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
    mode: VerifyMode | None = None
    """Way of verification if it differs from the task, such as a phone call for a site task; `None` otherwise."""
    officer_id: OfficerId | None = None
    note: Annotated[str, Redact.EMPTY] = ""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    place: Annotated[Place | None, Redact.COMMUNITY] = None
    """Corrected place, if the officer found a different one."""
    recorded_by: Actor
