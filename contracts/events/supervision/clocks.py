"""Supervision 监督: clocks of a case, their lights and deadlines."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.timeline import CLOCK, About, Choice, Sentence, label

__all__ = [
    "ClockName",
    "ClockPaused",
    "ClockResumed",
    "ClockStarted",
    "ClockStopped",
    "DeadlineMoved",
    "Light",
    "LightChanged",
]

Light = Literal["green", "yellow", "red"]

ClockName = Literal["verify", "file", "dispatch", "sign", "handle", "recheck", "review", "case", "settlement"]


class ClockStarted(Event):
    """A clock started."""

    TYPE = "supervision.clock_started.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="一个时限开始计时。",
        timeline=Sentence(
            "{clock}计时开始，{due_at} 到期", "The {clock} clock started, due {due_at}", CLOCK, minor=True
        ),
    )

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    """Dispatch that the clock runs for; for the clock `dispatch` the one whose return must be decided."""
    task_id: UUID | None = None
    started_at: Instant
    due_at: Instant
    provisional: bool = False
    coordinated: bool = False
    """True for a coordinated unit: its light never turns red, and overdue steps go to its superior authority."""
    milestone: str | None = None
    """Name of the milestone that ends a handling clock."""
    centre_id: str | None = None
    """Deciding centre of a clock `dispatch`, if it is not the responsible centre of the case."""


class ClockPaused(Event):
    """A clock was paused: by a requested return, a suspension or a verification."""

    TYPE = "supervision.clock_paused.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="时限暂停：派遣单在退单待定或挂账期间，受理台时限在核实期间。",
        timeline=Sentence("计时暂停", "A clock was paused", minor=True),
    )

    clock_id: UUID


class ClockResumed(Event):
    """A clock resumed. Its deadline moved by the length of the pause."""

    TYPE = "supervision.clock_resumed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="时限恢复，到期时刻顺延。",
        timeline=Sentence("计时恢复，{due_at} 到期", "A clock resumed, due {due_at}", minor=True),
    )

    clock_id: UUID
    due_at: Instant


class ClockStopped(Event):
    """A clock stopped, in time or late. Lateness stays on record."""

    TYPE = "supervision.clock_stopped.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="时限结束：按时与否。曾经超期的记录不会抹去。",
        timeline=Choice(
            lambda event: "cancelled" if event.cancelled else event.on_time,
            {
                True: Sentence("{clock}计时结束：按时", "The {clock} clock stopped in time", CLOCK, minor=True),
                False: Sentence(
                    "{clock}计时结束：超期", "The {clock} clock stopped after its deadline", CLOCK, minor=True
                ),
                "cancelled": Sentence("{clock}计时取消", "The {clock} clock was cancelled", CLOCK, minor=True),
            },
        ),
    )

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    stopped_at: Instant
    on_time: bool
    cancelled: bool = False
    """True if the clock ended without judgement: withdrawn, returned or voided."""


class LightChanged(Event):
    """The light of a clock changed: green up to 80 % of the limit, yellow up to 100 %, red beyond."""

    TYPE = "supervision.light_changed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="红绿灯变化：用时 80% 以内绿，100% 以内黄，超过红。",
        timeline=Choice(
            "corrected",
            {
                False: Sentence(
                    "{clock}转{light}",
                    "The {clock} clock turned {light}",
                    {**CLOCK, "light": label("light", labels.LIGHTS)},
                ),
                True: Sentence(
                    "{clock}更正为{light}：依据后到的事实或新的时限",
                    "The {clock} clock was corrected to {light}, because of a later fact or a longer limit",
                    {**CLOCK, "light": label("light", labels.LIGHTS)},
                ),
            },
        ),
    )

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    light: Light
    corrected: bool = False
    """True if a later fact proved that the clock had stopped in time."""


class DeadlineMoved(Event):
    """The deadline of a running clock moved, by an extension or because the holidays of its year were announced."""

    TYPE = "supervision.deadline_moved.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="计时中的时限改变到期时刻：延期，或当年工作日历公布。",
        timeline=Sentence(
            "{clock}时限调整为 {due_at}（{reason}）",
            "The deadline of the {clock} clock moved to {due_at} ({reason})",
            {**CLOCK, "reason": label("reason", labels.DEADLINE_MOVED_REASONS)},
        ),
    )

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    due_at: Instant
    provisional: bool = False
    reason: Literal["extension", "calendar"]
    milestone: str | None = None
    """Name of the milestone that the clock belongs to."""
