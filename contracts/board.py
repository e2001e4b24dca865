"""Messages of the live board: the card of a case, the snapshot and its changes.

Tracking serves them at `GET /api/tracking/board/snapshot`, `…/stream` and `…/changes`. The TypeScript types of the
board are generated from these classes (`python -m services.console.typescript`); a test fails if they differ.

Times are whole seconds, positions degrees in CGCS2000 with five decimals (one metre).
Fields with default values are left out (`Card.wire`), which halves the size; the reader adds them again.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Instant, Stage
from contracts.common import Channel, Mode
from contracts.events.command import DispatchRole

Light = Literal["green", "yellow", "red", "none"]
"""Light by the used share of the limit: up to 80 %, up to 100 %, beyond; `none` if no clock runs."""


class CardCategory(Contract):
    """The id and names of a category."""

    id: str
    """`<standard>/<kind>/<code>`."""
    name: str
    name_en: str


class CardUnit(Contract):
    """A unit with a dispatch for this case; the lead comes first."""

    id: str
    name: str
    name_en: str
    role: DispatchRole = "lead"
    status: str = "awaiting_signature"
    """Status of its dispatch."""


class CardFlags(Contract):
    """Facts of the case that the board highlights."""

    rework: bool = False
    return_requested: bool = False
    awaiting_reassignment: bool = False
    """待改派: the former lead keeps the place safe until another unit has signed."""
    suspended: bool = False
    reopened: bool = False
    coordinated: bool = False
    """协调: the lead is a coordinated unit, whose light never turns red."""
    urged: bool = False
    ordered: bool = False
    """督办: a supervision order is open."""
    attached_count: int = Field(default=0, ge=0)
    """Number of attached reports."""


class CardVersions(Contract):
    """Version of the case in each service, for `If-Match` and for comparing cards."""

    intake: int = 0
    routing: int = 0
    dispatch: int = 0
    supervision: int = 0


class Card(Contract):
    """The card of an open case. Ended cases are removed from the board.

    The card of a confidential case has only its community and unit: no category, text, grid or place.
    """

    id: UUID
    case_number: str
    """Case number, such as `LJ-20261123-000123`."""
    stage: Stage
    status: str
    """One of the statuses of its stage."""
    light: Light = "none"
    clock: str | None = None
    """Name of the shown clock, such as `sign`: the running clock with the gravest light, then the earliest deadline.
    `light` and `due_at` belong to the same clock."""
    started_at: Instant | None = None
    """Start of that clock."""
    due_at: Instant | None = None
    """Deadline of that clock; `None` while it is paused."""
    provisional: bool = False
    """暂定: the deadline may move, because the holidays of its year are not announced."""
    confidential: bool = False
    category: CardCategory | None = None
    """`None` for a confidential case, or while not known."""
    title: str | None = Field(default=None, max_length=80)
    """Masked start of the description; `None` for a confidential case."""
    channel: Channel
    """Channel of the first report."""
    centre: str | None = None
    """The responsible centre."""
    community: str | None = None
    grid_code: str | None = None
    grid_name: str | None = None
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    units: tuple[CardUnit, ...] = ()
    severity: int = Field(default=4, ge=1, le=4)
    """1 is the gravest."""
    emergency: bool = False
    flags: CardFlags = CardFlags()
    mode: Mode = "actual"
    reported_at: Instant
    updated_at: Instant
    versions: CardVersions = CardVersions()

    def wire(self) -> dict[str, Any]:
        """Return the card as JSON types, without default values."""
        return self.model_dump(mode="json", exclude_defaults=True)


class BoardToday(Contract):
    """Counts of the present local day."""

    received: int = Field(ge=0)
    """Cases reported."""
    closed: int = Field(ge=0)
    """Cases closed 结案."""


class BoardSnapshot(Contract):
    """All cards that the caller may see. Changes follow at `stream?since=<epoch>.<seq>`."""

    epoch: str = Field(pattern=r"^[^.]+$")
    """Id of the feed, which changes with each rebuild. An unknown epoch is answered with `reset`."""
    seq: int = Field(ge=0)
    server_time: Instant
    """Time of the domain clock, by which countdowns run."""
    cards: tuple[Card, ...]
    today: BoardToday | None = None
    """Present only for callers who see the whole district."""


class BoardBatch(Contract):
    """Event `batch`, at most four per second, and the response of `changes?since=`.

    A card replaces the card with the same id if any of its `versions` is higher.
    """

    seq: int = Field(ge=0)
    cards: tuple[Card, ...] = ()
    removed: tuple[UUID, ...] = ()
    """Ids of cases that ended or became invisible to the caller."""


class BoardHeartbeat(Contract):
    """Event `hb`, every ten seconds. It is a named event, because scripts of a browser cannot see SSE comments."""

    seq: int = Field(ge=0)
    server_time: Instant
