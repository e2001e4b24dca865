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
    """Render the names of the chosen units with their roles."""
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
"""How a case is handed over 移交. `joint`: both sides act. `transfer`: only the emergency service acts, once it has
acknowledged the hand-over."""


class HandoverTarget(Contract):
    """The emergency service that receives a dispatch as a hand-over 移交.

    The centre stays responsible for the case until the service acknowledges the hand-over.
    """

    agency: Agency
    """Phone number that names the emergency service."""
    mode: HandoverMode = "joint"
    """`joint`: both sides act. `transfer`: only the emergency service acts, once it has acknowledged the hand-over."""
    by_phone: PhoneEntry | None = None
    """Answer of the service if the case was handed over by phone and entered later 补录; otherwise null or absent."""


class Candidate(Contract):
    """A unit that routing considered, with the reason for or against it."""

    unit_id: UnitId
    unit_name: str
    """Chinese name of the unit."""
    unit_name_en: str
    """English name of the unit."""
    rule: RoutingRule
    """Rule that proposed the unit."""
    entry_id: str | None = None
    """Entry of the responsibility list that named the unit; null or absent if another rule named it."""
    excluded: bool = False
    """True if the unit was considered and may not lead."""
    reason: str
    """Chinese reason for or against the unit."""
    reason_en: str
    """English reason for or against the unit."""


class Assignment(Contract):
    """A unit that receives a dispatch, with the terms of the dispatch."""

    unit_id: UnitId
    """Unit that receives the dispatch."""
    role: DispatchRole
    """What the unit does: it leads, does a part as co-unit, or gives first response."""
    milestones: tuple[Milestone, ...] = ()
    """Steps of the handling limit of this unit; empty if the unit has all milestones of the case."""
    coordinated: bool = False
    """True for a coordinated unit, such as a property company, which is asked, not ordered."""
    instructions: str = ""
    """Special instructions for this unit."""
    handover: HandoverTarget | None = None
    """Emergency service that receives the dispatch as a hand-over; null or absent for other dispatches."""


class CaseRouted(Event):
    """Routing decided which units must act.

    The event lists every unit considered, with the reason for or against it.
    """

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
    """Number of the routing round: 1 for the first. Each new decision or new question to a person starts the next
    round."""
    rule: RoutingRule
    """Rule that led to the decision."""
    list_version: int
    """Registry release whose responsibility list was used."""
    assignments: tuple[Assignment, ...]
    """Units that receive a dispatch; empty if the decision only withdraws dispatches."""
    withdrawn: tuple[UUID, ...] = ()
    """Dispatches of earlier rounds to withdraw. An acknowledged dispatch is withdrawn only after the new lead has
    acknowledged."""
    candidates: tuple[Candidate, ...]
    """All units that routing considered, each with the reason."""
    explanation: str
    """Chinese explanation of the decision."""
    explanation_en: str
    """English explanation of the decision."""
    decided_by: Actor
    """Dispatcher who decided, or the system."""
    gap: bool = False
    """True if a person decided because no entry of the responsibility list covers the case 清单缺口."""

    @property
    def is_supplementary(self) -> bool:
        """True if the decision only adds or cancels a hand-over or a first response.

        If a person was asked to choose the lead, that person must still decide.
        """
        return self.rule in ("handover", "first_response")

    @property
    def only_withdraws(self) -> bool:
        """True if the decision only withdraws dispatches."""
        return bool(self.withdrawn) and not self.assignments

    def redacted(self) -> Self:
        """Remove the candidates, the explanation and the instructions, which name places and categories."""
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
    """Routing cannot choose a unit by rule; a dispatcher of the centre `queue` must decide."""

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
    """Number of the routing round that starts with this event, as in `case_routed`."""
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
    """Why a person must decide.

    `no_match`: no entry of the responsibility list covers the case. `no_candidate_left`: all possible leads gave the
    case back. `list_disagrees`: entries of the list contradict each other. `reported_duplicate`, `reported_untrue`: a
    unit gave its dispatch back, because another case is about the same problem, or because the report is untrue.
    """
    team_id: str | None = None
    """Joint team that meets on site 会商; null or absent without a joint survey."""
    due_at: Instant
    """Deadline of the decision."""
    provisional: bool | None = None
    """True while `due_at` may move, because the holidays of its year are not announced; otherwise null or absent."""
    gap: bool = False
    """True if no entry of the responsibility list covers the case 清单缺口."""
    candidates: tuple[Candidate, ...] = ()
    """Units that routing considered, each with the reason for or against it."""
    list_version: int
    """Registry release whose responsibility list was used."""
    explanation: str
    """Chinese explanation why a person must decide."""
    explanation_en: str
    """English explanation why a person must decide."""

    def redacted(self) -> Self:
        """Remove the candidates and the explanation, which name places and categories."""
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
    """Return True if the case was already confidential when routing decided. Then the candidates name only the unit."""
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
"""Reason for sending a case back to the desk of intake. `conditions_missing`: the filing condition is not met."""


class CaseSentBack(Event):
    """A dispatcher sent the case back to the desk of intake 退回受理, because it was filed wrongly.

    The desk corrects the case and files it again, or ends it. Source: `return_to_acceptor` in the transition tables of
    systems in use.
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
    """Routing round in which the case was sent back, as in `case_routed`."""
    reason: SendBackReason
    """What is wrong with the filed case. `conditions_missing`: the filing condition is not met."""
    note: Annotated[str, Redact.EMPTY]
    """Masked explanation of the reason."""
    decided_by: Actor


class DecisionDueMoved(Event):
    """The deadline of an open decision of a dispatcher moved, because the holidays of its year were announced."""

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
    """Routing round of the open decision, as in `decision_needed`."""
    queue: CentreId
    """Centre whose dispatchers must decide."""
    due_at: Instant
    """New deadline of the decision."""
    provisional: bool = False
    """True while `due_at` may move again, because the holidays of its year are not announced."""
