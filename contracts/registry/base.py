"""What every entity of a release shares, and how releases are hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from contracts.base import Amount, Contract
from contracts.events.acceptance import LimitUnit

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
"""An id that a district chooses: lower-case words joined by hyphens."""

CommunityCode = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
"""6 digits GB/T 2260 + 3 street + 3 community."""

GridCode = Annotated[str, Field(pattern=r"^[0-9]{15}(-[0-9]{2})?$")]
"""15 digits (community + serial); a micro grid adds `-NN` to its parent's code."""

AreaPrefix = Annotated[str, Field(pattern=r"^[0-9]{6,15}(-[0-9]{2})?$")]
"""The beginning of grid codes: a county (6), street (9), community (12) or grid (15) and all below it."""

CategoryId = Annotated[str, Field(pattern=r"^[A-Z0-9-]+/(component|matter|event)/[0-9]{2}-?[0-9]{2,3}$")]
"""`standard/kind/code`: never a bare code, because the editions clash."""

LocalTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""`HH:MM` in the district's time zone."""

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
"""Degrees, CGCS2000."""


class Limit(Contract):
    """A length of time on one of the two clocks: `urgent_*` and `natural_day` run on, `work_*` in office hours only."""

    amount: Amount = Field(gt=0)
    unit: LimitUnit


class Entity(Contract):
    """One thing that a release of the district's data carries. Immutable; a change is a new release."""

    KIND: ClassVar[str]

    id: str

    def to_body(self) -> dict[str, Any]:
        """The JSON object that travels in `entity_recorded`: defaults left out, so a later field changes no old body."""
        body = self.model_dump(mode="json", exclude_defaults=True)
        return {"id": self.id, **body}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self:
        """Read a body as a tolerant reader: fields of a later edition are ignored."""
        return cls.model_validate(body, extra="ignore", strict=False)


def release_sha256(bodies: Iterable[bytes]) -> str:
    """The hash of a release: over the bytes of its `entity_recorded` events in order, each followed by a newline."""
    digest = hashlib.sha256()
    for body in bodies:
        digest.update(body)
        digest.update(b"\n")
    return digest.hexdigest()
