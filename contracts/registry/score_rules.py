"""Entities of scorecards."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from contracts.base import Amount, Contract, Day
from contracts.figures import SUBJECTS, Subject
from contracts.registry.base import Entity


class ScoreRate(Contract):
    """A rate or mean: the sum of some figures divided by the sum of others. `formula` explains it in words."""

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
    """`share` is a rate from 0 to 1. `minutes` is a mean, which is shown and never weighted."""


class VolumeBand(Contract):
    """The points for a count from a lower bound on."""

    from_count: Amount = Field(ge=0)
    """Lower bound per month; for a quarter or year the mean of its months is compared."""
    score: float = Field(ge=0, le=100)


class ScoreVolume(Contract):
    """A score by volume 受理数分、立案数分. For adverse figures the points fall as the count rises.

    Source: the evaluation annexes of GB/T 30428.4, as systems in use apply them.
    """

    id: str = Field(pattern=r"^[a-z][a-z_]{0,63}$")
    name: str
    name_en: str
    figures: tuple[str, ...] = Field(min_length=1)
    """Figures of `contracts.figures` whose sum is scored."""
    bands: tuple[VolumeBand, ...] = Field(min_length=1)
    """Bands in ascending order, the first from 0."""
    formula: str
    formula_en: str


class ScoreItem(Contract):
    """One part of the composite score, with its weight."""

    rate: str
    """Identifier of a rate or a volume score of the same rule."""
    weight: float = Field(gt=0)


class Grade(Contract):
    """A grade and its lowest score."""

    grade: Literal["A", "B", "C", "D", "E"]
    from_score: float = Field(ge=0, le=100)


class ScoreRule(Entity):
    """An edition of the score rules of one kind of subject: rates, weights, grades and the approval.

    An edition applies from its month on; earlier months keep their edition. `id` is `<subject>.<yyyy-mm>`.
    """

    KIND: ClassVar[str] = "score_rule"

    id: str = Field(pattern=f"^({'|'.join(SUBJECTS)})\\.[0-9]{{4}}-(0[1-9]|1[0-2])$")
    approved_by: str
    """Post or body that approved it."""
    approved_by_en: str
    approved_on: Day
    note: str = ""
    """Reasons for these rates and weights, shown with the scorecards."""
    note_en: str = ""
    rates: tuple[ScoreRate, ...] = Field(min_length=1)
    volumes: tuple[ScoreVolume, ...] = ()
    """Scores by volume, counted only if `items` gives them a weight."""
    items: tuple[ScoreItem, ...] = Field(min_length=1)
    """Parts of the composite score. Rates without a weight are only shown."""
    grades: tuple[Grade, ...] = Field(min_length=1)
    """Grades from best to worst."""

    @property
    def subject(self) -> Subject:
        """Return the kind of subject."""
        return next(each for each in SUBJECTS if each == self.id.partition(".")[0])

    @property
    def effective_from(self) -> str:
        """Return the first month of the edition, `yyyy-mm`."""
        return self.id.partition(".")[2]
