"""Places, photos and people as they appear in events: never a name, a phone number or an address book."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from pydantic import Field

from contracts.base import Contract, Sha256, StrictInstant

Crs = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
"""Coordinate systems a caller may send; stored and shown as CGCS2000 (numerically WGS-84 at our scale)."""

PhotoRole = Literal["near", "far", "reference", "before", "after", "document", "frame"]

Channel = Literal[
    "grid_terminal", "patrol_team", "lane_lead", "helper", "hotline", "walk_in", "resident",
    "open311", "public_liaison", "camera", "department", "emergency", "upstream",
]  # fmt: skip

RequestType = Literal["complaint", "help", "inquiry", "suggestion", "tip", "praise"]

Mode = Literal["actual", "exercise", "test"]
"""Exercise and test cases never mix with real ones."""

CapCategory = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"
]
"""Categories of CAP 1.2 (OASIS Common Alerting Protocol)."""

Agency = Literal["110", "119", "120", "122"]
"""An emergency service, by the number that people dial."""


class Place(Contract):
    """Where a case is: the grid always, the point when it is known."""

    grid_code: str
    """15 digits (base, dedicated) or parent + `-NN` (micro)."""
    longitude: float | None = Field(default=None, ge=-180, le=180)
    """Degrees, CGCS2000."""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    """Degrees, CGCS2000."""
    accuracy_m: float | None = Field(default=None, ge=0)
    """Metres, as the device said."""
    address: str | None = Field(default=None, max_length=256)
    """Masked text."""


class Photo(Contract):
    """A photo kept by intake, named by the hash of its bytes (EXIF removed)."""

    sha256: Sha256
    role: PhotoRole
    taken_at: StrictInstant | None = None


class Actor(Contract):
    """Who did it, as an account or key: work identity only, never a resident's."""

    kind: Literal["account", "key", "resident", "system"]
    id: str
    role: str | None = None
    unit_id: str | None = None
    officer_id: str | None = None


def community_of(grid_code: str) -> str:
    """The 12 digits of the community, with which every grid code in it begins (GB/T 47678.2)."""
    return grid_code[:12]


def communities_of(grid_codes: Iterable[str]) -> tuple[str, ...]:
    """The communities of these grids, each once, in the order in which they come."""
    return tuple(dict.fromkeys(map(community_of, grid_codes)))
