"""Stage 2, acceptance 受理: is it true, is it ours, what exactly is it. Emitted by intake."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Event, Instant
from contracts.discovery import External
from contracts.places import Actor, Channel, Mode, Photo, Place, RequestType

VerifyMode = Literal["site", "phone", "none"]
RecheckMode = Literal["site", "photo", "callback", "document"]
LimitUnit = Literal["urgent_minute", "urgent_hour", "natural_day", "work_hour", "work_day"]

NotFiledReason = Literal[
    "outside_area", "not_ours", "in_court_or_petition", "to_110", "duplicate", "place_unknown",
    "not_found_on_site", "permitted", "incomplete", "other",
]  # fmt: skip

Relation = Literal["parent", "child", "related", "recurrence"]


class Milestone(Contract):
    """One step of a limit: made safe → fixed; stop → penalise → demolish."""

    name: str
    name_en: str
    amount: int = Field(gt=0)
    unit: LimitUnit


class VerificationRequested(Event):
    """A task 核实: is it true? Sent to an officer of the duty grid (site) or to the desk (phone)."""

    TYPE = "acceptance.verification_requested.v1"
    SOURCE = "intake"

    task_id: UUID
    mode: VerifyMode
    grid_code: str | None = None
    officer_id: str | None = None
    """Nearest free officer; none for the desk's phone tasks or when nobody is on duty."""
    due_at: Instant
    unmanned: bool | None = None
    """True: nobody who may verify is on duty near by, nor within a week, and a person must look."""
    question: str = ""
    requested_by: Actor | None = None
    """Who at the desk had it verified; none: a rule sent it as it came in, or on to the grid where it really lies."""


class VerificationAssigned(Event):
    """The task went to another officer: the nearest free one when a shift began, or whom a person sent."""

    TYPE = "acceptance.verification_assigned.v1"
    SOURCE = "intake"

    task_id: UUID
    officer_id: str
    due_at: Instant
    assigned_by: Actor


class VerificationPassedOn(Event):
    """The officer cannot do the task and says why, or may not any more; nobody has it until somebody else is found."""

    TYPE = "acceptance.verification_passed_on.v1"
    SOURCE = "intake"

    task_id: UUID
    officer_id: str
    """Who had it, and will not get it again."""
    note: str
    because: Literal["reported"] | None = None
    """Why it was taken from the officer by itself: a report of theirs was attached. None: they gave it up."""
    due_at: Instant | None = None
    """When it is due now, where nobody else is on duty: counted from the next shift of somebody who may verify."""
    unmanned: bool | None = None
    """True: nobody who may verify is left, nor comes on duty within a week, and a person must look."""
    passed_on_by: Actor


class VerificationRecorded(Event):
    """The answer to a verification task."""

    TYPE = "acceptance.verification_recorded.v1"
    SOURCE = "intake"

    task_id: UUID
    result: Literal["confirmed", "not_found", "wrong_place", "other"]
    mode: VerifyMode | None = None
    """How it was found out: by phone also where the desk called about a task for the street. None: as was asked."""
    officer_id: str | None = None
    note: str = ""
    photos: tuple[Photo, ...] = ()
    place: Place | None = None
    """The corrected place, where the officer found it to be another."""
    recorded_by: Actor


class FilingAwaited(Event):
    """The report waits for a person to file it or not: the desk's queue."""

    TYPE = "acceptance.filing_awaited.v1"
    SOURCE = "intake"

    missing: tuple[Literal["category", "condition", "photo", "place", "component", "decision"], ...]
    """What a direct filing would have needed; `component` when the one that was named is of another kind than the category;
    `decision` when only a person's word is missing.
    """
    suggested_host: UUID | None = None
    """A case that may be about the same problem: a person compares."""
    due_at: Instant


class CaseFiled(Event):
    """The case is filed 立案: category and filing condition are fixed, routing may begin. Carries all that command needs."""

    TYPE = "acceptance.case_filed.v1"
    SOURCE = "intake"

    case_number: str
    report_id: UUID
    channel: Channel
    request_type: RequestType
    category_id: str
    category_name: str
    category_name_en: str
    condition_id: str
    condition_text: str
    condition_text_en: str
    closing_condition: str
    closing_condition_en: str
    milestones: tuple[Milestone, ...]
    verify_mode: VerifyMode
    recheck_mode: RecheckMode
    evidence: tuple[str, ...] = ()
    """Photo roles that `complete` must bring."""
    severity: int = Field(ge=1, le=4)
    """1 特别重大 … 4 一般."""
    emergency: bool = False
    confidential: bool = False
    """Then category, condition, closing condition and the names of the milestones say no more than the major: limits stand,
    and the competent unit reads the rest at intake."""
    matter_key: str | None = None
    """Of a confidential case: stands for its category where the installation's key is known, and says nothing elsewhere."""
    place: Place
    community: str
    """12-digit community code."""
    centre_id: str
    """The one responsible centre."""
    component_id: str | None = None
    description: str = ""
    photos: tuple[Photo, ...] = ()
    reported_at: Instant
    filed_by: Actor
    reporter_officer_id: str | None = None
    """Officer who reported it; may not recheck it."""
    handler_officer_id: str | None = None
    """Officer who settled it on the spot before; may not recheck it."""
    case_due_at: Instant
    """The promise to the reporter; runs from `reported_at`, never restarts."""
    provisional: bool = False
    """The calendar of that year is not yet published; the deadline will be recomputed."""
    external: External | None = None
    discoverable_on_patrol: bool = False
    parent_case_id: UUID | None = None
    suggested_host: UUID | None = None
    """Filed without waiting, but a case near by may be about the same problem: a person compares."""
    mode: Mode | None = None
    """Of what is no real case, an exercise or a test; none of a real one."""
    joint: bool = False
    """The problem keeps coming back at this place: it is for the joint team of the area, not for one unit."""


class CaseCorrected(CaseFiled):
    """更正: category, condition or place of a filed case were wrong and are put right while it goes on. Says all that filing
    says, as it is now; `filed_by` is still who filed it, and the promise to the reporter still runs from the report.
    """

    TYPE = "acceptance.case_corrected.v1"

    note: str
    corrected_by: Actor


class CaseNotFiled(Event):
    """Not filed 不予立案, with the reason the reporter is told. Ends the case."""

    TYPE = "acceptance.case_not_filed.v1"
    SOURCE = "intake"

    reason: NotFiledReason
    note: str = ""
    decided_by: Actor


class CaseVoided(Event):
    """Found wrong after filing 作废, by the shift lead. Ends the case."""

    TYPE = "acceptance.case_voided.v1"
    SOURCE = "intake"

    note: str
    decided_by: Actor


class CaseWithdrawn(Event):
    """The reporter took it back. Ends the case if nothing was filed yet."""

    TYPE = "acceptance.case_withdrawn.v1"
    SOURCE = "intake"

    note: str = ""
    withdrawn_by: Actor


class CaseAnswered(Event):
    """An inquiry answered at once 直接办结. Ends the case; never dispatched."""

    TYPE = "acceptance.case_answered.v1"
    SOURCE = "intake"

    answer: str
    answer_en: str | None = None
    knowledge_id: str | None = None
    control_area_id: UUID | None = None
    """The control area 管控区 that answers what is reported in it: known already, and until when."""
    answered_by: Actor


class SettlementRecorded(Event):
    """The desk approved or refused what an officer settled on the spot; approved ones may be sampled for a site recheck."""

    TYPE = "acceptance.settlement_recorded.v1"
    SOURCE = "intake"

    approved: bool
    note: str = ""
    sampled: bool = False
    grid_code: str
    officer_id: str | None = None
    """Who settled it: never rechecks it."""
    outcome: str = "settled_on_the_spot"
    recheck_mode: RecheckMode = "site"
    decided_by: Actor


class CaseAttached(Event):
    """The report is about a problem that already has a case: it follows that host from now on."""

    TYPE = "acceptance.case_attached.v1"
    SOURCE = "intake"

    host_case_id: UUID
    host_case_number: str
    rule: Literal["same_component", "near_in_place_and_time", "by_hand", "merged", "polygon", "split_undone"]
    note: str | None = None
    decided_by: Actor


class CaseDetached(Event):
    """The attachment was wrong and is undone; the case goes on as before it."""

    TYPE = "acceptance.case_detached.v1"
    SOURCE = "intake"

    host_case_id: UUID
    note: str = ""
    decided_by: Actor


class CaseSplit(Event):
    """拆分: part of what was told is a problem of its own and has its own case from now on. Undone, that case is attached
    again (`case_attached`, rule `split_undone`).
    """

    TYPE = "acceptance.case_split.v1"
    SOURCE = "intake"

    child_case_id: UUID
    child_case_number: str
    note: str
    split_by: Actor


class ReportJoined(Event):
    """On the host: another report about the same problem. Its reporter is answered and asked like the first."""

    TYPE = "acceptance.report_joined.v1"
    SOURCE = "intake"

    report_id: UUID
    attached_case_id: UUID
    attached_case_number: str
    channel: Channel
    reporter_officer_id: str | None = None
    """Officer who reported it: has a part in the host now, and neither verifies nor rechecks it."""
    reporter_ref: UUID | None = None
    feedback_wanted: bool = False
    reported_at: Instant
    external: External | None = None
    """Its number and deadline in another platform's books."""


class ReportLeft(Event):
    """On the host: an attached report was detached again."""

    TYPE = "acceptance.report_left.v1"
    SOURCE = "intake"

    report_id: UUID
    attached_case_id: UUID


class CaseLinked(Event):
    """Two cases know of each other: parent/child, related, or a recurrence at the same place."""

    TYPE = "acceptance.case_linked.v1"
    SOURCE = "intake"

    relation: Relation
    """What the other case is to this one."""
    other_case_id: UUID
    other_case_number: str
