"""Stage 5, supervision 监督: clocks and lights, urging, recheck by somebody independent, closing. Emitted by supervision."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.acceptance import RecheckMode
from contracts.base import Event, Instant
from contracts.command import MilestoneDue
from contracts.places import Actor, Photo

Light = Literal["green", "yellow", "red"]
ClockName = Literal["verify", "file", "dispatch", "sign", "handle", "recheck", "review", "case", "settlement"]
AttentionReason = Literal[
    "reporter_not_solved", "second_not_solved", "other_reporter_not_solved", "third_recheck_failure", "nobody_on_duty",
    "overdue_twofold", "order_unanswered", "task_overdue", "handover_unacknowledged", "handover_refused", "director_silent",
    "request_undecided",
]  # fmt: skip
AttentionQueue = Literal["shift_lead", "leader", "dispatcher"]
AnswerKind = Literal["overdue_reason", "order_reply", "first_contact", "extension", "suspension", "question", "appeal"]
DeskRole = Literal["intake_clerk", "shift_lead", "dispatcher", "leader"]
CloseOutcome = Literal["solved", "settled_on_the_spot", "answered", "explained", "mediated", "handed_over", "forced"]


class ClockStarted(Event):
    """A clock runs. A card shows one of them with its light: the gravest light, then the earliest deadline."""

    TYPE = "supervision.clock_started.v1"
    SOURCE = "supervision"

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

    clock_id: UUID


class ClockResumed(Event):
    """The clock runs on, with a due instant moved by the pause."""

    TYPE = "supervision.clock_resumed.v1"
    SOURCE = "supervision"

    clock_id: UUID
    due_at: Instant


class ClockStopped(Event):
    """The clock ended: in time or not. "Was overdue" is never erased."""

    TYPE = "supervision.clock_stopped.v1"
    SOURCE = "supervision"

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

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    light: Light
    corrected: bool = False
    """A later fact proved that the clock had stopped in time."""


class UnitUrged(Event):
    """催办: a reminder, by the clock at yellow or by a person at any time."""

    TYPE = "supervision.unit_urged.v1"
    SOURCE = "supervision"

    dispatch_id: UUID | None = None
    unit_id: str | None = None
    clock_id: UUID | None = None
    """The clock on whose way it comes; none: somebody thought of it."""
    text: str
    text_en: str = ""
    urged_by: Actor


class OverdueNotified(Event):
    """超期告知: "why is it late?", to whoever is late. A unit's answer is due."""

    TYPE = "supervision.overdue_notified.v1"
    SOURCE = "supervision"

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    officer_id: str | None = None
    """Of an officer's task: who has it."""
    role: DeskRole | None = None
    """Whose desk it is, where neither a unit nor an officer is late."""
    centre_id: str | None = None
    """At which centre, where it is not the case's own."""
    reply_due_at: Instant
    provisional: bool | None = None
    """It may move until the calendar of its year is announced; none: it stands."""
    also: tuple[ClockName, ...] | None = None
    """Further limits of the same order that ran out at the same moment; this notice asks about them, too."""


class OrderIssued(Event):
    """督办: a formal order; needs a reply and a leader's eye."""

    TYPE = "supervision.order_issued.v1"
    SOURCE = "supervision"

    order_id: UUID
    kind: Literal["overdue", "leader", "rework", "important", "escalated"]
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    """Whom it goes to: for a coordinated unit the authority above it."""
    officer_id: str | None = None
    """While no unit has it: the officer whose task it waits for."""
    role: DeskRole | None = None
    """Or whose desk it waits at."""
    centre_id: str | None = None
    """At which centre, where it is not the case's own."""
    clock_id: UUID | None = None
    """The clock on whose way it comes; none: somebody thought of it, or it is about something else than time."""
    text: str
    text_en: str = ""
    reply_due_at: Instant
    provisional: bool | None = None
    """It may move until the calendar of its year is announced; none: it stands."""
    issued_by: Actor


class OverdueExplained(Event):
    """The unit's answer to an overdue notice: why it is late."""

    TYPE = "supervision.overdue_explained.v1"
    SOURCE = "supervision"

    clock_id: UUID
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    text: str
    """Masked."""
    explained_by: Actor


class OrderReplied(Event):
    """The reply to a formal order."""

    TYPE = "supervision.order_replied.v1"
    SOURCE = "supervision"

    order_id: UUID
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    text: str
    """Masked."""
    on_time: bool
    replied_by: Actor


class ExtensionDecided(Event):
    """延期 granted or refused. Granted: one original limit is added to the last open milestone."""

    TYPE = "supervision.extension_decided.v1"
    SOURCE = "supervision"

    dispatch_id: UUID
    unit_id: str
    granted: bool
    note: str = ""
    milestones: tuple[MilestoneDue, ...]
    """Of the dispatch, as they now are."""
    decided_by: Actor


class SuspensionDecided(Event):
    """挂账 granted or refused. Granted: the clocks of the dispatch stand still until the date, then run on by themselves."""

    TYPE = "supervision.suspension_decided.v1"
    SOURCE = "supervision"

    dispatch_id: UUID
    unit_id: str
    granted: bool
    until: Instant
    """As asked for."""
    note: str = ""
    decided_by: Actor


class SuspensionEnded(Event):
    """The date of a suspension has come: the clocks run on."""

    TYPE = "supervision.suspension_ended.v1"
    SOURCE = "supervision"

    dispatch_id: UUID
    unit_id: str
    milestones: tuple[MilestoneDue, ...]
    """Of the dispatch, moved by the pause."""


class DeadlineMoved(Event):
    """A running clock is due at another instant than was said: an extension, or the calendar of its year was announced."""

    TYPE = "supervision.deadline_moved.v1"
    SOURCE = "supervision"

    clock_id: UUID
    name: ClockName
    dispatch_id: UUID | None = None
    due_at: Instant
    provisional: bool = False
    reason: Literal["extension", "calendar"]
    milestone: str | None = None
    """Name of the milestone whose clock it is."""


class AnswerDueMoved(Event):
    """Somebody has until another instant to answer than was said, since the calendar of its year was announced: a unit its
    overdue notice or formal order, the lead unit the reporter (响应), a person of the centre a request, a question or an appeal.
    """

    TYPE = "supervision.answer_due_moved.v1"
    SOURCE = "supervision"

    what: AnswerKind
    about: UUID | None = None
    """The overrun clock, the formal order, or the task of the request, question or appeal."""
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    """Who answers; of a request or an appeal who asked."""
    reason: AttentionReason | None = None
    """Of a question."""
    due_at: Instant
    provisional: bool = False


class RecheckRequested(Event):
    """A task 核查: was it solved? Never to whoever handled it."""

    TYPE = "supervision.recheck_requested.v1"
    SOURCE = "supervision"

    task_id: UUID
    round: int
    mode: RecheckMode
    grid_code: str
    officer_id: str | None = None
    """None: the desk's task (call-back, document), or nobody on duty yet."""
    due_at: Instant
    closing_condition: str
    closing_condition_en: str
    sample: bool = False
    """A sampled recheck of something settled on the spot."""


class RecheckAssigned(Event):
    """The task went to an officer: on duty, free, and with no part in the handling."""

    TYPE = "supervision.recheck_assigned.v1"
    SOURCE = "supervision"

    task_id: UUID
    officer_id: str
    due_at: Instant
    assigned_by: Actor | None = None
    """Who sent them; none: the system found the nearest."""


class RecheckClaimed(Event):
    """An officer took the task."""

    TYPE = "supervision.recheck_claimed.v1"
    SOURCE = "supervision"

    task_id: UUID
    officer_id: str | None = None
    claimed_by: Actor


class RecheckPassedOn(Event):
    """The officer cannot do the task and says why, or may not any more; nobody has it until somebody else is found."""

    TYPE = "supervision.recheck_passed_on.v1"
    SOURCE = "supervision"

    task_id: UUID
    officer_id: str
    """Who had it, and will not get it again."""
    note: str
    because: Literal["reported", "handled"] | None = None
    """Why it was taken from the officer by itself: a report of theirs was attached, or they worked on the case. None: they
    gave it up.
    """
    due_at: Instant | None = None
    """When it is due now, where nobody else is on duty: counted from the next shift of somebody who may recheck."""
    passed_on_by: Actor


class TaskEscalated(Event):
    """A verify or recheck task is late and goes one step up: to the grid lead, then to the street's centre.

    Whoever has it may still answer it.
    """

    TYPE = "supervision.task_escalated.v1"
    SOURCE = "supervision"

    task_id: UUID
    kind: Literal["verify", "recheck"]
    to: Literal["grid_lead", "centre"]
    officer_id: str | None = None
    """The grid lead; none when it goes to the centre."""


class RecheckRecorded(Event):
    """The answer: passed (the closing condition is met) or failed."""

    TYPE = "supervision.recheck_recorded.v1"
    SOURCE = "supervision"

    task_id: UUID
    round: int
    passed: bool
    note: str = ""
    photos: tuple[Photo, ...] = ()
    officer_id: str | None = None
    on_time: bool = True
    sample: bool = False
    recorded_by: Actor


class ReviewRequested(Event):
    """`explained` or `not_solvable`: a leader must look before it closes."""

    TYPE = "supervision.review_requested.v1"
    SOURCE = "supervision"

    review_id: UUID
    outcome: str
    due_at: Instant


class ReviewRecorded(Event):
    """The leader's decision."""

    TYPE = "supervision.review_recorded.v1"
    SOURCE = "supervision"

    review_id: UUID
    approved: bool
    note: str
    decided_by: Actor


class ReworkOrdered(Event):
    """返工: the same dispatch again, with a new clock."""

    TYPE = "supervision.rework_ordered.v1"
    SOURCE = "supervision"

    dispatch_id: UUID
    unit_id: str
    round: int
    reason: Literal["recheck_failed", "review_refused", "reporter_not_solved", "sample_failed", "by_hand"]
    note: str
    milestones: tuple[MilestoneDue, ...]


class CaseClosed(Event):
    """结案: somebody independent has seen it solved (or a person forced it, and answers for that)."""

    TYPE = "supervision.case_closed.v1"
    SOURCE = "supervision"

    outcome: CloseOutcome
    closing_condition_met: bool
    note: str = ""
    forced: bool = False
    closed_by: Actor


class CaseReopened(Event):
    """The case is open again: the reporter says it is not solved, or a person saw it."""

    TYPE = "supervision.case_reopened.v1"
    SOURCE = "supervision"

    reason: Literal["reporter_not_solved", "by_hand"]
    note: str = ""
    reopened_by: Actor
    dispatch_id: UUID | None = None
    """Order of the unit that does it again; none when no unit has completed it, so that command decides anew."""
    rework_round: int | None = None
    """Of the rework order that follows at once."""


class SampleFailed(Event):
    """The sampled recheck of a settlement failed: it does not count, intake files it as a case of its own."""

    TYPE = "supervision.sample_failed.v1"
    SOURCE = "supervision"

    task_id: UUID
    note: str = ""


class AttentionNeeded(Event):
    """A person must look: a second "not solved", one from another reporter, nobody on duty, nobody answering."""

    TYPE = "supervision.attention_needed.v1"
    SOURCE = "supervision"

    reason: AttentionReason
    queue: AttentionQueue
    note: str = ""
    post: str | None = None
    """Of leaders: whose it is, the director of the responsible centre or the county leader in charge."""
    post_en: str | None = None


class AttentionSettled(Event):
    """A person looked and decided what to do, or that nothing is to be done."""

    TYPE = "supervision.attention_settled.v1"
    SOURCE = "supervision"

    reason: AttentionReason
    note: str = ""
    answered: bool | None = None
    """Whoever settled it holds the post before which it was put, and answered it, or decided the case as a whole. None: it
    fell away with what somebody did, or what became known.
    """
    settled_by: Actor
