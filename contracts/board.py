"""What the live board shows: the card of one case and the messages that keep ten thousand of them current.

Made by tracking, read by the console's board (`/board`) and by anybody else who follows
`GET /api/tracking/board/snapshot`, `…/stream` and `…/changes`. The TypeScript of the board is generated from
these classes (`python -m services.console.typescript`), so a change here that the board does not follow fails a test.

Times are whole seconds with a zone. Positions are degrees in CGCS2000 with five decimals (one metre).
On the wire a field that has its default is left out (`Card.wire`): half the bytes, and the reader fills it in again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Stage = Literal["discovery", "acceptance", "command", "handling", "supervision", "evaluation"]
"""The six lanes, in this order."""

Light = Literal["green", "yellow", "red", "none"]
"""Share of the limit used: to 80 %, to 100 %, beyond; `none` when no clock runs (coordinated units, ended stages)."""

Mode = Literal["actual", "exercise", "test"]
"""Exercise and practice cases never mix with real ones: the board shows one mode at a time."""

UnitRole = Literal["lead", "co", "first_response"]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class CardCategory(_Frozen):
    """The category's identity and its two names; the reader's language picks one."""

    id: str = Field(description="`standard/kind/code`, for example `GB47678.5/component/01002`.")
    name: str
    name_en: str


class CardUnit(_Frozen):
    """One unit that has a dispatch for this case, the lead first."""

    id: UUID
    name: str
    name_en: str
    role: UnitRole = "lead"
    status: str = Field(default="awaiting_signature", description="Status of its dispatch, as dispatch tells it.")


class CardFlags(_Frozen):
    """What deserves a second look. Each is a fact of the case, not a rule of the screen."""

    rework: bool = False
    return_requested: bool = False
    awaiting_reassignment: bool = Field(default=False, description="待改派: the first receiver keeps safety measures.")
    suspended: bool = False
    reopened: bool = False
    coordinated: bool = Field(default=False, description="协调: the lead cannot be ordered, so its light never turns red.")
    urged: bool = False
    ordered: bool = Field(default=False, description="督办: a formal order is open.")
    attached_count: int = Field(default=0, ge=0, description="Further reports of the same problem.")


class CardVersions(_Frozen):
    """Each service's own sequence for this case: the `If-Match` of an action, and what makes a card newer."""

    intake: int = 0
    routing: int = 0
    dispatch: int = 0
    supervision: int = 0


class Card(_Frozen):
    """One open case as the board shows it. A case that has ended is `removed`, not shown.

    A confidential case carries its community and its competent unit and nothing else: no category, text, grid or place.
    """

    id: UUID
    case_number: str = Field(description="For people, for example `LJ-20261123-000123`.")
    stage: Stage
    status: str = Field(description="One of the statuses of its stage, see docs on stages.")
    light: Light = "none"
    clock: str | None = Field(default=None, description="The running clock with the largest share used, e.g. `sign`.")
    started_at: datetime | None = Field(default=None, description="When that clock started; for the share used.")
    due_at: datetime | None = Field(default=None, description="Deadline of that clock; null while it pauses.")
    confidential: bool = False
    category: CardCategory | None = Field(default=None, description="Null when confidential or not yet known.")
    title: str | None = Field(default=None, max_length=80, description="Masked start of the description.")
    channel: str = Field(description="By which way the first report came.")
    centre: UUID | None = Field(default=None, description="The responsible centre.")
    community: str | None = None
    grid_code: str | None = None
    grid_name: str | None = None
    longitude: float | None = Field(default=None, ge=-180, le=180)
    latitude: float | None = Field(default=None, ge=-90, le=90)
    units: tuple[CardUnit, ...] = ()
    severity: int = Field(default=4, ge=1, le=4, description="1 is the gravest.")
    emergency: bool = False
    flags: CardFlags = CardFlags()
    mode: Mode = "actual"
    reported_at: datetime
    updated_at: datetime
    versions: CardVersions = CardVersions()

    def wire(self) -> dict[str, Any]:
        """The card as JSON types, without the fields that have their default."""
        return self.model_dump(mode="json", exclude_defaults=True)


class BoardSnapshot(_Frozen):
    """Everything the caller may see at one moment; continue with `stream?since=<epoch>.<seq>`."""

    epoch: str = Field(pattern=r"^[^.]+$", description="Changes when the feed is rebuilt; an unknown one means `reset`.")
    seq: int = Field(ge=0)
    server_time: datetime = Field(description="Domain clock, by which every countdown on the screen runs.")
    cards: tuple[Card, ...]


class BoardBatch(_Frozen):
    """Event `batch` (at most four a second) and the answer of `changes?since=`.

    A card replaces the one with the same id unless no entry of its `versions` is higher.
    """

    seq: int = Field(ge=0)
    cards: tuple[Card, ...] = ()
    removed: tuple[UUID, ...] = ()


class BoardHeartbeat(_Frozen):
    """Event `hb`, every ten seconds: named, because comments never reach a browser's script."""

    seq: int = Field(ge=0)
    server_time: datetime
