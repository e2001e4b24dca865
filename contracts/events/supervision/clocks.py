"""Supervision 监督: clocks of a case, their lights and deadlines."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.timeline import (
    CLOCK,
    About,
    Choice,
    Sentence,
    instant,
    label,
)

Light = Literal["green", "yellow", "red"]

ClockName = Literal["verify", "file", "dispatch", "sign", "handle", "recheck", "review", "case", "settlement"]


class ClockStarted(Event):
    """A clock runs. A card shows one of them with its light: the gravest light, then the earliest deadline."""

    TYPE = "supervision.clock_started.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="一个时限开始计时。",
        timeline=Sentence(
            "{clock}计时开始，{due} 到期",
            "Clock of {clock} started, due {due}",
            {**CLOCK, "due": instant("due_at")},
            minor=True,
        ),
    )

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    """The order it runs for; of a clock named `dispatch` the one whose return is to be decided."""
    task_id: UUID | None = None
    started_at: Instant
    due_at: Instant
    provisional: bool = False
    coordinated: bool = False
    """Never red: escalation goes to the authority above."""
    milestone: str | None = None
    """Of a handling clock: the name of the milestone that ends it."""
    centre_id: str | None = None
    """Of a clock named `dispatch`: the centre that decides, where it is not the case's own (the county was called)."""


class ClockPaused(Event):
    """The clock stands still: of an order while a return or a suspension lasts, of the desk while it is verified."""

    TYPE = "supervision.clock_paused.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="时限暂停：派遣单在退单待定或挂账期间，受理台时限在核实期间。",
        timeline=Sentence("计时暂停", "Clock paused", minor=True),
    )

    clock_id: UUID


class ClockResumed(Event):
    """The clock runs on, with a due instant moved by the pause."""

    TYPE = "supervision.clock_resumed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="时限恢复，到期时刻顺延。",
        timeline=Sentence("计时恢复，{due} 到期", "Clock resumed, due {due}", {"due": instant("due_at")}, minor=True),
    )

    clock_id: UUID
    due_at: Instant


class ClockStopped(Event):
    """The clock ended: in time or not. "Was overdue" is never erased."""

    TYPE = "supervision.clock_stopped.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="时限结束：按时与否。曾经超时的记录不会抹去。",
        timeline=Choice(
            lambda event: "cancelled" if event.cancelled else event.on_time,
            {
                True: Sentence("{clock}计时结束：按时", "Clock of {clock} stopped: in time", CLOCK, minor=True),
                False: Sentence("{clock}计时结束：超时", "Clock of {clock} stopped: late", CLOCK, minor=True),
                "cancelled": Sentence("{clock}计时取消", "Clock of {clock} cancelled", CLOCK, minor=True),
            },
        ),
    )

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    stopped_at: Instant
    on_time: bool
    cancelled: bool = False
    """Ended without a judgement (withdrawn, returned, voided)."""


class LightChanged(Event):
    """A clock's light changed: green to 80 %, yellow to 100 %, red beyond of elapsed clock time over the limit."""

    TYPE = "supervision.light_changed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="红绿灯变化：用时 80% 以内绿，100% 以内黄，超过红。",
        timeline=Choice(
            "corrected",
            {
                False: Sentence(
                    "{clock}转{light}", "{clock} turned {light}", {**CLOCK, "light": label("light", labels.LIGHTS)}
                ),
                True: Sentence(
                    "{clock}更正为{light}：后到的事实或新的时限表明当时未到此灯",
                    "{clock} corrected to {light}, as a later fact or a longer limit shows",
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
    """A later fact proved that the clock had stopped in time."""


class DeadlineMoved(Event):
    """A running clock is due at another instant than was said: an extension, or the calendar of its year was announced."""

    TYPE = "supervision.deadline_moved.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="计时中的时限改变到期时刻：延期，或当年工作日历公布。",
        timeline=Sentence(
            "{clock}时限调整为 {due}（{reason}）",
            "{clock} now due {due} ({reason})",
            {**CLOCK, "due": instant("due_at"), "reason": label("reason", labels.MOVED)},
        ),
    )

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    due_at: Instant
    provisional: bool = False
    reason: Literal["extension", "calendar"]
    milestone: str | None = None
    """Name of the milestone whose clock it is."""
