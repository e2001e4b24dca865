"""The base class and value types of entities, and the hash of a release."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Annotated, Any, ClassVar, Self

from pydantic import Field

from contracts.base import Amount, Contract
from contracts.events.acceptance import LimitUnit

Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,63}$")]
"""Id that the district chooses: lower-case letters, digits, hyphens and dots."""

CommunityCode = Annotated[str, Field(pattern=r"^[0-9]{12}$")]
"""Code of a community: 6 digits for the county (GB/T 2260), 3 for the street and 3 for the community."""

GridCode = Annotated[str, Field(pattern=r"^[0-9]{15}(-[0-9]{2})?$")]
"""Code of a grid: 12 digits of the community and 3 serial digits; a micro grid adds `-NN` to the code of its parent
grid."""

AreaPrefix = Annotated[str, Field(pattern=r"^[0-9]{6,15}(-[0-9]{2})?$")]
"""Code of a county (6 digits), street (9), community (12) or grid (15). It means all grids whose code begins with it.
"""

CategoryId = Annotated[str, Field(pattern=r"^[A-Z0-9-]+/(component|matter|event)/[0-9]{2}-?[0-9]{2,3}$")]
"""Category as `standard/kind/code`. A bare code is never used: another standard or edition may use the same code for
another category."""

LocalTime = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""Time of day `HH:MM` in the time zone of the district."""

Longitude = Annotated[float, Field(ge=-180, le=180)]
"""Degrees in CGCS2000."""
Latitude = Annotated[float, Field(ge=-90, le=90)]
"""Degrees in CGCS2000."""


class Limit(Contract):
    """An amount of time.

    `urgent_*` and `natural_day` run through nights and holidays, `work_*` only in office hours.
    """

    amount: Amount = Field(gt=0)
    unit: LimitUnit


class Entity(Contract):
    """One item of reference data. It is immutable; a changed item is published with a new release."""

    KIND: ClassVar[str]

    id: str

    def to_body(self) -> dict[str, Any]:
        """Return the body of the event `entity_recorded` about this entity.

        Fields with default values are left out, so that a new field does not change old bodies.
        """
        body = self.model_dump(mode="json", exclude_defaults=True)
        return {"id": self.id, **body}

    @classmethod
    def from_body(cls, body: dict[str, Any]) -> Self:
        """Return the entity from a body. Ignore unknown fields, which a newer version may have added."""
        return cls.model_validate(body, extra="ignore", strict=False)


def release_sha256(bodies: Iterable[bytes]) -> str:
    """Return the SHA-256 over the bodies of the `entity_recorded` events of a release.

    The bodies are in order, each followed by a newline.
    """
    digest = hashlib.sha256()
    for body in bodies:
        digest.update(body)
        digest.update(b"\n")
    return digest.hexdigest()
