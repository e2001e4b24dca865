"""Supervision 监督: supervision orders 督办 and the replies to them."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.supervision.overdue import DeskRole
from contracts.marks import Redact
from contracts.timeline import About, Choice, OfficerId, Sentence, UnitId, addressee_kind, label

__all__ = [
    "SupervisionOrderIssued",
    "SupervisionOrderReplied",
]

_KIND = {"kind": label("kind", labels.SUPERVISION_ORDER_KINDS)}


class SupervisionOrderIssued(Event):
    """A supervision order 督办 was issued to a unit, officer or desk, which must reply."""

    TYPE = "supervision.supervision_order_issued.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="督办：须回复，并由领导过目。",
        timeline=Choice(
            addressee_kind,
            {
                "unit": Sentence(
                    "{kind}（{unit_id}，{reply_due_at} 前回复）：{text}",
                    "A supervision order ({kind}) was issued to {unit_id}, reply due {reply_due_at}: {text}",
                    _KIND,
                ),
                "officer": Sentence(
                    "{kind}（{officer_id}，{reply_due_at} 前回复）：{text}",
                    "A supervision order ({kind}) was issued to {officer_id}, reply due {reply_due_at}: {text}",
                    _KIND,
                ),
                "desk": Sentence(
                    "{kind}（{role}，{reply_due_at} 前回复）：{text}",
                    "A supervision order ({kind}) was issued to the {role}, reply due {reply_due_at}: {text}",
                    {**_KIND, "role": label("role", labels.ROLES)},
                ),
            },
        ),
    )

    order_id: UUID
    kind: Literal["overdue", "leader", "rework", "important", "escalated"]
    """Why the order was issued. `overdue`: a limit is overdue. `leader`: the head of the unit must act. `rework`:
    rechecks failed repeatedly. `important`: the case is important. `escalated`: a coordinated unit is late, and its
    superior authority must act."""
    dispatch_id: UUID | None = None
    """Dispatch that the order is about; null or absent if it is about none."""
    unit_id: UnitId | None = None
    """Unit that must reply; for a coordinated unit its superior authority. Null or absent if an officer or a desk must
    reply."""
    officer_id: OfficerId | None = None
    """Officer who must reply, if no unit is responsible yet; otherwise null or absent."""
    role: DeskRole | None = None
    """Role of the desk that must reply; null or absent if a unit or an officer must reply."""
    centre_id: str | None = None
    """Centre of the desk; null or absent if it is the responsible centre of the case."""
    clock_id: UUID | None = None
    """Overdue clock that triggered the order; null or absent if a person issued it or it has another cause."""
    text: Annotated[str, Redact.WITHHOLD]
    """Masked text of the order."""
    text_en: Annotated[str, Redact.WITHHOLD] = ""
    """English text; empty for an order that a person wrote."""
    reply_due_at: Instant
    """Deadline of the reply."""
    provisional: bool | None = None
    """True while `reply_due_at` may move, because the holidays of its year are not announced; otherwise null or absent.
    """
    issued_by: Actor

    def redacted(self) -> Self:
        """Redact a text that a person wrote. A text of the system names only a clock and its used share, and stays."""
        return self if self.issued_by.kind == "system" else super().redacted()


class SupervisionOrderReplied(Event):
    """A unit, officer or desk replied to a supervision order."""

    TYPE = "supervision.supervision_order_replied.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="对督办的回复。",
        timeline=Choice(
            "on_time",
            {
                True: Sentence("{unit_id}回复督办", "{unit_id} replied to the supervision order", note="text"),
                False: Sentence(
                    "{unit_id}逾期回复督办", "{unit_id} replied late to the supervision order", note="text"
                ),
            },
        ),
    )

    order_id: UUID
    dispatch_id: UUID | None = None
    """Dispatch that the order is about; null or absent if it is about none."""
    unit_id: UnitId | None = None
    """Unit that replied; null or absent if an officer or a desk replied."""
    text: Annotated[str, Redact.WITHHOLD]
    """Masked reply."""
    on_time: bool
    """True if the reply came before its deadline."""
    replied_by: Actor
