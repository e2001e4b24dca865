"""The state of a case in intake, and the actions that each status allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from contracts.base import StoredDocument
from contracts.common import Actor, Channel, Photo, Place
from contracts.events.acceptance import NotFiledReason, Relation, VerifyMode
from contracts.events.acceptance.upstream import UpstreamReason
from contracts.events.command import SendBackReason
from contracts.events.discovery import ReportReceived
from contracts.masking import withhold
from services.chassis.auth import Caller
from services.chassis.cases import Case
from services.chassis.forms import Location
from services.chassis.problems import NotPossibleNow
from services.intake.domain.problems import CaseUnknown

Status = Literal[
    "",
    "reported",
    "verifying",
    "awaiting_filing",
    "settled",
    "filed",
    "answered",
    "attached",
    "not_filed",
    "withdrawn",
    "voided",
]
"""Status of a case in intake.

`filed` stands for every status after filing. The empty status means that the report has not been received yet.
"""

Action = Literal[
    "file",
    "correct",
    "not_file",
    "void",
    "withdraw",
    "answer",
    "attach",
    "detach",
    "settlement",
    "link",
    "split",
    "unsplit",
    "verify",
    "answer_task",
    "return_upstream",
    "decide_return",
]

Missing = Literal["category", "condition", "photo", "place", "component", "decision"]

POSSIBLE: dict[Status, tuple[Action, ...]] = {
    "": (),
    "reported": (),
    "verifying": ("answer_task", "not_file", "withdraw", "attach", "link", "split", "unsplit", "return_upstream"),
    "awaiting_filing": (
        "file",
        "verify",
        "not_file",
        "answer",
        "withdraw",
        "attach",
        "link",
        "split",
        "unsplit",
        "return_upstream",
    ),
    "settled": ("settlement", "link"),
    "filed": ("correct", "void", "attach", "link", "split", "unsplit"),
    "answered": ("link",),
    "attached": ("detach", "link"),
    "not_filed": ("link",),
    "withdrawn": ("link",),
    "voided": ("link",),
}
"""Status → actions that a person may take on a case with this status.

The refusal of any other action lists the possible ones.
"""


class Task(BaseModel):
    """An open verification task."""

    task_id: UUID
    mode: VerifyMode
    grid_code: str | None = None
    officer_id: str | None = None
    due_at: AwareDatetime
    question: str = ""
    declined: tuple[str, ...] = ()
    """Officers who gave the task up."""
    lead_id: str | None = None
    """Grid lead to whom the late task was escalated; `None` if it was not."""
    escalated_to_centre: bool = False
    """Whether the late task was escalated to the street's centre."""


class Link(BaseModel):
    """A linked case, and its relation to this case."""

    relation: Relation
    case_id: UUID
    number: str


class NamedLink(BaseModel):
    """A case that the sender of a hand-over named, and its relation to this case."""

    relation: Relation
    case_id: UUID


class AttachedReport(BaseModel):
    """A report that was attached to this case."""

    case_id: UUID
    report_id: UUID
    channel: Channel
    reported_by: Actor


class Storm(BaseModel):
    """The storm whose parent case this is."""

    storm_id: UUID
    ended: bool = False
    reply: str = ""
    """Reply to every reporter of the storm; empty until somebody writes one."""
    reply_en: str = ""
    replied_by: Actor | None = None


class UpstreamReturn(BaseModel):
    """A return of an order to the upstream platform, and the platform's decision."""

    reason: UpstreamReason
    accepted: bool | None = None

    @property
    def waiting(self) -> bool:
        """Whether the upstream platform has not decided yet."""
        return self.accepted is None


class SentBackToDesk(BaseModel):
    """Why a dispatcher sent a filed case back to the desk 退回受理, and who had filed the case."""

    reason: SendBackReason
    note: str
    returned_by: Actor
    returned_at: AwareDatetime
    filed_by: Actor


class IntakeCase(StoredDocument):
    """The state of a case in intake."""

    status: Status = ""
    report: ReportReceived | None = None
    condition_id: str | None = None
    """The filing condition that the reporter named or the desk chose."""
    category_id: str | None = None
    component_id: str | None = None
    given_location: Location | None = None
    """The reported point in the coordinate system of the request.

    `None` in a confidential case, whose point is stored encrypted instead.
    """
    place: Place | None = None
    """The best known place. In a confidential case, only the community; the exact place is stored encrypted."""
    frame_confirmed: bool = False
    """Whether a person has confirmed a camera detection by looking at the frame. This counts as verification."""
    verified: bool = False
    verified_photos: tuple[Photo, ...] = ()
    task: Task | None = None
    last_task_id: UUID | None = None
    """Id of the open verification task or, if no task is open, of the last task."""
    missing: tuple[Missing, ...] = ()
    due_at: AwareDatetime | None = None
    """Deadline of the desk's or the officer's current step."""
    filing_time_left: timedelta | None = None
    """Unused part of the filing limit, kept while a verification that the desk requested is running."""
    possible_duplicate_of: UUID | None = None
    """A case that may be about the same problem; `None` if there is none or a person has compared the two."""
    possible_duplicate_number: str = ""
    not_filed: NotFiledReason | None = None
    attached_to: UUID | None = None
    status_before_attaching: Status = ""
    moved_followers: list[UUID] = Field(default_factory=list[UUID])
    """Cases that were attached to this one until this one was attached to another case; they moved along."""
    joined: list[AttachedReport] = Field(default_factory=list[AttachedReport])
    split_from: UUID | None = None
    """The case that this one was split from."""
    links: list[Link] = Field(default_factory=list[Link])
    call_id: UUID | None = None
    """The hotline call in which the problem was reported. Unset for confidential cases and reports of type `tip`."""
    area_id: UUID | None = None
    """The storm or control area that took the report.

    Kept after detaching, so that the area does not take the report again.
    """
    urgent: bool = False
    """Whether the emergency service that handed the case over marked it as urgent."""
    named_link: NamedLink | None = None
    """The other case that the sender of a hand-over named; triage links the two cases."""
    storm: Storm | None = None
    """The storm, if this is the parent case of one."""
    may_return_upstream: bool = False
    """Whether an order that was filed without the desk may still be returned to the upstream platform."""
    upstream_return: UpstreamReturn | None = None
    settlement_approved: bool | None = None
    filed_by: Actor | None = None
    handler_officer_id: str | None = None
    """The officer who settled the problem on the spot, if that settlement failed its recheck and the case was filed."""
    joint: bool = False
    """Whether the case was filed for a joint team, because its problem keeps coming back at this place."""
    filed_at: AwareDatetime | None = None
    """Time of the first filing."""
    sent_back_to_desk: SentBackToDesk | None = None
    """Why the filed case was sent back to the desk, and who had filed it; `None` if it is not back at the desk."""
    ended_at: AwareDatetime | None = None
    """When the case was closed, or ended without being filed."""
    outcome: str = ""
    """Outcome with which the case was closed; empty while the case is open."""
    dispatches: dict[UUID, str] = Field(default_factory=dict[UUID, str])
    """Id of each dispatch that a unit has now → id of the unit."""
    call_backs: dict[UUID, str] = Field(default_factory=dict[UUID, str])
    """Id of a report → id of the event that made its call-back due. Includes the reports attached to this case."""
    evidence: list[tuple[str, str]] = Field(default_factory=list[tuple[str, str]], exclude=True)
    """Photos named by the events that are being applied: hash and uploader.

    Stored as rows, not in the state.
    """

    @property
    def units(self) -> frozenset[str]:
        """Units that have a dispatch of this case and so may read its confidential parts."""
        return frozenset(self.dispatches.values())

    @property
    def received_report(self) -> ReportReceived:
        """The case's own report. Raises `CaseUnknown` if there is none."""
        if self.report is None:
            raise CaseUnknown(case="–")
        return self.report

    @property
    def in_confidence(self) -> bool:
        """Whether the case is confidential, so that free text about it must not be stored."""
        return self.report is not None and self.report.confidential

    def public_text(self, text: str) -> str:
        """Return the text as events may carry it: a placeholder in a confidential case."""
        return withhold(text, confidential=self.received_report.confidential)

    @property
    def open(self) -> bool:
        """Whether the case has not ended, so that further reports may be about the same problem."""
        return self.status in ("reported", "verifying", "awaiting_filing", "filed") and self.ended_at is None

    @property
    def reporters(self) -> list[tuple[Channel, Actor]]:
        """Channel and reporter of the case's own report and of every attached report."""
        return [(each.channel, each.reported_by) for each in (self.received_report, *self.joined)]

    @property
    def reporting_officers(self) -> tuple[str | None, ...]:
        """One element for each reporter of the case: the officer id, or `None` if the reporter is not an officer.

        These officers must not verify the case.
        """
        return tuple(actor.officer_id for _, actor in self.reporters)

    @property
    def possible(self) -> tuple[Action, ...]:
        """Actions that the state of the case allows. `possible_actions` removes those that one caller may not take."""
        done = self.settlement_approved is not None if self.status == "settled" else self.ended_at is not None
        if self.status in ("filed", "settled") and done:
            return ("link",)
        waiting = self.upstream_return is not None and self.upstream_return.waiting
        if waiting and self.status == "awaiting_filing":
            return ("decide_return",)
        cannot = {"unsplit"} if self.split_from is None else set[str]()
        if self.status == "filed":
            back: tuple[Action, ...] = ("decide_return",) if waiting else ()
            if self.may_return_upstream and self.upstream_return is None:
                back = ("return_upstream",)
        else:
            back = ()
            if not self.is_from_upstream or self.upstream_return is not None:
                cannot.add("return_upstream")
        return (*(action for action in POSSIBLE[self.status] if action not in cannot), *back)

    @property
    def is_from_upstream(self) -> bool:
        """Whether this is an order of the upstream platform. A case split from such an order is not."""
        return self.report is not None and self.report.channel == "upstream" and self.split_from is None

    def parent(self) -> Link | None:
        """Return the link to the parent case, or `None`."""
        return next((link for link in self.links if link.relation == "parent"), None)


IntakeCases: TypeAlias = dict[UUID, Case[IntakeCase]]


def is_in_area(state: IntakeCase, caller: Caller) -> bool:
    """Return whether the case lies in the caller's area. A case without a place lies in every area."""
    return state.place is None or caller.covers(state.place.grid_code)


def require_possible(case: Case[IntakeCase], action: Action) -> None:
    """Raise `NotPossibleNow` with the possible actions, unless this action is one of them.

    Raises `CaseUnknown` if the case has no report.
    """
    if case.state.report is None:
        raise CaseUnknown(case=str(case.id))
    if action not in case.state.possible:
        raise NotPossibleNow(case.state.status, case.state.possible)


def end_case(case: Case[IntakeCase], status: Status, at: datetime) -> None:
    """End the case in this status, and clear the task and the deadline of the case."""
    state = case.state
    state.status, state.ended_at = status, at
    state.task, state.missing, state.due_at, state.possible_duplicate_of = None, (), None, None
