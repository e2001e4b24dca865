"""Value types that events share: channels, places, photos, actors.

No value contains a name or phone number of a resident.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from contracts.base import Contract, Sha256, StrictInstant

Crs = Literal["wgs84", "cgcs2000", "gcj02", "bd09"]
"""Coordinate systems that a request may use. Stored coordinates are CGCS2000, which equals WGS-84 within a metre."""

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
"""Way by which a report comes in, with the labels `labels.CHANNELS`.

`lane_lead` 街巷长 is an officer for some lanes, `helper` 协管员 an assistant of the officers.
"""

RequestType = Literal["complaint", "help", "inquiry", "suggestion", "tip", "praise"]

Mode = Literal["actual", "exercise", "test"]
"""`actual` for a real case. Cases of the modes `exercise` and `test` never count in figures.

Act on `exercise` within the exercise only, and never on `test`.
"""

CapCategory = Literal[
    "Geo", "Met", "Safety", "Security", "Rescue", "Fire", "Health", "Env", "Transport", "Infra", "CBRNE", "Other"
]
"""Categories of the Common Alerting Protocol, CAP 1.2 (OASIS)."""

Agency = Literal["110", "119", "120", "122"]
"""An emergency service, named by its phone number."""


class Place(Contract):
    """The place of a case: its grid and, if known, the point and the address."""

    grid_code: str
    """Grid code: 15 digits; a micro grid adds `-NN` to the code of its parent grid. For a confidential case only the 12
    digits of the community."""
    longitude: float | None = Field(default=None, ge=-180, le=180)
    """Degrees in CGCS2000; null or absent if the point is not known or the case is confidential."""
    latitude: float | None = Field(default=None, ge=-90, le=90)
    """Degrees in CGCS2000; null or absent if the point is not known or the case is confidential."""
    accuracy_m: float | None = Field(default=None, ge=0)
    """Uncertainty of the point in metres, as the device measured it; null or absent if not known."""
    address: str | None = Field(default=None, max_length=256)
    """Masked address; null or absent if there is none or the case is confidential."""


class Photo(Contract):
    """A photo that intake stores."""

    sha256: Sha256
    """SHA-256 of the photo without EXIF data, as lower-case hex; the name of the stored photo."""
    role: PhotoRole
    """What the photo shows: a near or a far view, a view with a landmark (`reference`), the place before or after the
    work, a document, or a frame of a camera."""
    taken_at: StrictInstant | None = None
    """Instant at which the photo was taken; null or absent if not known."""


class Actor(Contract):
    """Who acted: an account, the key of a machine, a resident, or the system.

    Accounts and keys appear as work identities, never as private persons.
    """

    kind: Literal["account", "key", "resident", "system"]
    """Kind of the actor."""
    id: str
    """Id of the account, key or service; `resident` for a resident."""
    role: str | None = None
    """Role that allowed the action; the first role of the actor if none was needed. Null or absent without a role."""
    unit_id: str | None = None
    """Unit of the account or key; null or absent if it belongs to no unit."""
    officer_id: str | None = None
    """Officer of the account; null or absent if it belongs to no officer."""
