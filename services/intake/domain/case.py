"""What intake knows of one case, and what may be done with it in each status."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal, TypeAlias
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from contracts.base import Stored
from contracts.common import Actor, Channel, Photo, Place
from contracts.events.acceptance import NotFiledReason, Relation, VerifyMode
from contracts.events.acceptance.upstream import UpstreamReason
from contracts.events.command import SendBackReason
from contracts.events.discovery import ReportReceived
from contracts.masking import kept
from services.chassis.cases import Case
from services.chassis.forms import Location
from services.chassis.problems import NotPossibleNow
from services.intake.domain.problems import CaseUnknown

Status = Literal[
    "", "reported", "verifying", "awaiting_filing", "settled", "filed",
    "answered", "attached", "not_filed", "withdrawn", "voided",
]  # fmt: skip
"""Intake's own part of the table of statuses; `filed` is whatever comes after filing; empty before the report."""

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
"""The transition table of intake: what a person may do in each status. All else is refused with this list."""


class Task(BaseModel):
    """An open verification task."""

    task_id: UUID
    mode: VerifyMode
    grid_code: str | None = None
    officer_id: str | None = None
    due_at: AwareDatetime
    question: str = ""
    declined: tuple[str, ...] = ()
    """Officers who passed it on."""
    lead_id: str | None = None
    """Grid lead before whom it was put because it is late."""
    before_centre: bool = False
    """So late that the street's centre sees to it."""


class Link(BaseModel):
    """Another case this one knows of, and what that one is to this."""

    relation: Relation
    case_id: UUID
    number: str


class NamedLink(BaseModel):
    """Another case, as the sender of this one names it, and what that one is to this."""

    relation: Relation
    case_id: UUID


class AttachedReport(BaseModel):
    """A report that was attached here."""

    case_id: UUID
    report_id: UUID
    channel: Channel
    reported_by: Actor


class Storm(BaseModel):
    """What the parent of a storm 风暴 knows of it."""

    storm_id: UUID
    ended: bool = False
    reply: str = ""
    """What everybody who reported it is told; empty until somebody says it."""
    reply_en: str = ""
    replied_by: Actor | None = None


class UpstreamReturn(BaseModel):
    """An order from above that was sent back, and what was decided there."""

    reason: UpstreamReason
    accepted: bool | None = None

    @property
    def waiting(self) -> bool:
        """Nobody above has decided yet."""
        return self.accepted is None


class SentBackToDesk(BaseModel):
    """A filed case that a dispatcher sent back 退回受理: what is wrong, and who had filed it and puts it right first."""

    reason: SendBackReason
    note: str
    returned_by: Actor
    returned_at: AwareDatetime
    filed_by: Actor


class IntakeCase(Stored):
    """Intake's knowledge of one case."""

    status: Status = ""
    report: ReportReceived | None = None
    condition_id: str | None = None
    """As named by the reporter, or chosen at the desk."""
    category_id: str | None = None
    component_id: str | None = None
    given_location: Location | None = None
    """The point as the caller gave it, in the caller's coordinate system. Of a confidential case it is sealed apart."""
    place: Place | None = None
    """Where it is as far as we know now; of a confidential case its community, as the exact place is sealed apart."""
    frame_confirmed: bool = False
    """A person has looked at the camera's frame: that is its verification."""
    verified: bool = False
    verified_photos: tuple[Photo, ...] = ()
    task: Task | None = None
    last_task_id: UUID | None = None
    """Of the open task, or the one answered last."""
    missing: tuple[Missing, ...] = ()
    due_at: AwareDatetime | None = None
    """Of what the desk owes now: filing or approval."""
    filing_time_left: timedelta | None = None
    """While it is verified on the desk's demand: what the desk's limit for filing had left when it was asked for."""
    suggested_host: UUID | None = None
    """A case that may be about the same problem; none once a person has compared."""
    suggested_host_number: str = ""
    not_filed: NotFiledReason | None = None
    attached_to: UUID | None = None
    status_before_attaching: Status = ""
    moved_followers: list[UUID] = Field(default_factory=list[UUID])
    """While it is attached: what had joined it before and moved on with it."""
    joined: list[AttachedReport] = Field(default_factory=list[AttachedReport])
    split_from: UUID | None = None
    """The case of which it was a part."""
    links: list[Link] = Field(default_factory=list[Link])
    call_id: UUID | None = None
    """The call it was reported in; never of a tip or a confidential matter."""
    area_id: UUID | None = None
    """The storm or control area that took it; stays when a person takes it out again, so that it is not taken twice."""
    urgent: bool = False
    """The emergency service that handed it over says that it cannot wait."""
    named_link: NamedLink | None = None
    """The second case of the same matter that it named; triage links it."""
    storm: Storm | None = None
    """Of the parent of a storm."""
    may_return_upstream: bool = False
    """An order from above that was filed directly: nobody at the desk has said that it is ours, and the district lets it
    be sent back all the same."""
    upstream_return: UpstreamReturn | None = None
    settlement_approved: bool | None = None
    filed_by: Actor | None = None
    handler_officer_id: str | None = None
    """Officer who settled it on the spot before it was filed."""
    joint: bool = False
    """Filed as what keeps coming back at this place."""
    filed_at: AwareDatetime | None = None
    """For the first time."""
    sent_back_to_desk: SentBackToDesk | None = None
    """While the desk has it again."""
    ended_at: AwareDatetime | None = None
    """When it was closed, or ended here without having been filed."""
    outcome: str = ""
    """Of the closing."""
    dispatches: dict[UUID, str] = Field(default_factory=dict[UUID, str])
    """Dispatch → unit, as long as the dispatch is that unit's."""
    call_backs: dict[UUID, str] = Field(default_factory=dict[UUID, str])
    """Reports whose reporters are to be called back, its own or attached ones → the call that is due, by the event that says so."""
    evidence: list[tuple[str, str]] = Field(default_factory=list[tuple[str, str]], exclude=True)
    """Photos that others have just named as this case's, by hash, each with its uploader: a row each, not kept here."""

    @property
    def units(self) -> frozenset[str]:
        """Units that have a dispatch of it: they may ask for what is theirs alone to read."""
        return frozenset(self.dispatches.values())

    @property
    def received_report(self) -> ReportReceived:
        """The report. Raises `CaseUnknown` where there is none: nobody has ever reported this case."""
        if self.report is None:
            raise CaseUnknown(case="–")
        return self.report

    @property
    def in_confidence(self) -> bool:
        """Whether nobody's words about it are kept."""
        return self.report is not None and self.report.confidential

    def public_text(self, text: str) -> str:
        """What is kept and told on of what anybody writes about it: of a confidential matter nothing."""
        return kept(text, confidential=self.received_report.confidential)

    @property
    def open(self) -> bool:
        """Whether another report may still be about the same problem as this."""
        return self.status in ("reported", "verifying", "awaiting_filing", "filed") and self.ended_at is None

    @property
    def reporters(self) -> list[tuple[Channel, Actor]]:
        """Who reported it, the first and those whose reports were attached, and by which way."""
        return [(each.channel, each.reported_by) for each in (self.received_report, *self.joined)]

    @property
    def reporting_officers(self) -> tuple[str | None, ...]:
        """Of these, people in the field: they have a part in it, and do not judge whether it is true."""
        return tuple(actor.officer_id for _, actor in self.reporters)

    @property
    def possible(self) -> tuple[Action, ...]:
        """What the state leaves open, whoever asks; `possible.possible` says what a caller could do."""
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
        """It is an order of the platform above; what is split from one is ours."""
        return self.report is not None and self.report.channel == "upstream" and self.split_from is None

    def parent(self) -> Link | None:
        """The case this one is a part of."""
        return next((link for link in self.links if link.relation == "parent"), None)


IntakeCases: TypeAlias = dict[UUID, Case[IntakeCase]]


def require_possible(case: Case[IntakeCase], action: Action) -> None:
    """Raises `CaseUnknown`, or `NotPossibleNow` with what is possible."""
    if case.state.report is None:
        raise CaseUnknown(case=str(case.id))
    if action not in case.state.possible:
        raise NotPossibleNow(case.state.status, case.state.possible)


def end_case(case: Case[IntakeCase], status: Status, at: datetime) -> None:
    """The case ends here; nothing is owed any more."""
    state = case.state
    state.status, state.ended_at = status, at
    state.task, state.missing, state.due_at, state.suggested_host = None, (), None, None
