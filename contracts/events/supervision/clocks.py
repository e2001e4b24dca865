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
    """A clock started: one limit of the case runs from now on."""

    TYPE = "supervision.clock_started.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="一个时限开始计时。",
        timeline=Sentence(
            "{clock}计时开始，{due_at} 到期", "The {clock} clock started, due {due_at}", CLOCK, minor=True
        ),
    )

    clock_id: UUID
    """Clock that started; later events name it."""
    name: ClockName
    """What the clock measures: verification, filing, dispatch (routing decision or decision about a return),
    acknowledgement (`sign`), handling, recheck, review, the whole case, or approval of a settlement."""
    dispatch_id: UUID | None = None
    """Dispatch that the clock runs for; for the clock `dispatch` the one whose return must be decided. Null or absent
    if the clock belongs to no dispatch."""
    task_id: UUID | None = None
    """Verification or recheck task that the clock runs for; null or absent for other clocks."""
    started_at: Instant
    """Instant from which the clock runs."""
    due_at: Instant
    """Deadline of the clock."""
    provisional: bool = False
    """True while `due_at` may move, because the holidays of its year are not announced."""
    coordinated: bool = False
    """True for the clock of a coordinated unit. The light of this clock never turns red; if the unit is late, the
    superior authority of the unit is addressed."""
    milestone: str | None = None
    """Name of the milestone that ends a handling clock; null or absent for other clocks."""
    centre_id: str | None = None
    """Centre that must decide, for a clock `dispatch`; null or absent for other clocks, or if it is the responsible
    centre of the case."""


class ClockPaused(Event):
    """A clock was paused, by a requested return, a suspension or a verification."""

    TYPE = "supervision.clock_paused.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="时限暂停：派遣单在退单待定或挂账期间，受理台时限在核实期间。",
        timeline=Sentence("计时暂停", "A clock was paused", minor=True),
    )

    clock_id: UUID


class ClockResumed(Event):
    """A clock resumed. The deadline moved by the part of the pause in which the clock would have run."""

    TYPE = "supervision.clock_resumed.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="时限恢复，到期时刻顺延。",
        timeline=Sentence("计时恢复，{due_at} 到期", "A clock resumed, due {due_at}", minor=True),
    )

    clock_id: UUID
    due_at: Instant
    """New deadline."""


class ClockStopped(Event):
    """A clock stopped, in time or late. A record that a clock was late is never removed."""

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
    """What the clock measured, as in `clock_started`."""
    dispatch_id: UUID | None = None
    """Dispatch that the clock ran for; null or absent if it belonged to no dispatch."""
    stopped_at: Instant
    """Instant at which the clock stopped."""
    on_time: bool
    """True if the clock had used at most the time of its limit."""
    cancelled: bool = False
    """True if the clock ended and neither *in time* nor *late* is counted, such as after a withdrawal or return."""


class LightChanged(Event):
    """The light of a clock changed.

    The light is green up to the share `yellow_share` of the limit (80 % by default), yellow up to the whole limit, and
    red beyond.
    """

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
    """What the clock measures, as in `clock_started`."""
    dispatch_id: UUID | None = None
    """Dispatch that the clock runs for; null or absent if it belongs to no dispatch."""
    light: Light
    """New light of the clock."""
    corrected: bool = False
    """True if the light was corrected, because a fact that arrived late or a longer limit changed the used share."""


class DeadlineMoved(Event):
    """The deadline of a running clock moved.

    An extension was granted, or the holidays of the deadline's year were announced.
    """

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
    """What the clock measures, as in `clock_started`."""
    dispatch_id: UUID | None = None
    """Dispatch that the clock runs for; null or absent if it belongs to no dispatch."""
    due_at: Instant
    """New deadline."""
    provisional: bool = False
    """True while `due_at` may move again, because the holidays of its year are not announced."""
    reason: Literal["extension", "calendar"]
    """`extension`: an extension was granted. `calendar`: the holidays of the year were announced."""
    milestone: str | None = None
    """Name of the milestone that ends a handling clock; null or absent for other clocks."""
