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
    """Render all overdue clocks of the notice."""
    found = [labels.CLOCKS[each] for each in (*(event.further_clocks or ()), event.name)]
    return Text("、".join(zh for zh, _ in found), ", ".join(en for _, en in found))


DeskRole = Literal["intake_clerk", "shift_lead", "dispatcher", "leader"]


class UnitUrged(Event):
    """A unit received a reminder 催办, from the system at yellow or from a person."""

    TYPE = "supervision.unit_urged.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="催办。",
        timeline=Sentence("催办{unit_id}：{text}", "{unit_id} was reminded: {text}"),
    )

    dispatch_id: UUID | None = None
    unit_id: UnitId | None = None
    clock_id: UUID | None = None
    """Clock that triggered the reminder; `None` if a person sent it."""
    text: Annotated[str, Redact.WITHHOLD]
    text_en: Annotated[str, Redact.WITHHOLD] = ""
    urged_by: Actor

    def redacted(self) -> Self:
        """Keep a text that the system wrote: it contains only the name of a clock and its used share."""
        return self if self.urged_by.kind == "system" else super().redacted()


class OverdueNotified(Event):
    """An overdue notice 超期告知 was sent to the late unit, officer or desk. A unit must explain the delay."""

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
    name: ClockName
    dispatch_id: UUID | None = None
    unit_id: UnitId | None = None
    officer_id: OfficerId | None = None
    """Officer who holds the late task, if any."""
    role: DeskRole | None = None
    """Role of the late desk, if neither a unit nor an officer is late."""
    centre_id: str | None = None
    """Centre of that desk, if it is not the responsible centre."""
    reply_due_at: Instant
    provisional: bool | None = None
    """True while the deadline may move because the holidays of its year are not announced."""
    further_clocks: tuple[ClockName, ...] | None = None
    """Further overdue clocks of the same dispatch that this notice covers."""


class OverdueExplained(Event):
    """The unit gave its reason for being late."""

    TYPE = "supervision.overdue_explained.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="责任单位对超期告知的说明。",
        timeline=Sentence("{unit_id}说明超期原因", "{unit_id} explained the delay", note="text"),
    )

    clock_id: UUID
    dispatch_id: UUID | None = None
    unit_id: UnitId | None = None
    text: Annotated[str, Redact.WITHHOLD]
    """Masked text."""
    explained_by: Actor


class TaskEscalated(Event):
    """A late verification or recheck task was escalated to the grid lead, then to the centre of the street.

    The holder of the task may still answer it.
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
    to: Literal["grid_lead", "centre"]
    officer_id: OfficerId | None = None
    """The grid lead; `None` if the task goes to the centre."""
