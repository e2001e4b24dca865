"""Discovery 发现: the report 上报 with which every case begins."""

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
"""Reason for a person to check the place. `outside_area`: the point is in no grid. `address_only`: there is only an
address. `crs_suspect`: the coordinates fit the claimed grid only in another coordinate system. `grid_mismatch`: the
point is not in the claimed grid."""


class External(Contract):
    """Reference to the same report on another platform, such as the hotline 12345."""

    channel_number: str | None = None
    """Phone number that names the platform, such as 12345 or 110; null or absent if it has none."""
    number: str | None = None
    """Number of the report on the other platform; null or absent if it gave none."""
    due_at: Instant | None = None
    """Deadline that the other platform set; the earlier of this and our deadline counts. Null or absent if the platform
    set none."""


class Settlement(Contract):
    """What the reporting officer did on the spot 自行处置 to settle the problem."""

    outcome: str
    """`settled_on_the_spot`, or `mediated` for a dispute."""
    what_was_done: str = Field(max_length=1000)
    """Masked text about the work done."""


class ReportReceived(Event):
    """A report was received and its case got a number. This is the first event of every case."""

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
    """Id of this report. A case begins with one report; further reports may be attached later."""
    case_number: str
    """Case number `<district>-<yyyymmdd>-<serial>`, with the date in Asia/Shanghai."""
    channel: Channel
    """Way by which the report came in."""
    request_type: RequestType = "complaint"
    """Kind of request that the reporter made."""
    category_id: str | None = None
    """Category that the reporter or a rule suggested; `case_filed` has the final one. Only the major class 大类 if the
    category is confidential; null or absent if not known yet."""
    place: Annotated[Place | None, Redact.COMMUNITY] = None
    """Place of the problem, for a confidential report only the 12 digits of the community; null or absent if not known
    yet."""
    address: Annotated[str | None, Redact.EMPTY] = Field(default=None, max_length=256)
    """Masked address of a report whose place is not known yet; otherwise null or absent."""
    place_doubt: PlaceDoubt | None = None
    """Reason for a person to check the place: the point is in no grid, there is only an address, the coordinates fit
    only in another coordinate system, or the point is not in the claimed grid. Null or absent without doubt."""
    description: Annotated[str, Redact.EMPTY] = Field(default="", max_length=2000)
    """Masked text of the report; empty for a confidential category."""
    photos: Annotated[tuple[Photo, ...], Redact.EMPTY] = ()
    """Photos of the report."""
    occurred_at: Instant
    """Instant at which the problem was observed. It is before `registered_at` for late entries 补录 and offline
    terminals."""
    reported_at: Instant
    """Instant of the report. The deadline promised to the reporter is counted from it."""
    registered_at: Instant
    """Instant at which this system received the report. The centre's own limits are counted from it."""
    reporter_ref: UUID | None = None
    """Reference to the reporter, which only intake can resolve; null or absent for tips, anonymous reports and reports
    of officers."""
    caller_masked: Annotated[str | None, Redact.EMPTY] = Field(default=None, max_length=32)
    """Masked phone number of a reporter who may be contacted; null or absent for tips and confidential cases."""
    feedback_wanted: bool = False
    """True if the reporter may be asked for feedback after the case is closed."""
    reported_by: Actor
    officer_grids: Annotated[tuple[str, ...], Redact.COMMUNITY] = ()
    """Grids of the officer who reported; empty if another person reported."""
    external: External | None = None
    """Number and deadline of the report on another platform; null or absent if it came directly."""
    split_from: UUID | None = None
    """Case whose second problem 拆分 this report is about; null or absent for other reports."""
    settlement: Settlement | None = None
    """What the officer did if the problem was settled on the spot 自行处置; otherwise null or absent."""
    confidential: bool = False
    """True if the suggested category is confidential."""
    mode: Mode = "actual"
    """`actual` for a real report, otherwise `exercise` or `test`."""
    category_name: str | None = None
    """Chinese name of the suggested category; null or absent without `category_id`."""
    category_name_en: str | None = None
    """English name of the suggested category; null or absent without `category_id`."""
    emergency: bool = False
    """True if an emergency service called its message urgent, or the suggested category is a category of
    emergencies."""

    def redacted(self) -> Self:
        """Also remove the text of a settlement and, unless the report was confidential from the start, the category."""
        changes: dict[str, Any] = {}
        if not self.confidential:
            changes |= {"category_id": None, "category_name": None, "category_name_en": None}
        if self.settlement is not None:
            changes["settlement"] = self.settlement.model_copy(update={"what_was_done": ""})
        return super().redacted().model_copy(update=changes)
