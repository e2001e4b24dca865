"""Stage 1, discovery 发现: what the street tells us. Emitted by intake."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from contracts import labels
from contracts.base import Contract, Event, Instant
from contracts.common import Actor, Channel, Mode, Photo, Place, RequestType
from contracts.marks import Redact
from contracts.timeline import (
    About,
    Choice,
    Sentence,
    category,
    label,
    value,
)

_FIELDS = {"channel": label("channel", labels.CHANNELS), "category": category, "number": value("case_number")}

PlaceDoubt = Literal["outside_area", "address_only", "crs_suspect", "grid_mismatch"]
"""Why a person should look at the place: the point is in none of our grids; there is only an address; the claimed grid
fits the same numbers in another coordinate system; the claimed grid is not the one that the point lies in."""


class External(Contract):
    """The same matter in another platform's books."""

    channel_number: str | None = None
    """12345, 12319, 110 …"""
    number: str | None = None
    due_at: Instant | None = None
    """The other platform's own deadline; the earlier one wins."""


class Settlement(Contract):
    """What the reporting officer did on the spot."""

    outcome: str
    """`settled_on_the_spot`, or `mediated` for a dispute."""
    what_was_done: str = Field(max_length=1000)
    """Masked text."""


class ReportReceived(Event):
    """A report 上报 was accepted and has its case number. The first event of every case."""

    TYPE = "discovery.report_received.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="收到一次上报并给出案件号；每个案件的第一个事件。",
        timeline=Choice(
            lambda event: "split" if event.split_from is not None else event.settlement is not None,
            {
                "split": Sentence(
                    "由他案拆分，{category}，编号 {number}",
                    "Split from another case: {category}, number {number}",
                    _FIELDS,
                    note="description",
                ),
                False: Sentence(
                    "收到上报，渠道：{channel}，{category}，编号 {number}",
                    "Report received by {channel}: {category}, number {number}",
                    _FIELDS,
                    note="description",
                ),
                True: Sentence(
                    "网格员自行处置并上报，{category}，编号 {number}",
                    "Settled on the spot and reported: {category}, number {number}",
                    _FIELDS,
                    note="description",
                ),
            },
        ),
    )

    report_id: UUID
    case_number: str
    """`<district>-<yyyymmdd>-<serial>`, date in Asia/Shanghai."""
    channel: Channel
    request_type: RequestType = "complaint"
    category_id: str | None = None
    """As suggested or named by the reporter; the filed category is in `case_filed`. Of a confidential one its major only."""
    place: Annotated[Place | None, Redact.COMMUNITY] = None
    """Of a confidential case its community only: 12 digits, no point, no address."""
    address: Annotated[str | None, Redact.EMPTY] = Field(default=None, max_length=256)
    """Masked text of a report whose place is not known yet."""
    place_doubt: PlaceDoubt | None = None
    description: Annotated[str, Redact.EMPTY] = Field(default="", max_length=2000)
    """Masked; empty for confidential categories."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    occurred_at: Instant
    """When it was seen; for late entries 补录 and offline terminals earlier than `registered_at`."""
    reported_at: Instant
    """When the reporter said so: the promise to the reporter runs from here."""
    registered_at: Instant
    """When we accepted it: our own clocks run from here."""
    reporter_ref: UUID | None = None
    """Resolved only inside intake; absent when the report is the officer's own or anonymous."""
    caller_masked: Annotated[str | None, Redact.EMPTY] = Field(default=None, max_length=32)
    """The reporter's number starred out but for its beginning, where whoever handles it may reach them; never of tips and
    confidential matters."""
    feedback_wanted: bool = False
    """The reporter can be asked: *solved?* and *satisfied?*"""
    reported_by: Actor
    officer_grids: Annotated[tuple[str, ...], Redact.COMMUNITY] = ()
    """Duty grids of the reporting officer."""
    external: External | None = None
    split_from: UUID | None = None
    """The case of which this was a part 拆分: the same reporter told both at once."""
    settlement: Settlement | None = None
    """Present when the officer settled it on the spot 自行处置."""
    confidential: bool = False
    mode: Mode = "actual"
    category_name: str | None = None
    category_name_en: str | None = None
    emergency: bool = False

    def redacted(self) -> Self:
        """Remove the category, too, unless the report was confidential from the start, and the text of a settlement."""
        changes: dict[str, Any] = {}
        if not self.confidential:
            changes |= {"category_id": None, "category_name": None, "category_name_en": None}
        if self.settlement is not None:
            changes["settlement"] = self.settlement.model_copy(update={"what_was_done": ""})
        return super().redacted().model_copy(update=changes)
