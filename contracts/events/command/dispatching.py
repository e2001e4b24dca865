"""Command 指挥: dispatches 派遣单 to units, and their withdrawal."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Contract, Event, Instant
from contracts.events.command.routing import DispatchRole, HandoverTarget
from contracts.marks import Redact
from contracts.timeline import About, Choice, Names, Sentence, Text, UnitId, label, last_milestone

__all__ = [
    "CaseDispatched",
    "DispatchWithdrawn",
    "MilestoneDue",
]


def _agency(event: Any, _: Names) -> Text:
    return Text(event.handover.agency, event.handover.agency)


class MilestoneDue(Contract):
    """A milestone with its deadline."""

    name: str
    name_en: str
    amount: int
    unit: str
    due_at: Instant
    provisional: bool = False


class CaseDispatched(Event):
    """A dispatch 派遣单 was created for one unit. Its handling clock starts now; signing does not move the deadline."""

    TYPE = "command.case_dispatched.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="派遣单已发出一份；处置时限自此起算，签收不改变时限。",
        timeline=Choice(
            lambda event: event.handover is not None,
            {
                False: Sentence(
                    "派遣至{unit_id}（{role}），{sign_due_at} 前签收，{due} 前办结",
                    "The case was dispatched to {unit_id} ({role}); sign by {sign_due_at}, complete by {due}",
                    {"role": label("role", labels.DISPATCH_ROLES), "due": last_milestone},
                    note="instructions",
                ),
                True: Sentence(
                    "移交{unit_id}（{agency}），{sign_due_at} 前应答，应答之前仍由本中心负责",
                    "The case was handed over to {unit_id} ({agency}); acknowledge by {sign_due_at}; the centre stays responsible until then",
                    {"agency": _agency},
                    note="instructions",
                ),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    role: DispatchRole
    round: int
    coordinated: bool = False
    instructions: Annotated[str, Redact.WITHHOLD] = ""
    milestones: tuple[MilestoneDue, ...]
    sign_due_at: Instant
    handover: HandoverTarget | None = None
    """Present for a hand-over 移交, which the emergency service acknowledges by signing."""


class DispatchWithdrawn(Event):
    """The dispatch was withdrawn; the unit has nothing more to do."""

    TYPE = "command.dispatch_withdrawn.v1"
    SOURCE = "dispatch"
    ABOUT = About(
        zh="收回派遣单，该单位不再承担任务。",
        timeline=Sentence(
            "收回{unit_id}的派遣单：{reason}",
            "The dispatch to {unit_id} was withdrawn: {reason}",
            {"reason": label("reason", labels.WITHDRAW_REASONS)},
            note="note",
        ),
    )

    dispatch_id: UUID
    unit_id: UnitId
    reason: Literal["re_routed", "case_ended", "merged", "return_accepted", "by_hand"]
    note: Annotated[str, Redact.WITHHOLD] = ""
