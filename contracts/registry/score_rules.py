"""Entities of scorecards: the rules by which subjects are scored."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from contracts.base import Amount, Contract, Day
from contracts.figures import SUBJECTS, Subject
from contracts.registry.base import Entity


class ScoreRate(Contract):
    """A rate or mean: the sum of some figures divided by the sum of other figures.

    `formula` states the division in words.
    """

    id: str = Field(pattern=r"^[a-z][a-z_]{0,63}$")
    name: str
    name_en: str
    numerator: tuple[str, ...] = Field(min_length=1)
    """Names of the figures in the numerator, as in `contracts.figures`; their values are added."""
    denominator: tuple[str, ...] = Field(min_length=1)
    """Names of the figures in the denominator, as in `contracts.figures`; their values are added."""
    formula: str
    formula_en: str
    higher_is_better: bool = True
    measure: Literal["share", "minutes"] = "share"
    """`share`: a rate from 0 to 1. `minutes`: a mean, which is only shown and never has a weight."""


class VolumeBand(Contract):
    """A range of counts with the same points. The range ends below the start of the next band."""

    from_count: Amount = Field(ge=0)
    """Lowest count of the band, per month. For a quarter or year the mean count per month is used."""
    score: float = Field(ge=0, le=100)


class ScoreVolume(Contract):
    """A score for a count of events, such as 受理数分 or 立案数分.

    For adverse figures the points fall as the count rises. Source: the evaluation annexes of GB/T 30428.4, as systems
    in use apply them.
    """

    id: str = Field(pattern=r"^[a-z][a-z_]{0,63}$")
    name: str
    name_en: str
    figures: tuple[str, ...] = Field(min_length=1)
    """Names of the figures that are scored together, as in `contracts.figures`; their values are added."""
    bands: tuple[VolumeBand, ...] = Field(min_length=1)
    """Bands in ascending order; the first band starts at 0."""
    formula: str
    formula_en: str


class ScoreItem(Contract):
    """One part of the composite score, with its weight."""

    rate: str
    """Id of a rate or of a score by volume in the same score rule."""
    weight: float = Field(gt=0)


class Grade(Contract):
    """A grade, and the lowest score that earns it."""

    grade: Literal["A", "B", "C", "D", "E"]
    from_score: float = Field(ge=0, le=100)


class ScoreRule(Entity):
    """The score rule of one kind of subject: rates, weights, grades and the approval.

    `id` is `<subject>.<yyyy-mm>` with the first month of the rule. A new rule does not change the scores of earlier
    months.
    """

    KIND: ClassVar[str] = "score_rule"

    id: str = Field(pattern=f"^({'|'.join(SUBJECTS)})\\.[0-9]{{4}}-(0[1-9]|1[0-2])$")
    approved_by: str
    """Post or body that approved the rule."""
    approved_by_en: str
    approved_on: Day
    note: str = ""
    """Reasons for these rates and weights, shown with the scorecards."""
    note_en: str = ""
    rates: tuple[ScoreRate, ...] = Field(min_length=1)
    volumes: tuple[ScoreVolume, ...] = ()
    """Scores for counts of events. A score counts only if `items` gives the score a weight."""
    items: tuple[ScoreItem, ...] = Field(min_length=1)
    """Parts of the composite score. Rates that are no part of it are only shown."""
    grades: tuple[Grade, ...] = Field(min_length=1)
    """Grades, best first."""

    @property
    def subject(self) -> Subject:
        """Return the kind of subject that the rule is for."""
        return next(each for each in SUBJECTS if each == self.id.partition(".")[0])

    @property
    def effective_from(self) -> str:
        """Return the first month of the rule, as `yyyy-mm`."""
        return self.id.partition(".")[2]
