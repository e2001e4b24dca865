"""What responsible units receive: the bodies of our webhooks, `{type, timestamp, data}` under 20 kB.

Signed and delivered by dispatch after Standard Webhooks 1.0. A body never says who reported: no name, number or
reference of a resident is in any model below; a notice names the report, of which intake alone knows whose it is. Units ignore fields and types that they do not know; we only add.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from contracts.base import Contract, Instant
from contracts.handover import Handover
from contracts.webhooks.data import (
    DispatchClosedData,
    DispatchCorrectedData,
    DispatchCreatedData,
    DispatchData,
    DispatchExtensionDecidedData,
    DispatchInformationAddedData,
    DispatchMatterData,
    DispatchReopenedData,
    DispatchReplyDueMovedData,
    DispatchReturnRefusedData,
    DispatchReworkOrderedData,
    DispatchSupervisionOrderedData,
    DispatchSuspensionDecidedData,
    DispatchUrgedData,
    DispatchWithdrawnData,
    EndpointTestData,
    NoticeRequestedData,
    NoticeTemplate,
    ReportAcceptedData,
    ReportClosedData,
    ReportProgressedData,
    ReportReturnedUpstreamData,
    Text,
    UpstreamData,
    UpstreamStep,
    WebhookCategory,
    WebhookCondition,
    WebhookLinks,
    WebhookPhoto,
    WebhookPlace,
)

__all__ = [
    "BODY_LIMIT",
    "WEBHOOKS",
    "DispatchClosed",
    "DispatchClosedData",
    "DispatchCorrected",
    "DispatchCorrectedData",
    "DispatchCreated",
    "DispatchCreatedData",
    "DispatchData",
    "DispatchExtensionDecided",
    "DispatchExtensionDecidedData",
    "DispatchInformationAdded",
    "DispatchInformationAddedData",
    "DispatchMatterData",
    "DispatchReopened",
    "DispatchReopenedData",
    "DispatchReplyDueMoved",
    "DispatchReplyDueMovedData",
    "DispatchReturnRefused",
    "DispatchReturnRefusedData",
    "DispatchReworkOrdered",
    "DispatchReworkOrderedData",
    "DispatchSupervisionOrdered",
    "DispatchSupervisionOrderedData",
    "DispatchSuspensionDecided",
    "DispatchSuspensionDecidedData",
    "DispatchUrged",
    "DispatchUrgedData",
    "DispatchWithdrawn",
    "DispatchWithdrawnData",
    "EndpointTest",
    "EndpointTestData",
    "HandoverMessage",
    "NoticeRequested",
    "NoticeRequestedData",
    "NoticeTemplate",
    "ReportAccepted",
    "ReportAcceptedData",
    "ReportClosed",
    "ReportClosedData",
    "ReportProgressed",
    "ReportProgressedData",
    "ReportReturnedUpstream",
    "ReportReturnedUpstreamData",
    "Text",
    "UpstreamData",
    "UpstreamStep",
    "Webhook",
    "WebhookCategory",
    "WebhookCondition",
    "WebhookLinks",
    "WebhookPhoto",
    "WebhookPlace",
]

BODY_LIMIT = 20_000
"""Bytes; receivers may refuse more (Standard Webhooks, payload size)."""


class Webhook(Contract):
    """A body. `type` is what `timestamp` (domain time of the fact) and `data` are about."""

    TYPE: ClassVar[str]

    type: str
    timestamp: Instant
    data: Contract

    def to_bytes(self) -> bytes:
        """The exact bytes that are stored once, signed at each attempt and sent. ValueError at 20 kB and more."""
        body = self.model_dump_json(exclude_none=True).encode()
        if len(body) >= BODY_LIMIT:
            raise ValueError(f"{self.type}: {len(body)} bytes, allowed are less than {BODY_LIMIT}")
        return body


class DispatchCreated(Webhook):
    """An order for the unit."""

    TYPE = "dispatch.created"
    type: Literal["dispatch.created"] = "dispatch.created"
    data: DispatchCreatedData


class DispatchWithdrawn(Webhook):
    """The order is taken back."""

    TYPE = "dispatch.withdrawn"
    type: Literal["dispatch.withdrawn"] = "dispatch.withdrawn"
    data: DispatchWithdrawnData


class DispatchReturnRefused(Webhook):
    """The return was refused."""

    TYPE = "dispatch.return_refused"
    type: Literal["dispatch.return_refused"] = "dispatch.return_refused"
    data: DispatchReturnRefusedData


class DispatchUrged(Webhook):
    """A reminder."""

    TYPE = "dispatch.urged"
    type: Literal["dispatch.urged"] = "dispatch.urged"
    data: DispatchUrgedData


class DispatchSupervisionOrdered(Webhook):
    """A formal order."""

    TYPE = "dispatch.supervision_ordered"
    type: Literal["dispatch.supervision_ordered"] = "dispatch.supervision_ordered"
    data: DispatchSupervisionOrderedData


class DispatchReplyDueMoved(Webhook):
    """A formal order has another deadline."""

    TYPE = "dispatch.reply_due_moved"
    type: Literal["dispatch.reply_due_moved"] = "dispatch.reply_due_moved"
    data: DispatchReplyDueMovedData


class DispatchReworkOrdered(Webhook):
    """Again, please."""

    TYPE = "dispatch.rework_ordered"
    type: Literal["dispatch.rework_ordered"] = "dispatch.rework_ordered"
    data: DispatchReworkOrderedData


class DispatchExtensionDecided(Webhook):
    """The answer to a request for more time."""

    TYPE = "dispatch.extension_decided"
    type: Literal["dispatch.extension_decided"] = "dispatch.extension_decided"
    data: DispatchExtensionDecidedData


class DispatchSuspensionDecided(Webhook):
    """The answer to a request to park the case."""

    TYPE = "dispatch.suspension_decided"
    type: Literal["dispatch.suspension_decided"] = "dispatch.suspension_decided"
    data: DispatchSuspensionDecidedData


class DispatchInformationAdded(Webhook):
    """More about it."""

    TYPE = "dispatch.information_added"
    type: Literal["dispatch.information_added"] = "dispatch.information_added"
    data: DispatchInformationAddedData


class DispatchCorrected(Webhook):
    """It is something else, or somewhere else."""

    TYPE = "dispatch.corrected"
    type: Literal["dispatch.corrected"] = "dispatch.corrected"
    data: DispatchCorrectedData


class DispatchClosed(Webhook):
    """Somebody independent has seen it solved. To an emergency service that goes on with what it acknowledged: our part is over."""

    TYPE = "dispatch.closed"
    type: Literal["dispatch.closed"] = "dispatch.closed"
    data: DispatchClosedData


class DispatchReopened(Webhook):
    """A case of which the unit had completed its part, or kept it as its own, is open again. What it has to do, if anything,
    follows as a message of its own.
    """

    TYPE = "dispatch.reopened"
    type: Literal["dispatch.reopened"] = "dispatch.reopened"
    data: DispatchReopenedData


class HandoverMessage(Webhook):
    """To an emergency service: `data` is the envelope of a hand-over 移交; its `kind` says what it is."""

    TYPE = "handover.message"
    type: Literal["handover.message"] = "handover.message"
    data: Handover


class ReportAccepted(Webhook):
    """签收, to the platform above."""

    TYPE = "report.accepted"
    type: Literal["report.accepted"] = "report.accepted"
    data: ReportAcceptedData


class ReportProgressed(Webhook):
    """Progress, to the platform above."""

    TYPE = "report.progressed"
    type: Literal["report.progressed"] = "report.progressed"
    data: ReportProgressedData


class ReportClosed(Webhook):
    """The result, to the platform above."""

    TYPE = "report.closed"
    type: Literal["report.closed"] = "report.closed"
    data: ReportClosedData


class ReportReturnedUpstream(Webhook):
    """Not ours, to the platform above."""

    TYPE = "report.returned_upstream"
    type: Literal["report.returned_upstream"] = "report.returned_upstream"
    data: ReportReturnedUpstreamData


class NoticeRequested(Webhook):
    """Wake somebody, or tell a reporter; to the city's SMS or 企业微信 gateway alone."""

    TYPE = "notice.requested"
    type: Literal["notice.requested"] = "notice.requested"
    data: NoticeRequestedData


class EndpointTest(Webhook):
    """Sent when an endpoint is registered, changed or tested."""

    TYPE = "endpoint.test"
    type: Literal["endpoint.test"] = "endpoint.test"
    data: EndpointTestData


WEBHOOKS: dict[str, type[Webhook]] = {
    model.TYPE: model
    for model in (
        DispatchCreated,
        DispatchWithdrawn,
        DispatchReturnRefused,
        DispatchUrged,
        DispatchSupervisionOrdered,
        DispatchReplyDueMoved,
        DispatchReworkOrdered,
        DispatchExtensionDecided,
        DispatchSuspensionDecided,
        DispatchInformationAdded,
        DispatchCorrected,
        DispatchClosed,
        DispatchReopened,
        HandoverMessage,
        ReportAccepted,
        ReportProgressed,
        ReportClosed,
        ReportReturnedUpstream,
        NoticeRequested,
        EndpointTest,
    )
}
"""`TYPE` → model: every webhook there is."""
