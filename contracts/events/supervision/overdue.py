"""Supervision 监督: reminders 催办, overdue notices 超期告知 and escalated tasks."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.supervision.clocks import ClockName
from contracts.marks import Redact
from contracts.timeline import CLOCK, About, Choice, Names, OfficerId, Sentence, Text, UnitId, addressee_kind, label

__all__ = [
    "DeskRole",
    "OverdueExplained",
    "OverdueNotified",
    "TaskEscalated",
    "UnitUrged",
]


def _overdue_clocks(event: OverdueNotified, _: Names) -> Text:
    """Render the names of all overdue clocks that the notice covers."""
    found = [labels.CLOCKS[each] for each in (*(event.further_clocks or ()), event.name)]
    return Text("、".join(zh for zh, _ in found), ", ".join(en for _, en in found))


DeskRole = Literal["intake_clerk", "shift_lead", "dispatcher", "leader"]


class UnitUrged(Event):
    """A unit received a reminder 催办, from the system when the light turned yellow, or from a person."""

    TYPE = "supervision.unit_urged.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="催办。",
        timeline=Sentence("催办{unit_id}：{text}", "{unit_id} was reminded: {text}"),
    )

    dispatch_id: UUID | None = None
    """Dispatch that the reminder is about; null or absent if it is about none."""
    unit_id: UnitId | None = None
    """Unit that received the reminder."""
    clock_id: UUID | None = None
    """Clock that triggered the reminder; null or absent if a person sent it."""
    text: Annotated[str, Redact.WITHHOLD]
    """Masked text of the reminder."""
    text_en: Annotated[str, Redact.WITHHOLD] = ""
    """English text; empty for a reminder that a person wrote."""
    urged_by: Actor
    """Person who sent the reminder, or the system."""

    def redacted(self) -> Self:
        """Redact a text that a person wrote. A text of the system names only a clock and its used share, and stays."""
        return self if self.urged_by.kind == "system" else super().redacted()


class OverdueNotified(Event):
    """An overdue notice 超期告知 was sent to the unit, officer or desk that missed a deadline.

    A unit must explain the delay.
    """

    TYPE = "supervision.overdue_notified.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="超期告知：告知超期的单位、网格员或中心岗位；单位须在限期内说明原因。",
        timeline=Choice(
            addressee_kind,
            {
                "unit": Sentence(
                    "超期告知：{unit_id}，{clocks}超期，{reply_due_at} 前说明原因",
                    "An overdue notice was sent to {unit_id} ({clocks} overdue); explanation due {reply_due_at}",
                    {"clocks": _overdue_clocks},
                ),
                "officer": Sentence(
                    "超期告知：{officer_id}，{clock}超期",
                    "An overdue notice was sent to {officer_id} ({clock} overdue)",
                    CLOCK,
                ),
                "desk": Sentence(
                    "超期告知：{role}，{clock}超期",
                    "An overdue notice was sent to the {role} ({clock} overdue)",
                    {**CLOCK, "role": label("role", labels.ROLES)},
                ),
            },
        ),
    )

    clock_id: UUID
    """Overdue clock."""
    name: ClockName
    """Name of the overdue clock, as in `clock_started`."""
    dispatch_id: UUID | None = None
    """Dispatch that the clock runs for; null or absent if it belongs to no dispatch."""
    unit_id: UnitId | None = None
    """Unit that missed the deadline; null or absent if an officer or a desk did."""
    officer_id: OfficerId | None = None
    """Officer whose task is late; null or absent for a unit or desk."""
    role: DeskRole | None = None
    """Role of the desk that missed the deadline; null or absent for a unit or officer."""
    centre_id: str | None = None
    """Centre of the desk; null or absent if it is the responsible centre of the case."""
    reply_due_at: Instant
    """Deadline by which a unit must explain the delay."""
    provisional: bool | None = None
    """True while `reply_due_at` may move, because the holidays of its year are not announced; otherwise null or absent.
    """
    further_clocks: tuple[ClockName, ...] | None = None
    """Names of further overdue clocks of the same dispatch that this notice covers; null or absent if there are none.
    """


class OverdueExplained(Event):
    """A unit explained why it missed a deadline."""

    TYPE = "supervision.overdue_explained.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="责任单位对超期告知的说明。",
        timeline=Sentence("{unit_id}说明超期原因", "{unit_id} explained the delay", note="text"),
    )

    clock_id: UUID
    """Clock that became overdue, as in the overdue notice that the unit answers."""
    dispatch_id: UUID | None = None
    """Dispatch of the unit; null or absent if the clock belongs to no dispatch."""
    unit_id: UnitId | None = None
    """Unit that explained the delay."""
    text: Annotated[str, Redact.WITHHOLD]
    """Masked explanation."""
    explained_by: Actor


class TaskEscalated(Event):
    """A late verification or recheck task was escalated to the grid lead, and later to the centre of the street.

    The officer or desk that has the task may still answer it.
    """

    TYPE = "supervision.task_escalated.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="核实或核查任务逾期逐级上报：先网格长，后街道中心；原承办人仍可完成。",
        timeline=Choice(
            "to",
            {
                "grid_lead": Sentence(
                    "{task}任务逾期，报{officer_id}",
                    "The overdue {task} task was escalated to {officer_id}",
                    {"task": label("kind", labels.TASKS)},
                ),
                "centre": Sentence(
                    "{task}任务逾期，报街道中心",
                    "The overdue {task} task was escalated to the centre of the street",
                    {"task": label("kind", labels.TASKS)},
                ),
            },
        ),
    )

    task_id: UUID
    kind: Literal["verify", "recheck"]
    """Kind of the late task."""
    to: Literal["grid_lead", "centre"]
    """Who must see to the late task now: the grid lead, or the centre of the street."""
    officer_id: OfficerId | None = None
    """The grid lead; null or absent if the task was escalated to the centre."""
