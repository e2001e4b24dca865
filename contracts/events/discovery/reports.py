"""Discovery 发现: reports 上报."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field

from contracts import labels
from contracts.base import Contract, Event, Instant
from contracts.common import Actor, Channel, Mode, Photo, Place, RequestType
from contracts.marks import Redact
from contracts.timeline import About, Choice, Sentence, category, label

__all__ = [
    "External",
    "PlaceDoubt",
    "ReportReceived",
    "Settlement",
]

PlaceDoubt = Literal["outside_area", "address_only", "crs_suspect", "grid_mismatch"]
"""Reason for a person to check the place: the point is in no grid; there is only an address; the numbers
fit the claimed grid in another coordinate system; the point is not in the claimed grid."""


class External(Contract):
    """Reference to the same problem on another platform."""

    channel_number: str | None = None
    """Number of the platform: 12345, 12319, 110 …"""
    number: str | None = None
    due_at: Instant | None = None
    """Deadline set by the other platform; the earlier of the two deadlines counts."""


class Settlement(Contract):
    """Action of the reporting officer on the spot 自行处置."""

    outcome: str
    """`settled_on_the_spot`, or `mediated` for a dispute."""
    what_was_done: str = Field(max_length=1000)
    """Masked text."""


class ReportReceived(Event):
    """A report was accepted and received its case number. This is the first event of every case."""

    TYPE = "discovery.report_received.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="收到一次上报并给出案件号；每个案件的第一个事件。",
        timeline=Choice(
            lambda event: "split" if event.split_from is not None else event.settlement is not None,
            {
                "split": Sentence(
                    "由他案拆分，{category}，编号 {case_number}",
                    "The report was split from another case: {category}, number {case_number}",
                    {"category": category},
                    note="description",
                ),
                False: Sentence(
                    "收到上报，渠道：{channel}，{category}，编号 {case_number}",
                    "A report was received ({channel}): {category}, number {case_number}",
                    {"channel": label("channel", labels.CHANNELS), "category": category},
                    note="description",
                ),
                True: Sentence(
                    "网格员自行处置并上报，{category}，编号 {case_number}",
                    "An officer settled the problem on the spot and reported it: {category}, number {case_number}",
                    {"category": category},
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
    """Category suggested by the reporter or by rules; `case_filed` has the final one. Only the major of a
    confidential one."""
    place: Annotated[Place | None, Redact.COMMUNITY] = None
    """Place of the problem; for a confidential case only the 12 digits of the community."""
    address: Annotated[str | None, Redact.EMPTY] = Field(default=None, max_length=256)
    """Masked address of a report whose place is not known yet."""
    place_doubt: PlaceDoubt | None = None
    description: Annotated[str, Redact.EMPTY] = Field(default="", max_length=2000)
    """Masked text; empty for confidential categories."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    occurred_at: Instant
    """Instant of the observation. Late entries 补录 and offline terminals observe before `registered_at`."""
    reported_at: Instant
    """Instant of the report, from which the deadline promised to the reporter runs."""
    registered_at: Instant
    """Instant of acceptance, from which the centre's own limits run."""
    reporter_ref: UUID | None = None
    """Reference to the reporter, resolved only by intake; absent for anonymous reports and reports of officers."""
    caller_masked: Annotated[str | None, Redact.EMPTY] = Field(default=None, max_length=32)
    """Masked phone number of a reporter who may be contacted; absent for tips and confidential cases."""
    feedback_wanted: bool = False
    """True if the reporter can be asked for feedback."""
    reported_by: Actor
    officer_grids: Annotated[tuple[str, ...], Redact.COMMUNITY] = ()
    """Duty grids of the reporting officer."""
    external: External | None = None
    split_from: UUID | None = None
    """Case that this report was split from 拆分."""
    settlement: Settlement | None = None
    """Present if the officer settled the problem on the spot."""
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
