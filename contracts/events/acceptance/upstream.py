"""Stage 2, acceptance 受理, towards the city's platform above us (`upstream`): what is not ours goes back. Emitted by intake."""

from __future__ import annotations

from typing import Literal

from contracts.base import Event
from contracts.common import Actor
from contracts.events.discovery import External

UpstreamReason = Literal["outside_area", "not_ours", "in_court_or_petition", "duplicate", "place_unknown", "other"]
"""Why an order from above is sent back; in words of the reasons for not filing, which it is when that is accepted."""


class ReturnedUpstream(Event):
    """The district holds that this order is not its own and sends it back 退回上级; until that is decided it waits."""

    TYPE = "acceptance.returned_upstream.v1"
    SOURCE = "intake"

    reason: UpstreamReason
    note: str
    external: External | None = None
    returned_by: Actor


class UpstreamReturnDecided(Event):
    """The platform above has decided: it takes the order back, or the district must act (兜底)."""

    TYPE = "acceptance.upstream_return_decided.v1"
    SOURCE = "intake"

    accepted: bool
    note: str = ""
    decided_by: Actor
