"""Command 指挥: dispatches 派遣单 to units, and their withdrawal."""

from __future__ import annotations

from typing import Annotated, Any, Literal
from uuid import UUID

from contracts import labels
from contracts.base import Contract, Event, Instant
from contracts.events.command.routing import DispatchRole, HandoverTarget
from contracts.marks import Redact
from contracts.timeline import (
    About,
    Choice,
    Names,
    Sentence,
    Text,
    instant,
    label,
    last_milestone,
    unit,
)

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
                    "派遣至{unit}（{role}），{sign} 前签收，{due} 前办结",
                    "Dispatched to {unit} ({role}); sign by {sign}, complete by {due}",
                    {
                        "unit": unit(),
                        "role": label("role", labels.DISPATCH_ROLES),
                        "sign": instant("sign_due_at"),
                        "due": last_milestone,
                    },
                    note="instructions",
                ),
                True: Sentence(
                    "移交{unit}（{agency}），{sign} 前应答，应答之前仍由本中心负责",
                    "Handed over to {unit} ({agency}); to be acknowledged by {sign}, ours until then",
                    {"unit": unit(), "agency": _agency, "sign": instant("sign_due_at")},
                    note="instructions",
                ),
            },
        ),
    )

    dispatch_id: UUID
    unit_id: str
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
            "撤回{unit}的派遣单：{reason}",
            "Order to {unit} taken back: {reason}",
            {"unit": unit(), "reason": label("reason", labels.WITHDRAW_REASONS)},
            note="note",
        ),
    )

    dispatch_id: UUID
    unit_id: str
    reason: Literal["re_routed", "case_ended", "merged", "return_accepted", "by_hand"]
    note: Annotated[str, Redact.WITHHOLD] = ""
