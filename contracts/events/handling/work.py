"""Handling 处置: how units accept, carry out and complete their dispatches."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Contract, Event, StrictInstant
from contracts.common import Actor, Photo
from contracts.marks import Redact
from contracts.timeline import (
    UNIT,
    About,
    Choice,
    Names,
    Sentence,
    Text,
    label,
    unit,
    value,
)

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


def _said(event: ProgressReported, names: Names) -> Text:
    """How it ended there, or that it goes on."""
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
"""Outcome of the work. Confidential cases have only `handled`; `handed_over` means that an emergency service took
over."""


class PhoneEntry(Contract):
    """An answer given by phone and entered later 补录."""

    contact: str
    """Post or badge number of the person on the phone."""
    at: StrictInstant


class DispatchSigned(Event):
    """The unit signed for the dispatch."""

    TYPE = "handling.dispatch_signed.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="责任单位签收派遣单。",
        timeline=Choice(
            lambda event: "by phone" if event.by_phone is not None else "post" if event.accepted_by else "signed",
            {
                "signed": Sentence("{unit}签收", "{unit} signed", UNIT),
                "by phone": Sentence("{unit}电话签收（补录）", "{unit} signed by phone (entered later)", UNIT),
                "post": Sentence(
                    "{unit}接收移交（{post}）",
                    "{unit} took the hand-over ({post})",
                    {**UNIT, "post": value("accepted_by")},
                ),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: str
    by_phone: PhoneEntry | None = None
    accepted_by: str | None = None
    """Masked post or desk of the emergency service that acknowledged a hand-over 移交."""
    signed_by: Actor

    def signed_at(self, stated_at: datetime) -> datetime:
        """Return when the unit signed: by phone at the time of the call, but never after the event was stated."""
        return min(self.by_phone.at, stated_at) if self.by_phone is not None else stated_at


class HandoverRefused(Event):
    """An emergency service refused a hand-over. The case stays with the centre, where a person must decide at once."""

    TYPE = "handling.handover_refused.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="应急单位不接收移交：案件仍由本中心负责，须立即有人处理。",
        timeline=Choice(
            lambda event: event.by_phone is not None,
            {
                False: Sentence(
                    "{unit}不接收移交，案件仍由本中心负责",
                    "{unit} refuses the hand-over: it stays ours",
                    UNIT,
                    note="note",
                ),
                True: Sentence(
                    "{unit}电话答复不接收移交（补录），案件仍由本中心负责",
                    "{unit} refuses the hand-over by phone (entered later): it stays ours",
                    UNIT,
                    note="note",
                ),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: str
    role: str
    note: Annotated[str, Redact.WITHHOLD]
    """Masked reason."""
    by_phone: PhoneEntry | None = None
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
                True: Sentence("{unit}转派至{crew}", "{unit} handed it to {crew}", {**UNIT, "crew": value("crew")}),
                False: Sentence("{unit}收回内部转派", "{unit} took it back from its crew", UNIT),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: str
    crew: str | None = None
    """Crew or post, never the name of a person; `None` if revoked."""
    assigned_by: Actor


class ProgressReported(Event):
    """The unit reported progress, perhaps a reached milestone."""

    TYPE = "handling.progress_reported.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="阶段性进展，可能达到一个里程碑。",
        timeline=Choice(
            lambda event: "merged" if event.merged_case_number is not None else event.milestone is not None,
            {
                "merged": Sentence(
                    "{unit}就并入的案件 {number} 报告{said}",
                    "{unit}, of case {number} which was merged: {said}",
                    {**UNIT, "number": value("merged_case_number"), "said": _said},
                    note="note",
                ),
                True: Sentence(
                    "{unit}完成阶段目标：{milestone}",
                    "{unit} reached: {milestone}",
                    {**UNIT, "milestone": value("milestone")},
                    note="note",
                ),
                False: Sentence("{unit}报告进展", "{unit} reports progress", UNIT, note="note"),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: str
    note: Annotated[str, Redact.WITHHOLD]
    milestone: str | None = None
    """Name of the reached milestone, if any."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    merged_case_number: str | None = None
    """Number of a merged case, if the progress belongs to a hand-over of that case which an emergency service had
    acknowledged before the merge."""
    outcome: WorkOutcome | None = None
    """Outcome of that hand-over, if this is its result."""
    reported_by: Actor


class CoUnitReleased(Event):
    """The lead released a co-unit that has nothing to do."""

    TYPE = "handling.co_unit_released.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="牵头单位解除一个协办单位。",
        timeline=Sentence("{unit}协办任务解除", "{unit} released by the lead", UNIT, note="note"),
    )

    dispatch_id: UUID
    unit_id: str
    note: Annotated[str, Redact.WITHHOLD]
    released_by: Actor


class WorkCompleted(Event):
    """One unit completed its part. Its handling clock stops."""

    TYPE = "handling.work_completed.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="一个单位办结自己的部分，附结果与凭证；其处置时限停止。",
        timeline=Sentence(
            "{unit}（{role}）办理完毕：{outcome}",
            "{unit} ({role}) completed: {outcome}",
            {**UNIT, "role": label("role", labels.DISPATCH_ROLES), "outcome": label("outcome", labels.WORK_OUTCOMES)},
            note="note",
        ),
    )

    dispatch_id: UUID
    unit_id: str
    role: str
    outcome: WorkOutcome
    note: Annotated[str, Redact.WITHHOLD]
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    rework_round: int = 0
    completed_by: Actor


class HandlingCompleted(Event):
    """All units of the case have completed or were released; the recheck can begin."""

    TYPE = "handling.handling_completed.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="牵头与全部协办单位均已办结或解除，可以核查。",
        timeline=Sentence(
            "各责任单位均已办结（牵头 {unit}：{outcome}）",
            "All units have completed (lead {unit}: {outcome})",
            {"unit": unit("lead_unit_id"), "outcome": label("outcome", labels.WORK_OUTCOMES)},
        ),
    )

    lead_dispatch_id: UUID
    lead_unit_id: str
    outcome: WorkOutcome
    note: Annotated[str, Redact.WITHHOLD] = ""
    rework_round: int = 0
    units: tuple[str, ...]
    """Units that handled the case; their people do not recheck it."""
