"""Handling 处置: how units acknowledge, carry out and complete their dispatches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Contract, Event, StrictInstant
from contracts.common import Actor, Photo
from contracts.marks import Redact
from contracts.timeline import About, Choice, Names, Sentence, Text, UnitId, label

__all__ = [
    "CoUnitReleased",
    "DispatchSigned",
    "HandlingCompleted",
    "HandoverRefused",
    "PhoneEntry",
    "ProgressReported",
    "WorkAssigned",
    "WorkCompleted",
    "WorkOutcome",
]


def _outcome_or_progress(event: ProgressReported, names: Names) -> Text:
    """Render the outcome of the work on a merged case, or the word *progress* while it has no outcome."""
    return (
        label("outcome", labels.WORK_OUTCOMES)(event, names) if event.outcome is not None else Text("进展", "progress")
    )


WorkOutcome = Literal[
    "solved",
    "partly",
    "explained",
    "not_solvable",
    "persuaded",
    "ordered",
    "transferred_to_enforcement",
    "mediated",
    "handled",
    "handed_over",
]
"""Outcome of the work of a unit. `handled` is the only outcome in a confidential case. `handed_over` means that an
emergency service took the case over."""


class PhoneEntry(Contract):
    """An answer that was given by phone and entered later 补录."""

    contact: str
    """Post or badge number of the person who answered the phone."""
    at: StrictInstant
    """Instant of the phone call."""


class DispatchSigned(Event):
    """The unit acknowledged the dispatch 签收."""

    TYPE = "handling.dispatch_signed.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="责任单位签收派遣单。",
        timeline=Choice(
            lambda event: "by phone" if event.by_phone is not None else "post" if event.accepted_by else "signed",
            {
                "signed": Sentence("{unit_id}签收", "{unit_id} acknowledged the dispatch"),
                "by phone": Sentence(
                    "{unit_id}电话签收（补录）", "{unit_id} acknowledged the dispatch by phone (entered later)"
                ),
                "post": Sentence(
                    "{unit_id}接收移交（{accepted_by}）", "{unit_id} acknowledged the hand-over ({accepted_by})"
                ),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    by_phone: PhoneEntry | None = None
    """Phone call in which the unit acknowledged; null or absent if it did so in the system."""
    accepted_by: str | None = None
    """Post or desk at the emergency service that acknowledged a hand-over 移交, with personal data masked; null or
    absent for other dispatches."""
    signed_by: Actor

    def signed_at(self, stated_at: datetime) -> datetime:
        """Return when the unit acknowledged: at the phone call or, without one, at `stated_at`, the time of the event.

        Never later than `stated_at`.
        """
        return min(self.by_phone.at, stated_at) if self.by_phone is not None else stated_at


class HandoverRefused(Event):
    """An emergency service refused a hand-over 移交.

    The centre stays responsible for the case, and a person must decide at once.
    """

    TYPE = "handling.handover_refused.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="应急单位不接收移交：案件仍由本中心负责，须立即有人处理。",
        timeline=Choice(
            lambda event: event.by_phone is not None,
            {
                False: Sentence(
                    "{unit_id}不接收移交，案件仍由本中心负责",
                    "{unit_id} refused the hand-over; the centre stays responsible",
                    note="note",
                ),
                True: Sentence(
                    "{unit_id}电话答复不接收移交（补录），案件仍由本中心负责",
                    "{unit_id} refused the hand-over by phone (entered later); the centre stays responsible",
                    note="note",
                ),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    role: str
    """Role of the service in the dispatch: `lead`, `co` or `first_response`."""
    note: Annotated[str, Redact.WITHHOLD]
    """Masked reason of the refusal."""
    by_phone: PhoneEntry | None = None
    """Phone call in which the service refused; null or absent if it refused in the system."""
    refused_by: Actor


class WorkAssigned(Event):
    """The unit assigned the work to one of its crews 二级派遣, or revoked the assignment."""

    TYPE = "handling.work_assigned.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="责任单位内部二级派遣，或收回。",
        timeline=Choice(
            lambda event: event.crew is not None,
            {
                True: Sentence("{unit_id}转派至{crew}", "{unit_id} assigned the work to {crew}"),
                False: Sentence("{unit_id}收回内部转派", "{unit_id} revoked the assignment to its crew"),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    crew: str | None = None
    """Name of the crew or post, never of a person; null or absent if the unit revoked the assignment."""
    assigned_by: Actor


class ProgressReported(Event):
    """The unit reported progress, and perhaps that it reached a milestone."""

    TYPE = "handling.progress_reported.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="阶段性进展，可能达到一个节点。",
        timeline=Choice(
            lambda event: "merged" if event.merged_case_number is not None else event.milestone is not None,
            {
                "merged": Sentence(
                    "{unit_id}就并入的案件 {merged_case_number} 报告：{outcome}",
                    "{unit_id} reported on the merged case {merged_case_number}: {outcome}",
                    {"outcome": _outcome_or_progress},
                    note="note",
                ),
                True: Sentence(
                    "{unit_id}完成阶段目标：{milestone}", "{unit_id} reached a milestone: {milestone}", note="note"
                ),
                False: Sentence("{unit_id}报告进展", "{unit_id} reported progress", note="note"),
            },
        ),
    )

    dispatch_id: UUID
    """Dispatch of the unit; of the merged case, if the work is for a case that was merged into this one."""
    unit_id: UnitId
    note: Annotated[str, Redact.WITHHOLD]
    """Masked text of the unit about its progress."""
    milestone: str | None = None
    """Name of the milestone that the unit reached; null or absent if it reached none."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    """Photos of the work so far."""
    merged_case_number: str | None = None
    """Number of a case that was merged into this one, if the report is about work that an emergency service continues
    for the merged case; otherwise null or absent."""
    outcome: WorkOutcome | None = None
    """Outcome, if the emergency service completed the work on the merged case; otherwise null or absent."""
    reported_by: Actor


class CoUnitReleased(Event):
    """The lead released a co-unit: the co-unit has no more work on the case."""

    TYPE = "handling.co_unit_released.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="牵头单位解除一个协办单位。",
        timeline=Sentence("{unit_id}协办任务解除", "The lead released {unit_id}", note="note"),
    )

    dispatch_id: UUID
    """Dispatch of the released co-unit."""
    unit_id: UnitId
    """Released co-unit."""
    note: Annotated[str, Redact.WITHHOLD]
    """Masked reason."""
    released_by: Actor


class WorkCompleted(Event):
    """One unit completed its part of the work. The handling clock of the unit stops."""

    TYPE = "handling.work_completed.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="一个单位办结自己的部分，附结果与凭证；其处置时限停止。",
        timeline=Sentence(
            "{unit_id}（{role}）办理完毕：{outcome}",
            "{unit_id} ({role}) completed the work: {outcome}",
            {"role": label("role", labels.DISPATCH_ROLES), "outcome": label("outcome", labels.WORK_OUTCOMES)},
            note="note",
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    role: str
    """Role of the unit in the dispatch: `lead`, `co` or `first_response`."""
    outcome: WorkOutcome
    """Outcome of the work. `ordered`: the responsible person was ordered to correct the problem. `handled`: the only
    outcome in a confidential case. `handed_over`: an emergency service took the case over."""
    note: Annotated[str, Redact.WITHHOLD]
    """Masked text about the work done."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    """Photos that prove the work."""
    rework_round: int = 0
    """Number of the rework 返工 that was completed; 0 for the first handling."""
    completed_by: Actor


class HandlingCompleted(Event):
    """The lead and all co-units have completed their work or were released, so the recheck can begin."""

    TYPE = "handling.handling_completed.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="牵头与全部协办单位均已办结或解除，可以核查。",
        timeline=Sentence(
            "各责任单位均已办结（牵头 {lead_unit_id}：{outcome}）",
            "All units completed their work (lead {lead_unit_id}: {outcome})",
            {"outcome": label("outcome", labels.WORK_OUTCOMES)},
        ),
    )

    lead_dispatch_id: UUID
    """Dispatch of the lead unit."""
    lead_unit_id: UnitId
    """Lead unit."""
    outcome: WorkOutcome
    """Outcome of the work of the lead."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked text of the lead about the work done."""
    rework_round: int = 0
    """Number of the rework 返工 that was completed; 0 for the first handling."""
    units: tuple[str, ...]
    """Units that handled the case. Officers and staff of these units do not recheck the case."""
