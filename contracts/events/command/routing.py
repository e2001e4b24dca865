"""Command 指挥: routing decides which units must act, and why."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from contracts import labels
from contracts.base import Contract, Event, Instant
from contracts.common import Actor, Agency
from contracts.events.acceptance import Milestone
from contracts.events.handling import PhoneEntry
from contracts.marks import Redact
from contracts.masking import withhold
from contracts.timeline import About, CentreId, Choice, Names, Sentence, Text, UnitId, label

__all__ = [
    "Assignment",
    "Candidate",
    "CaseRouted",
    "CaseSentBack",
    "DecisionDueMoved",
    "DecisionNeeded",
    "DispatchRole",
    "HandoverMode",
    "HandoverTarget",
    "RoutingRule",
    "SendBackReason",
]


def _assigned_units(event: CaseRouted, names: Names) -> Text:
    """Render the chosen units with their roles."""
    named = [(names.unit(each.unit_id), labels.DISPATCH_ROLES[each.role]) for each in event.assignments]
    return Text(
        "、".join(f"{name.zh}（{role[0]}）" for name, role in named) or "无",
        ", ".join(f"{name.en} ({role[1]})" for name, role in named) or "nobody",
    )


DispatchRole = Literal["lead", "co", "first_response"]

RoutingRule = Literal[
    "emergency_plan",
    "component_owner",
    "responsibility_list",
    "joint_entry",
    "dispatcher",
    "next_candidate",
    "joint_survey",
    "confidential",
    "handover",
    "first_response",
]

HandoverMode = Literal["joint", "transfer"]
"""Way of a hand-over 移交: both sides act, or only the emergency service once it has acknowledged."""


class HandoverTarget(Contract):
    """The emergency service that a dispatch goes to. The case stays with the centre until it acknowledges."""

    agency: Agency
    mode: HandoverMode = "joint"
    by_phone: PhoneEntry | None = None
    """Present if the case was handed over by phone and entered later 补录."""


class Candidate(Contract):
    """A unit that routing considered, with the reason for or against it."""

    unit_id: UnitId
    unit_name: str
    unit_name_en: str
    rule: RoutingRule
    entry_id: str | None = None
    """Entry of the responsibility list that named the unit, if any."""
    excluded: bool = False
    reason: str
    reason_en: str


class Assignment(Contract):
    """One unit that receives a dispatch."""

    unit_id: UnitId
    role: DispatchRole
    milestones: tuple[Milestone, ...] = ()
    """Milestones of this unit; empty means all milestones of the case."""
    coordinated: bool = False
    """True for a coordinated unit, such as a property company, which is asked, not ordered."""
    instructions: str = ""
    """Special instructions for this unit."""
    handover: HandoverTarget | None = None
    """Present if the dispatch is a hand-over to an emergency service."""


class CaseRouted(Event):
    """Routing decided which units must act. The event holds every candidate with the reason."""

    TYPE = "command.case_routed.v1"
    SOURCE = "routing"
    ABOUT = About(
        zh="派遣决定：由谁处置、为什么；列出全部候选单位及理由。",
        timeline=Choice(
            lambda event: event.only_withdraws,
            {
                False: Sentence(
                    "确定责任单位：{units}（依据：{rule}）。{explanation}",
                    "The units were chosen: {units} (by {rule}). {explanation}",
                    {"units": _assigned_units, "rule": label("rule", labels.ROUTING_RULES)},
                ),
                True: Sentence("收回派遣单：{explanation}", "Dispatches were withdrawn: {explanation}"),
            },
        ),
    )

    round: int
    """Number of the decision: 1 for the first; each accepted return starts the next round."""
    rule: RoutingRule
    list_version: int
    """Registry release whose responsibility list was used."""
    assignments: tuple[Assignment, ...]
    withdrawn: tuple[UUID, ...] = ()
    """Dispatches of earlier rounds to withdraw. Signed ones are withdrawn once the new lead has signed."""
    candidates: tuple[Candidate, ...]
    explanation: str
    explanation_en: str
    decided_by: Actor
    gap: bool = False
    """True if a person decided because the list covers no such case 清单缺口."""

    @property
    def is_supplementary(self) -> bool:
        """True if the decision only adds or cancels a hand-over or first response.

        An open question about the lead then stays open.
        """
        return self.rule in ("handover", "first_response")

    @property
    def only_withdraws(self) -> bool:
        """True if the decision only withdraws dispatches."""
        return bool(self.withdrawn) and not self.assignments

    def redacted(self) -> Self:
        """Remove candidates, explanation and instructions, which name places and categories."""
        if _decided_confidentially(self.candidates):
            return self
        assignments = (
            each.model_copy(update={"instructions": withhold(each.instructions, confidential=True)})
            for each in self.assignments
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
    """Routing found no answer; a dispatcher of the named centre must decide."""

    TYPE = "command.decision_needed.v1"
    SOURCE = "routing"
    ABOUT = About(
        zh="无法自动决定，须由所列中心的人决定：清单无对应条目，或多次退单。",
        timeline=Sentence(
            "待{queue}派遣员决定：{reason}。{explanation}",
            "A dispatcher of {queue} must decide: {reason}. {explanation}",
            {"reason": label("reason", labels.DECISION_REASONS)},
        ),
    )

    round: int
    queue: CentreId
    """Centre whose dispatchers must decide."""
    reason: Literal[
        "no_match",
        "no_candidate_left",
        "joint_survey",
        "list_disagrees",
        "reported_duplicate",
        "reported_untrue",
    ]
    """Reason. `reported_…`: a return was accepted in which the unit said that there is nothing to do."""
    team_id: str | None = None
    """Joint team that meets on site 会商."""
    due_at: Instant
    provisional: bool | None = None
    """True while the deadline may move because the holidays of its year are not announced."""
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
    "wrong_category",
    "wrong_place",
    "outside_area",
    "untrue",
    "duplicate",
    "unclear",
    "conditions_missing",
]
"""Reason for sending a case back to the desk. `conditions_missing`: the filing condition is not met."""


class CaseSentBack(Event):
    """A dispatcher sent the case back to the desk 退回受理, because it was filed wrongly.

    The desk corrects it and files it again, or ends it. Source: transition tables in use (`return_to_acceptor`).
    """

    TYPE = "command.case_sent_back.v1"
    SOURCE = "routing"
    ABOUT = About(
        zh="退回受理：派遣员发现立案有误，受理台更正后重新立案或终结；已填内容保留。",
        timeline=Sentence(
            "退回受理台：{reason}",
            "The case was sent back to the desk: {reason}",
            {"reason": label("reason", labels.SEND_BACK_REASONS)},
            note="note",
        ),
    )

    round: int
    reason: SendBackReason
    note: Annotated[str, Redact.EMPTY]
    decided_by: Actor


class DecisionDueMoved(Event):
    """The deadline of a pending decision moved, because the holidays of its year were announced."""

    TYPE = "command.decision_due_moved.v1"
    SOURCE = "routing"
    ABOUT = About(
        zh="待人决定的时限改变：当年工作日历公布。",
        timeline=Sentence(
            "{queue}派遣员决定的时限调整为 {due_at}（工作日历调整）",
            "The deadline for the decision by {queue} moved to {due_at} (working calendar)",
        ),
    )

    round: int
    queue: CentreId
    """Centre whose dispatchers must decide."""
    due_at: Instant
    provisional: bool = False
