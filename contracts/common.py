"""Value types that events share: channels, places, photos, actors. None holds a name or phone number of a resident."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.base import Contract, Sha256, StrictInstant

Crs = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
"""Coordinate systems that requests may use. Stored coordinates are CGCS2000, equal to WGS-84 within a metre."""

PhotoRole = Literal["near", "far", "reference", "before", "after", "document", "frame"]

Channel = Literal[
    "grid_terminal",
    "patrol_team",
    "lane_lead",
    "helper",
    "hotline",
    "walk_in",
    "resident",
    "open311",
    "public_liaison",
    "camera",
    "department",
    "emergency",
    "upstream",
]

RequestType = Literal["complaint", "help", "inquiry", "suggestion", "tip", "praise"]

Mode = Literal["actual", "exercise", "test"]
"""Exercise and test cases are kept apart from real ones."""

CapCategory = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"
]
"""Categories of CAP 1.2 (OASIS Common Alerting Protocol)."""

Agency = Literal["110", "119", "120", "122"]
"""An emergency service, by its phone number."""


class Place(Contract):
    """The place of a case: its grid, and its point if known."""

    grid_code: str
    """Grid code: 15 digits; a micro grid adds `-NN` to the code of its parent."""
    longitude: float | None = Field(default=None, ge=-180, le=180)
    """Degrees, CGCS2000."""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    """Degrees, CGCS2000."""
    accuracy_m: float | None = Field(default=None, ge=0)
    """Accuracy in metres, as measured by the device."""
    address: str | None = Field(default=None, max_length=256)
    """Masked address."""


class Photo(Contract):
    """A photo stored by intake, named by the hash of its bytes without EXIF data."""

    sha256: Sha256
    role: PhotoRole
    taken_at: StrictInstant | None = None


class Actor(Contract):
    """The account or key that acted, as a work identity."""

    kind: Literal["account", "key", "resident", "system"]
    id: str
    role: str | None = None
    unit_id: str | None = None
    officer_id: str | None = None
