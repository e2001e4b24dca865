"""Scores by volume 数量分: points for how much was done in a month, by the bands of the edition in force."""

from __future__ import annotations

from contracts.registry import ScoreVolume
from services.supervision.domain.primitives.view import View


class VolumeView(View):
    """A score by volume with what it was made of."""

    volume: str
    name: str
    name_en: str
    value: int
    """In the period."""
    monthly: float
    """The mean of the months of the period that have begun: bands are for one month."""
    score: float
    """0 to 100."""
    figures: tuple[str, ...]
    formula: str
    formula_en: str
    weight: float
    """In the composite; 0: shown, not scored."""


def volume_view(volume: ScoreVolume, value: int, months: int, weight: float) -> VolumeView:
    """The points of a value counted in so many months. Corrections that push it below zero leave it in the first band."""
    monthly = value / max(months, 1)
    band = max((each for each in volume.bands if each.from_count <= max(monthly, 0)), key=lambda each: each.from_count)
    return VolumeView(
        volume=volume.id, name=volume.name, name_en=volume.name_en, value=value, monthly=round(monthly, 2),
        score=band.score, figures=volume.figures, formula=volume.formula, formula_en=volume.formula_en, weight=weight,
    )  # fmt: skip
