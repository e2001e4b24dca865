"""The base class and value types of entities, and the hash of a release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from contracts.base import Amount, Contract
from contracts.events.acceptance import LimitUnit

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
"""An id chosen by the district: lower-case words joined by hyphens."""

CommunityCode = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
"""6 digits GB/T 2260 + 3 street + 3 community."""

GridCode = Annotated[str, Field(pattern=r"^[0-9]{15}(-[0-9]{2})?$")]
"""15 digits (community + serial); a micro grid adds `-NN` to its parent's code."""

AreaPrefix = Annotated[str, Field(pattern=r"^[0-9]{6,15}(-[0-9]{2})?$")]
"""A prefix of grid codes: county (6 digits), street (9), community (12) or grid (15), with all areas inside."""

CategoryId = Annotated[str, Field(pattern=r"^[A-Z0-9-]+/(component|matter|event)/[0-9]{2}-?[0-9]{2,3}$")]
"""`standard/kind/code`: never a bare code, because the editions clash."""

LocalTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""`HH:MM` in the district's time zone."""

Longitude = Annotated[float, Field(ge=-180, le=180)]
Latitude = Annotated[float, Field(ge=-90, le=90)]
"""Degrees, CGCS2000."""


class Limit(Contract):
    """An amount of time. `urgent_*` and `natural_day` run without a break, `work_*` only in office hours."""

    amount: Amount = Field(gt=0)
    unit: LimitUnit


class Entity(Contract):
    """One item of reference data. It is immutable; a change is published with a new release."""

    KIND: ClassVar[str]

    id: str

    def to_body(self) -> dict[str, Any]:
        """Return the body of the event `entity_recorded`, without defaults, so that a new field changes no old body."""
        body = self.model_dump(mode="json", exclude_defaults=True)
        return {"id": self.id, **body}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self:
        """Parse a body. Unknown fields, which a newer version may have added, are ignored."""
        return cls.model_validate(body, extra="ignore", strict=False)


def release_sha256(bodies: Iterable[bytes]) -> str:
    """Return the hash over the bodies of the `entity_recorded` events, in order, each followed by a newline."""
    digest = hashlib.sha256()
    for body in bodies:
        digest.update(body)
        digest.update(b"\n")
    return digest.hexdigest()
