"""Models shared by the requests of every service: strict forms, masked text, instants, points."""

from __future__ import annotations

from datetime import UTC
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from contracts import base
from contracts.common import Crs
from contracts.masking import mask

MaskedText = Annotated[str, AfterValidator(mask)]
"""Free text. Phone, identity-card and plate numbers are masked when it is parsed."""

Instant = Annotated[base.StrictInstant, AfterValidator(lambda moment: moment.astimezone(UTC))]


class Form(BaseModel):
    """A part of a request. Unknown fields are refused, so that a misspelt field is noticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True, allow_inf_nan=False)


class Location(Form):
    """A point. `crs` is required, because a wrong coordinate system would move the point by several grids."""

    longitude: float = Field(ge=-180, le=180, strict=True)
    latitude: float = Field(ge=-90, le=90, strict=True)
    crs: Crs
    """`wgs84` (phones, browsers), `cgcs2000` (surveys), `gcj02` (Amap, Tencent), `bd09` (Baidu)."""
    accuracy_m: float | None = Field(default=None, ge=0, strict=True)
    """Accuracy in metres, as the device reports it."""

    @model_validator(mode="before")
    @classmethod
    def _require_crs(cls, given: Any) -> Any:
        if isinstance(given, dict) and "crs" not in given:
            raise ValueError(
                "坐标须注明坐标系 crs：wgs84、cgcs2000、gcj02（高德、腾讯）或 bd09（百度）"
                " / say which coordinate system: crs is wgs84, cgcs2000, gcj02 (Amap, Tencent) or bd09 (Baidu)"
            )
        return given
