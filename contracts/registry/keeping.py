"""Around it: the calendar, the weights of scorecards, and the keys that services check locally."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from contracts.base import Contract
from contracts.places import Channel
from contracts.registry.base import AreaPrefix, Entity, Key

SUBJECTS = ("officer", "intake_clerk", "shift_lead", "dispatcher", "unit", "street", "county")
"""Who is scored: people by post, units, streets, the county."""


class CalendarDay(Entity):
    """A day that differs from, or confirms, the built-in calendar; `id` is its date."""

    KIND: ClassVar[str] = "calendar_day"

    id: str = Field(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
    working: bool
    note: str = ""
    note_en: str = ""

    @property
    def day(self) -> date:
        """The date."""
        return date.fromisoformat(self.id)


class ScoreItem(Contract):
    """One rate of a scorecard and its weight."""

    figure: str
    """Identifier of the figure, e.g. `on_time_rate`."""
    weight: float = Field(gt=0)
    higher_is_better: bool = True


class Grade(Contract):
    """A grade and the score from which it is given."""

    grade: Literal["A", "B", "C", "D", "E"]
    from_score: float = Field(ge=0, le=100)


class ScoreRule(Entity):
    """Weights and grades of one kind of subject: published, versioned data like the rest. `id` is the subject."""

    KIND: ClassVar[str] = "score_rule"

    id: str = Field(pattern=f"^({'|'.join(SUBJECTS)})$")
    items: tuple[ScoreItem, ...] = Field(min_length=1)
    grades: tuple[Grade, ...] = Field(min_length=1)
    """From best to worst."""


class SigningKey(Entity):
    """A public key that access tokens may be signed with."""

    KIND: ClassVar[str] = "signing_key"

    id: Key
    """The `kid` in a token's header."""
    public_key: str
    """Ed25519, 32 bytes, base64."""
    valid_to: AwareDatetime | None = None


class MachineKey(Entity):
    """A machine's key: only its keyed hash is known here."""

    KIND: ClassVar[str] = "machine_key"

    id: Key
    hash: str
    """`services.chassis.keys.key_hash` of the key."""
    name: str
    roles: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    """Channels it may name in a report."""
    unit: Key | None = None
    areas: tuple[AreaPrefix, ...] = ()
    valid_to: AwareDatetime | None = None
    revoked: bool = False
