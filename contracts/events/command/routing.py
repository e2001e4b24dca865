"""Command 指挥: routing decides which units must act, and why."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from contracts import labels
from contracts.base import Contract, Event, Instant
from contracts.common import Actor, Agency
from contracts.events.acceptance import Milestone
from contracts.events.handling import PhoneEntry
from contracts.marks import Redact
from contracts.masking import withhold
from contracts.timeline import (
    About,
    Choice,
    Names,
    Sentence,
    Text,
    instant,
    label,
    value,
)


def _assigned(event: Any, names: Names) -> Text:
    """Every unit chosen, with its role."""
    named = [(names.unit(each.unit_id), labels.DISPATCH_ROLES[each.role]) for each in event.assignments]
    return Text(
        "、".join(f"{name.zh}（{role[0]}）" for name, role in named) or "无",
        ", ".join(f"{name.en} ({role[1]})" for name, role in named) or "nobody",
    )


def _queue(event: Any, names: Names) -> Text:
    return names.centre(event.queue)


_WHY = value("explanation", "explanation_en")

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
    ABOUT = About(
        zh="派遣决定：由谁处置、为什么；列出全部候选单位及理由。",
        timeline=Choice(
            lambda event: event.calls_off,
            {
                False: Sentence(
                    "确定责任单位：{units}（依据：{rule}）。{why}",
                    "Units chosen: {units} (by {rule}). {why}",
                    {"units": _assigned, "rule": label("rule", labels.ROUTING_RULES), "why": _WHY},
                ),
                True: Sentence("撤回：{why}", "Called off: {why}", {"why": _WHY}),
            },
        ),
    )

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

    def redacted(self) -> Self:
        """Remove candidates, explanation and instructions, which name places and categories."""
        if _decided_confidentially(self.candidates):
            return self
        assignments = (
            each.model_copy(update={"asked": withhold(each.asked, confidential=True)}) for each in self.assignments
        )
        return self.model_copy(
            update={
                "explanation": withhold(self.explanation, confidential=True),
                "explanation_en": withhold(self.explanation_en, confidential=True),
                "candidates": (),
                "assignments": tuple(assignments),
            }
        )


class DecisionNeeded(Event):
    """Routing cannot decide: a person of the named centre must. Nothing matched, or returns piled up."""

    TYPE = "command.decision_needed.v1"
    SOURCE = "routing"
    ABOUT = About(
        zh="无法自动决定，须由所列中心的人决定：清单无对应条目，或多次退单。",
        timeline=Sentence(
            "待{queue}派遣员决定：{reason}。{why}",
            "For a dispatcher of {queue} to decide: {reason}. {why}",
            {"queue": _queue, "reason": label("reason", labels.DECISION_REASONS), "why": _WHY},
        ),
    )

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

    def redacted(self) -> Self:
        """Remove candidates and explanation, which name places and categories."""
        if _decided_confidentially(self.candidates):
            return self
        return self.model_copy(
            update={
                "explanation": withhold(self.explanation, confidential=True),
                "explanation_en": withhold(self.explanation_en, confidential=True),
                "candidates": (),
            }
        )


def _decided_confidentially(candidates: tuple[Candidate, ...]) -> bool:
    """Return True if the decision itself was made for a confidential case, and so names only the unit."""
    return bool(candidates) and all(each.rule == "confidential" for each in candidates)


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
    ABOUT = About(
        zh="退回受理：派遣员发现立案有误，受理台更正后重新立案或终结；已填内容保留。",
        timeline=Sentence(
            "退回受理台：{reason}",
            "Sent back to the desk: {reason}",
            {"reason": label("reason", labels.SEND_BACK_REASONS)},
            note="note",
        ),
    )

    round: int
    reason: SendBackReason
    note: Annotated[str, Redact.EMPTY]
    decided_by: Actor


class DecisionDueMoved(Event):
    """Whoever must decide has until another instant than was said: the calendar of its year was announced."""

    TYPE = "command.decision_due_moved.v1"
    SOURCE = "routing"
    ABOUT = About(
        zh="待人决定的时限改变：当年工作日历公布。",
        timeline=Sentence(
            "{queue}派遣员决定的时限调整为 {due}（工作日历调整）",
            "A dispatcher of {queue} now decides by {due} (calendar of working days)",
            {"queue": _queue, "due": instant("due_at")},
        ),
    )

    round: int
    queue: str
    """Centre whose dispatchers see it."""
    due_at: Instant
    provisional: bool = False
