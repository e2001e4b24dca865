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
"""Reason for sending the order back. If accepted, it becomes the reason for not filing."""


class ReturnedUpstream(Event):
    """The district sent an order of the upstream platform back 退回上级 and waits for the decision."""

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
    note: Annotated[str, Redact.EMPTY]
    external: External | None = None
    returned_by: Actor


class UpstreamReturnDecided(Event):
    """The upstream platform decided: it takes the order back, or the district must act 兜底."""

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
    note: Annotated[str, Redact.EMPTY] = ""
    decided_by: Actor
