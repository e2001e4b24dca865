"""Around it: the calendar, the weights of scorecards, and the keys that services check locally."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from pydantic import AwareDatetime, Field

from contracts.base import Amount, Contract, Day
from contracts.common import Channel
from contracts.figures import SUBJECTS, Subject
from contracts.registry.base import AreaPrefix, Entity, Key


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


class ScoreRate(Contract):
    """A rate or a mean: the sum of some figures ÷ the sum of others. Where practice has several formulas, the words say which this is."""

    id: str = Field(pattern=r"^[a-z][a-z_]{0,63}$")
    name: str
    name_en: str
    numerator: tuple[str, ...] = Field(min_length=1)
    """Figures of `contracts.figures`."""
    denominator: tuple[str, ...] = Field(min_length=1)
    formula: str
    formula_en: str
    higher_is_better: bool = True
    measure: Literal["share", "minutes"] = "share"
    """`share`: a part of a whole, 0 to 1. `minutes`: a mean, minutes ÷ how often; shown, never weighed."""


class VolumeBand(Contract):
    """Points from a number on."""

    from_count: Amount = Field(ge=0)
    """In a month; in a quarter or year the mean of its months."""
    score: float = Field(ge=0, le=100)


class ScoreVolume(Contract):
    """Points for how much, not how well: 受理数分, 立案数分. Where many are a bad sign, points fall as the number rises.

    Source: the evaluation annexes of GB/T 30428.4, as systems in use apply them.
    """

    id: str = Field(pattern=r"^[a-z][a-z_]{0,63}$")
    name: str
    name_en: str
    figures: tuple[str, ...] = Field(min_length=1)
    """Figures of `contracts.figures`, added up."""
    bands: tuple[VolumeBand, ...] = Field(min_length=1)
    """From 0 upwards."""
    formula: str
    formula_en: str


class ScoreItem(Contract):
    """One rate or volume score of the composite and its weight."""

    rate: str
    """Identifier of a rate or a volume score of the same rule."""
    weight: float = Field(gt=0)


class Grade(Contract):
    """A grade and the score from which it is given."""

    grade: Literal["A", "B", "C", "D", "E"]
    from_score: float = Field(ge=0, le=100)


class ScoreRule(Entity):
    """How one kind of subject is scored from a month on: its rates, their weights, the grades, and who approved it.

    An edition is published with a release like everything else; a new one begins with a later month and leaves the
    months before as they were. `id` is `<subject>.<yyyy-mm>`.
    """

    KIND: ClassVar[str] = "score_rule"

    id: str = Field(pattern=f"^({'|'.join(SUBJECTS)})\\.[0-9]{{4}}-(0[1-9]|1[0-2])$")
    approved_by: str
    """Post or body that approved it."""
    approved_by_en: str
    approved_on: Day
    note: str = ""
    """Why these rates and weights, shown beside the scorecards; where they differ from what is usual, why."""
    note_en: str = ""
    rates: tuple[ScoreRate, ...] = Field(min_length=1)
    volumes: tuple[ScoreVolume, ...] = ()
    """Scores by volume; like rates shown, and scored only where `items` weighs them."""
    items: tuple[ScoreItem, ...] = Field(min_length=1)
    """What the composite is made of. Rates without weight are shown and not scored."""
    grades: tuple[Grade, ...] = Field(min_length=1)
    """From best to worst."""

    @property
    def subject(self) -> Subject:
        """Whom it is for."""
        return next(each for each in SUBJECTS if each == self.id.partition(".")[0])

    @property
    def effective_from(self) -> str:
        """The first month that it scores, `yyyy-mm`."""
        return self.id.partition(".")[2]


class SigningKey(Entity):
    """A public key that access tokens may be signed with."""

    KIND: ClassVar[str] = "signing_key"

    id: Key
    """The `kid` in a token's header."""
    public_key: str
    """Ed25519, 32 bytes, base64."""
    valid_to: AwareDatetime | None = None


class MessageSecret(Contract):
    """A secret that a machine signs by, as only the services can open it."""

    sealed: str
    """AES-256-GCM under a key that the services derive, bound to the machine key's id; base64."""
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
    signed_from: AwareDatetime | None = None
    """From then on every change asked for with it must be signed, too; before, it may be. None: the key is enough."""
    secrets: tuple[MessageSecret, ...] = ()
    """By which a signature is told, newest first."""
