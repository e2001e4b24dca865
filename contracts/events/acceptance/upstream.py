"""Acceptance 受理: orders of the upstream platform 上级平台 that the district sends back."""

from __future__ import annotations

from typing import Annotated, Literal

from contracts import labels
from contracts.base import Event
from contracts.common import Actor
from contracts.events.discovery import External
from contracts.marks import Redact
from contracts.timeline import About, Choice, Sentence, label

__all__ = [
    "ReturnedUpstream",
    "UpstreamReason",
    "UpstreamReturnDecided",
]

UpstreamReason = Literal["outside_area", "not_ours", "in_court_or_petition", "duplicate", "place_unknown", "other"]
"""Reason for sending an order back to the upstream platform. If the platform takes the order back, this is the reason
for not filing."""


class ReturnedUpstream(Event):
    """The district sent an order back to the upstream platform 退回上级.

    The platform must decide whether it takes the order back.
    """

    TYPE = "acceptance.returned_upstream.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="认为不属本区，退回上级平台；等待上级决定。",
        timeline=Sentence(
            "退回上级平台：{reason}",
            "The order was returned to the upstream platform: {reason}",
            {"reason": label("reason", labels.NOT_FILED)},
            note="note",
        ),
    )

    reason: UpstreamReason
    """Reason for sending the order back; also the reason for not filing if the platform takes it back."""
    note: Annotated[str, Redact.EMPTY]
    """Masked explanation of the reason."""
    external: External | None = None
    """Number of the order on the upstream platform; null or absent if the platform gave none."""
    returned_by: Actor


class UpstreamReturnDecided(Event):
    """The upstream platform decided about a returned order: it takes the order back, or the district must act 兜底."""

    TYPE = "acceptance.upstream_return_decided.v1"
    SOURCE = "intake"
    ABOUT = About(
        zh="上级决定收回，或驳回退件由本区兜底。",
        timeline=Choice(
            "accepted",
            {
                True: Sentence("上级平台同意收回", "The upstream platform took the order back", note="note"),
                False: Sentence(
                    "上级平台驳回退件，由本区兜底",
                    "The upstream platform refused the return; the district must act",
                    note="note",
                ),
            },
        ),
    )

    accepted: bool
    """True if the platform takes the order back; false if the district must act."""
    note: Annotated[str, Redact.EMPTY] = ""
    """Masked explanation from the platform."""
    decided_by: Actor
