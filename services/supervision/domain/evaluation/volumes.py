"""Volume scores 数量分: points for the amount of work in a month, by the bands of the edition in force."""

from __future__ import annotations

from contracts.registry import ScoreVolume
from services.supervision.domain.primitives.view import View


class VolumeView(View):
    """A volume score with its figures."""

    volume: str
    name: str
    name_en: str
    value: int
    """Amount in the period."""
    monthly: float
    """Mean of the months that have begun; the bands apply to one month."""
    score: float
    """0 to 100."""
    figures: tuple[str, ...]
    formula: str
    formula_en: str
    weight: float
    """Weight in the score; 0 if only shown."""


def volume_view(volume: ScoreVolume, value: int, months: int, weight: float) -> VolumeView:
    """Return the points of an amount counted in these months. A negative amount is in the first band."""
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
