"""Volume scores 数量分: points for the amount of work in a month, by the bands of the scoring rules in force."""

from __future__ import annotations

from contracts.registry import ScoreVolume
from services.supervision.domain.primitives.view import View


class VolumeView(View):
    """A volume score with its figures."""

    volume: str
    name: str
    name_en: str
    value: int
    """Amount of work in the period."""
    monthly: float
    """Amount per month, over the months of the period that have begun. The bands apply to this mean."""
    score: float
    """Points, 0 to 100."""
    figures: tuple[str, ...]
    formula: str
    formula_en: str
    weight: float
    """Weight in the score; 0 if the volume score is only shown."""


def volume_view(volume: ScoreVolume, value: int, months: int, weight: float) -> VolumeView:
    """Return the volume score for an amount counted in this number of months.

    A negative amount falls in the first band.
    """
    monthly = value / max(months, 1)
    band = max((each for each in volume.bands if each.from_count <= max(monthly, 0)), key=lambda each: each.from_count)
    return VolumeView(
        volume=volume.id,
        name=volume.name,
        name_en=volume.name_en,
        value=value,
        monthly=round(monthly, 2),
        score=band.score,
        figures=volume.figures,
        formula=volume.formula,
        formula_en=volume.formula_en,
        weight=weight,
    )
