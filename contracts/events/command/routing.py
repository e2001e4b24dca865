"""Command 指挥: routing decides which units must act, and why."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from contracts.base import Contract, Event, Instant
from contracts.common import Actor, Agency
from contracts.events.acceptance import Milestone
from contracts.events.handling import PhoneEntry

DispatchRole = Literal["lead", "co", "first_response"]

RoutingRule = Literal[
    "emergency_plan", "component_owner", "responsibility_list", "joint_entry", "dispatcher",
    "next_candidate", "joint_survey", "confidential", "handover", "first_response",
]  # fmt: skip

HandoverMode = Literal["joint", "transfer"]
"""How a case is handed over 移交: both sides act, or it is theirs alone once they have acknowledged it."""


class HandoverTarget(Contract):
    """The order is a hand-over to an emergency service. The case stays ours until that service has acknowledged it."""

    agency: Agency
    mode: HandoverMode = "joint"
    by_phone: PhoneEntry | None = None
    """It was handed over on the phone and is entered later 补录: who took the call, and when."""


class Candidate(Contract):
    """A unit that was considered, and what spoke for or against it."""

    unit_id: str
    unit_name: str
    unit_name_en: str
    rule: RoutingRule
    entry_id: str | None = None
    """The entry of the responsibility list, where one spoke."""
    excluded: bool = False
    reason: str
    reason_en: str


class Assignment(Contract):
    """One unit that gets a dispatch."""

    unit_id: str
    role: DispatchRole
    milestones: tuple[Milestone, ...] = ()
    """Empty: all milestones of the case. First responders own only the first."""
    coordinated: bool = False
    """A property company, owners' committee or social organisation: asked, not ordered."""
    asked: str = ""
    """What is wanted of this unit in particular."""
    handover: HandoverTarget | None = None
    """Set when it goes to an emergency service by a plan or by a person's decision."""


class CaseRouted(Event):
    """Routing decided who must act. Holds every candidate and why, so that the decision explains itself."""

    TYPE = "command.case_routed.v1"
    SOURCE = "routing"

    round: int
    """1 for the first decision; each accepted return starts the next."""
    rule: RoutingRule
    list_version: int
    """Registry release whose responsibility list decided."""
    assignments: tuple[Assignment, ...]
    withdrawn: tuple[UUID, ...] = ()
    """Dispatches of the former round to be withdrawn (after the new lead signs, where they were signed)."""
    candidates: tuple[Candidate, ...]
    explanation: str
    explanation_en: str
    decided_by: Actor
    gap: bool = False
    """A person decided because the list had no answer: a finding against the list."""

    @property
    def beside(self) -> bool:
        """A person calls somebody in, sends somebody ahead, or calls them off: who acts stays a question, if it was one."""
        return self.rule in ("handover", "first_response")

    @property
    def calls_off(self) -> bool:
        """Somebody need not come any more, and nothing else: who acts stays a question, if it was one."""
        return bool(self.withdrawn) and not self.assignments


class DecisionNeeded(Event):
    """Routing cannot decide: a person of the named centre must. Nothing matched, or returns piled up."""

    TYPE = "command.decision_needed.v1"
    SOURCE = "routing"

    round: int
    queue: str
    """Centre whose dispatchers see it."""
    reason: Literal[
        "no_match", "no_candidate_left", "joint_survey", "list_disagrees", "reported_duplicate", "reported_untrue",
    ]  # fmt: skip
    """`said_…`: the return of a unit was accepted that does not say "not ours", but that there is nothing to do here."""
    team_id: str | None = None
    """The team one level up that meets on site (乡呼县应)."""
    due_at: Instant
    provisional: bool | None = None
    """It may move until the calendar of its year is announced; none: it stands."""
    gap: bool = False
    candidates: tuple[Candidate, ...] = ()
    list_version: int
    explanation: str
    explanation_en: str


SendBackReason = Literal[
    "wrong_category", "wrong_place", "outside_area", "untrue", "duplicate", "unclear", "conditions_missing",
]  # fmt: skip
"""What the desk has to put right. `conditions_missing`: not what the filing condition says."""


class CaseSentBack(Event):
    """退回受理: a dispatcher finds that what was filed is not right, or accepts that a unit gives it back because it is not.
    The desk puts it right and files it again, or ends it; what was filled in is kept. Source: transition tables in use
    (`return_to_acceptor`).
    """

    TYPE = "command.case_sent_back.v1"
    SOURCE = "routing"

    round: int
    reason: SendBackReason
    note: str
    decided_by: Actor


class DecisionDueMoved(Event):
    """Whoever must decide has until another instant than was said: the calendar of its year was announced."""

    TYPE = "command.decision_due_moved.v1"
    SOURCE = "routing"

    round: int
    queue: str
    """Centre whose dispatchers see it."""
    due_at: Instant
    provisional: bool = False
