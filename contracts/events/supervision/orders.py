"""Supervision 监督: supervision orders 督办 and their replies."""

from __future__ import annotations

from typing import Annotated, Literal, Self
from uuid import UUID

from contracts import labels
from contracts.base import Event, Instant
from contracts.common import Actor
from contracts.events.supervision.overdue import DeskRole
from contracts.marks import Redact
from contracts.timeline import (
    About,
    Choice,
    Sentence,
    addressee_kind,
    instant,
    label,
    officer,
    unit,
    value,
)

_ORDER = {
    "kind": label("kind", labels.ORDER_KINDS),
    "due": instant("reply_due_at"),
    "text": value("text", "text_en"),
}


class OrderIssued(Event):
    """督办: a formal order; needs a reply and a leader's eye."""

    TYPE = "supervision.order_issued.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="督办：须回复，并由领导过目。",
        timeline=Choice(
            addressee_kind,
            {
                "unit": Sentence(
                    "{kind}（{unit}，{due} 前回复）：{text}",
                    "Formal order ({kind}) to {unit}, reply due {due}: {text}",
                    {"unit": unit(), **_ORDER},
                ),
                "officer": Sentence(
                    "{kind}（{officer}，{due} 前回复）：{text}",
                    "Formal order ({kind}) to {officer}, reply due {due}: {text}",
                    {"officer": officer(), **_ORDER},
                ),
                "desk": Sentence(
                    "{kind}（{role}，{due} 前回复）：{text}",
                    "Formal order ({kind}) to the {role}, reply due {due}: {text}",
                    {"role": label("role", labels.ROLES), **_ORDER},
                ),
            },
        ),
    )

    order_id: UUID
    kind: Literal["overdue", "leader", "rework", "important", "escalated"]
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    """Whom it goes to: for a coordinated unit the authority above it."""
    officer_id: str | None = None
    """While no unit has it: the officer whose task it waits for."""
    role: DeskRole | None = None
    """Or whose desk it waits at."""
    centre_id: str | None = None
    """At which centre, where it is not the case's own."""
    clock_id: UUID | None = None
    """The clock on whose way it comes; none: somebody thought of it, or it is about something else than time."""
    text: Annotated[str, Redact.WITHHOLD]
    text_en: Annotated[str, Redact.WITHHOLD] = ""
    reply_due_at: Instant
    provisional: bool | None = None
    """It may move until the calendar of its year is announced; none: it stands."""
    issued_by: Actor

    def redacted(self) -> Self:
        """Keep the text of the system, which names only a clock and its used share."""
        return self if self.issued_by.kind == "system" else super().redacted()


class OrderReplied(Event):
    """The reply to a formal order."""

    TYPE = "supervision.order_replied.v1"
    SOURCE = "supervision"
    ABOUT = About(
        zh="对督办的回复。",
        timeline=Choice(
            "on_time",
            {
                True: Sentence("{unit}回复督办", "{unit} replied to the formal order", {"unit": unit()}, note="text"),
                False: Sentence(
                    "{unit}逾期回复督办", "{unit} replied late to the formal order", {"unit": unit()}, note="text"
                ),
            },
        ),
    )

    order_id: UUID
    dispatch_id: UUID | None = None
    unit_id: str | None = None
    text: Annotated[str, Redact.WITHHOLD]
    """Masked."""
    on_time: bool
    replied_by: Actor
