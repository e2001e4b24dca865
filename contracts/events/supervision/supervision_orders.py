"""Supervision 监督: supervision orders 督办 and their replies."""

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
    """A supervision order 督办 was issued; the addressee must reply."""

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
    dispatch_id: UUID | None = None
    unit_id: UnitId | None = None
    """Addressed unit; for a coordinated unit its superior authority."""
    officer_id: OfficerId | None = None
    """Addressed officer, if no unit is responsible yet."""
    role: DeskRole | None = None
    """Role of the addressed desk, if neither a unit nor an officer is addressed."""
    centre_id: str | None = None
    """Centre of that desk, if it is not the responsible centre."""
    clock_id: UUID | None = None
    """Clock that triggered the order; `None` if a person issued it, or the cause is not lateness."""
    text: Annotated[str, Redact.WITHHOLD]
    text_en: Annotated[str, Redact.WITHHOLD] = ""
    reply_due_at: Instant
    provisional: bool | None = None
    """True while the deadline may move because the holidays of its year are not announced."""
    issued_by: Actor

    def redacted(self) -> Self:
        """Keep the text of the system, which names only a clock and its used share."""
        return self if self.issued_by.kind == "system" else super().redacted()


class SupervisionOrderReplied(Event):
    """The addressee replied to a supervision order."""

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
    unit_id: UnitId | None = None
    text: Annotated[str, Redact.WITHHOLD]
    """Masked text."""
    on_time: bool
    replied_by: Actor
