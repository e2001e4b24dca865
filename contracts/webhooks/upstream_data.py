"""The field `data` of the webhooks to the upstream platform."""

from __future__ import annotations

from typing import Literal

from contracts.base import Contract, Instant
from contracts.common import Mode
from contracts.webhooks.data import Text


class UpstreamData(Contract):
    """Fields of every message to the upstream platform.

    Messages about one order are sent in the sequence of the events.
    """

    case_number: str
    """Case number in this district."""
    external_number: str | None = None
    """Number of the order on the upstream platform; null or absent if the platform gave none."""
    channel_number: str | None = None
    """Phone number that names the platform, such as 12345; null or absent if it has none."""
    mode: Mode = "actual"
    """`actual` for a real case; act on `exercise` within the exercise only, on `test` never."""


class ReportAcceptedData(UpstreamData):
    """The confirmation that the district received an order 签收."""

    external_due_at: Instant | None = None
    """Deadline that the platform set; the earlier of this and the district's deadline applies. Null or absent if the
    platform set none."""


UpstreamStep = Literal["filed", "dispatched", "signed", "working", "handled", "rework", "reopened"]
"""Step of an order: filed, dispatched, acknowledged (`signed`), in progress (`working`), completed (`handled`), in
rework, reopened."""


class ReportProgressedData(UpstreamData):
    """Progress on an order."""

    step: UpstreamStep
    """New step of the order; `signed`: the lead unit acknowledged the dispatch."""
    unit_name: str = ""
    """Chinese name of the unit that acts; empty if none does."""
    unit_name_en: str = ""
    """English name of the unit; empty if none acts."""
    note: Text = ""
    """Masked text that the unit wrote; empty for a confidential case."""
    due_at: Instant | None = None
    """Deadline promised to the reporter: the earlier of the platform's deadline and the district's. Null or absent
    before the case is filed."""


class ReportClosedData(UpstreamData):
    """The result of an order."""

    outcome: str
    """Outcome of the closed case, such as `solved`; otherwise `not_filed`, `voided` or `withdrawn`."""
    reason: str = ""
    """Reason for not filing, as in `case_not_filed`; empty for other outcomes."""
    note: Text = ""
    """Masked text about the work done or the answer given; empty for a confidential case."""


class ReportReturnedUpstreamData(UpstreamData):
    """An order that the district sends back 退回上级. The platform decides whether it takes the order back."""

    reason: str
    """Reason for sending the order back, as in `returned_upstream`."""
    note: Text
    """Masked explanation of the reason."""
    answer_url: str
    """Address to which the platform sends its decision as `POST {accepted, note}` with its API key."""
