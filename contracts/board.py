"""Messages of the live board: the card of a case, the snapshot of all cards, and changes of cards.

Tracking serves them at `GET /api/tracking/board/snapshot`, `…/stream` and `…/changes`. The TypeScript types of the
board are generated from these classes (`python -m services.console.typescript`); a test fails if they differ. Times are
whole seconds. Positions are degrees in CGCS2000 with five decimals (one metre). `Card.wire` leaves out fields with
default values, which halves the size of a message; the reader of the message fills in the defaults.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Instant, Stage
from contracts.common import Channel, Mode
from contracts.events.command import DispatchRole

Light = Literal["green", "yellow", "red", "none"]
"""Light of a clock, as the function `contracts.clocks.light` returns it; `none` if no clock runs."""


class CardCategory(Contract):
    """The id and the names of a category."""

    id: str
    """Category as `<standard>/<kind>/<code>`."""
    name: str
    name_en: str


class CardUnit(Contract):
    """A unit with a dispatch for the case. On a card the lead unit comes first."""

    id: str
    name: str
    name_en: str
    role: DispatchRole = "lead"
    status: str = "awaiting_signature"
    """Status of the unit's dispatch."""


class CardFlags(Contract):
    """Facts about a case that the board highlights."""

    rework: bool = False
    return_requested: bool = False
    awaiting_reassignment: bool = False
    """待改派: another unit is the new lead and has not acknowledged its dispatch yet. Until then, the former lead keeps
    the place safe."""
    suspended: bool = False
    reopened: bool = False
    coordinated: bool = False
    """协调: the lead is a coordinated unit, so the light never turns red."""
    urged: bool = False
    ordered: bool = False
    """督办: a supervision order is not answered yet."""
    attached_count: int = Field(default=0, ge=0)
    """Number of reports attached to the case."""


class CardVersions(Contract):
    """Version of the case in each service, for the header `If-Match` and for comparing cards."""

    intake: int = 0
    routing: int = 0
    dispatch: int = 0
    supervision: int = 0


class Card(Contract):
    """The card of an open case. The board removes the card when the case ends.

    The card of a confidential case shows only the community and the units of the case: no category, text, grid or
    point.
    """

    id: UUID
    case_number: str
    """Case number, such as `LJ-20261123-000123`."""
    stage: Stage
    status: str
    """Status of the case, one of the statuses of `stage`."""
    light: Light = "none"
    clock: str | None = None
    """Name of the clock that the card shows, such as `sign`. It is the running clock with the gravest light; of
    several, the one with the earliest deadline. A paused clock is shown only if no clock runs. Absent if the case has
    no clock."""
    started_at: Instant | None = None
    """Start of the shown clock; absent if the case has no clock."""
    due_at: Instant | None = None
    """Deadline of the shown clock; absent while the clock is paused."""
    provisional: bool = False
    """暂定: `due_at` may move, because the holidays of its year are not announced."""
    confidential: bool = False
    category: CardCategory | None = None
    """Category of the case; absent for a confidential case, or while the category is not known."""
    title: str | None = Field(default=None, max_length=80)
    """Start of the masked description; absent for a confidential case."""
    channel: Channel
    """Way by which the first report came in."""
    centre: str | None = None
    """Centre that is responsible for the case; absent before filing."""
    community: str | None = None
    grid_code: str | None = None
    grid_name: str | None = None
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    units: tuple[CardUnit, ...] = ()
    severity: int = Field(default=4, ge=1, le=4)
    """Severity from 1 (gravest) to 4."""
    emergency: bool = False
    flags: CardFlags = CardFlags()
    mode: Mode = "actual"
    reported_at: Instant
    updated_at: Instant
    versions: CardVersions = CardVersions()

    def wire(self) -> dict[str, Any]:
        """Return the card as JSON types, without fields that have their default values."""
        return self.model_dump(mode="json", exclude_defaults=True)


class BoardToday(Contract):
    """Counts of today, in local time."""

    received: int = Field(ge=0)
    """Cases that were reported today."""
    closed: int = Field(ge=0)
    """Cases that were closed 结案 today."""


class BoardSnapshot(Contract):
    """All cards that the caller may see. Changes of the cards follow at `stream?since=<epoch>.<seq>`."""

    epoch: str = Field(pattern=r"^[^.]+$")
    """Id of the feed of changes. Each rebuild of the feed gets a new id. A request with an unknown id is answered with
    the event `reset`."""
    seq: int = Field(ge=0)
    server_time: Instant
    """Present time of the server, from which the reader counts down to deadlines."""
    cards: tuple[Card, ...]
    today: BoardToday | None = None
    """Counts of today; absent if the caller may not see the whole district."""


class BoardBatch(Contract):
    """Changed and removed cards: the event `batch` of the stream, and the response of `changes?since=`.

    The stream sends at most four batches per second. A card replaces the card with the same id if any of its `versions`
    is higher.
    """

    seq: int = Field(ge=0)
    cards: tuple[Card, ...] = ()
    removed: tuple[UUID, ...] = ()
    """Ids of cases that ended, or that the caller may no longer see."""


class BoardHeartbeat(Contract):
    """Event `hb` of the stream, sent every ten seconds.

    It is a named event, because scripts in a browser cannot see SSE comments.
    """

    seq: int = Field(ge=0)
    server_time: Instant
