"""What the live board shows: the card of one case, and the messages that keep ten thousand of them current.

Made by tracking; read by the console's board (`/board`) and by anybody else who follows
`GET /api/tracking/board/snapshot`, `…/stream` and `…/changes`. The board's TypeScript is generated from these classes
(`python -m services.console.typescript`), so a change here that the board does not follow fails a test.

Times are whole seconds, positions degrees in CGCS2000 with five decimals (one metre).
On the wire a field that has its default is left out (`Card.wire`): half the bytes, and the reader fills it in again.
"""

from __future__ import annotations

from typing import Any, Literal
from uuid import UUID

from pydantic import Field

from contracts.base import Contract, Instant, Stage
from contracts.common import Channel, Mode
from contracts.events.command import DispatchRole

Light = Literal["green", "yellow", "red", "none"]
"""Share of the limit used: to 80 %, to 100 %, beyond; `none` when no clock runs."""


class CardCategory(Contract):
    """The category's identity and its two names; the reader's language picks one."""

    id: str
    """`<standard>/<kind>/<code>`."""
    name: str
    name_en: str


class CardUnit(Contract):
    """One unit that has a dispatch for this case, the lead first."""

    id: str
    name: str
    name_en: str
    role: DispatchRole = "lead"
    status: str = "awaiting_signature"
    """Status of its dispatch, as dispatch tells it."""


class CardFlags(Contract):
    """What deserves a second look. Each is a fact of the case, not a rule of the screen."""

    rework: bool = False
    return_requested: bool = False
    awaiting_reassignment: bool = False
    """待改派: the first receiver keeps safety measures until somebody else has signed."""
    suspended: bool = False
    reopened: bool = False
    coordinated: bool = False
    """协调: the lead is asked, not ordered, so its light never turns red."""
    urged: bool = False
    ordered: bool = False
    """督办: a formal order is open."""
    attached_count: int = Field(default=0, ge=0)
    """Further reports of the same problem."""


class CardVersions(Contract):
    """Each service's own sequence for this case: the `If-Match` of an action, and what makes a card newer."""

    intake: int = 0
    routing: int = 0
    dispatch: int = 0
    supervision: int = 0


class Card(Contract):
    """One open case as the board shows it. A case that has ended is `removed`, not shown.

    A confidential case carries its community and its competent unit, and nothing else: no category, text, grid or place.
    """

    id: UUID
    case_number: str
    """For people: `LJ-20261123-000123`."""
    stage: Stage
    status: str
    """One of the statuses of its stage."""
    light: Light = "none"
    clock: str | None = None
    """Name of the clock that is shown, for example `sign` or `handling`: of those that run the one with the gravest light, then
    the earliest deadline. `light` and `due_at` are of the same clock."""
    started_at: Instant | None = None
    """When that clock started; with `due_at` it gives the share used."""
    due_at: Instant | None = None
    """Deadline of that clock; none while it pauses."""
    provisional: bool = False
    """暂定: it reaches into a year whose calendar is not announced, and may move."""
    confidential: bool = False
    category: CardCategory | None = None
    """None when confidential, or not yet known."""
    title: str | None = Field(default=None, max_length=80)
    """Masked start of the description; none when confidential."""
    channel: Channel
    """By which way the first report came."""
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
        """The card as JSON types, without the fields that have their default."""
        return self.model_dump(mode="json", exclude_defaults=True)


class BoardToday(Contract):
    """The district's day so far, from midnight local time; what is open or overdue now is counted from the cards."""

    received: int = Field(ge=0)
    """Cases reported."""
    closed: int = Field(ge=0)
    """Cases closed 结案."""


class BoardSnapshot(Contract):
    """All that the caller may see at one moment; it continues with `stream?since=<epoch>.<seq>`."""

    epoch: str = Field(pattern=r"^[^.]+$")
    """Changes when the feed is rebuilt; an unknown one is answered with `reset`."""
    seq: int = Field(ge=0)
    server_time: Instant
    """Domain clock: every countdown on the screen runs by it."""
    cards: tuple[Card, ...]
    today: BoardToday | None = None
    """Only for whoever sees the whole district."""


class BoardBatch(Contract):
    """Event `batch` (at most four a second) and the answer of `changes?since=`.

    A card replaces the one with the same id unless no entry of its `versions` is higher.
    """

    seq: int = Field(ge=0)
    cards: tuple[Card, ...] = ()
    removed: tuple[UUID, ...] = ()
    """Ids of cases that ended, or that the caller may no longer see."""


class BoardHeartbeat(Contract):
    """Event `hb`, every ten seconds: named, because comments never reach a browser's script."""

    seq: int = Field(ge=0)
    server_time: Instant
