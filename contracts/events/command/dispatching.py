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
    """Chinese name, such as 消险."""
    name_en: str
    """English name, such as *made safe*."""
    amount: int
    """Length of the limit, in `unit`."""
    unit: str
    """Unit of `amount`, such as `work_day`."""
    due_at: Instant
    """Deadline of the milestone."""
    provisional: bool = False
    """True while `due_at` may move, because the holidays of its year are not announced."""


class CaseDispatched(Event):
    """A dispatch 派遣单 was created for one unit.

    The handling clock of the unit starts now; acknowledging the dispatch later does not move the deadline.
    """

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
    """Unit that receives the dispatch."""
    role: DispatchRole
    """What the unit does: it leads, does a part as co-unit, or gives first response."""
    round: int
    """Routing round of the decision that names the unit, as in `case_routed`."""
    coordinated: bool = False
    """True for a coordinated unit, such as a property company, which is asked, not ordered."""
    instructions: Annotated[str, Redact.WITHHOLD] = ""
    """Masked special instructions for this unit."""
    milestones: tuple[MilestoneDue, ...]
    """Steps of the handling limit of this unit, in order."""
    sign_due_at: Instant
    """Deadline by which the unit must acknowledge the dispatch 签收."""
    handover: HandoverTarget | None = None
    """Emergency service that receives the case as a hand-over 移交 and must acknowledge it; null or absent for other
    dispatches."""


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
    """Unit of the withdrawn dispatch."""
    reason: Literal["re_routed", "case_ended", "merged", "return_accepted", "by_hand"]
    """`re_routed`: another unit was chosen. `merged`: the case was merged into another one. `return_accepted`: the unit
    gave the dispatch back, and another unit now leads. `by_hand`: a person withdrew the dispatch."""
    note: Annotated[str, Redact.WITHHOLD] = ""
    """Masked explanation of the reason."""
